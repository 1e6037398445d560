"""Does the truth lie inside the stated ±, and were refusals right?"""

from __future__ import annotations

import numpy as np
import pandas as pd

# A refused angle that would have been this near could have been given.
NEAR_DEG = 5.0
_Z = 1.96


def share_with_interval(inside: int, total: int) -> tuple[float, float, float]:
    """Share and its 95 % interval (Wilson's score interval); NaN of nothing.

    Returns
    -------
    (share, low, high), each 0..1.
    """
    if total == 0:
        return float("nan"), float("nan"), float("nan")
    share = inside / total
    middle = (share + _Z**2 / (2 * total)) / (1 + _Z**2 / total)
    half = _Z * np.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2)) / (1 + _Z**2 / total)
    return share, float(max(0.0, middle - half)), float(min(1.0, middle + half))


def coverage(values: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Tabulate how often the truth lies inside the measured part of the ±, for `measured` values.

    Parameters
    ----------
    values : a row for each metric of each scene, with ``status``, ``error``, ``measured``, ``total``.
    by : columns to group by; empty for one row.

    Returns
    -------
    A row for each group: ``n``, ``inside`` (the measured part) with ``low`` and ``high`` of its 95 %
    interval, ``inside_total``, the medians ``measured`` and ``total`` of the ±, and of the absolute error.
    """
    known = values[(values["status"] == "measured") & values["error"].notna() & values["measured"].notna()]
    rows = []
    groups = known.groupby(by, sort=True) if by else [((), known)]
    for names, group in groups:
        size = group["error"].abs()
        share, low, high = share_with_interval(int((size <= group["measured"]).sum()), len(group))
        rows.append(
            {
                **dict(zip(by, names if isinstance(names, tuple) else (names,), strict=True)),
                "n": len(group),
                "inside": share,
                "low": low,
                "high": high,
                "inside_total": float((size <= group["total"]).mean()) if len(group) else float("nan"),
                "measured": float(group["measured"].median()),
                "total": float(group["total"].median()),
                "error": float(size.median()),
            }
        )
    columns = [*by, "n", "inside", "low", "high", "inside_total", "measured", "total", "error"]
    return pd.DataFrame(rows, columns=columns)


def refusals(values: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Tabulate what was measured, doubted and refused, and how often that was wrong.

    Parameters
    ----------
    values : as for `coverage`, with ``status``, ``truth``, ``error``, ``total`` and ``would_be``: the error
        that the series itself had at that moment, for refused angles.
    by : columns to group by.

    Returns
    -------
    A row for each group with counts of metrics whose truth is known: ``measured``, of them ``wrong`` (off
    by more than the total ±); ``low_confidence``, of them ``low_near``, and ``refused``, of them
    ``refused_near`` (within `NEAR_DEG`; angles only, of which ``refused_known`` had a series to compare).
    """
    known = values[values["truth"].notna()].assign(
        wrong=lambda v: (v["status"] == "measured") & (v["error"].abs() > v["total"]),
        doubted=lambda v: v["status"] == "low_confidence",
        low_near=lambda v: (
            (v["status"] == "low_confidence") & (v["unit"] == "deg") & (v["error"].abs() <= NEAR_DEG)
        ),
        refused=lambda v: v["status"] == "not_measurable",
        refused_known=lambda v: (v["status"] == "not_measurable") & v["would_be"].notna(),
        refused_near=lambda v: (v["status"] == "not_measurable") & (v["would_be"].abs() <= NEAR_DEG),
        measured_n=lambda v: v["status"] == "measured",
    )
    counted = ["measured_n", "wrong", "doubted", "low_near", "refused", "refused_known", "refused_near"]
    table = known.groupby(by, sort=True)[counted].sum().astype(int).reset_index()
    return table.rename(columns={"measured_n": "measured", "doubted": "low_confidence"})
