"""The five scores that every discipline has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cricksy_lib.metrics.readings import (
    Ask,
    Points,
    Reading,
    at_event,
    clip_spread,
    feet,
    head,
    middle,
    nothing,
    rolled,
)
from cricksy_lib.motion.body import other
from cricksy_lib.motion.filtering import derivative
from cricksy_lib.motion.kinematics import line_angle
from cricksy_lib.motion.signals import peak, value_at
from cricksy_lib.motion.uncertainty import combine, noise_95, timing_95

# Noise that the body filter (8 Hz) lets through goes back and forth within this time at the fastest.
_HALF_CYCLE_S = 0.0625
_LEAST_KNOWN = 0.7
# A difference in depth shows as one in the picture by how far from the picture's middle it lies over the
# focal length: a phone's, in widths of the picture, with room for what it may be instead and for its tilt.
_FOCAL, _LENS_ROOM, _LEAST_OFF_AXIS = 1.1, 1.6, 0.05
_MODEL_HEIGHT_M = 1.7
# A head's own way along the camera's axis is not known: the share of its speed that may come from there, as
# seen on rendered figures; for the head against the hips, which go along, what is left of it.
_LENS_SHARE, _LENS_SHARE_LEFT = 0.25, 0.1


def path_speed(ask: Ask, place: np.ndarray, raw: np.ndarray, *, own_mean: bool = False) -> Reading:
    """Read the root-mean-square speed of a path over the window, in body heights per second.

    Parameters
    ----------
    place, raw : (T, 2) pixels, filtered and not.
    own_mean : whether the speed is taken about its own mean velocity.
    """
    body, rows = ask.movement.body, ask.rows()
    middle_s = (body.real_s[rows[0]] + body.real_s[rows[-1]]) / 2
    size = ask.movement.size_px(float(middle_s))
    velocity = derivative(body.real_s, place / size)
    if own_mean and np.isfinite(velocity[rows]).all(axis=1).any():
        velocity = velocity - np.nanmean(velocity[rows], axis=0)
    pace = np.linalg.norm(velocity, axis=1)
    known = pace[rows][np.isfinite(pace[rows])]
    # Slow-varying noise that the filter lets through moves the path by its residual within half a cycle.
    jitter = [
        noise_95(body.real_s, raw[:, axis] / size, place[:, axis] / size, float(middle_s)) for axis in (0, 1)
    ]
    # The mean over the window averages as many independent half cycles as it holds.
    cycles = max(1.0, float(body.real_s[rows[-1]] - body.real_s[rows[0]]) / _HALF_CYCLE_S)
    spread = float(np.hypot(jitter[0], jitter[1])) / _HALF_CYCLE_S / np.sqrt(cycles)
    few = len(known) < max(2, _LEAST_KNOWN * len(rows))
    if few:
        return nothing(ask)
    value = float(np.sqrt(np.mean(known**2)))
    # A window that starts or stops elsewhere takes in more or less of what happens at its ends.
    length = max(float(body.real_s[rows[-1]] - body.real_s[rows[0]]), _HALF_CYCLE_S)
    late = [
        abs(pace[row] ** 2 - value**2) / (2 * value * length) * ask.spread(event) if value > 0 else 0.0
        for row, event in ((rows[0], ask.start), (rows[-1], ask.stop))
    ]
    return Reading(value, combine(spread, *late), np.asarray(pace), rows, _LENS_SHARE * value)


def head_stability(ask: Ask) -> Reading:
    """Read the root-mean-square speed of the head relative to the hips, body heights per second."""

    def place(points: Points) -> np.ndarray:
        return np.asarray(head(points) - middle(points, "hip"))

    body = ask.movement.body
    reading = path_speed(ask, place(body.point), place(body.raw))
    depth = np.asarray(head(body.world_point) - middle(body.world_point, "hip"))[:, 2] / _MODEL_HEIGHT_M
    # The model's depth jitters from frame to frame: how far it goes over the window says more than how fast.
    rows = reading.rows
    length = max(float(body.real_s[rows[-1]] - body.real_s[rows[0]]), _HALF_CYCLE_S)
    shift = abs(depth[rows[-1]] - depth[rows[0]]) / length * float(off_axis(ask)[rows].mean())
    return replace(reading, shared=combine(float(shift), _LENS_SHARE_LEFT * reading.value))


def balance_drift(ask: Ask) -> Reading:
    """Read how far the head is from over the middle of the feet, body heights."""
    body, size = ask.movement.body, ask.movement.size_px(ask.real(ask.stop))

    def lean(points: Points) -> np.ndarray:
        return np.asarray(head(points) - feet(points))

    seen, raw = (np.abs(lean(points))[:, 0] / size for points in (body.point, body.raw))
    reading = at_event(ask, ask.stop, seen, raw)
    return replace(reading, shared=combine(lens_shift(ask, lean), rolled(ask, lean, ask.stop)))


def off_axis(ask: Ask) -> np.ndarray:
    """How much of a difference in depth shows in the picture, where the athlete is in it (T,); 95 %."""
    body = ask.movement.body
    away = np.linalg.norm(body.middle("hip") - body.centre_px, axis=1) / (_FOCAL * max(body.picture_px))
    return np.asarray(_LENS_ROOM * away + _LEAST_OFF_AXIS)


def lens_shift(ask: Ask, vector: Callable[[Points], np.ndarray]) -> float:
    """95 % half width in body heights of what a vector's depth displaces in the picture at the last event."""
    body = ask.movement.body
    depth = vector(body.world_point)[:, 2] / _MODEL_HEIGHT_M
    return abs(value_at(body.real_s, depth * off_axis(ask), ask.real(ask.stop)))


