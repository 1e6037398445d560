"""``cricksy export``: a job's numbers, page or positions, or the table of all jobs, for other programs."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    import pandas as pd

    from cricksy_lib.cli.exported import Analysis

Job = Annotated[
    str | None,
    typer.Argument(
        metavar="[JOB]",
        help="The job's id, or the folder of an 'analyse --out'; left out for the table.",
        show_default=False,
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="csv|parquet|html|trc",
        help="Long tables, the page, or positions over time.",
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
    bool, typer.Option("--superseded", help="Keep jobs in the table that a newer correction stands for.")
]
Landmarks = Annotated[
    bool, typer.Option("--landmarks", help="Of a job, each landmark of each frame in pixels (csv, parquet).")
]
# Of a player's name in a file's: letters may take four bytes, and a file's name has 255.
_NAME_BYTES = 60
_OF_A_JOB = ("csv", "parquet", "html", "trc")
_OF_TABLES = ("csv", "parquet")


def export(
    format_: Format,
    job: Job = None,
    out: Out = Path(),
    landmarks: Landmarks = False,
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
    """Write a job's tables (csv, parquet), page (html) or positions (trc), or the table; prints the paths.

    Positions are metres around the hips; --landmarks writes where they are in the picture.
    """
    from cricksy_lib.errors import UsageError

    of_table = every or player is not None
    if (job is None) != of_table:
        raise UsageError(
            "It is not clear what to export.",
            "Give either one JOB (with --landmarks for its landmarks), or --all or --player NAME with the "
            "options of the table.",
        )
    of_the_table = {
        "--mode": mode,
        "--since": since,
        "--until": until,
        "--wide": wide,
        "--superseded": superseded,
    }
    for name in (name for name, value in of_the_table.items() if value and not of_table):
        raise UsageError(
            f"{name} belongs to the table of jobs, and one JOB is given.",
            "Leave it out, or give --all or --player NAME in the place of JOB.",
        )
    if of_table and landmarks:
        raise UsageError("--landmarks belongs to one JOB, not to the table.", "Leave it out, or give a JOB.")
    what = "--landmarks" if landmarks else "The table" if of_table else "A job"
    _check_format(format_, what, _OF_TABLES if of_table or landmarks else _OF_A_JOB)
    if job is not None:
        _export_one(job, format_, out, landmarks)
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
    _write_all(out, [(f"{_table_name(player)}.{format_}", lambda path: _write_frame(frame, path, format_))])
    count = frame["job_id"].nunique()
    told = terminal.counted(count, "job") if count else "No job fits: the table has headings alone"
    terminal.say(f"{told}.")


def _table_name(player: str | None) -> str:
    """Return the table's file name: a player's has of the name what can be read, and a mark of its own."""
    if player is None:
        return "cricksy_jobs"
    from cricksy_lib.jobs.layout import plain_name, player_id

    words = re.sub(r"\W+", "_", plain_name(player)).strip("_")
    readable = words.encode()[:_NAME_BYTES].decode(errors="ignore")
    return "_".join(part for part in ("cricksy_jobs", readable, player_id(player)[:6]) if part)


def _check_format(format_: str, what: str, allowed: tuple[str, ...]) -> None:
    from cricksy_lib.errors import UsageError

    if format_ == "pdf":
        raise UsageError(
            "Cricksy writes no PDF.", "Export html, open the page in a browser and print it to a file."
        )
    if format_ not in allowed:
        named = ", ".join(allowed[:-1]) + f" or {allowed[-1]}"
        raise UsageError(f"{what} cannot be written as '{format_}'.", f"Give --format {named}.")


def _export_one(job: str, format_: str, out: Path, landmarks: bool) -> None:
    from cricksy_lib.cli.exported import find_analysis

    analysis = find_analysis(job)
    if format_ == "html":
        files = _page(analysis)
    elif format_ == "trc":
        files = [_positions(analysis)]
    else:
        frames = _landmarks(analysis) if landmarks else _tables(analysis)
        files = [
            (f"{analysis.name}_{name}.{format_}", _writer(frame, format_)) for name, frame in frames.items()
        ]
    if analysis.short is not None:
        terminal.say(f"Only the quick pass is exported. {' '.join(analysis.short)}")
    _write_all(out, files)


def _tables(analysis: Analysis) -> dict[str, pd.DataFrame]:
    from cricksy_lib.tables import events_frame, metrics_frame, series_frame

    results = analysis.results
    return {
        "metrics": metrics_frame(results),
        "kinematics": series_frame(results),
        "events": events_frame(results),
    }


def _landmarks(analysis: Analysis) -> dict[str, pd.DataFrame]:
    from cricksy_lib.cli.exported import read_track
    from cricksy_lib.landmark_table import landmarks_frame

    return {"landmarks": landmarks_frame(read_track(analysis))}


Write = Callable[[Path], object]


def _writer(frame: pd.DataFrame, format_: str) -> Write:
    return lambda path: _write_frame(frame, path, format_)


def _write_frame(frame: pd.DataFrame, path: Path, format_: str) -> None:
    if format_ == "csv":
        frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    else:
        frame.to_parquet(path, index=False, compression="zstd")


def _page(analysis: Analysis) -> list[tuple[str, Write]]:
    """Return the analysis's page and, beside it, the overlay that its moments link to, if there is one."""
    from cricksy_lib.analysis import page_of
    from cricksy_lib.coaching.page import relink
    from cricksy_lib.errors import ResultsError

    overlay, page = analysis.artefact("overlay.mp4"), analysis.artefact("report.html")
    beside = f"{analysis.name}_overlay.mp4"
    try:
        text = page_of(analysis.results, analysis.player) if page is None else page.decode()
    except UnicodeDecodeError as error:
        raise ResultsError("The page is damaged.", "Analyse the clip again.") from error
    text = relink(text, beside if overlay is not None else None)
    files: list[tuple[str, Write]] = [
        (f"{analysis.name}_report.html", lambda path: path.write_bytes(text.encode()))
    ]
    if overlay is not None:
        files.append((beside, lambda path: path.write_bytes(overlay)))
    return files


def _positions(analysis: Analysis) -> tuple[str, Write]:
    from cricksy_lib.cli.exported import read_track
    from cricksy_lib.trc import trc_text

    name = f"{analysis.name}_positions.trc"
    text = trc_text(read_track(analysis), name, analysis.results.video.slow_motion)
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
