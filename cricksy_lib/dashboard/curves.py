"""Which curves a job's page draws: each series once, with all the metrics that are read off it."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from cricksy_lib.coaching.schema import Common, Discipline
from cricksy_lib.coaching.wording import event_words
from cricksy_lib.plots import has_values, metric_figure, series_of, series_of_all
from cricksy_lib.results import Results


@dataclass(frozen=True)
class Curve:
    """One chart.

    Attributes
    ----------
    series : names of the kinematic series that it draws.
    keys : metrics that are read off them, those of findings first.
    of_finding : whether a finding is among them.
    """

    series: tuple[str, ...]
    keys: tuple[str, ...]
    of_finding: bool

    def title(self, common: Common) -> str:
        """Return what the curve shows."""
        return ", ".join(common.series.get(name, name.replace("_", " ").capitalize()) for name in self.series)

    def part(self, common: Common) -> str:
        """Return the part of the body whose charts it is kept with."""
        return next(
            (part for part, names in common.chart_groups.items() if self.series[0] in names),
            self.title(common),
        )

    def figure(self, results: Results, discipline: Discipline) -> go.Figure:
        """Return the chart, its events named as everywhere on the page."""
        return metric_figure(results, *self.keys, label_of=lambda event: event_words(event, discipline))


def curves_of(results: Results, common: Common) -> list[Curve]:
    """Return the curves of all metrics with a number: findings' first, then by parts of the body.

    Metrics that share a series share a chart, as no series is drawn twice. One that is read off no series, a
    distance or a time, has no chart; it stands in the table alone.
    """
    found = {finding.metric for finding in results.findings.findings}
    charts: list[list[str]] = []
    for key, metric in results.metrics.items():
        series = series_of(results, key)
        if metric.status == "not_measurable" or not has_values(results, series):
            continue
        shared = [keys for keys in charts if not set(series).isdisjoint(series_of_all(results, keys))]
        if not shared:
            charts.append([key])
            continue
        first, *others = shared
        for keys in others:
            first += keys
            charts.remove(keys)
        first.append(key)
    ranked = [sorted(keys, key=lambda key: key not in found) for keys in charts]
    curves = [Curve(series_of_all(results, keys), tuple(keys), not found.isdisjoint(keys)) for keys in ranked]
    parts = [*common.chart_groups, *(curve.part(common) for curve in curves)]
    return sorted(curves, key=lambda curve: (not curve.of_finding, parts.index(curve.part(common))))
