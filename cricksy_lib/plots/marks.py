"""What is marked in a figure beside its curves: events, thresholds and references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go

from cricksy_lib.name_rows import Anchor, Name, places
from cricksy_lib.plots.look import INK, MUTED, tint, unit_suffix
from cricksy_lib.results import Event, Metric

REFERENCE_BAND = "rgba(47,125,91,0.12)"
# Events' labels are set apart as on a phone, whose plot is so many pixels wide.
_NARROW_PX, _LETTER_PX, _LABEL_ROWS = 270, 5.9, 3
_ANCHORS: dict[Anchor, str] = {"start": "left", "middle": "center", "end": "right"}


def add_levels(figure: go.Figure, metric: Metric, where: str) -> None:
    """Draw a metric's reference and threshold; `where` says for which event if that is not plain."""
    shapes: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    unit = unit_suffix(metric.unit)
    reference = metric.reference
    if reference is not None and reference.low is not None and reference.high is not None:
        band = _across(reference.low, reference.high)
        shapes.append({**band, "fillcolor": REFERENCE_BAND, "line": {"width": 0}, "layer": "below"})
        text = f"reference {reference.low:g}–{reference.high:g}{unit} (grade {reference.grade}){where}"
        labels.append(_level_label(text, reference.high, "#226148"))
    if metric.threshold is not None:
        line = {"color": MUTED, "width": 1.2, "dash": "dash"}
        shapes.append({**_across(metric.threshold, metric.threshold), "type": "line", "line": line})
        labels.append(
            _level_label(f"house threshold {metric.threshold:g}{unit}{where}", metric.threshold, MUTED)
        )
    append_marks(figure, shapes, labels)


def _across(low: float, high: float) -> dict[str, Any]:
    return {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": low, "y1": high}


def _level_label(text: str, y: float, colour: str) -> dict[str, Any]:
    return {
        **{"xref": "paper", "x": 1, "xanchor": "right", "yref": "y", "y": y, "yanchor": "bottom"},
        "text": text,
        "showarrow": False,
        "font": {"size": 10, "color": colour},
        "bgcolor": "rgba(255,255,255,0.72)",
        "borderpad": 1,
    }


def append_marks(figure: go.Figure, shapes: list[dict[str, Any]], labels: list[dict[str, Any]]) -> None:
    """Add shapes and annotations at once: plotly copies all there are at every single one."""
    figure.update_layout(
        shapes=[*figure.layout.shapes, *shapes], annotations=[*figure.layout.annotations, *labels]
    )


def add_events(
    figure: go.Figure, events: list[Event], emphasised: str | None, label_of: Callable[[str], str]
) -> None:
    """Mark events; each name stands once, the emphasised one first of all, and only where there is room."""
    shapes: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    low, high = figure.layout.xaxis.range
    letter = _LETTER_PX / _NARROW_PX * (high - low)
    ordered = sorted(events, key=lambda e: (e.name != emphasised, e.time_s))
    texts = [text[:1].upper() + text[1:] for text in (label_of(event.name) for event in ordered)]
    names = [Name(text, e.time_s, letter * len(text)) for text, e in zip(texts, ordered, strict=True)]
    for event, name, place in zip(ordered, names, places(names, low, high, _LABEL_ROWS), strict=True):
        strong = event.name == emphasised
        upright = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1}
        if event.uncertainty_s > 0:
            sides = {"x0": event.time_s - event.uncertainty_s, "x1": event.time_s + event.uncertainty_s}
            fill = {"fillcolor": tint(INK, 0.06), "line": {"width": 0}, "layer": "below"}
            shapes.append({"type": "rect", **upright, **sides, **fill})
        line = {"color": INK, "width": 1.6} if strong else {"color": "#98a19b", "width": 1, "dash": "dot"}
        shapes.append({"type": "line", **upright, "x0": event.time_s, "x1": event.time_s, "line": line})
        if place is not None:
            labels.append(
                {
                    "x": event.time_s,
                    "xanchor": _ANCHORS[place.anchor],
                    "xref": "x",
                    "y": 1,
                    "yref": "paper",
                    "yanchor": "bottom",
                    "yshift": 2 + 13 * place.row,
                    "showarrow": False,
                    "text": f"<b>{name.text}</b>" if strong else name.text,
                    "font": {"size": 10.5, "color": INK if strong else MUTED},
                }
            )
    append_marks(figure, shapes, labels)
