"""Left and right exchanged for as long as the athlete is followed: what only the discipline tells.

Nothing within the landmarks tells: names and depth are exchanged together, and another body that moves in
the same way comes out. What tells is the discipline: who bowls or throws runs where he faces, and swings the
arm that the coach named. A batter stands with a shoulder to the bowler: from in front and behind the names
and the depth of the shoulders cannot be told apart, so such a clip is left as it is, and doubted.
"""

from __future__ import annotations

import numpy as np

from cricksy_lib.motion.body import RUNNERS, Body, build_body
from cricksy_lib.motion.delivery_sides import settle_limbs
from cricksy_lib.motion.view import estimate_view, hand_by_movement
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack

_PAIRS = [
    (i, KEYPOINTS.index(name.replace("left", "right"))) for i, name in enumerate(KEYPOINTS) if "left" in name
]
# Of the frames in which a body faces the same way for it to count as facing so.
_MOST_FRAMES = 0.7


def settle_sides(track: PoseTrack, options: AnalysisOptions) -> PoseTrack:
    """Exchange left and right of a whole clip, or of a limb, where what is known from elsewhere asks for it.

    A whole clip needs two things that ask for it. One is the declared hand. The other is which way the body
    faces: a bowler and a fielder face where they run to, whatever the landmarks are called. One of the two
    alone is not enough: on rendered clips a hand that seems to disagree is most often a movement read wrongly
    (`Movement.hand_disagrees` says so, and nothing is sure of itself then).

    Parameters
    ----------
    track : cleaned landmarks.
    options : discipline, hand and view as declared.

    Returns
    -------
    The same track, or a copy with names and depth exchanged and every frame counted as swapped; or with one
    limb's names exchanged, or no longer doubted, see `settle_limbs`.
    """
    if options.mode not in RUNNERS or options.hand == "auto":
        return track
    turned = _settle_body(track, options)
    return settle_limbs(track, options, options.hand) if turned is track else turned


def _settle_body(track: PoseTrack, options: AnalysisOptions) -> PoseTrack:
    if _contradicted(track, options) < 2:
        return track
    turned = _turned(track)
    return turned if _contradicted(turned, options) == 0 else track


def _contradicted(track: PoseTrack, options: AnalysisOptions) -> int:
    """How many of the two, hand and facing, the body shows the other way round; unknown counts as none."""
    body = build_body(track, options.slow_motion, options.mode)
    seen = estimate_view(options.mode, body, "auto").view
    view = options.view if options.view in ("front", "behind") else seen
    if view not in ("front", "behind"):
        return 0
    hand = hand_by_movement(options.mode, body, seen)
    away = _faces_away(body)
    return (hand not in (None, options.hand)) + (away is not None and away != (view == "behind"))


def _faces_away(body: Body) -> bool | None:
    """Whether left is left in the picture for most of the clip, as of somebody who turns the back to it."""
    across = sum(
        body.point(f"left_{part}")[:, 0] - body.point(f"right_{part}")[:, 0] for part in ("shoulder", "hip")
    )
    known = np.asarray(across)[np.isfinite(across)]
    if not len(known):
        return None
    share = float(np.mean(known < 0))
    return None if 1 - _MOST_FRAMES < share < _MOST_FRAMES else share > 0.5


def _turned(track: PoseTrack) -> PoseTrack:
    data = track.data.copy(deep=True)
    order = np.arange(len(KEYPOINTS))
    for left, right in _PAIRS:
        order[left], order[right] = right, left
    for variable in ("position", "world", "confidence"):
        data[variable].values[:] = data[variable].values[:, order]
    for variable in ("position", "world"):
        data[variable].values[..., 2] *= -1.0
    data.attrs["repairs"] = {
        **data.attrs["repairs"],
        "swapped_frames": int(np.isfinite(data["position"].values[..., 0]).any(axis=1).sum()),
    }
    return PoseTrack(data)
