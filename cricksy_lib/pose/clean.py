"""Clean raw landmarks: undo swaps, drop spikes and what lies outside the picture, fill only short gaps.

Every change is counted in ``attrs["repairs"]``; longer gaps stay NaN.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from cricksy_lib.pose.labels import ARMS, LEGS, Chain, naming
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack

LONGEST_FILL_S = 0.1
# A point this far (in trunk lengths) from where both its neighbours agree it should be is a spike.
_SPIKE = 0.3
# In a gap longer than this, in real seconds and in steps between frames, a limb may pass the other unseen.
_LIMBS_CROSS_S, _LIMBS_CROSS_STEPS = 0.07, 2.5
# What lies beyond a joint at the end of a limb.
_ENDS = {"ankle": ("heel", "foot_index"), "wrist": ("pinky", "index", "thumb")}


def clean(track: PoseTrack, longest_fill_s: float = LONGEST_FILL_S, slow_motion: float = 1.0) -> PoseTrack:
    """Return a repaired copy of a raw track.

    Parameters
    ----------
    track : raw landmarks.
    longest_fill_s : gaps up to this many clip seconds are filled on a straight line, within one segment.
    slow_motion : clip seconds for one real second.

    Returns
    -------
    A new track; ``attrs["repairs"]`` holds how many frames were swapped, filled and rejected, and
    ``attrs["doubtful"]`` and ``attrs["flickering"]`` the rows in which it is not certain which leg and which
    arm is which (`cricksy_lib.pose.labels.Naming`, and what a gap parts from the rest).
    """
    data = track.data.copy(deep=True)
    trunk = _trunk_px(data["position"].values)
    data.attrs["doubtful"] = {"legs": [], "arms": []}
    data.attrs["flickering"] = {"legs": [], "arms": []}
    swapped = filled = rejected = np.zeros(data.sizes["time"], dtype=bool)
    if np.isfinite(trunk):
        swapped = _undo_swaps(data, trunk, slow_motion)
        rejected = _drop_spikes(data, trunk)
    rejected = rejected | _drop_outside(data)
    filled = _fill_gaps(data, longest_fill_s)
    data.attrs["repairs"] = {
        "swapped_frames": int(swapped.sum()),
        "filled_frames": int(filled.sum()),
        "rejected_frames": int(rejected.sum()),
    }
    return PoseTrack(data)


def _trunk_px(position: np.ndarray) -> float:
    def middle(name: str) -> np.ndarray:
        sides = [position[:, KEYPOINTS.index(f"{s}_{name}"), :2] for s in ("left", "right")]
        return np.asarray((sides[0] + sides[1]) / 2)

    lengths = np.linalg.norm(middle("shoulder") - middle("hip"), axis=1)
    lengths = lengths[np.isfinite(lengths)]
    return float(np.quantile(lengths, 0.8)) if len(lengths) else np.nan


def _segments(data: xr.Dataset) -> list[np.ndarray]:
    numbers = data["segment"].values
    return [np.flatnonzero(numbers == n) for n in np.unique(numbers) if n >= 0]


def _undo_swaps(data: xr.Dataset, trunk: float, slow_motion: float) -> np.ndarray:
    """Give each chain its right names in every tracked run; returns the frames changed (T,)."""
    position = data["position"].values
    real_s = data["time"].values / slow_motion
    changed = np.zeros(len(position), dtype=bool)
    doubtful: dict[str, list[int]] = {"legs": [], "arms": []}
    flickering: dict[str, list[int]] = {"legs": [], "arms": []}
    for limb, chain in (("legs", LEGS), ("arms", ARMS)):
        left, right = _points("left", chain.followed), _points("right", chain.followed)
        for rows in _segments(data):
            seen = rows[np.isfinite(position[rows][:, left + right, 0]).all(axis=1)]
            if len(seen) < 3:
                continue
            named = naming(
                position[seen][:, left, :2], position[seen][:, right, :2], real_s[seen], trunk, chain
            )
            exchange(data, chain, seen[named.wrong])
            changed[seen[named.wrong]] = True
            parted = _followed_through_gaps(real_s, seen)
            doubtful[limb] += np.union1d(seen[named.doubtful], parted).tolist()
            flickering[limb] += seen[named.flickering].tolist()
    data.attrs["doubtful"], data.attrs["flickering"] = doubtful, flickering
    return changed


def _followed_through_gaps(real_s: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Rows of long gaps, in which limbs may have crossed, and all that these part from the longest stretch.

    Parameters
    ----------
    real_s : (T,) real seconds.
    seen : rows of a tracked run in which all of a chain is seen.
    """
    steps = np.diff(real_s[seen])
    lost = steps > max(_LIMBS_CROSS_S, _LIMBS_CROSS_STEPS * float(np.median(steps)))
    stretches = np.split(seen, np.flatnonzero(lost) + 1)
    longest = max(stretches, key=len)
    inside = np.arange(longest[0], longest[-1] + 1)
    return np.setdiff1d(np.arange(seen[0], seen[-1] + 1), inside)


