"""Results as long tables for other programs: one row a number, with its unit, ± and status.

Every ± is the half width of a 95 % interval, in the number's own unit. What is not known is empty, never 0.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from cricksy_lib.results import Results

METRIC_COLUMNS = {
    "metric": "key of the metric",
    "label": "the metric in words",
    "value": "the number, in 'unit'; empty unless measured; with several repetitions, their median",
    "unit": "deg, s, body_heights, …; empty for a score from 0 to 1",
    "uncertainty": "±, in 'unit'",
    "uncertainty_measured": "the part of ± that this clip explains, in 'unit'",
    "uncertainty_footage": "the part of ± that real footage adds, in 'unit'",
    "status": "measured, low_confidence or not_measurable",
    "reason": "why it is not simply measured",
    "event": "the event at which it is taken",
    "score": "0 to 1, where the metric has one",
    "threshold": "beyond it the metric was a finding, in 'unit'",
    "repetitions": "how many repetitions of the movement have a value",
    "corrected": "kinds of corrections by hand on which it rests: landmark, event",
    "findings": "codes of the findings made of it",
}
SERIES_COLUMNS = {
    "time_s": "seconds in the clip, 0 at the first frame shown",
    "series": "name of the kinematic series",
    "value": "the number, in 'unit'; empty where it is not known",
    "unit": "deg or body_heights/s",
    "uncertainty": "±, in 'unit'",
    "status": "measured, low_confidence or not_measurable",
    "source": "of an angle: fit, picture, model, or fit and picture",
}
EVENT_COLUMNS = {
    "event": "name of the event",
    "time_s": "seconds in the clip",
    "uncertainty_s": "±, in seconds",
    "frame": "native frame number",
    "repetition": "which repetition of the movement, from 1",
    "corrected": "whether it was set by hand",
}
NUMBERS = frozenset(
    {"value", "uncertainty", "uncertainty_measured", "uncertainty_footage", "score", "threshold"}
)


def metric_rows(results: Results) -> list[dict[str, Any]]:
    """Return one row a metric, with the keys of `METRIC_COLUMNS`."""
    codes: dict[str | None, list[str]] = {}
    for finding in results.findings.findings:
        codes.setdefault(finding.metric, []).append(finding.code)
    return [
        {
            "metric": key,
            "label": m.label,
            "value": m.value,
            "unit": m.unit,
            "uncertainty": m.uncertainty,
            "uncertainty_measured": m.uncertainty_parts.measured,
            "uncertainty_footage": m.uncertainty_parts.footage,
            "status": m.status,
            "reason": m.reason,
            "event": m.event,
            "score": m.score,
            "threshold": m.threshold,
            "repetitions": sum(one.value is not None for one in m.repetitions),
            "corrected": " ".join(m.corrected) or None,
            "findings": " ".join(codes.get(key, ())) or None,
        }
        for key, m in results.metrics.items()
    ]


def metrics_frame(results: Results) -> pd.DataFrame:
    """Return the metrics of one job, with the columns of `METRIC_COLUMNS`."""
    return _with_numbers(pd.DataFrame(metric_rows(results), columns=list(METRIC_COLUMNS)))


def series_frame(results: Results) -> pd.DataFrame:
    """Return every sample of every series of one job, with the columns of `SERIES_COLUMNS`."""
    times = results.kinematics.time_s
    parts = [
        pd.DataFrame(
            {
                "time_s": times,
                "series": name,
                "value": one.values,
                "unit": one.unit,
                "uncertainty": one.uncertainty,
                "status": one.status,
                "source": one.source,
            }
        )
        for name, one in results.kinematics.series.items()
    ]
    whole = [_with_numbers(part) for part in parts if len(part)]
    return pd.concat(whole, ignore_index=True) if whole else pd.DataFrame(columns=list(SERIES_COLUMNS))


def events_frame(results: Results) -> pd.DataFrame:
    """Return the events of one job, with the columns of `EVENT_COLUMNS`."""
    rows = [
        (e.name, e.time_s, e.uncertainty_s, e.frame, e.repetition, e.corrected)
        for e in sorted(results.events, key=lambda e: e.time_s)
    ]
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS))


def _with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Make columns of numbers numbers, even where every one of them is unknown; and words words."""
    kinds = {name: "float64" if name in NUMBERS else "str" for name in frame.columns}
    kinds |= {"repetitions": "int64"} if "repetitions" in kinds else {}
    kinds |= {"time_s": "float64"} if "time_s" in kinds else {}
    return frame.astype(kinds)
