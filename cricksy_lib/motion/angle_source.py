"""Where the fitted body is not the best source of an angle, and what is used in its place.

The fit stands wherever it comes nearer to the truth of rendered scenes than the angle in the picture and the
model's own; each exception says what it was held against. Those of a whole series are no numbers that a
result vouches for: they are drawn as shapes, and read better so. A standing leg is measured from the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from cricksy_lib.motion.body import Body
from cricksy_lib.results import Event, Mode, View

AngleSource = Literal["fit", "picture", "model"]

# Discipline, joint, view -> source; mean absolute errors over the movement on rendered scenes that no report
# uses, fit against source, with the number of scenes (benchmarks/angle_source.py).
_INSTEAD: dict[tuple[Mode, str, View], AngleSource] = {
    ("batting", "rear_knee_angle", "front"): "picture",  # 15 against 12 degrees, 7 scenes
    ("batting", "rear_knee_angle", "oblique"): "picture",  # 13 against 8 degrees, 7 scenes
    ("batting", "rear_knee_angle", "behind"): "picture",  # 5 against 3 degrees, 2 scenes
    ("batting", "front_knee_angle", "front"): "picture",  # 8 against 6 degrees, 7 scenes
    ("batting", "front_knee_angle", "oblique"): "picture",  # 14 against 12 degrees, 7 scenes
    ("batting", "front_knee_angle", "behind"): "picture",  # 10 against 8 degrees, 2 scenes
    ("batting", "front_elbow_angle", "front"): "model",  # 27 against 23 degrees, 7 scenes
    ("bowling", "rear_elbow_angle", "side"): "model",  # 30 against 27 degrees, 20 scenes
    ("bowling", "rear_elbow_angle", "front"): "model",  # 21 against 17 degrees, 8 scenes
    ("bowling", "rear_elbow_angle", "behind"): "model",  # 31 against 19 degrees, 3 scenes
    ("bowling", "rear_elbow_angle", "oblique"): "model",  # 22 against 18 degrees, 6 scenes
}

# A leg that the body lands on bends along the run: from the side that is in the picture, and what makes it
# seem short there is the model's scatter, which the fit takes for a bend in depth. Discipline, joint, view:
# the events between which the picture counts. On 37 rendered scenes that no report uses it was 5.1 degrees
# off against 8.0 at front foot contact and 8.4 against 11.1 at release; before the contact 18.8 against 14.5.
# On filmed deliveries a front leg that is seen to be straight was bent to 130 or 150 degrees by the fit.
_STANDS_IN: dict[tuple[Mode, str, View], tuple[str, str]] = {
    ("bowling", "front_knee_angle", "side"): ("front_foot_contact", "ball_release"),
}
# Real seconds: how long after the last of both the leg stands, and between them where one was not found; how
# long before the first it counts already, and how long the one takes to go over into the other.
_STANDS_ON_S, _USUALLY_S, _READY_S, _TURNS_S = 0.15, 0.1, 0.02, 0.04


def angle_source(mode: Mode, series: str, view: View) -> AngleSource:
    """Say where an angle series comes from in a discipline and a view."""
    return _INSTEAD.get((mode, series, view), "fit")


def standing(
    mode: Mode, series: str, view: View, body: Body, events: Sequence[Event], slow_motion: float
) -> np.ndarray:
    """How far an angle is that of a leg which bears the body and is told from the picture.

    Parameters
    ----------
    mode, series, view : as in `angle_source`.
    body : filtered landmarks.
    events : those of the clip, seconds in it.
    slow_motion : clip seconds for one real second.

    Returns
    -------
    (T,) share of the picture, from 0 to 1; all 0 where there are no such events.
    """
    share = np.zeros(len(body.real_s))
    begins, ends = _STANDS_IN.get((mode, series, view), ("", ""))
    for number in {event.repetition for event in events}:
        at_s = {one.name: one.time_s / slow_motion for one in events if one.repetition == number}
        if begins in at_s:
            at_s.setdefault(ends, at_s[begins] + _USUALLY_S)
        elif ends in at_s:
            at_s[begins] = at_s[ends] - _USUALLY_S
        else:
            continue
        start, stop = at_s[begins] - _READY_S, at_s[ends] + _STANDS_ON_S
        rising, falling = 1 - (start - body.real_s) / _TURNS_S, 1 - (body.real_s - stop) / _TURNS_S
        share = np.maximum(share, np.clip(np.minimum(rising, falling), 0.0, 1.0))
    return share
