"""``cricksy submit``, ``correct`` and ``worker``: into the queue, and through it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    from cricksy_lib.jobs.record import JobSummary
    from cricksy_lib.jobs.store import Store

Drain = Annotated[bool, typer.Option("--drain", help="End when no work is left, here or with other workers.")]
Poll = Annotated[
    float,
    typer.Option(
        "--poll",
        metavar="SECONDS",
        parser=given.number("--poll", 0.05),
        help="Between two looks at an idle queue.",
    ),
]

Again = Annotated[bool, typer.Option("--again", help="Make a new job, though the same was asked before.")]
ByUpload = Annotated[
    bool,
    typer.Option("--upload", help="Only print where the clip may be sent, as JSON; it need not be here."),
]
Bytes = Annotated[
    int | None,
    typer.Option(
        "--bytes",
        metavar="N",
        parser=given.number("--bytes", 1, whole=True),
        help="Its size, if the clip is not here.",
    ),
]
Sha256 = Annotated[
    str | None, typer.Option("--sha256", metavar="HEX", help="Its SHA-256, if the clip is not here.")
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
    again: Again = False,
    upload: ByUpload = False,
    size: Bytes = None,
    sha256: Sha256 = None,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Copy a clip into the store and queue its analysis; prints the job's id.

    A clip that was submitted before with the same options is not analysed again: its job's id is printed.
    """
    from cricksy_lib.errors import UsageError
    from cricksy_lib.jobs.resubmit import existing
    from cricksy_lib.jobs.uploads import await_upload, expect
    from cricksy_lib.video import sha256_of

    options = given.analysis_options(
        mode, hand, view, player, title, height_cm, slow_motion, passes, athlete, scale_mark
    )
    terminal.log_to_terminal(level=30)
    if not upload and (size is not None or sha256 is not None):
        raise UsageError("Size and hash are asked for clips that are not here.", "Add --upload.")
    if not upload or video.is_file():
        given.look_at(video, options)
    ledger = given.ledger()
    if upload:
        expected = expect(video, size, sha256)
        earlier = None if again else existing(ledger.store, expected.sha256, options)
        if earlier is None:
            job_id, leave = await_upload(ledger.store, expected, options)
            terminal.write(given.upload_as_json(job_id, leave))
            terminal.write(job_id)
            return
    else:
        earlier = None if again else existing(ledger.store, sha256_of(video), options)
    if earlier is not None:
        _say_what_there_is(earlier, "This clip was submitted before with the same options")
        terminal.write(earlier.id)
        return
    terminal.write(ledger.submit(video, options))


def _say_what_there_is(job: JobSummary, before: str) -> None:
    from cricksy_lib.errors import CorrectionsError
    from cricksy_lib.jobs.record import said_of

    failed = job.error.code if job.status == "failed" and job.error is not None else None
    # What does not fit the clip will not fit it at the next try.
    may_help = failed is not None and failed != CorrectionsError.code
    advice = f" Try it again with 'cricksy jobs retry {job.id}'." if may_help else ""
    terminal.say(f"{before}: the job {said_of(job.status)}.{advice} For a new job add --again.")


def correct(
    job: given.JobId,
    file: File,
    again: Again = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Queue an analysis that corrects a job without looking for the pose again; prints the new job's id.

    Where a job was corrected in the same way before, the id of that correction is printed instead.
    """
    from cricksy_lib.corrections import read_corrections
    from cricksy_lib.jobs.layout import check_job_id

    check_job_id(job)
    corrections = read_corrections(file)
    terminal.log_to_terminal(level=30)
    ledger = given.ledger()
    earlier = None if again else ledger.corrected_before(job, corrections)
    if earlier is not None:
        _say_what_there_is(earlier, "This job was corrected before in the same way")
        terminal.write(earlier.id)
        return
    new_id = ledger.correct(job, corrections)
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
    store = given.store()
    with terminal.bar("working", over_stages=True) as progress:
        code = run_worker(
            store,
            drain,
            poll,
            progress=progress,
            ended=lambda job: _say_how_it_ended(store, job),
            none_waited=lambda: terminal.say(f"No job waited in {store.place}."),
        )
    raise typer.Exit(code)


def _say_how_it_ended(store: Store, job_id: str) -> None:
    """Say in one line for people how a job ended, with no word that may hold a player's name."""
    from cricksy_lib.coaching.loader import load_knowledge
    from cricksy_lib.coaching.wording import nothing_found
    from cricksy_lib.jobs.ledger import Ledger

    job = Ledger(store).read(job_id)
    report, findings = job.deep_report or job.quick_report, job.deep_findings or job.quick_findings
    if job.status == "done" and report is not None and findings is not None:
        nothing = nothing_found(findings, load_knowledge().common)
        first = findings.findings[0].title if findings.findings else nothing
        if findings.overall_level == "not_assessed":
            first = "it could not be assessed"
        terminal.say(f"Done: {job.mode} job {job.id}: {first}. See it with 'cricksy dashboard'.")
    elif job.status == "failed" and job.error is not None:
        terminal.say(f"Failed: {job.mode} job {job.id}: {job.error.message} {job.error.advice}")
    elif job.status == "queued":
        terminal.say(f"Handed back: {job.mode} job {job.id} waits for another worker.")
