"""Which jobs no longer count, since a newer one corrects the same movements."""

from __future__ import annotations

from collections.abc import Mapping


def superseded(corrects: Mapping[str, str | None]) -> set[str]:
    """Return the jobs that another stands for: of one job and all its corrections the newest counts alone.

    Parameters
    ----------
    corrects : the jobs that are done, each with the job that it corrects. That one may be missing here:
        deleted, not done, or beyond what was read.
    """
    newest: dict[str, str] = {}
    for job_id in corrects:
        first = _first(job_id, corrects)
        # Ids are in the order in which the jobs were asked for.
        newest[first] = max(newest.get(first, job_id), job_id)
    return set(corrects) - set(newest.values())


def _first(job_id: str, corrects: Mapping[str, str | None]) -> str:
    """Return the job that a chain of corrections goes back to; damaged documents may make it a ring."""
    seen = {job_id}
    while (older := corrects.get(job_id)) is not None and older not in seen:
        seen.add(older)
        job_id = older
    return job_id
