"""Where the fitted body is not the best source of an angle, and what is used in its place.

The fit stands wherever it comes nearer to the truth of rendered scenes than the angle in the picture and the
model's own; each exception says what it was held against. None of them is a number that a result vouches for:
they are drawn as shapes, and read better so.
"""

from __future__ import annotations

from typing import Literal

from cricksy_lib.results import Mode, View

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


def angle_source(mode: Mode, series: str, view: View) -> AngleSource:
    """Say where an angle series comes from in a discipline and a view."""
    return _INSTEAD.get((mode, series, view), "fit")
