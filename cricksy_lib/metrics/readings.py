"""How a metric is read off one repetition: a value, what this clip makes uncertain, and where to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cricksy_lib.metrics.catalogue import Catalogue, MetricEntry
from cricksy_lib.motion.body import FOOT, Side
from cricksy_lib.motion.movement import Movement
from cricksy_lib.motion.signals import value_at, window
from cricksy_lib.motion.uncertainty import combine, hidden_depth_95, noise_95, timing_95
from cricksy_lib.results import Event

HIDDEN = "The joints that it needs are hidden or missing at that moment."
NO_DIRECTION = "It does not show on which side of the picture the target lies."
Points = Callable[[str], np.ndarray]


@dataclass(frozen=True)
class Ask:
    """What is read: one metric of one repetition of a movement.

    Attributes
    ----------
    key, entry : the metric.
    movement : what motion knows of the clip.
    start, stop : the metric's first and last event in this repetition (the same, for one instant).
    book : the catalogue, for what footage adds.
    """

    key: str
    entry: MetricEntry
    movement: Movement
    start: Event
    stop: Event
    book: Catalogue

    def real(self, event: Event) -> float:
        """Real seconds of an event."""
        return event.time_s / self.movement.slow_motion

    def spread(self, event: Event) -> float:
        """The event's ± in real seconds."""
        return event.uncertainty_s / self.movement.slow_motion

    def rows(self) -> np.ndarray:
        """Frames from start to stop; the nearest frame where none lies between them."""
        body = self.movement.body
        rows = window(body.real_s, self.real(self.start), self.real(self.stop))
        return rows if len(rows) else np.array([int(np.argmin(np.abs(body.time_s - self.stop.time_s)))])


@dataclass(frozen=True)
class Reading:
    """One metric as read from one repetition.

    Attributes
    ----------
    value : in the metric's unit; NaN where it cannot be read.
    noise : 95 % half width of what differs from repetition to repetition (landmarks, instants); ``None``
        where it cannot be told.
    signal : (T,) the same quantity frame by frame, for evidence.
    rows : frames that the metric looks at.
    shared : 95 % half width of what all repetitions of the clip have in common (view, hidden depth).
    reason : why there is no value, if there is none.
    """

    value: float
    noise: float | None
    signal: np.ndarray
    rows: np.ndarray
    shared: float | None = 0.0
    reason: str = HIDDEN


Reader = Callable[[Ask], Reading]


def nothing(ask: Ask, reason: str = HIDDEN) -> Reading:
    """A reading without a value, and why."""
    missing = np.full(len(ask.movement.body.time_s), np.nan)
    return Reading(float("nan"), None, missing, ask.rows(), None, reason)


def at_event(ask: Ask, event: Event, signal: np.ndarray, raw: np.ndarray) -> Reading:
    """Read a signal (T,) at an event, between frames; its ± from scatter and from the event's own ±."""
    real_s, at_s = ask.movement.body.real_s, ask.real(event)
    noise = combine(noise_95(real_s, raw, signal, at_s), timing_95(real_s, signal, at_s, ask.spread(event)))
    rows = replace(ask, start=event, stop=event).rows()
    return Reading(value_at(real_s, signal, at_s), noise, signal, rows)


def hidden_depth(movement: Movement, name: str, at_s: float) -> float:
    """`hidden_depth_95` of a series at an instant (real seconds)."""
    return hidden_depth_95(
        movement.body.real_s, movement.values(name), movement.values(f"model_{name}"), at_s
    )


def angle_at_event(ask: Ask) -> Reading:
    """Read an angle at an event: degrees, between frames."""
    name, movement = ask.entry.series[0], ask.movement
    reading = at_event(ask, ask.stop, movement.values(name), movement.values(f"raw_{name}"))
    return replace(reading, shared=hidden_depth(movement, name, ask.real(ask.stop)))


def middle(points: Points, part: str) -> np.ndarray:
    """Midway between left and right of a paired landmark (T, 2), filtered or not."""
    return np.asarray((points(f"left_{part}") + points(f"right_{part}")) / 2)


def foot(points: Points, side: Side) -> np.ndarray:
    """The middle of a foot (T, 2): mean of ankle, heel and toe."""
    return np.asarray(np.mean([points(f"{side}_{part}") for part in FOOT], axis=0))


def feet(points: Points) -> np.ndarray:
    """Midway between both feet (T, 2)."""
    return np.asarray((foot(points, "left") + foot(points, "right")) / 2)


def head(points: Points) -> np.ndarray:
    """The head (T, 2): midway between the ears, which a turning nose moves least."""
    return middle(points, "ear")


def ground(points: Points) -> np.ndarray:
    """The picture's row (T,) of the ground: the lowest of heels and toes."""
    ends = [points(f"{side}_{part}")[:, 1] for side in ("left", "right") for part in ("heel", "foot_index")]
    return np.asarray(np.max(ends, axis=0))
