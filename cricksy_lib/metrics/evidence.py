"""Where in the clip a metric can be seen: the worst moments, and stretches past the threshold."""

from __future__ import annotations

import numpy as np

from cricksy_lib.metrics.catalogue import MetricEntry, ScoreLimits
from cricksy_lib.metrics.readings import Reading
from cricksy_lib.motion.movement import Movement
from cricksy_lib.motion.signals import window
from cricksy_lib.results import Event, Evidence, Segment, WorstFrame

# Evidence frames nearer than this (real seconds) show the same moment.
_APART_S = 0.15
_MOST_FRAMES = 3
_SHORTEST_SEGMENT_S = 0.05


def score(value: float, limits: ScoreLimits | None) -> float | None:
    """Place a value on the bar from 0 (empty) to 1 (full); ``None`` for a metric without a bar."""
    if limits is None:
        return None
    return float(np.clip((value - limits.zero_at) / (limits.one_at - limits.zero_at), 0.0, 1.0))


def find_evidence(
    entry: MetricEntry, movement: Movement, reading: Reading, stop: Event, threshold: float | None
) -> Evidence:
    """Where to look: the frames that are worst, apart from each other, and stretches past the threshold.

    After the worst frame come only frames that are themselves past the threshold, where there is one: who is
    sent to a moment must see there what was found.
    """
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
    if threshold is not None:
        past = _past(reading.signal[order], threshold, worse_is_higher)
        order = np.concatenate((order[:1], order[1:][past[1:]]))
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


def _past(values: np.ndarray, threshold: float, worse_is_higher: bool) -> np.ndarray:
    """Which values (T,) lie on the worse side of a threshold."""
    return np.asarray(values > threshold if worse_is_higher else values < threshold)


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
    bad[rows] = _past(signal[rows], threshold, worse_is_higher)
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
