"""Landmarks that an analyst moved: put where they belong, and their neighbours in time drawn along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from cricksy_lib.corrections import HALF_A_FRAME, LandmarkCorrection
from cricksy_lib.errors import CorrectionsError
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack

# Real seconds within which a move fades out on either side. A shorter one is a spike to the filter that
# follows (8 Hz): of this one it keeps 97 %, of half of it 75 %.
BLEND_S = 0.12
# Times as far from the middle of the hips as any landmark of the clip: no part of a body gets there.
_FARTHEST = 1.5


def move_landmarks(
    track: PoseTrack, landmarks: Sequence[LandmarkCorrection], slow_motion: float = 1.0
) -> PoseTrack:
    """Return a cleaned track with landmarks moved.

    Moves come after cleaning, so that left and right are as the overlay shows them and no move is taken for a
    spike. The frame gets the place given; in the frames around it the move fades out within `BLEND_S` (a
    raised cosine), or up to the next frame in which the same landmark was moved. A landmark that was missing
    is put there in its frame alone: its gap stays a gap.

    Parameters
    ----------
    track : cleaned landmarks.
    landmarks : where they are, in pixels of the upright picture.
    slow_motion : clip seconds for one real second.

    Returns
    -------
    The same track if nothing is moved; else a new one, whose ``attrs["moved"]`` lists keypoint and time. The
    model's metres move along in the picture's plane by the scale of the body in that frame; depth stays.

    Raises
    ------
    CorrectionsError
        If a landmark would lie where no part of the body can be.
    """
    if not landmarks:
        return track
    _check_within_reach(track, landmarks)
    data = track.data.copy(deep=True)
    metres_per_px = _metres_per_px(data)
    moved: list[dict[str, object]] = []
    for keypoint in dict.fromkeys(one.keypoint for one in landmarks):
        column = KEYPOINTS.index(keypoint)
        placed = {p.time_s: p for p in (_place(data, one) for one in landmarks if one.keypoint == keypoint)}
        places = [placed[time_s] for time_s in sorted(placed)]
        shift = _shift(data, column, places, BLEND_S * slow_motion)
        position, world = data["position"].values, data["world"].values
        drawn = np.flatnonzero(shift.any(axis=1))
        position[drawn, column, :2] += shift[drawn]
        world[drawn, column, :2] += shift[drawn] * metres_per_px[drawn, None]
        for place in places:
            if place.row is not None:
                position[place.row, column, :2] = place.xy
                data["confidence"].values[place.row, column] = 1.0
            moved.append({"keypoint": keypoint, "time_s": place.time_s})
    data.attrs["moved"] = moved
    return PoseTrack(data)


def _check_within_reach(track: PoseTrack, landmarks: Sequence[LandmarkCorrection]) -> None:
    picture = track.data["position"].values[..., :2]
    hips = (track.xy("left_hip") + track.xy("right_hip")) / 2
    known = np.isfinite(hips).all(axis=1)
    if not known.any():
        return
    reach = _FARTHEST * float(np.nanmax(np.linalg.norm(picture[known] - hips[known, None], axis=2)))
    for one in landmarks:
        place = _place(track.data, one)
        if place.row is None or not known[place.row]:
            continue
        if float(np.linalg.norm(place.xy - hips[place.row])) > reach:
            where = f"({one.x:g}, {one.y:g})"
            raise CorrectionsError(
                f"{where} is too far from the body for its {one.keypoint} at {place.time_s:.2f} s.",
                "Give x and y in pixels of the upright picture, from its top left corner.",
            )


@dataclass(frozen=True)
class _Place:
    """Where a landmark is at a time (clip seconds); `row` if the track holds that frame."""

    time_s: float
    row: int | None
    xy: np.ndarray


def moved_landmarks(track: PoseTrack) -> np.ndarray:
    """Say which landmarks an analyst put in their place, and in which frames: boolean (T, 33)."""
    times = track.data["time"].values
    moved = np.zeros((len(times), len(KEYPOINTS)), dtype=bool)
    for one in track.data.attrs.get("moved", ()) if len(times) else ():
        row = int(np.argmin(np.abs(times - one["time_s"])))
        if abs(times[row] - one["time_s"]) <= HALF_A_FRAME / track.data.attrs["frame_rate"]:
            moved[row, KEYPOINTS.index(one["keypoint"])] = True
    return moved


def _place(data: xr.Dataset, one: LandmarkCorrection) -> _Place:
    times, frames = data["time"].values, data["frame"].values
    if one.time_s is None:
        time_s = float(np.interp(float(one.frame or 0), frames, times))
        row = int(np.argmin(np.abs(frames - (one.frame or 0))))
        here = frames[row] == one.frame
    else:
        time_s = one.time_s
        row = int(np.argmin(np.abs(times - time_s)))
        # Not the next sampled frame of a quick pass: by then the body has moved on.
        here = abs(times[row] - time_s) <= HALF_A_FRAME / data.attrs["frame_rate"]
    xy = np.array([one.x, one.y])
    return _Place(float(times[row]), row, xy) if here else _Place(time_s, None, xy)


def _shift(data: xr.Dataset, column: int, places: list[_Place], blend_s: float) -> np.ndarray:
    """Pixels (T, 2) by which a landmark moves in each frame; 0 where it does not move or is missing."""
    times, segment = data["time"].values, data["segment"].values
    path = data["position"].values[:, column, :2]
    shift = np.zeros((len(times), 2))
    bounds = [-np.inf, *(place.time_s for place in places), np.inf]
    for i, place in enumerate(places):
        before = path[place.row] if place.row is not None else _between(times, path, place.time_s)
        if not np.isfinite(before).all():
            continue
        off = times - place.time_s
        width = np.where(
            off < 0, min(blend_s, place.time_s - bounds[i]), min(blend_s, bounds[i + 2] - place.time_s)
        )
        near = (np.abs(off) < width) & np.isfinite(path).all(axis=1)
        near &= segment == segment[np.argmin(np.abs(off))]
        fade = 0.5 * (1 + np.cos(np.pi * off[near] / width[near]))
        shift[near] += fade[:, None] * (place.xy - before)
    return shift


def _between(times: np.ndarray, path: np.ndarray, time_s: float) -> np.ndarray:
    """Place of a landmark between two frames; NaN where either misses it."""
    after = int(np.clip(np.searchsorted(times, time_s), 1, len(times) - 1)) if len(times) > 1 else 0
    if after == 0 or not times[after - 1] <= time_s <= times[after]:
        return np.full(2, np.nan)
    share = (time_s - times[after - 1]) / (times[after] - times[after - 1])
    return np.asarray(path[after - 1] + share * (path[after] - path[after - 1]))


def _metres_per_px(data: xr.Dataset) -> np.ndarray:
    """Scale of the body in each frame (T,): how far its landmarks spread in metres and in pixels."""
    spreads = []
    for name in ("world", "position"):
        xy = data[name].values[..., :2]
        known = np.isfinite(xy).all(axis=-1)
        count = known.sum(axis=1)
        plain = np.where(known[..., None], xy, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            middle = plain.sum(axis=1) / count[:, None]
            off = np.where(known[..., None], xy - middle[:, None], 0.0)
            spreads.append(np.sqrt((off**2).sum(axis=(1, 2)) / count))
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = spreads[0] / spreads[1]
    return np.where(np.isfinite(scale), scale, np.nan)
