"""How tall the athlete stands in the picture: once for the clip, and through it for one who runs."""

from __future__ import annotations

import numpy as np

from cricksy_lib.pose.track import KEYPOINTS

# Shank, thigh and hip-to-shoulder as shares of standing height (Winter, Biomechanics and Motor Control
# of Human Movement): 0.246 + 0.245 + 0.288.
_LEG_SHARE, _TRUNK_SHARE = 0.491, 0.288
# Bones look shorter whenever they lean in depth, hardly ever longer: a high quantile is nearest the truth.
_HEIGHT_QUANTILE = 0.8
# A run-up's size changes over a second; what changes within a stride is posture.
_SMOOTH_S, _GRID_S, _LEAST_FRAMES = 0.5, 0.1, 6
# Posture alone changes the lengths of the bones by up to this, on exact landmarks seen from the side.
_NOISE = 0.10


def apparent_heights_px(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standing height in every frame from shank, thigh and trunk together, and from the trunk alone.

    Parameters
    ----------
    xy : (T, 33, 2) pixels.

    Returns
    -------
    (T,) pixels each; NaN where a joint is missing. Short where bones lean towards the camera.
    """

    def at(name: str) -> np.ndarray:
        return np.asarray(xy[:, KEYPOINTS.index(name)])

    legs = [
        np.linalg.norm(at(f"{s}_ankle") - at(f"{s}_knee"), axis=1)
        + np.linalg.norm(at(f"{s}_knee") - at(f"{s}_hip"), axis=1)
        for s in ("left", "right")
    ]
    trunk = (
        np.linalg.norm(at("left_shoulder") + at("right_shoulder") - at("left_hip") - at("right_hip"), axis=1)
        / 2
    )
    return (np.fmax(*legs) + trunk) / (_LEG_SHARE + _TRUNK_SHARE), trunk / _TRUNK_SHARE


def standing_height_px(xy: np.ndarray) -> float:
    """Standing height in pixels from the lengths of shank, thigh and trunk, whatever the posture.

    Parameters
    ----------
    xy : (T, 33, 2) pixels.

    Returns
    -------
    Pixels, or NaN where no frame shows those segments.
    """
    total = apparent_heights_px(xy)[0]
    total = total[np.isfinite(total)]
    return float(np.quantile(total, _HEIGHT_QUANTILE)) if len(total) else np.nan


def height_over_time_px(real_s: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Standing height in pixels at every frame of somebody who runs towards or away from the camera.

    The logarithm of the apparent height is smoothed over about a second by robust straight lines. Where it
    changes by less than posture alone can change it, one height holds for the clip.

    Parameters
    ----------
    real_s : (T,) seconds in real time.
    xy : (T, 33, 2) unfiltered pixels.

    Returns
    -------
    (T,) pixels; between frames that show the body on straight lines, all NaN where none does.
    """
    apparent = apparent_heights_px(xy)[0]
    constant = np.full(len(real_s), standing_height_px(xy))
    seen = np.flatnonzero(apparent > 0)
    if len(seen) < _LEAST_FRAMES:
        return constant
    trend = _smooth(real_s, real_s[seen], np.log(apparent[seen]))
    if trend is None or np.ptp(trend[seen]) < _NOISE:
        return constant
    level = np.quantile(apparent[seen] / np.exp(trend[seen]), _HEIGHT_QUANTILE)
    return np.asarray(np.exp(trend) * level)


def _smooth(at_s: np.ndarray, time_s: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """Read local straight lines through values at other times; outliers lose weight in three rounds."""
    grid = np.append(np.arange(time_s[0], time_s[-1], _GRID_S), time_s[-1])
    trust = np.ones(len(values))
    known = np.zeros(len(grid), dtype=bool)
    fitted = np.zeros(len(grid))
    for _ in range(3):
        for i, centre in enumerate(grid):
            first, last = np.searchsorted(time_s, (centre - 3 * _SMOOTH_S, centre + 3 * _SMOOTH_S))
            away = time_s[first:last] - centre
            weight = trust[first:last] * np.exp(-0.5 * (away / _SMOOTH_S) ** 2)
            total, first_moment = weight.sum(), (weight * away).sum()
            second_moment = (weight * away**2).sum()
            spread = total * second_moment - first_moment**2
            known[i] = total > 1.0 and spread > 1e-3 * total**2 * _SMOOTH_S**2
            if known[i]:
                here = values[first:last]
                fitted[i] = (
                    second_moment * (weight * here).sum() - first_moment * (weight * away * here).sum()
                )
                fitted[i] /= spread
        if not known.any():
            return None
        off = values - np.interp(time_s, grid[known], fitted[known])
        trust = np.clip(1 - (off / max(6 * np.median(np.abs(off)), 1e-6)) ** 2, 0, 1) ** 2
    return np.interp(at_s, grid[known], fitted[known])
