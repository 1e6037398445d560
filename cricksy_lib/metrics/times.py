"""Durations between events, in real seconds."""

from __future__ import annotations

import numpy as np

from cricksy_lib.metrics.kept import turn_speed
from cricksy_lib.metrics.readings import Ask, Reader, Reading, nothing
from cricksy_lib.motion.filtering import derivative
from cricksy_lib.motion.signals import peak, window
from cricksy_lib.motion.uncertainty import combine

# The front foot has started when it reaches this share of the fastest speed of its swing.
_STARTS_AT = 0.15
_STRIDE_S = 0.8
# The body filter smears the start; a design default until it is calibrated.
_START_95_S = 0.06


def between_events(ask: Ask) -> Reading:
    """Read the time from the first event to the last; both events' ± count."""
    rows = ask.rows()
    signal = ask.movement.body.real_s - ask.real(ask.start)
    value = ask.real(ask.stop) - ask.real(ask.start)
    return Reading(value, combine(ask.spread(ask.start), ask.spread(ask.stop)), signal, rows)


def stride_start_s(ask: Ask) -> float | None:
    """When the front foot starts to move before it lands (real seconds), or ``None``.

    The metric's first event must be the front foot's landing.
    """
    body, front = ask.movement.body, ask.movement.front
    if front is None:
        return None
    landing = ask.real(ask.start)
    pace = np.linalg.norm(derivative(body.real_s, body.foot(front)), axis=1)
    rows = window(body.real_s, landing - _STRIDE_S, landing)
    rows = rows[np.isfinite(pace[rows])]
    if not len(rows):
        return None
    fastest = int(rows[np.argmax(pace[rows])])
    level = _STARTS_AT * pace[fastest]
    slow = rows[(rows < fastest) & (pace[rows] < level)]
    if not len(slow):
        return None
    last = int(slow[-1])
    share = (level - pace[last]) / (pace[last + 1] - pace[last])
    return float(body.real_s[last] + share * (body.real_s[last + 1] - body.real_s[last]))


def stride_start_to_impact(ask: Ask) -> Reading:
    """Read the time from the front foot's start to the last event."""
    start_s = stride_start_s(ask)
    if start_s is None:
        return nothing(ask)
    body = ask.movement.body
    spread = combine(body.step_s / 2, _START_95_S, ask.spread(ask.stop))
    return Reading(ask.real(ask.stop) - start_s, spread, body.real_s - start_s, ask.rows())


def throw_arm_timing(ask: Ask) -> Reading:
    """Read the time from the shoulders' fastest turn to the last event, the throwing hand's fastest point."""
    body, rows = ask.movement.body, ask.rows()
    turn = turn_speed(ask, "shoulder")
    fastest = peak(body.real_s, turn, rows)
    if fastest is None or len(rows) < 5:
        return nothing(ask)
    return Reading(
        ask.real(ask.stop) - fastest[0], combine(2 * body.step_s, ask.spread(ask.stop)), turn, rows
    )


TIMES: dict[str, Reader] = {
    "plant_to_impact_time": between_events,
    "downswing_time": between_events,
    "stride_start_to_impact_time": stride_start_to_impact,
    "delivery_stride_time": between_events,
    "front_foot_contact_to_release_time": between_events,
    "rise_time": between_events,
    "pick_up_to_release_time": between_events,
    "throw_arm_timing": throw_arm_timing,
}
