"""How a metric is read off one repetition: a value, what this clip makes uncertain, and where to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cricksy_lib.metrics.catalogue import Catalogue, MetricEntry
from cricksy_lib.motion.body import FOOT, SIDES, Side
from cricksy_lib.motion.movement import Movement
from cricksy_lib.motion.signals import value_at, window
from cricksy_lib.motion.uncertainty import combine, noise_95, roll_offset_95, timing_95
from cricksy_lib.results import Event

HIDDEN = "The joints that it needs are out of the picture, hidden or missing at that moment."
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


def clip_spread(movement: Movement, name: str, at_s: float) -> float:
    """95 % half width of an angle at an instant (real seconds), as the clip itself gives it."""
    return value_at(movement.body.real_s, movement.values(f"spread_{name}"), at_s)


def angle_at_event(ask: Ask) -> Reading:
    """Read an angle at an event: degrees, between frames.

    What the fitted body does not know (depth, bone lengths) is the same in every repetition.
    """
    name, movement, at_s = ask.entry.series[0], ask.movement, ask.real(ask.stop)
    real_s, signal = movement.body.real_s, movement.values(name)
    return Reading(
        value_at(real_s, signal, at_s),
        timing_95(real_s, signal, at_s, ask.spread(ask.stop)),
        signal,
        replace(ask, start=ask.stop).rows(),
        clip_spread(movement, name, at_s),
    )


def rolled(ask: Ask, place: Callable[[Points], np.ndarray], event: Event) -> float:
    """`roll_offset_95` of a vector (T, 2 pixels) at an event, in body heights."""
    body, at_s = ask.movement.body, ask.real(event)
    above = value_at(body.real_s, place(body.point)[:, 1], at_s)
    return roll_offset_95(above / ask.movement.size_px(at_s))


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


def feet_rows(points: Points) -> np.ndarray:
    """The picture's row (2, T) of the lower of heel and toe of each foot: where it stands, the ground."""
    ends = [[points(f"{side}_{part}")[:, 1] for part in ("heel", "foot_index")] for side in SIDES]
    return np.asarray(np.max(ends, axis=1))


def ground(points: Points) -> np.ndarray:
    """The picture's row (T,) of the ground under the lower foot."""
    return np.asarray(feet_rows(points).max(axis=0))
