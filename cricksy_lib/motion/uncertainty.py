"""How far off a number may be because of what was seen in this clip (the *measured* part of its ±)."""

from __future__ import annotations

import numpy as np

from cricksy_lib.motion.filtering import derivative
from cricksy_lib.motion.signals import value_at, window

# Two-sided 95 % of a normal distribution.
HALF_WIDTH_95 = 1.96
_AROUND_S = 0.15
# How far a phone that is held or set up by eye is rolled about its axis, 95 %: a design default, grade I.
# Nothing in a clip shows it for certain: athletes lean, and posts and fences are not always there or upright.
ROLL_95_DEG = 2.0


def noise_95(real_s: np.ndarray, raw: np.ndarray, filtered: np.ndarray, at_s: float) -> float:
    """Half width (95 %) from how far the unfiltered values scatter about the filtered ones near an instant.

    Parameters
    ----------
    real_s, raw, filtered : (T,) seconds and two versions of one signal.
    at_s : real seconds.

    Returns
    -------
    In the signal's unit; NaN with fewer than three frames around.
    """
    rows = window(real_s, at_s - _AROUND_S, at_s + _AROUND_S)
    residual = (raw - filtered)[rows]
    residual = residual[np.isfinite(residual)]
    if len(residual) < 3:
        return float("nan")
    return float(HALF_WIDTH_95 * np.sqrt(np.mean(residual**2)))


def rolling_noise_95(real_s: np.ndarray, raw: np.ndarray, filtered: np.ndarray) -> np.ndarray:
    """`noise_95` at every frame: (T,), NaN where fewer than three frames around are known."""
    residual = raw - filtered
    known = np.isfinite(residual)
    squares = np.concatenate(([0.0], np.cumsum(np.where(known, residual, 0.0) ** 2)))
    counts = np.concatenate(([0], np.cumsum(known)))
    first = np.searchsorted(real_s, real_s - _AROUND_S, side="left")
    last = np.searchsorted(real_s, real_s + _AROUND_S, side="right")
    count = counts[last] - counts[first]
    with np.errstate(invalid="ignore", divide="ignore"):
        noise = HALF_WIDTH_95 * np.sqrt((squares[last] - squares[first]) / count)
    return np.where(count >= 3, noise, np.nan)


def timing_95(real_s: np.ndarray, filtered: np.ndarray, at_s: float, uncertainty_s: float) -> float:
    """Half width (95 %) from not knowing the instant: the signal's rate of change times the event's ±."""
    rate = value_at(real_s, derivative(real_s, filtered), at_s)
    return abs(rate) * uncertainty_s


def hidden_depth_95(real_s: np.ndarray, seen: np.ndarray, modelled: np.ndarray, at_s: float) -> float:
    """Half width (95 %) from limbs that point towards the camera: how far picture and model disagree.

    An angle in the picture is right only for a limb in the picture's plane. The model's own depth is too
    weak to measure with, but it shows where a limb leaves that plane: on rendered batting the two are 20 to
    45 degrees apart where the picture's angle is that wrong, and a few degrees where it is right.
    """
    return abs(value_at(real_s, seen, at_s) - value_at(real_s, modelled, at_s))


def roll_95(series: str) -> float:
    """Half width (95 %, degrees) of a series from not knowing the camera's roll.

    A roll leans every line against the picture's vertical by as much; angles between limbs do not feel it.
    """
    return ROLL_95_DEG if series == "trunk_lean" else 0.0


def roll_offset_95(above: float) -> float:
    """Half width (95 %) of a horizontal offset between two points, one ``above`` the other, in its unit."""
    return float(abs(above) * np.sin(np.radians(ROLL_95_DEG)))


def combine(*parts: float | None) -> float | None:
    """Join independent half widths; ``None`` when any part is unknown."""
    known = [p for p in parts if p is not None and np.isfinite(p)]
    return float(np.sqrt(np.square(known).sum())) if len(known) == len(parts) else None
