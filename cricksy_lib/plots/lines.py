"""An empty figure over time, and one series drawn into it with its ± and its gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from cricksy_lib.plots.look import FONT, GRID, INK, MUTED, tint, unit_label
from cricksy_lib.results import Series

AXIS: dict[str, Any] = {
    "gridcolor": GRID,
    "zeroline": False,
    "linecolor": GRID,
    "ticks": "outside",
    "tickcolor": GRID,
    "title": {"font": {"size": 12, "color": MUTED}, "standoff": 8},
    "tickfont": {"size": 11, "color": MUTED},
}


@dataclass(frozen=True)
class Style:
    """How large a figure is drawn."""

    height: int = 300


def base_figure(style: Style, time_title: str, window: tuple[Any, Any]) -> go.Figure:
    """Return an empty figure over time."""
    figure = go.Figure()
    figure.update_layout(
        template="none",
        height=style.height,
        autosize=True,
        margin={"l": 54, "r": 12, "t": 46, "b": 44},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font={"family": FONT, "size": 12, "color": INK},
        hovermode="closest",
        dragmode=False,
        legend={"orientation": "h", "y": -0.22, "x": 0, "font": {"size": 11}},
        meta={"time_axis": "clip"},
    )
    figure.update_xaxes(**{**AXIS, "title": {**AXIS["title"], "text": time_title}}, range=list(window))
    figure.update_yaxes(**AXIS)
    return figure


def add_series(
    figure: go.Figure,
    series: Series,
    times: list[float],
    label: str,
    colour: str,
    *,
    band: bool,
    axis: str = "y",
) -> None:
    """Draw one series, dotted where it is of low confidence, with a ``band`` for its ±."""
    if band:
        for lower, upper, stretch in _bands(series, times):
            figure.add_trace(
                go.Scatter(
                    x=[*stretch, *reversed(stretch)],
                    y=[*upper, *reversed(lower)],
                    fill="toself",
                    fillcolor=tint(colour, 0.14),
                    line={"width": 0},
                    hoverinfo="skip",
                    showlegend=False,
                    yaxis=axis,
                )
            )
    sure = [s == "measured" for s in series.status]
    unit = unit_label(series.unit)
    for is_sure, dash, note in ((True, "solid", ""), (False, "dot", " (low confidence)")):
        values = _only(series.values, sure, keep=is_sure)
        if all(value is None for value in values):
            continue
        figure.add_trace(
            go.Scatter(
                x=times,
                y=values,
                mode="lines",
                name=label + note,
                line={"color": colour, "width": 2.2, "dash": dash},
                connectgaps=False,
                hovertemplate=f"%{{y:.4~g}} {unit}<br>%{{x:.2f}} s<extra>{label}{note}</extra>",
                yaxis=axis,
            )
        )


def _only(values: list[float | None], sure: list[bool], *, keep: bool) -> list[float | None]:
    """Keep the samples of one kind; low-confidence stretches reach to their neighbours, so lines meet."""
    kept: list[float | None] = []
    for i, value in enumerate(values):
        mine = sure[i] == keep
        if not mine and not keep:
            mine = (i > 0 and not sure[i - 1] and values[i - 1] is not None) or (
                i + 1 < len(values) and not sure[i + 1] and values[i + 1] is not None
            )
        kept.append(value if mine else None)
    return kept


def _bands(series: Series, times: list[float]) -> list[tuple[list[float], list[float], list[float]]]:
    """Split the uncertainty band at its gaps: (lower, upper, times) of each unbroken stretch."""
    bands = []
    lower: list[float] = []
    upper: list[float] = []
    stretch: list[float] = []
    for time, value, half in zip(
        [*times, 0.0], [*series.values, None], [*series.uncertainty, None], strict=True
    ):
        if value is not None and half is not None:
            lower.append(value - half)
            upper.append(value + half)
            stretch.append(time)
        elif stretch:
            bands.append((lower, upper, stretch))
            lower, upper, stretch = [], [], []
    return bands
