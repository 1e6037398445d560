"""``cricksy export``: one analysis as tables, page or positions, or all jobs as a table."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    import pandas as pd

    from cricksy_lib.cli.export_source import Source

Job = Annotated[
    str | None,
    typer.Argument(
        metavar="[JOB|DIR]",
        help="The job's id, or a folder that 'analyse' wrote; left out for the table.",
        show_default=False,
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="csv|parquet|html|trc",
        help="Long tables (of one job, its landmarks too), the page, or positions over time.",
        show_default=False,
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", parser=given.path, help="Where the files go.")]
Every = Annotated[bool, typer.Option("--all", help="The table of every job that is done.")]
Player = Annotated[
    str | None, typer.Option("--player", metavar="NAME", help="The table of this player's jobs.")
]
Mode = Annotated[
    str | None, typer.Option("--mode", metavar="MODE", help="Of the table, only this discipline.")
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DATE", help="Of the table, only jobs submitted from then on."),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Of the table, only jobs until then (UTC).")
]
Wide = Annotated[bool, typer.Option("--wide", help="The table with one row a job instead of one a metric.")]
Superseded = Annotated[
    bool, typer.Option("--superseded", help="Keep jobs in the table that a later job corrects.")
]
_OF_A_JOB = ("csv", "parquet", "html", "trc")
_OF_THE_TABLE = ("csv", "parquet")


def export(
    format_: Format,
    job: Job = None,
    out: Out = Path(),
    every: Every = False,
    player: Player = None,
    mode: Mode = None,
    since: Since = None,
    until: Until = None,
    wide: Wide = False,
    superseded: Superseded = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Write a job's tables (csv, parquet), page (html) or positions (trc), or the table; prints the paths."""
    from cricksy_lib.errors import UsageError

    of_table = every or player is not None
    filters = any((mode, since, until, wide, superseded))
    if (job is None) != of_table or (job is not None and filters):
        raise UsageError(
            "It is not clear what to export.",
            "Give either one JOB or DIR, or --all or --player NAME with the options of the table.",
        )
    _check_format(format_, _OF_THE_TABLE if of_table else _OF_A_JOB)
    if job is not None:
        _export_one(job, format_, out)
        return
    from cricksy_lib.jobs import table

    terminal.log_to_terminal(logging.WARNING)
    with terminal.bar("Reading jobs") as progress:
        frame = table.load(
            given.store(),
            player,
            mode,
            since,
            until,
            shape="wide" if wide else "long",
            superseded=superseded,
            progress=progress,
        )
    _write_all(out, [(f"cricksy_jobs.{format_}", lambda path: _write_frame(frame, path, format_))])
    count = frame["job_id"].nunique()
    told = (
        "1 job" if count == 1 else f"{count} jobs" if count else "No job fits: the table has headings alone"
    )
    terminal.say(f"{told}.")


def _check_format(format_: str, allowed: tuple[str, ...]) -> None:
    from cricksy_lib.errors import UsageError

    if format_ == "pdf":
        raise UsageError(
            "Cricksy writes no PDF.", "Export html, open the page in a browser and print it to a file."
        )
    if format_ not in allowed:
        named = ", ".join(allowed[:-1]) + f" or {allowed[-1]}"
        raise UsageError(f"'{format_}' cannot be written here.", f"Give --format {named}.")


def _export_one(job_or_folder: str, format_: str, out: Path) -> None:
    from cricksy_lib.cli import export_source

    source = export_source.find(job_or_folder)
    if format_ == "html":
        files = _page(source)
    elif format_ == "trc":
        files = [_positions(source)]
    else:
        files = [
            (f"{source.name}_{name}.{format_}", _writer(frame, format_))
            for name, frame in _tables(source).items()
        ]
    _write_all(out, files)


def _tables(source: Source) -> dict[str, pd.DataFrame]:
    from cricksy_lib.tables import events_frame, landmarks_frame, metrics_frame, series_frame

    frames = {
        "metrics": metrics_frame(source.results),
        "kinematics": series_frame(source.results),
        "events": events_frame(source.results),
    }
    track = source.pose()
    return frames if track is None else frames | {"landmarks": landmarks_frame(track)}


Write = Callable[[Path], object]


def _writer(frame: pd.DataFrame, format_: str) -> Write:
    return lambda path: _write_frame(frame, path, format_)


def _write_frame(frame: pd.DataFrame, path: Path, format_: str) -> None:
    if format_ == "csv":
        frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    else:
        frame.to_parquet(path, index=False, compression="zstd")


def _page(source: Source) -> list[tuple[str, Write]]:
    """Return the page and, beside it, the overlay that its moments link to, if there is one."""
    from cricksy_lib.coaching.page import relink, render_page

    overlay = source.artefact("overlay.mp4")
    page = source.artefact("report.html")
    text = render_page(source.results) if page is None else page.decode()
    text = relink(text, f"{source.name}_overlay.mp4" if overlay is not None else None)
    files: list[tuple[str, Write]] = [
        (f"{source.name}_report.html", lambda path: path.write_bytes(text.encode()))
    ]
    if overlay is not None:
        files.append((f"{source.name}_overlay.mp4", lambda path: path.write_bytes(overlay)))
    return files


def _positions(source: Source) -> tuple[str, Write]:
    from cricksy_lib.errors import JobStateError
    from cricksy_lib.trc import trc_text

    track = source.pose()
    if track is None:
        raise JobStateError(
            "There are no positions: they come with a deep pass.", "Analyse the clip with --pass both."
        )
    name = f"{source.name}_positions.trc"
    text = trc_text(track, name, source.results.video.slow_motion)
    return name, lambda path: path.write_text(text, encoding="utf-8", newline="\n")


def _write_all(out: Path, files: list[tuple[str, Write]]) -> None:
    """Write files, each whole or not at all, and print their paths.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    given.make_folder(out)
    for name, write in files:
        path = out / name
        staged = path.with_name(f".{name}.part")
        try:
            write(staged)
            staged.replace(path)
        except OSError as error:
            raise given.unwritable(out, error) from error
        finally:
            if staged.is_file():
                staged.unlink(missing_ok=True)
        terminal.write(str(path))
