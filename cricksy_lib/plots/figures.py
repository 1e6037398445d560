"""Figures of a pass's results: one metric with its moments and limits, or several series."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from cricksy_lib.plots.lines import AXIS, Style, add_series, base_figure
from cricksy_lib.plots.look import COLOURS, WORST, event_label, unit_label
from cricksy_lib.plots.marks import add_events, add_levels
from cricksy_lib.results import Event, Metric, Results, Series
from cricksy_lib.vocabulary import event_words

MARGIN_S = 0.75


def series_of(results: Results, key: str) -> tuple[str, ...]:
    """Return the names of the kinematic series that a metric is taken from, those that the results hold.

    Raises
    ------
    KeyError
        If the results have no such metric.
    """
    if key not in results.metrics:
        raise KeyError(key)
    # The catalogue brings the numeric libraries along, which a page without figures need not wait for.
    from cricksy_lib.metrics.catalogue import load_catalogue

    entry = load_catalogue().metrics(results.mode).get(key)
    names = entry.series if entry is not None else (key.split("_at_", 1)[0],)
    return tuple(name for name in names if name in results.kinematics.series)


def series_of_all(results: Results, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the series of several metrics, each once, in the metrics' order."""
    return tuple(dict.fromkeys(name for key in keys for name in series_of(results, key)))


def has_values(results: Results, names: Sequence[str]) -> bool:
    """Say whether any of the series holds a number."""
    return any(value is not None for name in names for value in results.kinematics.series[name].values)


def metric_figure(
    results: Results,
    key: str,
    *others: str,
    style: Style | None = None,
    label_of: Callable[[str], str] = event_words,
) -> go.Figure:
    """Draw one metric: its series, events, the moments to look at, threshold and reference.

    Series of several units stand one above the other, each unit with an axis of its own.

    Parameters
    ----------
    results : a pass's results.
    key : a key of ``results.metrics``.
    others : keys of metrics that share series with it; theirs are drawn in the same figure, each once.
    style : the size; a page's default if None.
    label_of : an event's name as the page writes it within a sentence.

    Raises
    ------
    KeyError
        If the results have no such metric.
    """
    keys = (key, *others)
    names = series_of_all(results, keys)
    metrics = [results.metrics[one] for one in keys]
    units = _units(results, names)
    unit = units[0] if units else metrics[0].unit
    figure = _base_of(results, names, style or (_tall(units) if len(units) > 1 else Style()))
    _add_all(figure, results, names, units, bands=len(names) == 1)
    # Only angles share their series' scale; a speed, a distance or a change is computed from its series.
    samples = [
        one.unit == unit == "deg" and _is_a_sample(results, its_key)
        for its_key, one in zip(keys, metrics, strict=True)
    ]
    for one, same_scale in zip(metrics, samples, strict=True):
        if same_scale:
            where = f", {label_of(one.event)}" if len(metrics) > 1 and one.event else ""
            add_levels(figure, one, where)
    events = {_event_of(one, results.events) for one in metrics}
    add_events(figure, results.events, events.pop() if len(events) == 1 else None, label_of)
    _add_worst(figure, results, metrics, names, samples)
    if len(units) < 2:
        figure.update_yaxes(title_text=_axis_title(names, unit))
    figure.update_layout(showlegend=len(names) > 1)
    return figure


def _is_a_sample(results: Results, key: str) -> bool:
    """Whether a metric is a value of its series, and no change of it."""
    from cricksy_lib.metrics.catalogue import load_catalogue

    book = load_catalogue()
    entry = book.metrics(results.mode).get(key)
    names = series_of(results, key)
    angle = book.angles.get(names[0]) if names else None
    return entry is None or angle is None or entry.joint == angle.joint


def kinematics_figure(
    results: Results,
    names: Sequence[str],
    style: Style | None = None,
    *,
    bands: bool = False,
    label_of: Callable[[str], str] = event_words,
) -> go.Figure:
    """Draw series with all events, and with ``bands`` their ±; each unit gets an axis of its own.

    ``label_of`` gives an event's name as the page writes it within a sentence.

    Raises
    ------
    KeyError
        If the results have no such series.
    """
    units = _units(results, names)
    figure = _base_of(results, names, style or _tall(units))
    _add_all(figure, results, names, units, bands=bands)
    add_events(figure, results.events, None, label_of)
    figure.update_layout(showlegend=True)
    return figure


