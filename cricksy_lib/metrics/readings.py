"""How each metric is read off the movement: a value, what this clip makes uncertain, and where to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cricksy_lib.metrics.catalogue import MetricEntry
from cricksy_lib.motion.body import FOOT, other
from cricksy_lib.motion.filtering import derivative
from cricksy_lib.motion.kinematics import line_angle
from cricksy_lib.motion.movement import Movement
from cricksy_lib.motion.signals import peak, value_at, window
from cricksy_lib.motion.uncertainty import (
    combine,
    hidden_depth_95,
    noise_95,
    roll_95,
    roll_offset_95,
    timing_95,
)
from cricksy_lib.results import Event

# Noise that the body filter (8 Hz) lets through goes back and forth within this time at the fastest.
_HALF_CYCLE_S = 0.0625


@dataclass(frozen=True)
class Reading:
    """One metric as read from one repetition.

    Attributes
    ----------
    value : in the metric's unit; NaN where the landmarks it needs are missing.
    measured : 95 % half width from this clip alone; ``None`` where it cannot be told.
    signal : (T,) the same quantity frame by frame, for evidence.
    rows : frames that the metric looks at.
    """

    value: float
    measured: float | None
    signal: np.ndarray
    rows: np.ndarray


def _rows(movement: Movement, start: Event, stop: Event) -> np.ndarray:
    real = movement.body.real_s
    rows = window(real, start.time_s / movement.slow_motion, stop.time_s / movement.slow_motion)
    return rows if len(rows) else np.array([int(np.argmin(np.abs(movement.body.time_s - stop.time_s)))])


def _at_event(movement: Movement, event: Event, signal: np.ndarray, raw: np.ndarray) -> Reading:
    real_s, at_s = movement.body.real_s, event.time_s / movement.slow_motion
    measured = combine(
        noise_95(real_s, raw, signal, at_s),
        timing_95(real_s, signal, at_s, event.uncertainty_s / movement.slow_motion),
    )
    return Reading(value_at(real_s, signal, at_s), measured, signal, _rows(movement, event, event))


def angle_at_event(movement: Movement, entry: MetricEntry, start: Event, stop: Event) -> Reading:
    """Read an angle at an event: degrees, between frames."""
    name = entry.series[0]
    reading = _at_event(movement, stop, movement.values(name), movement.values(f"raw_{name}"))
    hidden = _hidden_depth(movement, name, stop.time_s)
    return replace(reading, measured=combine(reading.measured, hidden, roll_95(name)))


def _hidden_depth(movement: Movement, name: str, time_s: float) -> float:
    real_s = movement.body.real_s
    seen, modelled = movement.values(name), movement.values(f"model_{name}")
    return hidden_depth_95(real_s, seen, modelled, time_s / movement.slow_motion)


def head_stability(movement: Movement, entry: MetricEntry, start: Event, stop: Event) -> Reading:
    """Read the root-mean-square speed of the head relative to the hips, body heights per second."""
    body, rows = movement.body, _rows(movement, start, stop)
    path = (body.head() - body.middle("hip")) / body.height_at_px[:, None]
    raw_head = (body.raw("left_ear") + body.raw("right_ear")) / 2
    raw_hips = (body.raw("left_hip") + body.raw("right_hip")) / 2
    raw_path = (raw_head - raw_hips) / body.height_at_px[:, None]
    pace = np.linalg.norm(derivative(body.real_s, path), axis=1)
    known = pace[rows][np.isfinite(pace[rows])]
    # Slow-varying noise that the filter lets through moves the head by its residual within half a cycle.
    middle_s = (body.real_s[rows[0]] + body.real_s[rows[-1]]) / 2
    jitter = [noise_95(body.real_s, raw_path[:, axis], path[:, axis], middle_s) for axis in (0, 1)]
    # The mean over the window averages as many independent half cycles as it holds.
    cycles = max(1.0, float(body.real_s[rows[-1]] - body.real_s[rows[0]]) / _HALF_CYCLE_S)
    spread = float(np.hypot(jitter[0], jitter[1])) / _HALF_CYCLE_S / np.sqrt(cycles)
    few = len(known) < max(2, 0.7 * len(rows))
    value = float("nan") if few else float(np.sqrt(np.mean(known**2)))
    return Reading(value, combine(spread), np.asarray(pace), rows)


def balance_drift(movement: Movement, entry: MetricEntry, start: Event, stop: Event) -> Reading:
    """Read how far the head is from over the middle of the feet, body heights."""
    body = movement.body
    feet = (body.foot("left") + body.foot("right")) / 2
    signal = np.abs(body.head() - feet)[:, 0] / body.height_at_px
    raw_feet = np.mean([body.raw(f"{side}_{p}") for side in ("left", "right") for p in FOOT], axis=0)
    raw_head = (body.raw("left_ear") + body.raw("right_ear")) / 2
    reading = _at_event(movement, stop, signal, np.abs(raw_head - raw_feet)[:, 0] / body.height_at_px)
    above = (feet - body.head())[:, 1] / body.height_at_px
    rolled = roll_offset_95(value_at(body.real_s, above, stop.time_s / movement.slow_motion))
    return replace(reading, measured=combine(reading.measured, rolled))


def front_knee_brace(movement: Movement, entry: MetricEntry, start: Event, stop: Event) -> Reading:
    """Read the smallest front knee angle between two events, as the 10th percentile of the frames."""
    signal, raw = movement.values("front_knee_angle"), movement.values("raw_front_knee_angle")
    rows = _rows(movement, start, stop)
    known = rows[np.isfinite(signal[rows])]
    if len(known) < max(1, 0.7 * len(rows)):
        return Reading(float("nan"), None, signal, rows)
    value = float(np.quantile(signal[known], 0.1))
    real_s = movement.body.real_s
    lowest_s = float(real_s[known[np.argmin(signal[known])]])
    moving = timing_95(real_s, signal, lowest_s, start.uncertainty_s / movement.slow_motion)
    hidden = _hidden_depth(movement, "front_knee_angle", lowest_s * movement.slow_motion)
    return Reading(value, combine(noise_95(real_s, raw, signal, lowest_s), moving, hidden), signal, rows)


def hip_shoulder_timing(movement: Movement, entry: MetricEntry, start: Event, stop: Event) -> Reading:
    """Read the time from the hips' fastest turn to the shoulders' fastest turn, real seconds."""
    body, rows = movement.body, _rows(movement, start, stop)
    lines = [
        line_angle(body.world_point(f"left_{p}"), body.world_point(f"right_{p}")) for p in ("hip", "shoulder")
    ]
    turns = [np.abs(derivative(body.real_s, line)) for line in lines]
    peaks = [peak(body.real_s, turn, rows) for turn in turns]
    if peaks[0] is None or peaks[1] is None or len(rows) < 5:
        return Reading(float("nan"), None, turns[1], rows)
    step = float(np.median(np.diff(body.real_s)))
    return Reading(peaks[1][0] - peaks[0][0], 2 * step, turns[1], rows)


def elbow_height(movement: Movement, entry: MetricEntry, start: Event, stop: Event) -> Reading:
    """Read the height of the acting elbow over its shoulder, body heights; positive when higher."""
    body, front = movement.body, movement.front
    missing = np.full(len(body.time_s), np.nan)
    if front is None or entry.acting_arm is None:
        return Reading(float("nan"), None, missing, _rows(movement, start, stop))
    arm = front if entry.acting_arm[movement.mode] == "front" else other(front)
    signal = (body.point(f"{arm}_shoulder") - body.point(f"{arm}_elbow"))[:, 1] / body.height_at_px
    raw = (body.raw(f"{arm}_shoulder") - body.raw(f"{arm}_elbow"))[:, 1] / body.height_at_px
    return _at_event(movement, stop, signal, raw)


Reader = Callable[[Movement, MetricEntry, Event, Event], Reading]
READERS: dict[str, Reader] = {
    "head_stability_score": head_stability,
    "balance_drift_score": balance_drift,
    "front_knee_brace_score": front_knee_brace,
    "hip_shoulder_separation_timing": hip_shoulder_timing,
    "elbow_drop_score": elbow_height,
}
