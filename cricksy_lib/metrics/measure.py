"""From the movement to metrics: every metric is always there, as a number with its ± or as a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cricksy_lib.metrics.catalogue import Catalogue, MetricEntry, PublishedRange, load_catalogue
from cricksy_lib.metrics.evidence import find_evidence, score
from cricksy_lib.metrics.readers import read
from cricksy_lib.metrics.readings import Ask, Reading
from cricksy_lib.metrics.repeated import median_noise, median_shared, median_value, worst
from cricksy_lib.motion.body import RUNNERS
from cricksy_lib.motion.movement import Movement
from cricksy_lib.motion.signals import window
from cricksy_lib.motion.uncertainty import combine
from cricksy_lib.results import (
    Event,
    Metric,
    MetricStatus,
    Reference,
    Repetition,
    UncertaintyParts,
)
from cricksy_lib.rounding import rounded_up
from cricksy_lib.vocabulary import event_words

_APART = "Its two events were not seen in the clip in one and the same movement."
# Each unit with the decimals of the page, where the ± stands beside the sentence; a test holds them together.
IN_WORDS: dict[str, tuple[int, str]] = {
    "deg": (0, " degrees"),
    "s": (2, " s"),
    "body_heights": (2, " body heights"),
    "body_heights/s": (2, " body heights a second"),
    "m/s": (1, " m/s"),
    "ratio": (2, ""),
}


def measure(
    movement: Movement,
    thresholds: Mapping[str, float] | None = None,
    catalogue: Catalogue | None = None,
) -> dict[str, Metric]:
    """Measure every metric of the discipline, in every repetition.

    Parameters
    ----------
    movement : what motion knows of the clip.
    thresholds : value beyond which a metric becomes a finding, by key: evidence uses the same ones.
    catalogue : what to measure; the one that ships unless given.

    Returns
    -------
    A metric for every key of the discipline; those that cannot be had say why and carry no number. With
    several repetitions the value is their median; evidence is from the worst one.
    """
    book = catalogue or load_catalogue()
    limits = thresholds or {}
    return {
        key: _Measuring(key, entry, movement, limits.get(key), book).metric()
        for key, entry in book.metrics(movement.mode).items()
    }


# Real seconds about a movement, and about what is read of one.
_AROUND_S = 0.3
_NEAR_S = 0.15
_SIDES_DOUBTFUL = (
    "The movement looks like that of the other hand: left and right may be exchanged. Check the hand given."
)


@dataclass(frozen=True)
class _Measuring:
    """One metric of one clip while it is measured."""

    key: str
    entry: MetricEntry
    movement: Movement
    threshold: float | None
    book: Catalogue

    def metric(self) -> Metric:
        start, stop = self.entry.window[self.movement.mode]
        refusal = _refusal(self.entry, self.movement, self.book, start, stop)
        if refusal:
            return self._refused(stop, refusal)
        asked = [self._ask(n, start, stop) for n in self.movement.repetitions]
        read_of = [None if ask is None else read(ask) for ask in asked]
        good = [
            (ask, reading)
            for ask, reading in zip(asked, read_of, strict=True)
            if ask is not None and reading is not None and np.isfinite(reading.value)
        ]
        if not good:
            return self._refused(stop, next((r.reason for r in read_of if r is not None), _APART))
        readings = [reading for _, reading in good]
        value = median_value(readings)
        measured = self._measured(value, median_noise(readings), median_shared(readings))
        footage = self._footage(value)
        total = combine(measured, footage)
        if self.entry.unit == "deg" and total is not None and total > self.book.widest_shown_deg:
            return self._refused(stop, f"It could be {_off(total, 'deg')} off, too far to say anything.")
        status, reason = _status(self.entry, self.movement, self.book, value, total, [ask for ask, _ in good])
        shown = good[worst(self.entry, readings, self.threshold)]
        return Metric(
            label=self.entry.label,
            unit=self.entry.unit,
            value=value,
            uncertainty=total,
            uncertainty_parts=UncertaintyParts(measured=measured, footage=footage),
            score=score(value, self.entry.score),
            status=status,
            reason=reason,
            event=stop,
            threshold=self.threshold,
            reference=_reference(self.entry.reference),
            repetitions=[
                self._repetition(number, ask, reading)
                for number, ask, reading in zip(self.movement.repetitions, asked, read_of, strict=True)
            ],
            evidence=find_evidence(self.entry, self.movement, shown[1], shown[0].stop, self.threshold),
        )

    def _ask(self, repetition: int, start_name: str, stop_name: str) -> Ask | None:
        start = self.movement.event(start_name, repetition)
        stop = self.movement.event(stop_name, repetition)
        if start is None or stop is None or start.time_s > stop.time_s:
            return None
        return Ask(self.key, self.entry, self.movement, start, stop, self.book)

    def _measured(self, value: float, noise: float | None, shared: float | None) -> float | None:
        """The part of the ± that this clip shows, calibrated; ``None`` where it cannot be told."""
        raw = combine(noise, shared, self._height_share("measured") * abs(value))
        if raw is None:
            return None
        names = self.entry.kept_under(self.key)
        return float(self.book.calibrated(names, self.movement.mode, self.movement.view.view, raw))

    def _footage(self, value: float) -> float | None:
        term = self.book.footage_term(self.entry.joint, self.movement.view.view)
        return combine(term, self._height_share("footage") * abs(value))

    def _height_share(self, part: Literal["measured", "footage"]) -> float:
        return self.book.standing_height[part].value if self.entry.unit.startswith("body_heights") else 0.0

    def _repetition(self, number: int, ask: Ask | None, reading: Reading | None) -> Repetition:
        """One repetition's own number; without one where it could not be read there."""
        if ask is None or reading is None or not np.isfinite(reading.value):
            seen = [e for e in self.movement.events if e.repetition == number]
            return Repetition(value=None, uncertainty=None, time_s=_moment(ask, seen))
        value = reading.value
        measured = self._measured(value, reading.noise, reading.shared)
        return Repetition(
            value=value, uncertainty=combine(measured, self._footage(value)), time_s=ask.stop.time_s
        )

    def _refused(self, event: str, reason: str) -> Metric:
        return Metric(
            label=self.entry.label,
            unit=self.entry.unit,
            value=None,
            uncertainty=None,
            score=None,
            status="not_measurable",
            reason=reason,
            event=event,
            threshold=self.threshold,
            reference=_reference(self.entry.reference),
        )