def _units(results: Results, names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(results.kinematics.series[name].unit for name in names))


def _tall(units: Sequence[str]) -> Style:
    return Style(height=120 + 220 * max(1, len(units)))


def _add_all(
    figure: go.Figure, results: Results, names: Sequence[str], units: Sequence[str], *, bands: bool
) -> None:
    """Draw series, each unit's on an axis of its own, one above the other."""
    series = results.kinematics.series
    step = 1 / max(1, len(units))
    for place, name in enumerate(names):
        row = units.index(series[name].unit)
        axis = "y" if row == 0 else f"y{row + 1}"
        _add_named(figure, results, name, COLOURS[place % len(COLOURS)], band=bands, axis=axis)
    for row, unit in enumerate(units):
        top = 1 - row * step
        figure.layout["yaxis" if row == 0 else f"yaxis{row + 1}"] = {
            **AXIS,
            "title": {
                **AXIS["title"],
                "text": _axis_title(tuple(n for n in names if series[n].unit == unit), unit),
            },
            "domain": [max(0.0, top - step + 0.08 * (len(units) > 1)), top],
            "anchor": "x",
        }
    if len(units) > 1:
        figure.update_xaxes(anchor="free", position=0)


def _base_of(results: Results, names: Sequence[str], style: Style) -> go.Figure:
    figure = base_figure(style, "Time in the clip (s)", _window(results))
    if not names or not has_values(results, names):
        figure.add_annotation(
            text="No samples of this movement in the clip",
            showarrow=False,
            x=0.5,
            y=0.5,
            xref="paper",
            yref="paper",
        )
    return figure


def _window(results: Results) -> tuple[float, float]:
    """Return the stretch to draw: the action with a margin, or the whole clip if it has no events."""
    end = results.video.duration_s
    times = [event.time_s for event in results.events]
    if not times:
        return 0.0, end
    return max(0.0, min(times) - MARGIN_S), min(end, max(times) + MARGIN_S)


def _add_named(
    figure: go.Figure, results: Results, name: str, colour: str, *, band: bool, axis: str = "y"
) -> None:
    series = results.kinematics.series[name]
    add_series(figure, series, results.kinematics.time_s, event_label(name), colour, band=band, axis=axis)


def _event_of(metric: Metric, events: list[Event]) -> str | None:
    return metric.event if metric.event and any(e.name == metric.event for e in events) else None


def _add_worst(
    figure: go.Figure,
    results: Results,
    metrics: Sequence[Metric],
    names: tuple[str, ...],
    own_values: Sequence[bool],
) -> None:
    """Mark the moments to look at, each once: at their own values where those share the axis."""
    if not names:
        return
    series = results.kinematics.series[names[0]]
    marks: dict[tuple[float, float | None], None] = {}
    for metric, own in zip(metrics, own_values, strict=True):
        for frame in metric.evidence.worst_frames:
            value = frame.value if own else None
            if value is None:
                value = _at(series, results.kinematics.time_s, frame.time_s)
            marks[frame.time_s, value] = None
    if not marks:
        return
    figure.add_trace(
        go.Scatter(
            x=[time_s for time_s, _ in marks],
            y=[value for _, value in marks],
            mode="markers",
            name="Moments to look at",
            marker={"symbol": "circle-open", "size": 11, "color": WORST, "line": {"width": 2.4}},
            hovertemplate="Look here: %{x:.2f} s<extra></extra>",
        )
    )


def _at(series: Series, times: list[float], time_s: float) -> float | None:
    """Return the sample nearest to a time; None where it is unknown."""
    if not times:
        return None
    return series.values[min(range(len(times)), key=lambda i: abs(times[i] - time_s))]


def _axis_title(names: tuple[str, ...], unit: str) -> str:
    if len(names) == 1:
        return f"{event_label(names[0])} ({unit_label(unit)})"
    return "Degrees" if unit == "deg" else unit_label(unit).capitalize()
