"""Smooth paths through key values on the fine time grid, and the path of a foot between its plants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

STEP_S = 0.001

Key = tuple[float, float] | tuple[float, Sequence[float]]


def blur(values: np.ndarray, seconds: float) -> np.ndarray:
    """Smooth (N, ...) along time with a Gaussian of that standard deviation; ends are held."""
    return np.asarray(gaussian_filter1d(values, seconds / STEP_S, axis=0, mode="nearest", truncate=5.0))


def curve(t: np.ndarray, keys: Sequence[Key], smooth_s: float = 0.025) -> np.ndarray:
    """Pass smoothly through keys without overshoot; held before the first and after the last.

    Parameters
    ----------
    t : (N,) seconds, the fine grid.
    keys : (time, value) pairs; values are numbers or equally long vectors.
    smooth_s : standard deviation of the smoothing, which makes all derivatives continuous.

    Returns
    -------
    (N,) or (N, K).
    """
    ordered = sorted(keys, key=lambda key: key[0])
    times = np.array([key[0] for key in ordered], dtype=float)
    values = np.array([key[1] for key in ordered], dtype=float)
    if len(times) == 1:
        return np.broadcast_to(values[0], (len(t), *values.shape[1:])).copy()
    path = PchipInterpolator(times, values, axis=0)(np.clip(t, times[0], times[-1]))
    return blur(path, smooth_s)


def rise(t: np.ndarray, start: float, stop: float) -> np.ndarray:
    """Minimum-jerk step from 0 at ``start`` to 1 at ``stop``."""
    s = np.clip((t - start) / (stop - start), 0.0, 1.0)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s * s))


@dataclass(frozen=True)
class Plant:
    """One time of a foot on the ground.

    Attributes
    ----------
    on, off : first and last instant on the ground, seconds.
    x, y : place of the ankle with the foot flat, body heights.
    yaw : direction of the toes from above, degrees anticlockwise from +x.
    land : pitch at landing in degrees, negative on the heel, positive on the toes.
    push : pitch when it leaves, degrees. ``lift`` : height of the swing before this plant, body heights.
    leave : speed at which it leaves, as a share of the next swing's mean speed (a toe that is dragged off).
    heel_up_s : how long before it leaves the heel begins to rise.
    """

    on: float
    off: float
    x: float
    y: float
    yaw: float = 0.0
    land: float = -8.0
    push: float = 45.0
    lift: float = 0.1
    leave: float = 0.0
    heel_up_s: float = 0.09


@dataclass(frozen=True)
class FootPath:
    """A foot on the fine grid: flat ankle place (N, 2), lift (N,), yaw and pitch (N,) in radians."""

    place: np.ndarray
    lift: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray


_LANDING_SPEED = 0.35  # share of the swing's mean speed that is left when the foot meets the ground
_LANDING_SMOOTH_S = 0.007  # a foot stops within some hundredths of a second


def _swing(s: np.ndarray, leave: float) -> np.ndarray:
    """Progress 0..1 of a swing with given speeds at its ends: quintic, no acceleration there."""
    u, v = leave, _LANDING_SPEED
    return np.asarray(
        u * s + (10 - 6 * u - 4 * v) * s**3 + (-15 + 8 * u + 7 * v) * s**4 + (6 - 3 * u - 3 * v) * s**5
    )


def _bump(s: np.ndarray) -> np.ndarray:
    """Height of a swing, 0..1: leaves gently, comes down with speed."""
    a, b = 2.0, 1.15
    peak = a / (a + b)
    return np.asarray(s**a * (1 - s) ** b / (peak**a * (1 - peak) ** b))


def foot_path(t: np.ndarray, plants: Sequence[Plant]) -> FootPath:
    """Join plants by swings. Plants must be in order and must not overlap; the first and last are held."""
    place = np.full((len(t), 2), np.nan)
    lift = np.zeros(len(t))
    place[t <= plants[0].off] = plants[0].x, plants[0].y
    pitch_keys: list[Key] = [(plants[0].on - 1.0, 0.0)]
    yaw_keys: list[Key] = []
    for before, after in pairwise(plants):
        swing = (t > before.off) & (t < after.on)
        s = (t[swing] - before.off) / (after.on - before.off)
        start, stop = np.array([before.x, before.y]), np.array([after.x, after.y])
        place[swing] = start + _swing(s, before.leave)[:, None] * (stop - start)
        lift[swing] = after.lift * _bump(s)
        place[(t >= after.on) & (t <= after.off)] = stop
        span = after.on - before.off
        pitch_keys += [
            (before.off - min(before.heel_up_s, 0.8 * (before.off - before.on)), 0.0),
            (before.off, before.push),
            (before.off + 0.3 * span, before.push * 1.1),
            (after.on - 0.12 * span, after.land),
            (after.on + 0.012, after.land),
            (after.on + min(0.07, 0.35 * (after.off - after.on)), 0.0),
        ]
        yaw_keys += [(before.off, before.yaw), (after.on, after.yaw)]
    place[t > plants[-1].off] = plants[-1].x, plants[-1].y
    yaw_keys = yaw_keys or [(plants[0].on, plants[0].yaw)]
    return FootPath(
        place=blur(place, _LANDING_SMOOTH_S),
        lift=blur(lift, _LANDING_SMOOTH_S),
        yaw=np.radians(curve(t, yaw_keys, 0.012)),
        pitch=np.radians(curve(t, pitch_keys, 0.008)),
    )
