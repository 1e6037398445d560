"""Lengths and heights at events, and the run-up: in body heights, along the pitch line, across it or up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cricksy_lib.metrics.kept import lens_shift, path_speed
from cricksy_lib.metrics.readings import (
    NO_DIRECTION,
    Ask,
    Points,
    Reader,
    Reading,
    at_event,
    feet,
    feet_rows,
    foot,
    ground,
    head,
    middle,
    nothing,
    rolled,
)
from cricksy_lib.metrics.times import stride_start_s
from cricksy_lib.motion.body import Side, other
from cricksy_lib.motion.orientation import foreshortening, out_of_line
from cricksy_lib.motion.signals import value_at, window
from cricksy_lib.motion.uncertainty import combine, noise_95, timing_95
from cricksy_lib.results import Event

NO_SCALE = "No scale is known: say how tall the athlete is."
# A foot is flat so long after its contact, and its heel has not risen yet.
_FLAT_AFTER_S = 0.06
_RUN_UP_S = 0.3
_LEAST_WAY = 0.05
# The ground is read under the feet, which may be nearer to the camera than what is over it, or farther.
_GROUND_95 = 0.03
# Feet farther apart than this in the picture, up and down, in body heights, do not both stand: of those that
# do, a camera over head height at five metres, which looks down by 20 degrees, shows 0.17.
_RAISED = 0.2
# How far apart along the pitch line the two ends of a sideways distance may be, in body heights: what a
# camera that is not quite in line shows of it looks like sideways.
_ALONG = {"feet": 0.6, "hands": 0.2, "head": 0.25}

Place = Callable[[Points], np.ndarray]


def _both(ask: Ask, place: Place) -> tuple[np.ndarray, np.ndarray]:
    body = ask.movement.body
    return place(body.point), place(body.raw)


def along(ask: Ask, place: Place, at: Event | None = None) -> Reading:
    """Read the forward part of a vector (T, 2 pixels) at an event (the last one unless given)."""
    movement, event = ask.movement, at or ask.stop
    if movement.forward is None:
        return nothing(ask, NO_DIRECTION)
    factor, half = foreshortening(movement.view)
    share = movement.forward * factor / movement.size_px(ask.real(event))
    seen, raw = _both(ask, place)
    reading = at_event(ask, event, seen[:, 0] * share, raw[:, 0] * share)
    shared = combine(abs(reading.value) * half / factor, rolled(ask, place, event))
    return replace(reading, shared=shared)


def sideways(ask: Ask, place: Place, ends: str) -> Reading:
    """Read the part of a vector (T, 2 pixels) towards the hand's side at the last event."""
    movement = ask.movement
    if movement.hand_side is None:
        return nothing(ask, NO_DIRECTION)
    share = movement.hand_side / movement.size_px(ask.real(ask.stop))
    seen, raw = _both(ask, place)
    reading = at_event(ask, ask.stop, seen[:, 0] * share, raw[:, 0] * share)
    shared = combine(out_of_line(movement.view) * _ALONG[ends], rolled(ask, place, ask.stop))
    return replace(reading, shared=shared)


def between_feet(ask: Ask, place: Place) -> Reading:
    """Read the height of a place (T, 2 pixels) over the ground midway between the feet at the last event.

    A camera that looks down sees the nearer foot lower in the picture; the ground at either foot lies within
    the ±. Where one foot is raised, the ground is the other's.
    """
    size = ask.movement.size_px(ask.real(ask.stop))

    def stand(rows: np.ndarray) -> np.ndarray:
        return np.asarray(np.ptp(rows, axis=0) <= _RAISED * size)

    def height(points: Points) -> np.ndarray:
        rows = feet_rows(points)
        return np.asarray(np.where(stand(rows), rows.mean(axis=0), ground(points)) - place(points)[:, 1])

    body, reading = ask.movement.body, upwards(ask, height)
    rows = feet_rows(body.point)
    apart = value_at(body.real_s, np.where(stand(rows), np.ptp(rows, axis=0), 0.0), ask.real(ask.stop)) / size
    return replace(reading, shared=combine(reading.shared, apart / 2))


def upwards(ask: Ask, height: Place) -> Reading:
    """Read a height (T, pixels) at the last event."""
    size = ask.movement.size_px(ask.real(ask.stop))
    seen, raw = _both(ask, height)
    return replace(at_event(ask, ask.stop, seen / size, raw / size), shared=_GROUND_95)


def _sides(ask: Ask) -> tuple[Side, Side]:
    front = ask.movement.front
    assert front is not None, "the catalogue asks for the hand"
    return front, other(front)


