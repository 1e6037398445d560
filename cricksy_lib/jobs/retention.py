"""Letting go of what is old: ended jobs that were asked for before a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cricksy_lib.errors import DamagedObjectError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.deletion import Deletion, Doomed, delete_jobs
from cricksy_lib.jobs.parallel import in_parallel
from cricksy_lib.jobs.record import JobRequest
from cricksy_lib.jobs.store import PAGE_SIZE, Store, every_folder
from cricksy_lib.jobs.view import JobView, read_view


@dataclass(frozen=True)
class Old:
    """The jobs asked for before a day, the oldest first.

    Attributes
    ----------
    before : the instant (UTC).
    ended : those that may go.
    unfinished : the ids of those that stay, as they are still queued or being analysed.
    damaged : the ids of those that cannot be read.
    """

    before: datetime
    ended: tuple[JobRequest, ...]
    unfinished: tuple[str, ...]
    damaged: tuple[str, ...]


def old_jobs(store: Store, days: float, now: datetime | None = None) -> Old:
    """Find the jobs that were asked for more than ``days`` ago.

    Job ids sort by time, so only what is old is read. Deletes nothing.
    """
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    ids = list(_ids_before(store, before))

    def read(job_id: str) -> JobView | DamagedObjectError | None:
        try:
            return read_view(store, job_id)
        except DamagedObjectError as error:
            return error

    ended: list[JobRequest] = []
    unfinished: list[str] = []
    damaged: list[str] = []
    for job_id, view in zip(ids, in_parallel(read, ids), strict=True):
        if isinstance(view, DamagedObjectError):
            damaged.append(job_id)
        elif view is not None and view.terminal:
            ended.append(view.request)
        elif view is not None:
            unfinished.append(job_id)
    return Old(before, tuple(ended), tuple(unfinished), tuple(damaged))


def let_go(store: Store, old: Old) -> Deletion:
    """Delete the ended ones for good, with the videos that no younger job names.

    Raises
    ------
    StoreError
        If anything of them is still there in the end.
    """
    return delete_jobs(store, [Doomed.of(request) for request in old.ended])


def _ids_before(store: Store, before: datetime) -> Iterator[str]:
    for job_id in every_folder(store, layout.JOBS, PAGE_SIZE):
        if not layout.is_job_id(job_id):
            continue
        if layout.created_at(job_id) >= before:
            return
        yield job_id
