"""The figures of the report, with plotly; they need no browser to be written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from cricksy_lib.passrun import write_text
from cricksy_lib.validation.errors import FRAME_60_S
from cricksy_lib.validation.tables import pick

_METHODS = {"ours": "Cricksy", "plain": "plain loop, 2-D", "model": "the model's own 3-D"}
_COLOURS = {"ours": "#14532d", "plain": "#b45309", "model": "#6b7280"}
_VIEW_COLOURS = {"side": "#14532d", "front": "#b45309", "behind": "#7c3aed", "oblique": "#6b7280"}


def _layout(figure: go.Figure, title: str, x: str, y: str) -> go.Figure:
    figure.update_layout(
        title=title,
        template="plotly_white",
        height=420,
        margin={"l": 60, "r": 20, "t": 60, "b": 50},
        legend={"orientation": "h", "y": -0.2},
    )
    figure.update_xaxes(title_text=x)
    figure.update_yaxes(title_text=y)
    return figure


def error_by_azimuth(series: pd.DataFrame, azimuths: Mapping[str, float], name: str) -> go.Figure:
    """Mean absolute error of a series over the movement, one point a scene, against the camera's place.

    Parameters
    ----------
    series : rows of `SceneRecord.series`.
    azimuths : scene's name -> degrees.
    name : the series.
    """
    figure = go.Figure()
    for method, label in reversed(_METHODS.items()):
        rows = pick(series, series=name, method=method, over="movement")
        figure.add_scatter(
            x=[azimuths[scene] for scene in rows["scene"]],
            y=rows["mae"],
            mode="markers",
            name=label,
            text=rows["scene"],
            marker={"color": _COLOURS[method], "size": 8, "opacity": 0.75},
        )
    figure.update_xaxes(tickvals=list(range(-180, 181, 45)))
    return _layout(
        figure, name.replace("_", " "), "camera's azimuth (deg; ±90 is side-on)", "mean absolute error (deg)"
    )


def errors_by_series(series: pd.DataFrame, view: str) -> go.Figure:
    """Spread over the scenes of each series' mean absolute error, ours and what it is held against."""
    figure = go.Figure()
    for method, label in _METHODS.items():
        rows = pick(series, view=view, method=method, over="movement")
        figure.add_box(
            x=rows["series"].str.replace("_", " "),
            y=rows["mae"],
            name=label,
            marker_color=_COLOURS[method],
            boxpoints="all",
            jitter=0.4,
            pointpos=0,
            text=rows["scene"],
        )
    figure.update_layout(boxmode="group")
    return _layout(figure, f"Over the movement, {view} views", "", "mean absolute error (deg)")


def event_figure(events: pd.DataFrame) -> go.Figure:
    """Signed error of every event that was found."""
    figure = go.Figure()
    found = events[events["error_s"].notna()]
    for view, rows in found.groupby("view", sort=True):
        figure.add_box(
            x=rows["event"].str.replace("_", " "),
            y=rows["error_s"] / FRAME_60_S,
            name=str(view),
            marker_color=_VIEW_COLOURS.get(str(view)),
            boxpoints="all",
            jitter=0.4,
            pointpos=0,
            text=rows["scene"],
        )
    for frames in (-3, -1, 1, 3):
        figure.add_hline(y=frames, line={"width": 1, "dash": "dot", "color": "#9ca3af"})
    figure.update_layout(boxmode="group")
    return _layout(figure, "Events, found minus true", "", "frames at 60 a second")


def coverage_figure(metrics: pd.DataFrame) -> go.Figure:
    """Absolute error against the measured part of the ±, of angles called measured."""
    sure = metrics[(metrics["status"] == "measured") & (metrics["unit"] == "deg")]
    sure = sure[sure["error"].notna() & sure["measured"].notna()]
    figure = go.Figure()
    for view, rows in sure.groupby("view", sort=True):
        figure.add_scatter(
            x=rows["measured"],
            y=rows["error"].abs(),
            mode="markers",
            name=str(view),
            text=rows["scene"] + ", " + rows["metric"].str.replace("_", " "),
            marker={"color": _VIEW_COLOURS.get(str(view)), "size": 7, "opacity": 0.7},
        )
    top = float(sure[["measured"]].max().iloc[0]) if len(sure) else 1.0
    figure.add_scatter(x=[0, top], y=[0, top], mode="lines", line={"dash": "dot"}, name="error = ±")
    return _layout(
        figure, "Are errors inside their ±?", "measured part of the ± (deg)", "absolute error (deg)"
    )


def swap_figure(swaps: pd.DataFrame) -> go.Figure:
    """Share of frames with the legs' labels the wrong way round, before and after repair."""
    figure = go.Figure()
    order = swaps.sort_values(["raw", "scene"], ascending=[False, True])
    for column, label, colour in (
        ("plain", "plain loop", _COLOURS["plain"]),
        ("raw", "raw landmarks", _COLOURS["model"]),
        ("repaired", "after repair", _COLOURS["ours"]),
    ):
        if column in order:
            figure.add_bar(x=order["scene"], y=100 * order[column], name=label, marker_color=colour)
    return _layout(figure, "Left and right legs the wrong way round", "", "% of the clip's frames")


def invariance_figure(changes: pd.DataFrame) -> go.Figure:
    """How much each metric changes with the way of filming, in shares of its ±."""
    figure = go.Figure()
    for change, rows in changes.groupby("change", sort=True):
        figure.add_scatter(
            x=rows["difference"] / rows["total"],
            y=rows["metric"].str.replace("_", " "),
            mode="markers",
            name=str(change),
            text=rows["scene"],
        )
    for edge in (-1, 1):
        figure.add_vline(x=edge, line={"width": 1, "dash": "dot", "color": "#9ca3af"})
    _layout(figure, "The same movement filmed otherwise", "change over the ±", "")
    figure.update_layout(height=300 + 16 * changes["metric"].nunique())
    return figure


def write_page(figures: list[go.Figure], path: Path) -> None:
    """Write figures as one page that needs nothing from outside."""
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=(place == 0), default_width="100%")
        for place, figure in enumerate(figures)
    ]
    head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Accuracy</title></head><body>'
    write_text(path, "\n".join([head, *parts, "</body></html>\n"]))
