"""Small inline SVG charts for the page: one series with its ± band and the events, no script."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cricksy_lib.name_rows import Anchor, Name, places
from cricksy_lib.results import Event, Results, Series

WIDTH, HEIGHT = 640, 236
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 68, 26
# Names of events are 18 units tall on a phone, and a letter of them up to ten wide.
NAME_ROW, _NAME_ROWS, _LETTER = 20, 3, 10
# A clip of minutes would make a page of megabytes; the eye sees no more than this on 640 pixels.
_MOST_POINTS = 400


@dataclass(frozen=True)
class Tick:
    """A line on an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class EventLine:
    """An event on the time axis; `row` staggers names that would overlap.

    `anchor` says where of the name `at` is, so that none leaves the chart. A name is not `shown` where there
    is no room for it, nor a second time.
    """

    at: float
    half_width: float
    code: str
    time_s: float
    row: int
    anchor: Anchor
    shown: bool


@dataclass(frozen=True)
class Chart:
    """Everything that the template draws; coordinates are in the view box."""

    name: str
    unit: str
    lines: tuple[str, ...]
    weak_lines: tuple[str, ...]
    bands: tuple[str, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    events: tuple[EventLine, ...]
    low: float
    high: float


def chart_of(results: Results, name: str, label_of: Callable[[str], str] = str) -> Chart | None:
    """Lay out one kinematic series of a clip; ``None`` if it has fewer than two values.

    Only the stretch about the events is drawn where there are events, as nothing else was judged.

    Parameters
    ----------
    results : what holds the series and the events.
    name : of the series.
    label_of : an event's name as it will be written, for the room that it takes.
    """
    series = results.kinematics.series.get(name)
    if series is None:
        return None
    times = results.kinematics.time_s
    start, stop = _stretch(times, results.events)
    rows = [i for i, t in enumerate(times) if start <= t <= stop]
    rows = rows[:: max(1, math.ceil(len(rows) / _MOST_POINTS))]
    known = [i for i in rows if series.values[i] is not None]
    if len(known) < 2:
        return None
    low, high = _range(series, known)
    x = _scale(times[rows[0]], times[rows[-1]], LEFT, WIDTH - RIGHT)
    y = _scale(low, high, HEIGHT - BOTTOM, TOP)
    runs = list(_runs(rows, series))
    return Chart(
        name=name,
        unit=series.unit,
        lines=tuple(_path(run, times, series, x, y) for run in runs if _sure(run, series)),
        weak_lines=tuple(_path(run, times, series, x, y) for run in runs if not _sure(run, series)),
        bands=tuple(_band(run, times, series, x, y) for run in runs if _has_error(run, series)),
        x_ticks=tuple(Tick(x.of(t), f"{t:.2f}") for t in _nice(times[rows[0]], times[rows[-1]], 6)),
        y_ticks=tuple(Tick(y.of(v), f"{v:g}") for v in _nice(low, high, 4)),
        events=_event_lines(results.events, x, times[rows[0]], times[rows[-1]], label_of),
        low=min(v for i in known if (v := series.values[i]) is not None),
        high=max(v for i in known if (v := series.values[i]) is not None),
    )


@dataclass(frozen=True)
class _Scale:
    low: float
    factor: float
    start: float

    def of(self, value: float) -> float:
        return round(self.start + (value - self.low) * self.factor, 1)


def _scale(low: float, high: float, start: float, stop: float) -> _Scale:
    return _Scale(low, (stop - start) / ((high - low) or 1.0), start)


def _stretch(times: Sequence[float], events: Sequence[Event]) -> tuple[float, float]:
    if not events:
        return -math.inf, math.inf
    moments = [event.time_s for event in events]
    around = max(0.5, 0.5 * (max(moments) - min(moments)))
    return min(moments) - around, max(moments) + around


def _range(series: Series, known: Sequence[int]) -> tuple[float, float]:
    values = [v for i in known if (v := series.values[i]) is not None]
    low, high = min(values), max(values)
    margin = 0.1 * (high - low) or 1.0
    return low - margin, high + margin


def _runs(rows: Sequence[int], series: Series) -> Iterator[list[int]]:
    """Stretches without a gap and of one kind of confidence; neighbours share a point, so lines join."""
    run: list[int] = []
    for row in rows:
        if series.values[row] is None:
            if run:
                yield run
            run = []
            continue
        if run and series.status[row] != series.status[run[-1]]:
            yield [*run, row]
            run = []
        run.append(row)
    if run:
        yield run


def _sure(run: Sequence[int], series: Series) -> bool:
    return series.status[run[0]] == "measured"


def _has_error(run: Sequence[int], series: Series) -> bool:
    return len(run) > 1 and all(series.uncertainty[i] is not None for i in run)


def _path(run: Sequence[int], times: Sequence[float], series: Series, x: _Scale, y: _Scale) -> str:
    return "M" + "L".join(f"{x.of(times[i])} {y.of(series.values[i] or 0.0)}" for i in run)


def _band(run: Sequence[int], times: Sequence[float], series: Series, x: _Scale, y: _Scale) -> str:
    def edge(i: int, sign: int) -> str:
        value = (series.values[i] or 0.0) + sign * (series.uncertainty[i] or 0.0)
        return f"{x.of(times[i])} {min(max(y.of(value), TOP), HEIGHT - BOTTOM)}"

    return "M" + "L".join([*(edge(i, 1) for i in run), *(edge(i, -1) for i in reversed(run))]) + "Z"


def _event_lines(
    events: Sequence[Event], x: _Scale, first: float, last: float, label_of: Callable[[str], str]
) -> tuple[EventLine, ...]:
    seen = [e for e in sorted(events, key=lambda e: e.time_s) if first <= e.time_s <= last]
    texts = [label_of(event.name) for event in seen]
    names = [
        Name(text, x.of(event.time_s), float(_LETTER * len(text)))
        for text, event in zip(texts, seen, strict=True)
    ]
    lines: list[EventLine] = []
    for event, name, place in zip(seen, names, places(names, 0, WIDTH, _NAME_ROWS), strict=True):
        half = round(abs(x.factor) * event.uncertainty_s, 1)
        row, anchor = (place.row, place.anchor) if place is not None else (0, "middle")
        lines.append(EventLine(name.at, half, event.name, event.time_s, row, anchor, place is not None))
    return tuple(lines)


def _nice(low: float, high: float, about: int) -> list[float]:
    """Round numbers between two ends, about so many."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next(power * f for f in (1, 2, 5, 10) if power * f * about >= span)
    first = math.ceil(low / step)
    return [round(k * step, 10) for k in range(first, math.floor(high / step) + 1)]
