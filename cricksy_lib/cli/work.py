"""``cricksy submit``, ``correct`` and ``worker``: into the queue, and through it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cricksy_lib.cli import given, terminal

Drain = Annotated[bool, typer.Option("--drain", help="End when no work is left, here or with other workers.")]
Poll = Annotated[
    float, typer.Option("--poll", metavar="SECONDS", min=0.05, help="Between two looks at an idle queue.")
]

File = Annotated[
    Path, typer.Option("--file", metavar="FILE", help="What to set right by hand (JSON).", show_default=False)
]


def submit(
    video: given.Video,
    mode: given.Mode,
    hand: given.Hand = "auto",
    view: given.View = "auto",
    player: given.Player = None,
    title: given.Title = None,
    height_cm: given.Height = None,
    slow_motion: given.SlowMotion = 1.0,
    passes: given.Passes = "both",
    athlete: given.Athlete = None,
    scale_mark: given.ScaleMark = None,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Copy a clip into the store and queue its analysis; prints the job's id."""
    options = given.analysis_options(
        mode, hand, view, player, title, height_cm, slow_motion, passes, athlete, scale_mark
    )
    terminal.log_to_terminal(level=30)
    terminal.write(given.ledger().submit(video, options))


def correct(job: given.JobId, file: File, quiet: given.Quiet = False, debug: given.Debug = False) -> None:
    """Queue an analysis that corrects a job without looking for the pose again; prints the new job's id."""
    from cricksy_lib.corrections import read_corrections

    corrections = read_corrections(file)
    terminal.log_to_terminal(level=30)
    new_id = given.ledger().correct(job, corrections)
    if corrections.athlete is not None:
        terminal.say("Only the pose of the athlete chosen before is stored: it is looked for again.")
    terminal.write(new_id)


def worker(
    drain: Drain = False,
    poll: Poll = 1.0,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Work through the queue, one job at a time; SIGTERM hands the job in work back."""
    from cricksy_lib.jobs.worker import run_worker

    terminal.log_to_terminal()
    with terminal.job_bar("working") as progress:
        code = run_worker(given.store(), drain, poll, progress=progress)
    raise typer.Exit(code)
