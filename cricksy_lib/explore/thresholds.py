"""A rule's limit moved: what would become a finding, and what would no longer be one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from cricksy_lib.coaching.findings import deviation_of, severity
from cricksy_lib.coaching.schema import Assessment, Common, Rule
from cricksy_lib.explore.words import counted, escaped, shown, when
from cricksy_lib.plots import COLOURS, INK, MUTED, WORST, Style, base_figure, unit_label
from cricksy_lib.results import Metric

CHANGES = ("new", "gone", "still", "")


def what_if(jobs: pd.DataFrame, rule: Rule, threshold: float, limits: Assessment) -> pd.DataFrame:
    """Judge the numbers of many jobs by a rule as it is, and with another limit.

    Parameters
    ----------
    jobs : the long table of `cricksy_lib.jobs.table.load`, of the rule's discipline.
    rule : as it is now; what its limit was when a job was analysed is in the table's ``threshold``.
    threshold : in the rule's unit.
    limits : of the knowledge, for severities.

    Returns
    -------
    A row for each job that has the metric in the rule's unit: what it is, ``value``, ``uncertainty``,
    ``unit``, ``status``; ``now`` and ``moved``: the finding's severity, or empty; ``change``: ``new``,
    ``gone``, ``still`` (a finding in both cases) or nothing. What lies beyond a limit by no more than its
    ± is no finding, and neither is anything in a clip that could not be assessed.
    """
    mine = jobs[(jobs["metric"] == rule.metric) & (jobs["unit"].fillna("") == rule.unit)]
    other = rule.model_copy(update={"threshold": threshold})
    rows = []
    for row in mine.to_dict("records"):
        now, moved = (_judged(row, one, limits) for one in (rule, other))
        change = {(False, True): "new", (True, False): "gone", (True, True): "still"}
        kept = ("job_id", "created_at", "player", "title", "value", "uncertainty", "unit", "status")
        rows.append(
            {
                **{name: row[name] for name in kept},
                "now": now,
                "moved": moved,
                "change": change.get((now is not None, moved is not None), ""),
            }
        )
    columns = (*("job_id", "created_at", "player", "title", "value", "uncertainty", "unit", "status"),)
    return pd.DataFrame(rows, columns=[*columns, "now", "moved", "change"])


def _judged(row: dict[Any, Any], rule: Rule, limits: Assessment) -> str | None:
    if row["overall_level"] == "not_assessed":
        return None
    metric = Metric(
        label=row["label"],
        unit=rule.unit,
        value=_known(row["value"]),
        uncertainty=_known(row["uncertainty"]),
        score=None,
        status=row["status"],
        reason=None,
        event=None,
        threshold=None,
    )
    deviation = deviation_of(rule, metric)
    return None if deviation is None else severity(rule, deviation, metric, limits)


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def threshold_figure(judged: pd.DataFrame, rule: Rule, threshold: float) -> go.Figure:
    """Draw the numbers that `what_if` judged, each with its ±, the limit as it is and the one asked about."""
    known = judged.dropna(subset=["value"])
    days = judged["created_at"]
    edge = pd.Timedelta(days=1)
    window = (days.min() - edge, days.max() + edge) if len(days) else ("2026-01-01", "2026-12-31")
    figure = base_figure(Style(height=380), "Submitted", window)
    figure.update_xaxes(type="date")
    looks = {
        "new": ("would become a finding", WORST, "circle"),
        "still": ("a finding either way", WORST, "circle-open"),
        "gone": ("would no longer be one", COLOURS[3], "diamond"),
        "": ("no finding", MUTED, "circle-open"),
    }
    for change in CHANGES:
        mine = known[known["change"] == change]
        if mine.empty:
            continue
        label, colour, symbol = looks[change]
        figure.add_trace(
            go.Scatter(
                x=mine["created_at"].dt.strftime("%Y-%m-%dT%H:%M:%S").tolist(),
                y=mine["value"].tolist(),
                error_y={"type": "data", "array": mine["uncertainty"].fillna(0).tolist(), "thickness": 1},
                mode="markers",
                name=label,
                marker={"size": 9, "color": colour, "symbol": symbol, "line": {"width": 1.8}},
                customdata=mine["title"].map(escaped).tolist(),
                hovertemplate="%{customdata}<br>%{y:.4~g}<extra></extra>",
            )
        )
    for at, dash, colour, text, side in (
        (rule.threshold, "dash", MUTED, "limit now", "top left"),
        (threshold, "solid", INK, "limit asked about", "top right"),
    ):
        figure.add_hline(
            y=at,
            line={"dash": dash, "color": colour, "width": 1.4},
            annotation_position=side,
            annotation={"text": text, "font": {"size": 10.5, "color": colour}},
        )
    figure.update_yaxes(title_text=f"{rule.metric.replace('_', ' ')} ({unit_label(rule.unit)})")
    figure.update_layout(showlegend=True)
    return figure


def in_words(judged: pd.DataFrame, rule: Rule, threshold: float, mode: str) -> str:
    """Return what moving the limit changes, and how a club would make it its own."""
    counts = judged["change"].value_counts()
    now = int((judged["now"].notna()).sum())
    moved = int((judged["moved"].notna()).sum())
    known = int(judged["value"].notna().sum())
    text = (
        f"The number is known in {known} of {counted(len(judged), 'job')}. "
        f"With the limit at {threshold:g} there would be {counted(moved, 'finding')}, "
        f"{counts.get('new', 0)} new and {counts.get('gone', 0)} gone; "
        f"at {rule.threshold:g}, as it is, the count is {now}."
    )
    if rule.basis == "research":
        return f"{text} This rule rests on research: its limit is its source's, and a club cannot move it."
    own = f"{{{mode}: {{{rule.code}: {{threshold: {threshold:g}}}}}}}"
    return f"{text} A club's own limit is a line in settings/house_rules.yaml of the store: {own}"


def listed(judged: pd.DataFrame, common: Common) -> pd.DataFrame:
    """Return judged jobs in words."""
    rows = judged.to_dict("records")
    return pd.DataFrame(
        {
            "Submitted": [when(row["created_at"]) for row in rows],
            "Clip": [row["title"] for row in rows],
            "Player": ["" if pd.isna(row["player"]) else row["player"] for row in rows],
            "Number": [
                shown(row["value"], row["uncertainty"], row["unit"], row["status"], common) for row in rows
            ],
            "Now": judged["now"].fillna("–").tolist(),
            "Moved": judged["moved"].fillna("–").tolist(),
        }
    )