def front_knee_brace(ask: Ask) -> Reading:
    """Read the smallest front knee angle between two events, as the 10th percentile of the frames."""
    movement, rows = ask.movement, ask.rows()
    signal = movement.values("front_knee_angle")
    known = rows[np.isfinite(signal[rows])]
    if len(known) < max(1, _LEAST_KNOWN * len(rows)):
        return nothing(ask)
    value = float(np.quantile(signal[known], 0.1))
    real_s = movement.body.real_s
    lowest_s = float(real_s[known[np.argmin(signal[known])]])
    moving = timing_95(real_s, signal, lowest_s, ask.spread(ask.start))
    return Reading(value, moving, signal, rows, clip_spread(movement, "front_knee_angle", lowest_s))


def turn_speed(ask: Ask, part: str) -> np.ndarray:
    """How fast a line from left to right turns, seen from above (T,), degrees per second."""
    body = ask.movement.body
    line = line_angle(body.world_point(f"left_{part}"), body.world_point(f"right_{part}"))
    return np.abs(derivative(body.real_s, line))


def hip_shoulder_timing(ask: Ask) -> Reading:
    """Read the time from the hips' fastest turn to the shoulders' fastest turn, real seconds."""
    body, rows = ask.movement.body, ask.rows()
    turns = [turn_speed(ask, part) for part in ("hip", "shoulder")]
    peaks = [peak(body.real_s, turn, rows) for turn in turns]
    if peaks[0] is None or peaks[1] is None or len(rows) < 5:
        return nothing(ask)
    return Reading(peaks[1][0] - peaks[0][0], 2 * body.step_s, turns[1], rows)


def elbow_height(ask: Ask) -> Reading:
    """Read the height of the acting elbow over its shoulder, body heights; positive when higher."""
    movement, front = ask.movement, ask.movement.front
    if front is None or ask.entry.acting_arm is None:
        return nothing(ask)
    arm = front if ask.entry.acting_arm[movement.mode] == "front" else other(front)
    body, size = movement.body, movement.size_px(ask.real(ask.stop))

    def upper_arm(points: Points) -> np.ndarray:
        return points(f"{arm}_shoulder") - points(f"{arm}_elbow")

    height, raw = upper_arm(body.point)[:, 1] / size, upper_arm(body.raw)[:, 1] / size
    return replace(at_event(ask, ask.stop, height, raw), shared=lens_shift(ask, upper_arm))