def _moment(ask: Ask | None, seen: Sequence[Event]) -> float | None:
    if ask is not None:
        return ask.stop.time_s
    return seen[-1].time_s if seen else None


def _reference(known: PublishedRange | None) -> Reference | None:
    if known is None:
        return None
    return Reference(
        low=known.low, high=known.high, source=f"{known.source}; {known.cohort}", grade=known.grade
    )


def _refusal(entry: MetricEntry, movement: Movement, book: Catalogue, start: str, stop: str) -> str | None:
    """Why a metric cannot be had from this clip at all, or ``None``."""
    height = movement.body.height_px
    if not np.isfinite(height):
        return "Nobody was found for long enough to measure."
    if height < book.least_athlete_px.value:
        return f"The athlete is too small in the picture ({height:.0f} pixels tall)."
    view = movement.view.view
    if view not in entry.views:
        wanted = " or ".join(filter(None, (", ".join(entry.views[:-1]), entry.views[-1])))
        seen = "is not known" if view == "unknown" else f"is {view}"
        return f"The view {seen}; this number needs a view from the {wanted}."
    if movement.front is None and entry.sided:
        return "It is not known which side is the front one: declare the hand when submitting (--hand)."
    found = {event.name for event in movement.events}
    missing = [name for name in (start, stop) if name not in found]
    if missing:
        return f"The {event_words(missing[0])} was not seen in the clip."
    return None


def _tracked(movement: Movement) -> float:
    """Share of the frames from the first event to the last, and a little around, in which the body was found.

    Who was lost within a movement was hidden, or mistaken for somebody else: what is left is doubtful too.
    """
    return float((movement.body.segment[_rows_of(movement)] >= 0).mean())


def _rows_of(movement: Movement) -> np.ndarray:
    """Frames from the first event to the last, and a little around."""
    return _rows_about(movement, movement.events, _AROUND_S)


def _rows_about(movement: Movement, events: Sequence[Event], around_s: float) -> np.ndarray:
    """Frames from the first of some events to the last, and so many real seconds around."""
    at_s = [event.time_s / movement.slow_motion for event in events]
    return window(movement.body.real_s, min(at_s) - around_s, max(at_s) + around_s)


def _sides_in_doubt(movement: Movement, asked: Sequence[Ask]) -> bool:
    """Whether it is not certain which limb is which where a number was read, or its moment was found.

    A bowler's and a fielder's events are searched back from the last of their repetition. What comes before
    the number is another step; a batter's and a keeper's stance matters throughout.
    """
    doubtful = np.any(list(movement.body.doubtful.values()), axis=0)
    if movement.mode not in RUNNERS:
        return bool(doubtful[_rows_of(movement)].any())
    for ask in asked:
        last = max(
            (e for e in movement.events if e.repetition == ask.stop.repetition), key=lambda e: e.time_s
        )
        if doubtful[_rows_about(movement, (ask.start, last), _NEAR_S)].any():
            return True
    return False


def _off(total: float, unit: str) -> str:
    """How far off a value may be, rounded as its ± is on the page."""
    decimals, words = IN_WORDS[unit]
    return f"{rounded_up(total, decimals):.{decimals}f}{words}"


def _status(
    entry: MetricEntry,
    movement: Movement,
    book: Catalogue,
    value: float,
    total: float | None,
    asked: Sequence[Ask],
) -> tuple[MetricStatus, str | None]:
    if movement.mode in entry.low_confidence_in:
        return "low_confidence", entry.low_confidence_in[movement.mode]
    if movement.hand_disagrees and entry.sided:
        return "low_confidence", _SIDES_DOUBTFUL
    if entry.sided and movement.body.doubtful and _sides_in_doubt(movement, asked):
        return "low_confidence", "Left and right could not be told apart for certain about that time."
    tracked = _tracked(movement)
    if tracked < book.least_tracked.value:
        return "low_confidence", f"The athlete was followed in {tracked:.0%} of the movement's frames only."
    if total is None:
        return "low_confidence", "Its uncertainty cannot be told from this clip."
    own_size = abs(value) if entry.joint in book.rough_at_own_size else np.inf
    if total > min(book.widest_useful[entry.joint], own_size):
        off = _off(total, entry.unit)
        return "low_confidence", f"The value may be {off} off: read it as a rough shape."
    height = movement.body.height_px
    if height < book.good_athlete_px.value:
        return "low_confidence", f"The athlete is small in the picture ({height:.0f} pixels tall)."
    return "measured", None
