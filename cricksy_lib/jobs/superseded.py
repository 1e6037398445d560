"""Which jobs are left out where every movement counts once: those that a newer correction stands for."""

from __future__ import annotations

from collections.abc import Mapping


def superseded(earlier: Mapping[str, str | None]) -> frozenset[str]:
    """Return the jobs that count no more, as a newer one is of the same movements.

    A job, its corrections and theirs are of the same movements. Only the newest of them that is done counts,
    whichever of them it corrects: who corrects the first job a second time takes the first correction back.

    Parameters
    ----------
    earlier : of every job that is done, the first job of its chain of corrections, or where that is not known
        the one that it corrects; None of a job that corrects none. Jobs named need not be among them.
    """
    newest: dict[str, str] = {}
    first_of = {job_id: _first(job_id, earlier) for job_id in earlier}
    for job_id, first in first_of.items():
        newest[first] = max(job_id, newest.get(first, job_id))  # ids sort by time
    return frozenset(job_id for job_id, first in first_of.items() if newest[first] != job_id)


def _first(job_id: str, earlier: Mapping[str, str | None]) -> str:
    """Return the job with which a chain of corrections began."""
    passed = {job_id}
    while (before := earlier.get(job_id)) is not None:
        if before in passed:  # no job of ours names a newer one, but a store may hold anything
            return min(passed)
        passed.add(before)
        job_id = before
    return job_id
