"""Where to cut: the athlete's path through the clip and the square around the athlete in each frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cricksy_lib.pose.athlete import Sighting
from cricksy_lib.video.geometry import Crop

# Side of the square in body sizes: a raised arm with the bat, and what the path does not foresee.
SIDE_IN_BODIES = 1.9
CROP_PX = 400
_MAX_GAP_S = 2.6
_BEYOND_S = 0.8


@dataclass(frozen=True)
class Path:
    """The athlete's way: mid-hips (T, 2) and body size (T,) in pixels for frames; NaN where not known."""

    centres: np.ndarray
    sizes: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Boolean (T,)."""
        return np.isfinite(self.sizes)


def path_through(sightings: Sequence[Sighting], times_s: np.ndarray) -> Path:
    """Interpolate the sightings of one person at the given times.

    Between sightings more than 2.6 s apart the way is not known; before the first, after the last and at
    both ends of such an absence it is held for 0.8 s, because sampled frames miss the edges of a presence.
    """
    centres = np.full((times_s.size, 2), np.nan)
    sizes = np.full(times_s.size, np.nan)
    if not sightings:
        return Path(centres, sizes)
    seen = np.array([s.time_s for s in sightings])
    after = np.searchsorted(seen, times_s)
    left, right = np.clip(after - 1, 0, seen.size - 1), np.clip(after, 0, seen.size - 1)
    at = np.array([s.centre for s in sightings])
    big = _running_median(np.array([s.size for s in sightings]))
    between = (seen[right] - seen[left] <= _MAX_GAP_S) & (times_s >= seen[0]) & (times_s <= seen[-1])
    for axis in range(2):
        centres[between, axis] = np.interp(times_s, seen, at[:, axis])[between]
    sizes[between] = np.interp(times_s, seen, big)[between]
    nearest = np.where(np.abs(times_s - seen[left]) <= np.abs(times_s - seen[right]), left, right)
    held = ~between & (np.abs(times_s - seen[nearest]) <= _BEYOND_S)
    centres[held], sizes[held] = at[nearest[held]], big[nearest[held]]
    return Path(centres, sizes)


def _running_median(values: np.ndarray) -> np.ndarray:
    """Median of five neighbours, fewer at the ends: one odd detection must not zoom the crop."""
    padded = np.pad(values, 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1))


def crop_around(centre: np.ndarray, size: float) -> Crop:
    """Return the square around an athlete as (x0, y0, x1, y1), whole pixels of the upright frame."""
    side = max(16, round(SIDE_IN_BODIES * float(size)))
    x0, y0 = round(float(centre[0]) - side / 2), round(float(centre[1]) - side / 2)
    return x0, y0, x0 + side, y0 + side


def to_frame(poses: np.ndarray, crop: Crop, size: tuple[int, int]) -> np.ndarray:
    """Map poses (..., 33, 7) from pixels of a crop, scaled to ``size`` (w, h), to pixels of the frame."""
    sx, sy = (crop[2] - crop[0]) / size[0], (crop[3] - crop[1]) / size[1]
    mapped = np.array(poses, dtype=float)
    mapped[..., 0:3] *= (sx, sy, sx)
    mapped[..., 0:2] += crop[0:2]
    return mapped