def ankles(ask: Ask) -> Place:
    """From the rear ankle to the front ankle."""
    front, rear = _sides(ask)
    return lambda points: points(f"{front}_ankle") - points(f"{rear}_ankle")


def stride_length(ask: Ask) -> Reading:
    """Read the distance between the ankles along the pitch line as the front foot lands."""
    return along(ask, ankles(ask))


def stance_width(ask: Ask) -> Reading:
    """Read the same just before the front foot starts to move."""
    start_s = stride_start_s(ask)
    if start_s is None:
        return nothing(ask)
    # The feet stand still there, so that the instant matters little.
    before = ask.stop.model_copy(
        update={
            "time_s": start_s * ask.movement.slow_motion,
            "frame": int(ask.movement.body.frame[np.argmin(np.abs(ask.movement.body.real_s - start_s))]),
        }
    )
    return along(ask, ankles(ask), before)


def feet_alignment(ask: Ask) -> Reading:
    """Read how far the front ankle lands to the hand's side of the rear one."""
    return sideways(ask, ankles(ask), "feet")


def delivery_stride_length(ask: Ask) -> Reading:
    """Read the distance along the pitch line from the rear to the front ankle, each with its foot flat."""
    front, rear = _sides(ask)
    # A foot that is flat stays where it is, whatever the instant: only its place in the picture is taken.
    ankle, raw = _both(ask, lambda points: points(f"{rear}_ankle"))
    landed = _flat(ask, ask.start, ask.stop)
    behind, level = (at_event(ask, landed, ankle[:, axis], raw[:, axis]) for axis in (0, 1))
    standing = _flat(ask, ask.stop)
    reading = along(ask, lambda p: p(f"{front}_ankle") - np.array([behind.value, level.value]), standing)
    noise = None if behind.noise is None else behind.noise / ask.movement.size_px(ask.real(standing))
    return replace(reading, noise=combine(reading.noise, noise))


def _flat(ask: Ask, contact: Event, until: Event | None = None) -> Event:
    """The instant at which a foot that has landed is flat, at most another event."""
    at_s = contact.time_s + _FLAT_AFTER_S * ask.movement.slow_motion
    return contact.model_copy(update={"time_s": at_s if until is None else min(at_s, until.time_s)})


def head_over_base(ask: Ask) -> Reading:
    """Read how far the head is forward of the middle of the feet."""

    def lean(points: Points) -> np.ndarray:
        return head(points) - feet(points)

    reading = along(ask, lean)
    return replace(reading, shared=combine(reading.shared, lens_shift(ask, lean)))


def head_fall_away(ask: Ask) -> Reading:
    """Read how far the head is from the middle of the feet, away from the hand's side."""
    return sideways(ask, lambda points: feet(points) - head(points), "head")


def backlift_direction(ask: Ask) -> Reading:
    """Read how far the hands are to the hand's side of the middle of the shoulders."""
    return sideways(ask, lambda p: middle(p, "wrist") - middle(p, "shoulder"), "hands")


def hands_height(ask: Ask) -> Reading:
    """Read the height of the hands over the ground."""
    return between_feet(ask, lambda points: middle(points, "wrist"))


def release_height(ask: Ask) -> Reading:
    """Read the height of the rear (bowling) wrist over the ground under the lower foot."""
    arm = _sides(ask)[1]
    return upwards(ask, lambda points: ground(points) - points(f"{arm}_wrist")[:, 1])


def hips_over_ground(ask: Ask) -> Reading:
    """Read the height of the hips over the ground under the lower foot."""
    return upwards(ask, lambda points: ground(points) - middle(points, "hip")[:, 1])


def hips_over_feet(ask: Ask) -> Reading:
    """Read the height of the hips over the middle of the feet."""
    return upwards(ask, lambda points: (feet(points) - middle(points, "hip"))[:, 1])


def hand_to_foot(ask: Ask) -> Reading:
    """Read the horizontal distance from the lower wrist to the nearer foot."""
    size = ask.movement.size_px(ask.real(ask.stop))

    def distance(points: Points) -> np.ndarray:
        left, right = points("left_wrist"), points("right_wrist")
        lower = np.where(left[:, 1] > right[:, 1], left[:, 0], right[:, 0])
        gaps = [np.abs(lower - foot(points, side)[:, 0]) for side in ("left", "right")]
        return np.asarray(np.min(gaps, axis=0) / size)

    return at_event(ask, ask.stop, *_both(ask, distance))