def exchange(data: xr.Dataset, chain: Chain, rows: np.ndarray) -> None:
    """Give a chain's points each other's names in some frames, in place."""
    left, right = np.array(_points("left", chain.named)), np.array(_points("right", chain.named))
    for variable in ("position", "world", "confidence"):
        values = data[variable].values
        kept = values[np.ix_(rows, left)].copy()
        values[np.ix_(rows, left)] = values[np.ix_(rows, right)]
        values[np.ix_(rows, right)] = kept


def _points(side: str, names: tuple[str, ...]) -> list[int]:
    return [KEYPOINTS.index(f"{side}_{name}") for name in names]


def _drop_spikes(data: xr.Dataset, trunk: float) -> np.ndarray:
    """Blank points that leave and return within one frame; returns the frames changed (T,)."""
    position = data["position"].values
    changed = np.zeros(len(position), dtype=bool)
    if len(position) < 3:
        return changed
    before, here, after = position[:-2, :, :2], position[1:-1, :, :2], position[2:, :, :2]
    off = np.linalg.norm(here - (before + after) / 2, axis=-1)
    apart = np.linalg.norm(after - before, axis=-1)
    spike = np.zeros(position.shape[:2], dtype=bool)
    with np.errstate(invalid="ignore"):
        spike[1:-1] = (off > _SPIKE * trunk) & (apart < off / 2)
    for variable in ("position", "world", "confidence"):
        data[variable].values[spike] = np.nan
    changed |= spike.any(axis=1)
    return changed


def _drop_outside(data: xr.Dataset) -> np.ndarray:
    """Blank points outside the picture: the model guesses them; returns the frames changed (T,).

    An ankle or a wrist goes with a foot or a hand of which all is outside: the model draws what is cut off
    into the picture, and is sure of it.
    """
    xy = data["position"].values[..., :2]
    size = np.array([data.attrs["width"], data.attrs["height"]])
    with np.errstate(invalid="ignore"):
        outside = np.any((xy < 0) | (xy > size), axis=-1)
    for inner, ends in _ENDS.items():
        for side in ("left", "right"):
            outside[:, KEYPOINTS.index(f"{side}_{inner}")] |= outside[:, _points(side, ends)].all(axis=1)
    for variable in ("position", "world", "confidence"):
        data[variable].values[outside] = np.nan
    return np.asarray(outside.any(axis=1))


def _fill_gaps(data: xr.Dataset, longest_s: float) -> np.ndarray:
    """Fill gaps of at most ``longest_s`` between two seen frames of one segment; returns frames (T,)."""
    times = data["time"].values
    segment = data["segment"].values
    changed = np.zeros(len(times), dtype=bool)
    for variable in ("position", "world"):
        values = data[variable].values
        for keypoint in range(values.shape[1]):
            seen = np.flatnonzero(np.isfinite(values[:, keypoint, 0]))
            for gap in np.flatnonzero(np.diff(seen) > 1):
                start, stop = seen[gap], seen[gap + 1]
                if times[stop] - times[start] > longest_s or segment[start] != segment[stop]:
                    continue
                share = (times[start + 1 : stop] - times[start]) / (times[stop] - times[start])
                step = values[stop, keypoint] - values[start, keypoint]
                values[start + 1 : stop, keypoint] = values[start, keypoint] + share[:, None] * step
                changed[start + 1 : stop] = True
                segment[start + 1 : stop] = segment[start]
    return changed
