"""Which arms the body itself hides from the camera, from truth."""

from __future__ import annotations

import numpy as np

from cricksy_lib.synthetic.truth import Truth

# Radii over standing height of what hides: the trunk and the head as capsules.
_TRUNK, _HEAD = 0.075, 0.055


def hidden_arm(truth: Truth, side: str) -> np.ndarray:
    """Say in which frames elbow or wrist lies behind trunk or head as the camera sees them.

    The bat, the other arm and other people are not looked at: what hides only in part is not counted.

    Parameters
    ----------
    truth : of a scene with an athlete.
    side : "left" or "right".

    Returns
    -------
    (T,) boolean.
    """
    height = truth.facts["height_m"]
    hips, shoulders, ears = (
        (truth.m(f"left_{part}") + truth.m(f"right_{part}")) / 2 for part in ("hip", "shoulder", "ear")
    )
    hidden = np.zeros(len(truth.times_s), dtype=bool)
    for joint in ("elbow", "wrist"):
        point = truth.m(f"{side}_{joint}")
        hidden |= _behind(truth.camera.position, point, hips, shoulders, _TRUNK * height)
        hidden |= _behind(truth.camera.position, point, ears, ears, _HEAD * height)
    return hidden


def _behind(
    eye: np.ndarray, point: np.ndarray, start: np.ndarray, stop: np.ndarray, radius: float
) -> np.ndarray:
    """Whether the line of sight to a point (T, 3) passes through a capsule in front of it."""
    share = np.linspace(0.0, 1.0, 9)[:, None, None]
    axis = start + share * (stop - start)  # (9, T, 3)
    sight = point - eye
    distance = np.linalg.norm(sight, axis=-1)
    way = sight / distance[:, None]
    along = ((axis - eye) * way).sum(axis=-1)
    off = np.linalg.norm(axis - eye - along[..., None] * way, axis=-1)
    return np.asarray(((off < radius) & (along < distance - radius)).any(axis=0))
