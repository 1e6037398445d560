"""``cricksy jobs``: what is in the store, and what may be asked of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    from cricksy_lib.jobs.record import Job

app = typer.Typer(help="List, show, cancel, retry or delete jobs.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for other programs.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest first.")]


@app.command("list")
def list_jobs(as_json: AsJson = False, limit: Limit = 50, quiet: given.Quiet = False) -> None:
    """List jobs, the newest first."""
    rows = given.ledger().summaries(limit)
    if as_json:
        terminal.write(
            json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False, indent=1)
        )
        return
    if not rows:
        terminal.say("There are no jobs yet.")
        return
    terminal.table(
        ("id", "made", "discipline", "player", "title", "status", "done", "first finding"),
        [
            (
                row.id,
                f"{row.created_at.astimezone():%Y-%m-%d %H:%M}",
                row.mode,
                row.player or "",
                row.title,
                row.status.replace("_", " "),
                f"{row.progress_pct:.0f} %",
                row.top_finding or "",
            )
            for row in rows
        ],
    )


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
        f"status    {job.status.replace('_', ' ')}, {job.progress_pct:.0f} %, attempt {job.attempt}",
    ]
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
        ("notebook", job.notebook_url),
    )
    lines.extend(f"{name:<9} {url}" for name, url in named if url is not None)
    return lines


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
def delete(job: given.JobId) -> None:
    """Delete a job for good, with everything made for it, and its video if no other job names it."""
    gone = given.ledger().delete(job)
    for key in gone.deleted:
        terminal.write(key)
    video = "its video included" if gone.video_deleted else "but not its video, which another job names"
    terminal.say(f"Deleted {len(gone.deleted)} objects of the job, {video}; looked again, and none is left.")
