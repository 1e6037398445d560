"""Small questions asked of one signal over time: peaks, lasting lows, crossings between frames."""

from __future__ import annotations

import itertools

import numpy as np


def window(real_s: np.ndarray, start: float, stop: float) -> np.ndarray:
    """Row numbers of the frames from ``start`` to ``stop`` seconds, both included."""
    return np.flatnonzero((real_s >= start) & (real_s <= stop))


def peak(real_s: np.ndarray, values: np.ndarray, rows: np.ndarray) -> tuple[float, float] | None:
    """Find the highest value among ``rows``: its time between frames (parabola) and its height.

    Returns
    -------
    (seconds, value), or ``None`` where no value is known.
    """
    rows = rows[np.isfinite(values[rows])]
    if not len(rows):
        return None
    top = int(rows[np.argmax(values[rows])])
    time, height = float(real_s[top]), float(values[top])
    if 0 < top < len(values) - 1:
        left, right = values[top - 1], values[top + 1]
        bend = left - 2 * height + right
        if np.isfinite(bend) and bend < 0 and left <= height >= right:
            offset = 0.5 * (left - right) / bend
            time += offset * (real_s[top + 1] - real_s[top - 1]) / 2
    return time, height


def first_above(real_s: np.ndarray, values: np.ndarray, rows: np.ndarray) -> float | None:
    """First time among ``rows`` at which a signal that was below zero reaches it, on a straight line.

    ``None`` where it never does, or is unknown before it does.
    """
    for before, after in itertools.pairwise(rows):
        if not np.isfinite(values[after]):
            return None
        if values[before] < 0 <= values[after]:
            share = values[before] / (values[before] - values[after])
            return float(real_s[before] + share * (real_s[after] - real_s[before]))
    return None


def first_low(real_s: np.ndarray, values: np.ndarray, rows: np.ndarray, below: float) -> float | None:
    """Time of the first dip of a signal under ``below`` among ``rows``, or ``None``."""
    inner = rows[(rows > 0) & (rows < len(values) - 1)]
    dips = (
        (values[inner] <= values[inner - 1]) & (values[inner] < values[inner + 1]) & (values[inner] < below)
    )
    if not dips.any():
        return None
    bottom = peak(real_s, -values, inner[dips][:1])
    return bottom[0] if bottom else None


def last_top(real_s: np.ndarray, values: np.ndarray, rows: np.ndarray, within: float) -> float | None:
    """Last time among ``rows`` at which a signal is still within ``within`` of its highest value."""
    rows = rows[np.isfinite(values[rows])]
    if not len(rows):
        return None
    return float(real_s[rows[values[rows] >= values[rows].max() - within][-1]])


def value_at(real_s: np.ndarray, values: np.ndarray, time: float) -> float:
    """Value between frames on a straight line; NaN where a neighbour is unknown or ``time`` is outside."""
    if not len(real_s) or time < real_s[0] or time > real_s[-1]:
        return float("nan")
    after = int(np.clip(np.searchsorted(real_s, time), 1, len(real_s) - 1))
    share = (time - real_s[after - 1]) / (real_s[after] - real_s[after - 1])
    return float(values[after - 1] + share * (values[after] - values[after - 1]))
