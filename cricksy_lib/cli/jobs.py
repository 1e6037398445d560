"""``cricksy jobs``: what is in the store, and what may be asked of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    from cricksy_lib.jobs.record import Job, JobSummary

app = typer.Typer(
    help="List, show, cancel, retry or delete jobs; verify the store, erase a player, let go of old jobs.",
    no_args_is_help=True,
)

Listed = Annotated[bool, typer.Option("--list", help="Also print the key of every object that went.")]
OnlyIds = Annotated[
    bool, typer.Option("--quiet", help="The ids alone, one a line.", callback=terminal.set_quiet)
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for other programs.")]
Limit = Annotated[
    int,
    typer.Option(
        "--limit",
        metavar="N",
        parser=given.number("--limit", 1, whole=True),
        help="At most so many, the newest first.",
    ),
]


@app.command("list")
def list_jobs(as_json: AsJson = False, limit: Limit = 50, quiet: OnlyIds = False) -> None:
    """List jobs, the newest first: two lines each, the second with the id; a correction has a third."""
    ledger = given.ledger()
    rows = ledger.summaries(limit)
    if as_json:
        terminal.write(
            json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False, indent=1)
        )
    elif quiet:
        for row in rows:
            terminal.write(row.id)
    elif not rows:
        terminal.say(f"There are no jobs yet in {ledger.store.place}.")
    else:
        for row in rows:
            for line in _in_lines(row):
                terminal.write_cut(line)


def _in_lines(row: JobSummary) -> list[str]:
    """Return what a job is, its id and finding, and what it corrects: an id must fit into any terminal."""
    named = f"{row.title} ({row.player})" if row.player else row.title
    first = f"first: {row.top_finding}" if row.top_finding else ""
    found = f"  {row.error.message if row.error else first}".rstrip()
    lines = [
        f"{row.created_at.astimezone():%Y-%m-%d %H:%M %Z}  {_state(row):<20} {row.mode:<14} {named}",
        f"  {row.id}{found}",
    ]
    return lines if row.corrects is None else [*lines, f"  corrects {row.corrects}"]


def _state(job: Job | JobSummary) -> str:
    """Return status and progress; a queued job has none, whatever an attempt before it had reached."""
    status = job.status.replace("_", " ")
    running = job.status in ("quick_running", "quick_done", "deep_running")
    return f"{status}, {job.progress_pct:.0f} %" if running else status


@app.command()
def show(job: given.JobId, as_json: AsJson = False, quiet: given.Quiet = False) -> None:
    """Show one job, read afresh."""
    read = given.ledger().read(job)
    if as_json:
        terminal.write(json.dumps(read.model_dump(mode="json"), ensure_ascii=False, indent=1))
        return
    for line in _lines(read):
        terminal.write(line)


def _lines(job: Job) -> list[str]:
    lines = [
        f"{job.title} ({job.mode})",
        f"status    {_state(job)}" + (f", attempt {job.attempt}" if job.attempt else ""),
        f"submitted {job.created_at.astimezone():%Y-%m-%d %H:%M %Z}",
    ]
    if job.player is not None:
        lines.append(f"player    {job.player}")
    if job.corrects is not None:
        lines.append(f"corrects  {job.corrects}")
    if job.error is not None:
        lines.append(f"failed    {job.error.message} {job.error.advice}")
    findings, report = job.deep_findings or job.quick_findings, job.deep_report or job.quick_report
    if report is not None:
        lines.append(f"summary   {report.summary}")
    if findings is not None:
        lines.extend(
            f"{finding.severity:<9} {finding.title}: {finding.message}" for finding in findings.findings
        )
    named = (
        ("results", job.deep_results_url or job.quick_results_url),
        ("video", job.video_url),
        ("overlay", job.overlay_url),
        ("page", job.report_url),
        ("notebook" if _notebook_is_whole(job) else "notebook (stopped)", job.notebook_url),
    )
    lines.extend(f"{name:<9} {url}" for name, url in named if url is not None)
    return lines


def _notebook_is_whole(job: Job) -> bool:
    """Say whether the notebook that is named ran to its end: the deep pass's, where it has begun one."""
    ended = job.deep_completed_at if "deep_analysis" in (job.notebook_url or "") else job.quick_completed_at
    return ended is not None


@app.command()
def upload(job: given.JobId) -> None:
    """Print anew where and how to send the video that a job waits for, as JSON."""
    from cricksy_lib.jobs.uploads import upload_of

    terminal.write(given.upload_as_json(job, upload_of(given.store(), job)))


@app.command()
def confirm(job: given.JobId) -> None:
    """Check the video that was uploaded for a job, and queue it; workers do the same by themselves."""
    from cricksy_lib.jobs.uploads import confirm as check
    from cricksy_lib.settings import get_settings

    check(given.store(), get_settings(), job)
    terminal.say("The video is whole, and the job queued.")


@app.command()
def cancel(job: given.JobId) -> None:
    """End a job that is queued or running."""
    given.ledger().cancel(job)
    terminal.say("Cancelled.")


@app.command()
def retry(job: given.JobId) -> None:
    """Queue a failed or cancelled job again."""
    given.ledger().retry(job)
    terminal.say("Queued again.")


@app.command()
def delete(job: given.JobId, listed: Listed = False) -> None:
    """Delete a job for good, with everything made for it, and its video if no other job names it."""
    gone = given.ledger().delete(job)
    if listed:
        for key in gone.deleted:
            terminal.write(key)
    video = "its video included" if gone.video_deleted else "but not its video, which another job names"
    terminal.say(f"Deleted {len(gone.deleted)} objects of the job, {video}; looked again, and none is left.")
