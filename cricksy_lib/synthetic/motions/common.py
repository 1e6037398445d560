"""What the movements share: arm directions, keys in degrees, and the faults that move trunk and head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cricksy_lib.synthetic.curves import Key, Plant, curve, rise
from cricksy_lib.synthetic.figure import Arm
from cricksy_lib.synthetic.scene import Scene


def degrees(t: np.ndarray, keys: Sequence[Key], smooth_s: float = 0.025) -> np.ndarray:
    """`curve` through keys in degrees, answered in radians."""
    return np.radians(curve(t, keys, smooth_s))


def circling(theta: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Arm direction (N, 3) on a circle along the pitch line.

    Parameters
    ----------
    theta : (N,) radians: 0 down, 90 degrees back (-x), 180 up, 270 forward.
    out : (N,) sideways part towards +y before scaling to unit length.
    """
    return np.stack([-np.sin(theta), out, -np.cos(theta)], axis=-1)


def swung(
    t: np.ndarray, theta: Sequence[Key], out: Sequence[Key], reach: Sequence[Key], pole: Sequence[Key]
) -> Arm:
    """An arm from keys: circle angle in degrees, sideways part, reach (share of arm), elbow pole."""
    return Arm(
        direction=circling(degrees(t, theta, 0.018), curve(t, out)),
        reach=curve(t, reach),
        pole=curve(t, pole),
    )


def head_wander(t: np.ndarray, scene: Scene, start: float, stop: float) -> np.ndarray:
    """Head displacement (N, 3) in body heights of the fault ``head_moving``: it bobs and swings meanwhile."""
    strength = scene.fault("head_moving")
    gate = rise(t, start - 0.15, start) * (1 - rise(t, stop, stop + 0.15))
    phase = 2 * np.pi * 2.6 * (t - start)
    path = np.stack([np.sin(phase), 0.8 * np.sin(0.7 * phase + 1), 0.5 * np.cos(phase)], axis=-1)
    return np.asarray(0.11 * strength * gate[:, None] * path)


def standing_start(left: list[Plant], right: list[Plant], stride: float) -> list[Key]:
    """Let a run begin from standing: the feet side by side, then a shorter first step.

    Parameters
    ----------
    left, right : the run's plants in order; changed in place.
    stride : step length of the run, body heights.

    Returns
    -------
    Keys of the hips' x up to the first step; the run's own keys follow from the second step's landing.
    """
    early, late = (left, right) if left[0].on < right[0].on else (right, left)
    first = replace(early[0], x=early[0].x + 0.25 * stride)
    early[0] = first
    stand = first.x - 0.55 * stride
    early.insert(0, replace(first, on=first.on - 90, off=first.on - 0.24, x=stand, push=25))
    late.insert(0, replace(late[0], on=first.on - 90, off=first.on - 0.06, x=stand, push=40))
    return [(first.on - 0.34, stand + 0.01), (first.on, first.x - 0.27 * stride)]


def pumping(last: float, step: float, steps: int, forward: float, back: float) -> tuple[list[Key], list[Key]]:
    """Keys of right and left arm in a run whose last step, on the left, lands at ``last``; hanging before."""
    right: list[Key] = []
    left: list[Key] = []
    when = last
    for i in range(steps):
        right.append((when, forward if i % 2 == 0 else back))
        left.append((when, back if i % 2 == 0 else forward))
        when -= step
    return [*right, (when, 0.0)], [*left, (when, 0.0)]