def run_up_speed(ask: Ask) -> Reading:
    """Read the mean forward speed of the hips before the last event, body heights per second."""
    movement, stop_s = ask.movement, ask.real(ask.stop)
    real_s = movement.body.real_s
    if movement.forward is None:
        return nothing(ask, NO_DIRECTION)
    if stop_s - _RUN_UP_S < real_s[0]:
        return nothing(ask, "The run-up was not seen in the clip.")
    factor, half = foreshortening(movement.view)
    share = movement.forward * factor / movement.size_px(stop_s - _RUN_UP_S / 2)
    seen, raw = (hips[:, 0] * share for hips in _both(ask, lambda points: middle(points, "hip")))
    ends_s = (stop_s - _RUN_UP_S, stop_s)
    value = (value_at(real_s, seen, ends_s[1]) - value_at(real_s, seen, ends_s[0])) / _RUN_UP_S
    pace = np.gradient(seen, real_s)
    # Both ends move with the event, so that only a change of speed between them counts.
    moved = abs(value_at(real_s, pace, ends_s[1]) - value_at(real_s, pace, ends_s[0])) * ask.spread(ask.stop)
    scatter = [noise_95(real_s, raw, seen, end) for end in ends_s]
    noise = combine(*scatter, moved)
    rows = window(real_s, *ends_s)
    return Reading(
        float(value),
        None if noise is None else noise / _RUN_UP_S,
        pace,
        rows,
        abs(value) * half / factor,
        reason="The hips are hidden or missing in the run-up.",
    )


def run_up_speed_m_s(ask: Ask) -> Reading:
    """Read the same in metres per second, where the clip's scale is known."""
    if ask.movement.scale is None:
        return nothing(ask, NO_SCALE)
    reading = run_up_speed(ask)
    metres = ask.movement.scale.m_per_px * ask.movement.body.height_px
    shared = combine(reading.shared, abs(reading.value) * ask.movement.scale.uncertainty)
    return replace(
        reading,
        value=reading.value * metres,
        noise=None if reading.noise is None else reading.noise * metres,
        shared=None if shared is None else shared * metres,
        signal=reading.signal * metres,
    )


def hand_path(ask: Ask) -> Reading:
    """Read how much longer the hands' way is than the straight line between its ends."""
    movement = ask.movement
    real_s = movement.body.real_s
    size = movement.size_px(ask.real(ask.stop))
    seen, raw = (path / size for path in _both(ask, lambda points: middle(points, "wrist")))
    ends = ask.real(ask.start), ask.real(ask.stop)
    inside = real_s[window(real_s, *ends)]
    times = np.unique(np.concatenate([[ends[0]], inside, [ends[1]]]))
    way = np.array([[value_at(real_s, seen[:, axis], t) for axis in (0, 1)] for t in times])
    straight = float(np.linalg.norm(way[-1] - way[0]))
    if not straight >= _LEAST_WAY:
        return nothing(ask, "The hands hardly moved in the picture.")
    value = float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum()) / straight
    pace = np.linalg.norm(np.gradient(seen, real_s, axis=0), axis=1)
    at_end = [combine(*(noise_95(real_s, raw[:, a], seen[:, a], end) for a in (0, 1))) for end in ends]
    late = [timing_95(real_s, seen[:, a], end, ask.spread(e)) for a in (0, 1) for end, e in _ends(ask)]
    noise = combine(*at_end, *late)
    return Reading(value, None if noise is None else value * noise / straight, pace, ask.rows())


def _ends(ask: Ask) -> list[tuple[float, Event]]:
    return [(ask.real(event), event) for event in (ask.start, ask.stop)]


def head_stillness(ask: Ask) -> Reading:
    """Read the head's speed; a fielder's, who runs and turns, about its own mean velocity."""
    seen, raw = _both(ask, head)
    return path_speed(ask, seen, raw, own_mean=ask.movement.mode == "fielding")


LENGTHS: dict[str, Reader] = {
    "stride_length": stride_length,
    "stance_width": stance_width,
    "feet_alignment": feet_alignment,
    "delivery_stride_length": delivery_stride_length,
    "head_over_base_at_impact": head_over_base,
    "head_fall_away": head_fall_away,
    "backlift_direction": backlift_direction,
    "backlift_height": hands_height,
    "hand_height_at_take": hands_height,
    "release_height": release_height,
    "pick_up_hip_height": hips_over_ground,
    "crouch_depth": hips_over_feet,
    "pick_up_hand_to_foot": hand_to_foot,
    "run_up_speed": run_up_speed,
    "run_up_speed_m_s": run_up_speed_m_s,
    "hand_path_to_take": hand_path,
    "head_stillness": head_stillness,
}
