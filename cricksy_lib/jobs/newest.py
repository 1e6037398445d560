"""The newest jobs, read with few requests however many jobs there are, and fewer when little changed.

A row of the list is a function of a job's keys and of the contents of at most five small documents under
them. Markers under ``recent/`` sort the newest first; job ids are UUIDv7, so the same jobs lie side by side
under ``jobs/``: one listing from the oldest of them on gives the keys of all, 1000 a page, and with each
key a tag that changes whenever its content does.

So a look costs one request for the markers, one for each 1000 keys of the jobs in view, and one for each
document that is new or was written again since the last look. When nothing changed that is none at all;
a running job costs one for each beat of its heart.

Nothing kept can go stale. It is used only under the tag with which this look's listing shows it, and a job
that was tried again, cancelled or deleted shows other keys. A document that was written again between listing
and reading is kept under the older tag, which the next listing will not show: it is then read once more.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from cricksy_lib.errors import DamagedObjectError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Asked, AttemptState, Done, Failed, load
from cricksy_lib.jobs.parallel import in_parallel
from cricksy_lib.jobs.record import JobRequest, JobSummary
from cricksy_lib.jobs.store import PAGE_SIZE, Store
from cricksy_lib.jobs.view import JobView, numbers_of

logger = logging.getLogger(__name__)

_AFTER_ANY_KEY = "~"


@dataclass(frozen=True)
class _Read:
    """A document as it was read under a tag; None where it was gone or is damaged."""

    tag: str
    document: BaseModel | None
    damaged: bool = False


class NewestJobs:
    """The list of a store's jobs; remembers what it read from one look to the next."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, _Read] = {}

    def rows(self, limit: int) -> list[JobSummary]:
        """Return the newest jobs, newest first; damaged ones are left out and named in the log.

        Raises
        ------
        StoreError
            If the store cannot be read.
        """
        rows: list[JobSummary] = []
        used: dict[str, _Read] = {}
        after: str | None = None
        while len(rows) < limit:
            page = self._store.list(layout.RECENT, after=after, limit=min(limit - len(rows), PAGE_SIZE))
            ids = [layout.job_of_marker(key) for key in page.keys]
            ids = [job_id for job_id in ids if layout.is_job_id(job_id)]
            views = self._views(ids, used) if ids else []
            rows.extend(view.summary() for view in views)
            after = page.after
            if after is None:
                break
        self._kept = used
        return rows

    def _views(self, ids: Sequence[str], used: dict[str, _Read]) -> list[JobView]:
        keys = self._keys_of(ids)
        wanted = {key: tag for job_id in ids for key, tag in _documents(job_id, keys[job_id]).items()}
        used.update(self._read(wanted))
        made = (self._view(job_id, keys[job_id], used) for job_id in ids)
        return [view for view in made if view is not None]

    def _keys_of(self, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """List the keys of jobs with their tags; what lies between jobs asked for is skipped by pages."""
        found: dict[str, dict[str, str]] = {job_id: {} for job_id in ids}
        folders = [layout.job_folder(job_id) for job_id in sorted(found)]
        at, after = 0, folders[0]
        while True:
            page = self._store.list(layout.JOBS, after=after)
            for key, tag in zip(page.keys, page.tags, strict=True):
                of_job = found.get(key.removeprefix(layout.JOBS).partition("/")[0])
                if of_job is not None:
                    of_job[key] = tag
            if page.after is None:
                return found
            while at < len(folders) and folders[at] + _AFTER_ANY_KEY < page.after:
                at += 1
            if at == len(folders):
                return found
            after = max(page.after, folders[at])

    def _read(self, wanted: dict[str, str]) -> dict[str, _Read]:
        known = {
            key: kept
            for key, tag in wanted.items()
            if (kept := self._kept.get(key)) is not None and kept.tag == tag
        }
        new = [(key, tag) for key, tag in wanted.items() if key not in known]
        return {**known, **dict(zip((key for key, _ in new), in_parallel(self._read_one, new), strict=True))}

    def _read_one(self, asked: tuple[str, str]) -> _Read:
        key, tag = asked
        try:
            return _Read(tag, load(self._store, key, _kind_of(key)))
        except DamagedObjectError as error:
            job_id = key.removeprefix(layout.JOBS).partition("/")[0]
            logger.warning("Job left out of the list: job_id=%s %s", job_id, error.cause)
            return _Read(tag, None, damaged=True)

    def _view(self, job_id: str, keys: dict[str, str], read: dict[str, _Read]) -> JobView | None:
        documents = [read[key] for key in _documents(job_id, keys)]
        found = {type(one.document): one.document for one in documents if one.document is not None}
        request = found.get(JobRequest)
        if any(one.damaged for one in documents) or not isinstance(request, JobRequest):
            return None
        if request.id != job_id:
            return None
        state, done, failed = found.get(AttemptState), found.get(Done), found.get(Failed)
        asked = found.get(Asked)
        return JobView(
            request,
            numbers_of(frozenset(keys), job_id),
            state if isinstance(state, AttemptState) else None,
            done if isinstance(done, Done) else None,
            failed if isinstance(failed, Failed) else None,
            asked.asked_at if isinstance(asked, Asked) else None,
        )


_KINDS: dict[str, type[BaseModel]] = {
    "job.json": JobRequest,
    "state.json": AttemptState,
    "done.json": Done,
    "failed.json": Failed,
}


def _kind_of(key: str) -> type[BaseModel]:
    return _KINDS.get(key.rpartition("/")[2], Asked)


def _documents(job_id: str, keys: dict[str, str]) -> dict[str, str]:
    """Return those of a job's keys whose contents its row is made of, with their tags."""
    numbers = numbers_of(frozenset(keys), job_id)
    if not numbers.keys:
        return {}
    named = [layout.request(job_id)]
    named += [
        layout.artefact(job_id, numbers.attempt, name) for name in ("done.json", "failed.json", "state.json")
    ]
    if numbers.cancels:
        named.append(layout.cancel(job_id, numbers.cancels[-1]))
    return {key: keys[key] for key in named if key in keys}
