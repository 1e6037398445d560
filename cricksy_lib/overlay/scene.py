"""What is to be drawn at each frame, on the clip's own clock: joints, angle and events."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.results import Event, Kinematics, MetricStatus
from cricksy_lib.vocabulary import event_title

FLASH_S = 0.5
# Joints are drawn between two samples of one run at most this far apart (quick passes sample sparsely).
_BRIDGE_S = 0.1


@dataclass(frozen=True)
class Joints:
    """Pixels (33, 2) in the clip's upright frame and confidence (33,) at one instant; NaN is unknown."""

    xy: np.ndarray
    confidence: np.ndarray

    def point(self, name: str) -> tuple[float, float] | None:
        """Pixels of a keypoint, ``None`` where unknown."""
        x, y = self.xy[KEYPOINTS.index(name)]
        return (float(x), float(y)) if math.isfinite(x) and math.isfinite(y) else None

    def sure(self, *names: str) -> float:
        """Lowest confidence among keypoints (0 where it is unknown)."""
        return float(np.nan_to_num(self.confidence[[KEYPOINTS.index(n) for n in names]]).min())


class JointsOverTime:
    """Joints at any instant of a track."""

    def __init__(self, track: PoseTrack) -> None:
        self._times = track.data["time"].values
        self._xy = track.data["position"].values[..., :2]
        self._confidence = track.data["confidence"].values
        self._segment = track.data["segment"].values

    def at(self, time_s: float) -> Joints | None:
        """Joints at an instant; ``None`` outside the track and in its gaps."""
        after = int(np.searchsorted(self._times, time_s - 1e-4))
        if after == self._times.size:
            return None
        if abs(self._times[after] - time_s) <= 1e-3:
            return self._row(after)
        before = after - 1
        gap = self._times[after] - self._times[before] if before >= 0 else math.inf
        if gap > _BRIDGE_S or self._segment[before] != self._segment[after]:
            return None
        part = (time_s - self._times[before]) / gap
        return Joints(
            (1 - part) * self._xy[before] + part * self._xy[after],
            np.minimum(self._confidence[before], self._confidence[after]),
        )

    def _row(self, row: int) -> Joints | None:
        if not np.isfinite(self._xy[row]).any():
            return None
        return Joints(self._xy[row], self._confidence[row])


@dataclass(frozen=True)
class Angle:
    """An angle in degrees, its ± (or ``None``) and its status."""

    value: float
    uncertainty: float | None
    status: MetricStatus


def angle_at(kinematics: Kinematics, name: str, time_s: float) -> Angle | None:
    """Return a series' sample nearest to an instant; ``None`` where it is absent or not measurable."""
    series = kinematics.series.get(name)
    if series is None or not kinematics.time_s:
        return None
    times = np.asarray(kinematics.time_s)
    row = int(np.abs(times - time_s).argmin())
    value = series.values[row]
    if value is None or series.status[row] == "not_measurable" or abs(times[row] - time_s) > _BRIDGE_S / 2:
        return None
    return Angle(value, series.uncertainty[row], series.status[row])


def event_label(event: Event, repetitions: int) -> str:
    """Name an event as a coach reads it, with its time, and its repetition where there are several."""
    number = f" {event.repetition}" if repetitions > 1 else ""
    return f"{event_title(event.name)}{number}  {event.time_s:.2f} s"


def flashing(events: list[Event], time_s: float, frame_s: float) -> list[tuple[Event, float]]:
    """Return the events to show at an instant, newest first, each with its brightness 1..0.

    An event shows from the frame nearest to it until `FLASH_S` later.
    """
    shown = []
    for event in events:
        age = time_s - event.time_s
        if -frame_s / 2 <= age < FLASH_S:
            shown.append((event, 1.0 - max(age, 0.0) / FLASH_S))
    return sorted(shown, key=lambda pair: pair[0].time_s, reverse=True)
