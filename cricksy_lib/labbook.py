"""The plots and tables of the executed notebook: what each step saw, for whoever opens the lab book."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from cricksy_lib.motion.movement import Movement
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import SERIES_UNITS, Capture, Metric
from cricksy_lib.vocabulary import event_words

_ANGLES = tuple(name for name, unit in SERIES_UNITS.items() if unit == "deg")
_WATCHED = ("left_wrist", "right_wrist", "left_ankle", "right_ankle", "nose")


class _Shown(go.Figure):
    """A figure that shows itself as Jupyter's own plotly type, and nothing else.

    Plotly's way asks nbformat for it, whose checks of formats take over a second to import in each kernel.
    """

    _ipython_display_ = None
    _repr_html_ = None

    def __repr__(self) -> str:
        return f"<figure: {self.layout.title.text}>"

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {"application/vnd.plotly.v1+json": json.loads(self.to_json())}


def _step(title: str, y_title: str) -> go.Figure:
    figure = _Shown()
    figure.update_layout(
        title=title,
        template="plotly_white",
        xaxis_title="time in the clip (s)",
        yaxis_title=y_title,
        height=420,
        margin={"l": 60, "r": 20, "t": 50, "b": 50},
    )
    return figure


def pose_figure(raw: PoseTrack, clean: PoseTrack) -> go.Figure:
    """Height of wrists, ankles and nose in the picture, before (dots) and after cleaning (lines)."""
    figure = _step("Landmarks before and after cleaning", "pixels from the bottom of the picture")
    bottom = float(raw.data.attrs["height"])
    for i, name in enumerate(_WATCHED):
        colour = f"hsl({i * 70}, 60%, 40%)"
        figure.add_scatter(
            x=raw.data["time"].values,
            y=bottom - raw.xy(name)[:, 1],
            mode="markers",
            marker={"size": 4, "color": colour},
            name=f"{name}, raw",
            legendgroup=name,
            showlegend=False,
        )
        figure.add_scatter(
            x=clean.data["time"].values,
            y=bottom - clean.xy(name)[:, 1],
            mode="lines",
            line={"color": colour},
            name=name,
            legendgroup=name,
        )
    for gap in raw.data.attrs["breaks"]:
        figure.add_vline(x=gap["time_s"], line_dash="dot", annotation_text=gap["reason"])
    return figure


def movement_figure(movement: Movement) -> go.Figure:
    """Every angle over time, filtered, with the events."""
    figure = _step("Angles and events", "degrees")
    for name in _ANGLES:
        values = movement.values(name)
        if np.isfinite(values).any():
            figure.add_scatter(x=movement.body.time_s, y=values, mode="lines", name=name.replace("_", " "))
    for event in movement.events:
        figure.add_vrect(
            x0=event.time_s - event.uncertainty_s,
            x1=event.time_s + event.uncertainty_s,
            fillcolor="grey",
            opacity=0.15,
            line_width=0,
        )
        figure.add_vline(x=event.time_s, line_dash="dash", annotation_text=event_words(event.name))
    return figure


def checks_table(capture: Capture) -> pd.DataFrame:
    """The capture checks as a table; advice only where a check failed."""
    return pd.DataFrame(
        [
            {
                "check": check.name.replace("_", " "),
                "good enough": "yes" if check.ok else "no",
                "value": check.value,
                "unit": check.unit,
                "advice": "" if check.ok else check.advice,
            }
            for check in capture.checks
        ]
    )


def metrics_table(metrics: dict[str, Metric]) -> pd.DataFrame:
    """Every metric with its ±, status and reason."""
    return pd.DataFrame(
        [
            {
                "metric": key,
                "value": metric.value,
                "±": metric.uncertainty,
                "unit": metric.unit,
                "status": metric.status.replace("_", " "),
                "reason": metric.reason or "",
            }
            for key, metric in metrics.items()
        ]
    )
