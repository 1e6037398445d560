"""``cricksy batch``: the queue on Dask, for one machine or a cluster, run by hand or by a timer."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    from cricksy_lib.jobs.batch import Row

JOB_FAILED = 4
STOPPED = 130
WORKERS = 1
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        parser=given.number("--workers", 1, 256, whole=True),
        help="Worker processes on this machine.",
        show_default=str(WORKERS),
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Use the workers of this Dask scheduler instead."),
]
MemoryLimit = Annotated[
    str | None,
    typer.Option(
        "--memory-limit", metavar="SIZE", help="Memory of one job's analysis, as in 4GB; more fails the job."
    ),
]
Poll = Annotated[
    float,
    typer.Option("--poll", metavar="SECONDS", parser=given.number("--poll", 0.05), help="Between two looks."),
]


def batch(
    workers: Workers = None,
    scheduler: Scheduler = None,
    memory_limit: MemoryLimit = None,
    poll: Poll = 0.5,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Work through the queue on Dask until it is empty; exit code 4 if any job failed."""
    from cricksy_lib.errors import UsageError
    from cricksy_lib.settings import get_settings

    if workers is not None and scheduler is not None:
        raise UsageError(
            "--workers starts workers on this machine, and --scheduler takes those of an existing Dask.",
            "Leave one of the two out.",
        )
    settings = get_settings()
    if memory_limit is not None:
        if scheduler is not None:
            raise UsageError(
                "The workers of an existing scheduler have limits of their own.",
                "Leave --memory-limit out, and set CRICKSY_MEMORY_LIMIT_BYTES where they run.",
            )
        settings = settings.model_copy(update={"memory_limit_bytes": _bytes(memory_limit)})
    terminal.log_to_terminal()
    store = given.store()

    from cricksy_lib.jobs.batch import run_batch

    with terminal.bar("batch", over_stages=True) as progress:
        outcome = run_batch(
            store,
            settings,
            workers=workers or WORKERS,
            scheduler=scheduler,
            poll_s=poll,
            progress=progress,
            show=logging.getLogger("cricksy_lib.jobs.batch").log,
        )
    if outcome.rows:
        terminal.table(("job", "status", "seconds", "attempt", "error"), [_cells(r) for r in outcome.rows])
    elif not outcome.stopped:
        terminal.say(f"No job waited in {store.place}.")
    failed = sum(row.error is not None for row in outcome.rows)
    of = terminal.counted(len(outcome.rows), "job")
    terminal.say(
        f"{sum(row.status == 'done' for row in outcome.rows)} done, {failed} failed, "
        f"of {of}{'; stopped before the queue was empty' if outcome.stopped else ''}."
    )
    raise typer.Exit(JOB_FAILED if outcome.failed else STOPPED if outcome.stopped else 0)


def _bytes(text: str) -> int:
    """Read a size in bytes, K, M, G or T (of 1024)."""
    from cricksy_lib.errors import UsageError

    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    size = int(float(found[1]) * _UNITS[found[2].upper()]) if found else 0
    if size < 1:
        raise UsageError(f"The memory limit '{text}' cannot be used.", "Give it as 4GB or 800MB.")
    return size


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.job_id,
        row.status.replace("_", " ") if row.status is not None else "damaged" if row.error else "deleted",
        f"{row.seconds:.1f}" if row.seconds is not None else "",
        str(row.attempt) if row.attempt else "",
        row.error.code if row.error is not None else "",
    )
