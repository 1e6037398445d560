"""Tables of errors by group, from the rows of all scenes. Every scene weighs the same."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cricksy_lib.validation.errors import FRAME_60_S
from cricksy_lib.validation.groups import FACTORS

METHODS = ("ours", "plain", "model")
# A group of fewer scenes is shown, but is never the worst group.
LEAST_SCENES = 3


def pick(table: pd.DataFrame, **wanted: str | tuple[str, ...]) -> pd.DataFrame:
    """Rows in which every named column has the wanted value, or one of them."""
    chosen = pd.Series(True, index=table.index)
    for column, value in wanted.items():
        chosen &= table[column].isin(value if isinstance(value, tuple) else (value,))
    return table[chosen]


def angle_errors(series: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Average the scenes' errors.

    Parameters
    ----------
    series : rows of `SceneRecord.series` with the scenes' groups.
    by : columns to group by.

    Returns
    -------
    A row for each group: ``scenes``; ``mae``, the mean over the scenes of their mean absolute errors, and
    ``worst``, the largest of them; ``bias``, the mean over the scenes of their mean errors; ``between``, the
    standard deviation of those; ``noise``, the root mean square of the scatter within scenes.
    """
    known = series[series["n"] > 0]
    columns = ["scenes", "mae", "worst", "bias", "between", "noise"]
    if known.empty:
        return pd.DataFrame(columns=[*by, *columns])
    grouped = known.groupby(by, sort=True)
    table = pd.DataFrame(
        {
            "scenes": grouped["scene"].nunique(),
            "mae": grouped["mae"].mean(),
            "worst": grouped["mae"].max(),
            "bias": grouped["bias"].mean(),
            "between": grouped["bias"].std(ddof=0),
            "noise": grouped["noise"].apply(lambda noise: float(np.sqrt((noise**2).mean()))),
        }
    )
    return table.reset_index()[[*by, *columns]]


def beside(series: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Mean absolute errors of ours, the plain loop and the model's own angles side by side.

    Parameters
    ----------
    series, by : as for `angle_errors`.

    Returns
    -------
    A row for each group: ``scenes``, ours with ``bias`` and ``noise``, then ``plain`` and ``model``.
    """
    table = angle_errors(series, [*by, "method"])
    ours = table[table["method"] == "ours"].drop(columns="method").set_index(by)
    for method in METHODS[1:]:
        ours[method] = table[table["method"] == method].set_index(by)["mae"]
    return ours.reset_index()


def worst_group(series: pd.DataFrame, factors: Iterable[str] = FACTORS) -> tuple[str, float, int]:
    """Find the group with the largest mean absolute error.

    Parameters
    ----------
    series : rows of one series, method and stretch.
    factors : one-way groupings to look through.

    Returns
    -------
    (group's name, degrees, scenes). Groups of fewer than `LEAST_SCENES` scenes are looked at only where
    there is no larger one; of nothing, ``("none", NaN, 0)``.
    """
    found: list[tuple[str, float, int]] = []
    for factor in factors:
        for row in angle_errors(series, [factor]).to_dict("records"):
            found.append((str(row[factor]), float(row["mae"]), int(row["scenes"])))
    enough = [group for group in found if group[2] >= LEAST_SCENES] or found
    return max(enough, key=lambda group: group[1], default=("none", float("nan"), 0))


def event_errors(events: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Tabulate how far events are off, in frames of 60 a second.

    Parameters
    ----------
    events : rows of `SceneRecord.events` with the scenes' groups.
    by : columns to group by.

    Returns
    -------
    A row for each group: ``n`` true events, share ``found``, ``bias`` and ``noise`` and ``mae`` (frames, of
    the found), ``within_1`` and ``within_3`` (shares of the found), ``worst`` (frames), ``inside`` (share of
    the found within their own ±) and the number found too many (``extra``).
    """
    rows = []
    for names, group in events.groupby(by, sort=True):
        found = group[group["error_s"].notna()]
        off = found["error_s"].abs()
        frames = found["error_s"] / FRAME_60_S
        rows.append(
            {
                **dict(zip(by, names if isinstance(names, tuple) else (names,), strict=True)),
                "n": len(group),
                "found": len(found) / len(group),
                "bias": frames.mean(),
                "noise": frames.std(ddof=0),
                "mae": frames.abs().mean(),
                "within_1": _share(frames.abs() <= 1),
                "within_3": _share(frames.abs() <= 3),
                "worst": frames.abs().max(),
                "inside": _share(off <= found["uncertainty_s"]),
                "extra": int(group["extra"].sum()),
            }
        )
    return pd.DataFrame(rows)


def metric_errors(metrics: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Errors of metrics that carry a number, measured or of low confidence, in their own units.

    Returns
    -------
    A row for each group: ``n``, ``mae``, ``bias``, ``noise``, ``worst``, and the share ``sure`` that is
    called measured.
    """
    known = metrics[metrics["error"].notna()]
    rows = []
    for names, group in known.groupby(by, sort=True):
        error = group["error"]
        rows.append(
            {
                **dict(zip(by, names if isinstance(names, tuple) else (names,), strict=True)),
                "n": len(group),
                "mae": error.abs().mean(),
                "bias": error.mean(),
                "noise": error.std(ddof=0),
                "worst": error.abs().max(),
                "sure": _share(group["status"] == "measured"),
            }
        )
    return pd.DataFrame(rows, columns=[*by, "n", "mae", "bias", "noise", "worst", "sure"])


def _share(which: pd.Series) -> float:
    return float(which.mean()) if len(which) else float("nan")


def markdown(table: pd.DataFrame, digits: int = 1, **own: int) -> str:
    """Write a table in Markdown.

    Parameters
    ----------
    table : what to write.
    digits : decimals of numbers that are not whole.
    own : decimals of single columns.

    Returns
    -------
    Lines without the last line's end; "(nothing)" for an empty table. What is not known is a dash.
    """
    if table.empty:
        return "(nothing)"

    def cell(name: str, value: object) -> str:
        if value is None or (isinstance(value, float) and not np.isfinite(value)):
            return "–"
        if isinstance(value, bool | np.bool_):
            return "yes" if value else "no"
        if isinstance(value, float | np.floating):
            return f"{value:.{own.get(name, digits)}f}"
        return str(value).replace("|", "/").replace("_", " ")

    names = [str(name) for name in table.columns]
    lines = ["| " + " | ".join(name.replace("_", " ") for name in names) + " |"]
    lines.append("|" + "---|" * len(names))
    for row in table.itertuples(index=False):
        lines.append("| " + " | ".join(cell(n, v) for n, v in zip(names, row, strict=True)) + " |")
    return "\n".join(lines)
