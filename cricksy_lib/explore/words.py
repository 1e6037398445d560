"""Numbers, jobs and tables as the notebook shows them; every text of a user is escaped."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pandas as pd

from cricksy_lib.coaching import wording
from cricksy_lib.coaching.schema import Common, Knowledge
from cricksy_lib.results import Results

MOST_ROWS = 200
_STYLE = """<style>
.ck-table {overflow:auto;max-height:460px;max-width:100%}
.ck-table table {border-collapse:collapse;font-size:12.5px;font-variant-numeric:tabular-nums;border:0}
.ck-table th, .ck-table td {padding:3px 10px;text-align:left !important;white-space:nowrap;border:0;
 border-bottom:1px solid rgba(128,128,128,.3)}
.ck-table thead th {position:sticky;top:0;background:var(--jp-layout-color1,#fff);vertical-align:bottom}
</style>"""


def counted(number: int, what: str) -> str:
    """Return a number of things in words."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def escaped(text: str) -> str:
    """Return a text that a page or a figure shows as it is."""
    return html.escape(text, quote=False)


def shown(value: Any, uncertainty: Any, unit: Any, status: Any, common: Common) -> str:
    """Return a number with its ± as people read it: ``?`` behind one of low confidence, ``–`` for none."""
    if pd.isna(value):
        return "" if pd.isna(status) else "–"
    half = None if pd.isna(uncertainty) else float(uncertainty)
    text = wording.with_error(float(value), half, "" if pd.isna(unit) else str(unit), common)
    return f"{text} ?" if status == "low_confidence" else text


def event_names(results: Results, knowledge: Knowledge) -> Callable[[str], str]:
    """Return what says an event's name within a sentence, as report and dashboard do."""
    discipline = knowledge.of(results.mode)
    return lambda event: wording.event_words(event, discipline)


def when(instant: pd.Timestamp) -> str:
    """Return an instant in this machine's time."""
    return f"{instant.to_pydatetime().astimezone():%Y-%m-%d %H:%M}"


def job_label(row: dict[Any, Any]) -> str:
    """Return a job in one line."""
    player = "" if pd.isna(row["player"]) else f" · {row['player']}"
    corrected = "" if pd.isna(row["corrects"]) else " · corrected"
    return f"{when(row['created_at'])} · {row['title']}{player}{corrected}"


def overview(long: pd.DataFrame, common: Common) -> pd.DataFrame:
    """Return one row a job, newest first, and a column a metric, in words."""
    rows: dict[str, dict[str, str]] = {}
    for row in long.to_dict("records"):
        player = "" if pd.isna(row["player"]) else str(row["player"])
        new = {"Submitted": when(row["created_at"]), "Clip": str(row["title"]), "Player": player}
        of_job = rows.setdefault(row["job_id"], new)
        of_job[str(row["label"])] = shown(
            row["value"], row["uncertainty"], row["unit"], row["status"], common
        )
    return pd.DataFrame(list(rows.values())).fillna("")


def as_html(frame: pd.DataFrame, note: str = "") -> str:
    """Return a table as HTML, its newest rows if there are very many, with a note below."""
    cut = f"The first {MOST_ROWS} of {len(frame)} rows. " if len(frame) > MOST_ROWS else ""
    body = frame.head(MOST_ROWS).to_html(index=False, escape=True, border=0, justify="left")
    below = f"<p style='opacity:.75'>{cut}{escaped(note)}</p>" if cut or note else ""
    return f"{_STYLE}<div class='ck-table'>{body}</div>{below}"
