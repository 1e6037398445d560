"""``cricksy export``: a job's numbers and page as files for other programs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    from cricksy_lib.results import Results

Format = Annotated[
    str, typer.Option("--format", metavar="csv|html", help="Tables, or the page.", show_default=False)
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")]

_METRIC_COLUMNS = (
    *("metric", "label", "value", "unit", "uncertainty", "status", "reason", "score", "event", "corrected"),
)


def export(job: given.JobId, format_: Format, out: Out = Path()) -> None:
    """Write a job's metrics and kinematics (csv) or its report (html) into a folder; prints what it wrote."""
    from cricksy_lib.errors import JobStateError, UsageError

    if format_ not in ("csv", "html"):
        raise UsageError(f"'{format_}' is not a format of export.", "Give --format csv or --format html.")
    ledger = given.ledger()
    results = ledger.latest_results(job)
    if results is None:
        raise JobStateError("The job has no results yet.", "See its status with 'cricksy jobs show'.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        if format_ == "csv":
            written = [
                _write_rows(out / f"{job}_metrics.csv", _METRIC_COLUMNS, metric_rows(results)),
                _write_rows(out / f"{job}_kinematics.csv", *kinematic_rows(results)),
            ]
        else:
            page = ledger.artefact(job, "report.html")
            written = [_write(out / f"{job}_report.html", page if page is not None else _render(results))]
    except OSError as error:
        raise UsageError(
            f"The folder '{out}' cannot be written ({error.strerror}).", "Give another one with --out."
        ) from error
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


def _render(results: Results) -> bytes:
    from cricksy_lib.coaching.page import render_page

    return render_page(results).encode()


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
