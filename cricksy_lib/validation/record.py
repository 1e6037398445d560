"""What is kept of one assessed scene: rows for tables, all of it JSON."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

Row = dict[str, Any]


class SceneRecord(BaseModel):
    """One scene held against its truth.

    Attributes
    ----------
    name : discipline and seed. ``scene``: what was drawn. ``groups``: see `cricksy_lib.validation.groups`.
    failed : the typed error that ended its analysis, or ``None``.
    facts : single values: detection and right-person shares, height in pixels, view and hand as read.
    series : rows of ``series``, ``method`` (ours, plain, model), ``over`` (movement, measured, hidden or an
        event's name) and `errors.summarise`.
    events : rows of `errors.pair_events`.
    metrics : a row for each metric: value, truth, error, ±, status.
    swaps : shares of frames, see `assess.swap_shares`.
    first_system : scores and findings of the first system.
    findings : codes of our technique findings. ``advice``: what we say about the filming.
    """

    model_config = ConfigDict(extra="forbid")
    name: str
    scene: Row
    groups: dict[str, str]
    failed: str | None = None
    facts: Row = Field(default_factory=dict)
    series: list[Row] = Field(default_factory=list)
    events: list[Row] = Field(default_factory=list)
    metrics: list[Row] = Field(default_factory=list)
    metrics_auto: list[Row] = Field(default_factory=list)
    swaps: dict[str, Any] = Field(default_factory=dict)
    first_system: Row = Field(default_factory=dict)
    findings: list[str] = Field(default_factory=list)
    advice: list[str] = Field(default_factory=list)


def frame(records: list[SceneRecord], kind: str) -> pd.DataFrame:
    """Put one kind of rows of all scenes into one table, with the scenes' names and groups beside them.

    Parameters
    ----------
    records : of scenes; failed ones have no rows.
    kind : "series", "events", "metrics" or "metrics_auto" (lists of rows), "swaps", "facts" or
        "first_system" (one row a scene).
    """
    rows: list[Row] = []
    for record in records:
        held = getattr(record, kind)
        for row in held if isinstance(held, list) else [held] if held else []:
            rows.append({"scene": record.name, **record.groups, **row})
    table = pd.DataFrame(rows)
    for name in table.columns:
        # A column of numbers and None is one of objects otherwise.
        if table[name].dtype == object and all(v is None or isinstance(v, int | float) for v in table[name]):
            table[name] = table[name].astype(float)
    return table
