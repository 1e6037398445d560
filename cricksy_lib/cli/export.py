"""``cricksy export``: a job's numbers and page as files for other programs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    from cricksy_lib.jobs.ledger import Ledger
    from cricksy_lib.results import Results

Format = Annotated[
    str, typer.Option("--format", metavar="csv|html", help="Tables, or the page.", show_default=False)
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", parser=given.path, help="Where the files go.")]

_METRIC_COLUMNS = (
    *("metric", "label", "value", "unit", "uncertainty", "status", "reason", "score", "event", "corrected"),
)


def export(job: given.JobId, format_: Format, out: Out = Path()) -> None:
    """Write a job's metrics and kinematics (csv), or its page and overlay (html); prints the paths."""
    from cricksy_lib.errors import JobStateError, UsageError

    if format_ not in ("csv", "html"):
        raise UsageError(f"'{format_}' is not a format of export.", "Give --format csv or --format html.")
    ledger = given.ledger()
    results = ledger.latest_results(job)
    if results is None:
        raise JobStateError("The job has no results yet.", "See its status with 'cricksy jobs show'.")
    given.make_folder(out)
    try:
        if format_ == "csv":
            written = [
                _write_rows(out / f"{job}_metrics.csv", _METRIC_COLUMNS, metric_rows(results)),
                _write_rows(out / f"{job}_kinematics.csv", *kinematic_rows(results)),
            ]
        else:
            written = _write_page(out, job, ledger, results)
    except OSError as error:
        raise given.unwritable(out, error) from error
    for path in written:
        terminal.write(str(path))


def metric_rows(results: Results) -> list[tuple[Any, ...]]:
    """Return one row a metric; what was not measured stays empty."""
    return [
        (
            *(key, m.label, m.value, m.unit, m.uncertainty, m.status, m.reason, m.score, m.event),
            " ".join(m.corrected),
        )
        for key, m in results.metrics.items()
    ]


def kinematic_rows(results: Results) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return the headings and one row for each time (seconds in the clip); what is not known stays empty."""
    series = results.kinematics.series
    headings = ("time_s", *(f"{name} [{one.unit}]" for name, one in series.items()))
    values = [one.values for one in series.values()]
    return headings, list(zip(results.kinematics.time_s, *values, strict=True))


def _write_page(out: Path, job: str, ledger: Ledger, results: Results) -> list[Path]:
    """Write the job's page and, beside it, the overlay that its moments link to, if there is one."""
    from cricksy_lib.coaching.page import relink, render_page

    written = []
    overlay = ledger.artefact(job, "overlay.mp4")
    if overlay is not None:
        written.append(_write(out / f"{job}_overlay.mp4", overlay))
    page = ledger.artefact(job, "report.html")
    text = render_page(results) if page is None else page.decode()
    text = relink(text, written[0].name if written else None)
    return [_write(out / f"{job}_report.html", text.encode()), *written]


def _write_rows(path: Path, headings: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Path:
    staged = path.with_name(f".{path.name}.part")
    with staged.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)
    return staged.replace(path)


def _write(path: Path, content: bytes) -> Path:
    staged = path.with_name(f".{path.name}.part")
    staged.write_bytes(content)
    return staged.replace(path)
