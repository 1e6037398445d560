"""From the movement to metrics: every metric is always there, as a number with its ± or as a refusal."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cricksy_lib.metrics.catalogue import Catalogue, MetricEntry, ScoreLimits, load_catalogue
from cricksy_lib.metrics.readings import READERS, Reading, angle_at_event
from cricksy_lib.motion.movement import Movement
from cricksy_lib.motion.signals import window
from cricksy_lib.motion.uncertainty import combine
from cricksy_lib.results import (
    Event,
    Evidence,
    Metric,
    MetricStatus,
    Repetition,
    Segment,
    UncertaintyParts,
    WorstFrame,
)

# Evidence frames nearer than this (real seconds) show the same moment.
_APART_S = 0.15
_MOST_FRAMES = 3
_SHORTEST_SEGMENT_S = 0.05


def measure(
    movement: Movement,
    thresholds: Mapping[str, float] | None = None,
    catalogue: Catalogue | None = None,
) -> dict[str, Metric]:
    """Measure every metric of the discipline.

    Parameters
    ----------
    movement : what motion knows of the clip.
    thresholds : value beyond which a metric becomes a finding, by key: evidence uses the same ones.
    catalogue : what to measure; the one that ships unless given.

    Returns
    -------
    A metric for every key of the discipline; those that cannot be had say why and carry no number.
    """
    book = catalogue or load_catalogue()
    limits = thresholds or {}
    return {
        key: _measure_one(key, entry, movement, limits.get(key), book)
        for key, entry in book.metrics(movement.mode).items()
    }


def _measure_one(
    key: str, entry: MetricEntry, movement: Movement, threshold: float | None, book: Catalogue
) -> Metric:
    start_name, stop_name = entry.window[movement.mode]
    refusal = _refusal(entry, movement, book, start_name, stop_name)
    start, stop = movement.event(start_name), movement.event(stop_name)
    if refusal or start is None or stop is None:
        return _refused(entry, stop_name, threshold, refusal or "The event was not seen.")
    reading = READERS.get(key, angle_at_event)(movement, entry, start, stop)
    if not np.isfinite(reading.value):
        return _refused(
            entry, stop_name, threshold, "The joints that it needs are hidden or missing at that moment."
        )
    footage = book.footage_term(entry.joint, movement.view.view)
    total = combine(reading.measured, footage)
    status, reason = _status(entry, movement, book, total)
    return Metric(
        label=entry.label,
        unit=entry.unit,
        value=reading.value,
        uncertainty=total,
        uncertainty_parts=UncertaintyParts(measured=combine(reading.measured), footage=footage),
        score=score(reading.value, entry.score),
        status=status,
        reason=reason,
        event=stop_name,
        threshold=threshold,
        repetitions=[Repetition(value=reading.value, uncertainty=total, time_s=stop.time_s)],
        evidence=_evidence(entry, movement, reading, stop, threshold),
    )


def _refused(entry: MetricEntry, event: str, threshold: float | None, reason: str) -> Metric:
    return Metric(
        label=entry.label,
        unit=entry.unit,
        value=None,
        uncertainty=None,
        score=None,
        status="not_measurable",
        reason=reason,
        event=event,
        threshold=threshold,
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
    if movement.front is None and any(s.startswith(("front_", "rear_")) for s in entry.series):
        return "It is not known which side is the front one: declare the hand when submitting (--hand)."
    missing = [name for name in dict.fromkeys((start, stop)) if movement.event(name) is None]
    if missing:
        return f"The {missing[0].replace('_', ' ')} was not seen in the clip."
    return None


def _status(
    entry: MetricEntry, movement: Movement, book: Catalogue, total: float | None
) -> tuple[MetricStatus, str | None]:
    if movement.mode in entry.low_confidence_in:
        return "low_confidence", entry.low_confidence_in[movement.mode]
    if total is None:
        return "low_confidence", "Its uncertainty cannot be told from this clip."
    if entry.unit == "deg" and total > book.widest_useful_deg[entry.joint]:
        return "low_confidence", f"The value may be {total:.0f} degrees off: read it as a rough shape."
    height = movement.body.height_px
    if height < book.good_athlete_px.value:
        return "low_confidence", f"The athlete is small in the picture ({height:.0f} pixels tall)."
    return "measured", None


def score(value: float, limits: ScoreLimits | None) -> float | None:
    """Place a value on the bar from 0 (empty) to 1 (full); ``None`` for a metric without a bar."""
    if limits is None:
        return None
    return float(np.clip((value - limits.zero_at) / (limits.one_at - limits.zero_at), 0.0, 1.0))


def _evidence(
    entry: MetricEntry, movement: Movement, reading: Reading, stop: Event, threshold: float | None
) -> Evidence:
    """Where to look: the frames that are worst, apart from each other, and stretches past the threshold."""
    body = movement.body
    worse_is_higher = entry.score is not None and entry.score.zero_at > entry.score.one_at
    at_one_instant = len(set(entry.window[movement.mode])) == 1
    rows = reading.rows[np.isfinite(reading.signal[reading.rows])]
    if entry.score is None or at_one_instant:
        return Evidence(
            worst_frames=[
                WorstFrame(
                    frame=stop.frame,
                    time_s=stop.time_s,
                    value=reading.value,
                    score=score(reading.value, entry.score),
                )
            ],
            segments=[_around(movement, stop, score(reading.value, entry.score))],
        )
    order = rows[np.argsort(-reading.signal[rows] if worse_is_higher else reading.signal[rows])]
    chosen: list[int] = []
    for row in order:
        if all(abs(body.real_s[row] - body.real_s[c]) >= _APART_S for c in chosen):
            chosen.append(int(row))
        if len(chosen) == _MOST_FRAMES:
            break
    return Evidence(
        worst_frames=[
            WorstFrame(
                frame=int(body.frame[row]),
                time_s=float(body.time_s[row]),
                value=float(reading.signal[row]),
                score=score(float(reading.signal[row]), entry.score),
            )
            for row in chosen
        ],
        segments=_segments(entry, movement, reading, rows, threshold, worse_is_higher),
    )


def _around(movement: Movement, event: Event, lowest: float | None) -> Segment:
    """A short stretch about an instant, long enough to be seen when played."""
    times = movement.body.time_s
    half = 0.25 * movement.slow_motion
    return Segment(
        start_s=max(float(times[0]), event.time_s - half),
        end_s=min(float(times[-1]), event.time_s + half),
        min_score=lowest,
    )


def _segments(
    entry: MetricEntry,
    movement: Movement,
    reading: Reading,
    rows: np.ndarray,
    threshold: float | None,
    worse_is_higher: bool,
) -> list[Segment]:
    if threshold is None or not len(rows):
        return []
    body, signal = movement.body, reading.signal
    bad = np.zeros(len(signal), dtype=bool)
    bad[rows] = signal[rows] > threshold if worse_is_higher else signal[rows] < threshold
    edges = np.flatnonzero(np.diff(np.concatenate(([0], bad.astype(int), [0]))))
    found = []
    for start, stop in zip(edges[::2], edges[1::2] - 1, strict=True):
        if body.real_s[stop] - body.real_s[start] < _SHORTEST_SEGMENT_S:
            continue
        stretch = signal[window(body.real_s, body.real_s[start], body.real_s[stop])]
        worst = float(np.nanmax(stretch) if worse_is_higher else np.nanmin(stretch))
        found.append(
            Segment(
                start_s=float(body.time_s[start]),
                end_s=float(body.time_s[stop]),
                min_score=score(worst, entry.score),
            )
        )
    return found
