"""Two jobs laid over each other at an event, and how far their numbers differ."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from cricksy_lib.coaching.wording import sentence
from cricksy_lib.errors import UsageError
from cricksy_lib.explore.words import escaped
from cricksy_lib.plots import (
    COLOURS,
    INK,
    MARGIN_S,
    Style,
    add_series,
    append_marks,
    base_figure,
    event_label,
    tint,
    unit_label,
)
from cricksy_lib.results import Event, Results
from cricksy_lib.vocabulary import event_words


def shared_events(first: Results, second: Results) -> list[str]:
    """Return the names of the events that both have, in the order of the first's clip."""
    theirs = {event.name for event in second.events}
    ordered = sorted(first.events, key=lambda event: event.time_s)
    return [name for name in dict.fromkeys(event.name for event in ordered) if name in theirs]


def repetitions(results: Results) -> list[int]:
    """Return the numbers of the movement's repetitions in a clip."""
    return sorted({event.repetition for event in results.events})


def event_of(
    results: Results, name: str, repetition: int, label_of: Callable[[str], str] = event_words
) -> Event:
    """Return one event; ``label_of`` is how it is called where it was not found.

    Raises
    ------
    UsageError
        If it was not found in the clip.
    """
    for event in results.events:
        if (event.name, event.repetition) == (name, repetition):
            return event
    raise UsageError(
        f"{sentence(label_of(name))} was not found in repetition {repetition} of {results.video.filename}.",
        "Choose another event or repetition.",
    )


def laid_over(
    both: tuple[Results, Results],
    labels: tuple[str, str],
    series: str,
    event: str,
    at_repetition: tuple[int, int] = (1, 1),
    style: Style | None = None,
    label_of: Callable[[str], str] = event_words,
) -> go.Figure:
    """Draw one series of two jobs, each with its ±, over the real time from an event of each.

    Time is real: what a slow clip stretches is undone. The grey band at 0 is how well the event's own moment
    is known, the wider of the two. Dotted lines are the other events of that repetition, in the job's colour.
    ``label_of`` gives an event's name within a sentence.

    Raises
    ------
    UsageError
        If one of them has no such event or series.
    """
    units = {
        results.kinematics.series[series].unit for results in both if series in results.kinematics.series
    }
    if len(units) != 1 or any(series not in results.kinematics.series for results in both):
        raise UsageError(f"Not both jobs have the series '{series}'.", "Choose another one.")
    events = [event_of(results, event, n, label_of) for results, n in zip(both, at_repetition, strict=True)]
    near = [
        (e.time_s - zero.time_s) / results.video.slow_motion
        for results, zero in zip(both, events, strict=True)
        for e in results.events
        if e.repetition == zero.repetition
    ]
    title = f"Real time from {label_of(event)} (s)"
    figure = base_figure(style or Style(height=480), title, (min(near) - MARGIN_S, max(near) + MARGIN_S))
    for place, (results, zero, label) in enumerate(zip(both, events, labels, strict=True)):
        slow = results.video.slow_motion
        times = [(t - zero.time_s) / slow for t in results.kinematics.time_s]
        add_series(
            figure, results.kinematics.series[series], times, escaped(label), COLOURS[place], band=True
        )
        _mark(figure, results, zero, place, label_of)
    half = max(e.uncertainty_s / r.video.slow_motion for e, r in zip(events, both, strict=True))
    upright = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1}
    append_marks(
        figure,
        [
            {
                **{"type": "rect", **upright, "x0": -half, "x1": half, "layer": "below"},
                **{"fillcolor": tint(INK, 0.06), "line": {"width": 0}},
            },
            {"type": "line", **upright, "x0": 0, "x1": 0, "line": {"color": INK, "width": 1.4}},
        ],
        [],
    )
    figure.update_yaxes(title_text=f"{event_label(series)} ({unit_label(units.pop())})")
    legend = {"yref": "container", "yanchor": "bottom", "y": 0}
    figure.update_layout(showlegend=True, legend=legend, margin={"t": 60, "b": 120})
    return figure


def _mark(
    figure: go.Figure, results: Results, zero: Event, place: int, label_of: Callable[[str], str]
) -> None:
    """Mark a job's other events; each job's names stand in a row of their own."""
    shapes: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for event in results.events:
        if event.repetition != zero.repetition:
            continue
        x = (event.time_s - zero.time_s) / results.video.slow_motion
        if event is not zero:
            line = {"color": COLOURS[place], "width": 1, "dash": "dot"}
            shapes.append({"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "x0": x, "x1": x})
            shapes[-1]["line"] = line
        labels.append(
            {
                **{"x": x, "xref": "x", "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False},
                **{"yshift": 3 + 16 * (1 - place), "text": sentence(label_of(event.name))},
                "font": {"size": 10.5, "color": COLOURS[place]},
            }
        )
    append_marks(figure, shapes, labels)


def differences(first: Results, second: Results) -> pd.DataFrame:
    """Return how far the second job's numbers lie from the first's, a row for each metric that both have.

    Returns
    -------
    ``metric``, ``label``, ``unit``; ``first``, ``second`` and ``difference`` (second less first), each with
    ``…_uncertainty`` (95 % half width) and, of the two, ``…_status``; ``beyond``: whether the difference is
    larger than its ±. That ± takes the two errors as independent; what both clips share (the same camera, the
    same player) is then counted twice, so that it is rather too wide.
    """
    rows = []
    for key, one in first.metrics.items():
        other = second.metrics.get(key)
        if other is None or other.unit != one.unit:
            continue
        difference = half = None
        if one.value is not None and other.value is not None:
            difference = other.value - one.value
            if one.uncertainty is not None and other.uncertainty is not None:
                half = math.hypot(one.uncertainty, other.uncertainty)
        rows.append(
            {
                "metric": key,
                "label": one.label,
                "unit": one.unit,
                "first": one.value,
                "first_uncertainty": one.uncertainty,
                "first_status": one.status,
                "second": other.value,
                "second_uncertainty": other.uncertainty,
                "second_status": other.status,
                "difference": difference,
                "difference_uncertainty": half,
                "beyond": difference is not None and half is not None and abs(difference) > half,
            }
        )
    numbers = ("first", "second", "difference")
    frame = pd.DataFrame(rows, columns=list(rows[0]) if rows else ["metric"])
    kinds = {f"{name}{end}": "float64" for name in numbers for end in ("", "_uncertainty")}
    return frame.astype({name: kind for name, kind in kinds.items() if name in frame.columns})
