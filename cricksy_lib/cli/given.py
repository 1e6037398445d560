"""The options that several commands take, and the one place that turns them into `AnalysisOptions`."""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import terminal
from cricksy_lib.errors import UsageError

if TYPE_CHECKING:
    from cricksy_lib.jobs.ledger import Ledger
    from cricksy_lib.jobs.store import Store, Upload
    from cricksy_lib.options import AnalysisOptions
    from cricksy_lib.video import VideoInfo


def path(text: str) -> Path:
    """Read a path; an empty one is refused, where `Path` would take it for the current folder."""
    if not str(text).strip():
        raise typer.BadParameter("the path is empty.")
    return Path(text)


def number(
    option: str, least: float, most: float | None = None, *, whole: bool = False
) -> Callable[[str | float], float]:
    """Return the reader of an option that takes a number, to be its ``parser``.

    Parameters
    ----------
    option : as it is typed.
    least, most : the range, ends included; ``most`` None for no end.
    whole : whether it must be a whole number, which then is an ``int``.

    Returns
    -------
    A function of the text, or of the default; it raises `UsageError` if that is no such number.
    """
    kind = "whole number" if whole else "number"
    wanted = f"of at least {least:g}" if most is None else f"from {least:g} to {most:g}"

    def read(given: str | float) -> float:
        try:
            value = int(given) if whole else float(given)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and least <= value and (most is None or value <= most)):
            said = repr(str(given)[:60]) if str(given).strip() else "empty"
            raise UsageError(f"{option} cannot be {said}.", f"Give a {kind} {wanted}.")
        return value

    return read


Video = Annotated[Path, typer.Argument(metavar="VIDEO", parser=path, help="The clip.", show_default=False)]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id, as 'jobs list' prints it.")]
Mode = Annotated[
    str,
    typer.Option(
        metavar="batting|bowling|wicketkeeping|fielding", help="The discipline.", show_default=False
    ),
]
Hand = Annotated[str, typer.Option(metavar="right|left|auto", help="The hand that bats, bowls or throws.")]
View = Annotated[str, typer.Option(metavar="side|front|behind|auto", help="Where the camera stood.")]
Player = Annotated[str | None, typer.Option(metavar="NAME", help="Whose technique it is.")]
Title = Annotated[
    str | None, typer.Option(metavar="TEXT", help="What to call the job; the clip's name if not given.")
]
Height = Annotated[
    float | None,
    typer.Option(
        "--height-cm",
        metavar="H",
        parser=number("--height-cm", 50, 250),
        help="The player's height, 50 to 250, for a scale in metres.",
    ),
]
SlowMotion = Annotated[
    float,
    typer.Option(
        "--slow-motion",
        metavar="F",
        parser=number("--slow-motion", 1, 64),
        help="How many times slower than life the clip plays, 1 to 64.",
    ),
]
Passes = Annotated[str, typer.Option("--pass", metavar="quick|deep|both", help="Which passes to run.")]
Athlete = Annotated[
    str | None,
    typer.Option(metavar="X,Y[@T]", help="A point on the athlete in the upright picture, at second T."),
]
ScaleMark = Annotated[
    str | None,
    typer.Option(
        "--scale-mark",
        metavar="stumps|crease:X1,Y1,X2,Y2",
        help="Both ends of a stump, or of the way from crease to crease, for a scale in metres.",
    ),
]
CorrectionsFile = Annotated[
    Path | None, typer.Option("--corrections", metavar="FILE", help="What to set right by hand (JSON).")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No bars and no tables.", callback=terminal.set_quiet)]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.", callback=terminal.set_debug)]


def analysis_options(
    mode: str,
    hand: str,
    view: str,
    player: str | None,
    title: str | None,
    height_cm: float | None,
    slow_motion: float,
    passes: str,
    athlete: str | None,
    scale_mark: str | None = None,
) -> AnalysisOptions:
    """Check the options of an analysis.

    Raises
    ------
    UsageError
        If one of them cannot be used.
    """
    from cricksy_lib.options import AnalysisOptions, AthletePoint
    from cricksy_lib.options import ScaleMark as Mark

    return AnalysisOptions.checked(
        mode=mode,
        hand=hand,
        view=view,
        player=player,
        title=title,
        height_cm=height_cm,
        slow_motion=slow_motion,
        passes=passes,
        athlete=AthletePoint.parse(athlete) if athlete is not None else None,
        scale_mark=Mark.parse(scale_mark) if scale_mark is not None else None,
    )


def look_at(video: Path, options: AnalysisOptions) -> VideoInfo:
    """Return what a clip is; refuse one that cannot be used, or not with these options, and say its flaws.

    Raises
    ------
    VideoError
        If the clip cannot be used.
    UsageError
        If the point on the athlete is not in it.
    """
    from cricksy_lib.video import probe

    info = probe(video)
    options.check_fits(info.width, info.height, info.duration_s)
    for warning in info.warnings:
        terminal.say(warning)
    return info


def refuse_a_file(folder: Path) -> None:
    """Refuse a folder for output where a file is in its way, and make nothing.

    Raises
    ------
    UsageError
        If it, or what it should be made in, is a file.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise unwritable(folder, NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))


def make_folder(folder: Path) -> None:
    """Make a folder for output, if it is not there.

    Raises
    ------
    UsageError
        If it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise unwritable(folder, error) from error


@contextmanager
def made_folder(folder: Path) -> Iterator[None]:
    """Make a folder for output; what of it was not there before goes again if it ends up empty.

    Raises
    ------
    UsageError
        If it cannot be made, or not be written to.
    """
    whole = folder.absolute()
    new = [path for path in (whole, *whole.parents) if not path.exists()]
    try:
        make_folder(folder)
        yield
    finally:
        for path in new:
            with suppress(OSError):  # it holds something, or was never made
                path.rmdir()


def unwritable(folder: Path, error: OSError) -> UsageError:
    """Return the error for a folder that cannot be written, to be raised."""
    why = "it is a file" if folder.is_file() else error.strerror or type(error).__name__
    return UsageError(f"The folder '{folder}' cannot be written ({why}).", "Give another one with --out.")


def store() -> Store:
    """Open the store that ``CRICKSY_STORE`` names."""
    from cricksy_lib.jobs.store import open_store
    from cricksy_lib.settings import get_settings

    return open_store(get_settings().store)


def upload_as_json(job_id: str, upload: Upload) -> str:
    """Return one line for the program that sends the video: a PUT to this URL with these headers."""
    told = {"job_id": job_id, "method": "PUT", "url": upload.url, "headers": dict(upload.headers)}
    return json.dumps(told)


def ledger() -> Ledger:
    """Open the jobs of that store."""
    from cricksy_lib.jobs.ledger import Ledger

    return Ledger(store())
