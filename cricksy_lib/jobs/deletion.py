"""Deleting jobs for good: everything that names them, and a video when no other job does."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cricksy_lib.errors import DamagedObjectError, StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Asked
from cricksy_lib.jobs.parallel import in_parallel
from cricksy_lib.jobs.record import JobRequest
from cricksy_lib.jobs.store import Store, every_key
from cricksy_lib.jobs.view import load_request
from cricksy_lib.settings import Settings


@dataclass(frozen=True)
class Deletion:
    """The proof of a deletion.

    Attributes
    ----------
    deleted : the keys that are gone, in the order in which they went.
    videos_deleted, videos_kept : how many videos went, and how many other jobs still name.
    """

    deleted: tuple[str, ...]
    videos_deleted: int
    videos_kept: int

    @property
    def video_deleted(self) -> bool:
        """Whether no video is left that these jobs named."""
        return self.videos_kept == 0


@dataclass(frozen=True)
class Doomed:
    """A job to delete, as far as is known what belongs to it.

    Attributes
    ----------
    job_id : the job.
    player_key : what a trend takes from it, if it has a player.
    video_sha256 : its video; None if ``job.json`` is damaged (the video is then found as one without a job).
    """

    job_id: str
    player_key: str | None = None
    video_sha256: str | None = None

    @classmethod
    def of(cls, request: JobRequest) -> Doomed:
        """Return what belongs to the job of a request."""
        player = request.options.player
        key = layout.player_job(player, request.id) if player is not None else None
        return cls(request.id, key, request.video_sha256)

    def markers(self) -> list[str]:
        """Return the keys outside the job's own folder."""
        keys = [layout.queue(self.job_id), layout.awaiting(self.job_id), layout.recent(self.job_id)]
        if self.video_sha256 is not None:
            keys.append(layout.job_of_video(self.video_sha256, self.job_id))
        return keys if self.player_key is None else [*keys, self.player_key]


def delete_job(store: Store, request: JobRequest, settings: Settings | None = None) -> Deletion:
    """Delete one ended job; see `delete_jobs`."""
    return delete_jobs(store, [Doomed.of(request)], settings)


def delete_jobs(
    store: Store,
    doomed: Collection[Doomed],
    settings: Settings | None = None,
    *,
    tries: int = 1,
    wait_s: float = 2.0,
    sleep: Callable[[float], None] = time.sleep,
) -> Deletion:
    """Delete ended jobs together; run again after a crash, it goes on where it stopped.

    Each is marked first as being deleted, and loses its markers, so that nobody starts on it; ``job.json``
    goes when all else has gone. A video stays if another job names it, which the markers at the video tell.
    This user's copy of the analyst's table goes too.

    Parameters
    ----------
    store : where the jobs lie.
    doomed : the jobs.
    settings : where this user's table is kept; the environment's if not given.
    tries, wait_s, sleep : how often to look, and how long to wait before that, whether a worker that was
        still stopping has written something again.

    Raises
    ------
    StoreError
        If anything of the jobs is still there in the end.
    """
    for job in doomed:
        store.put(layout.deletion(job.job_id), Asked(asked_at=datetime.now(UTC)).as_bytes())
    deleted = _delete(store, (key for job in doomed for key in job.markers()))
    last = {key for job in doomed for key in (layout.request(job.job_id), layout.deletion(job.job_id))}
    deleted += _delete(store, (key for key in _in_folders(store, doomed) if key not in last))
    named = {job.video_sha256 for job in doomed if job.video_sha256 is not None}
    kept = named_elsewhere(store, named, {job.job_id for job in doomed})
    unnamed = sorted(named - kept)
    deleted += _delete(store, (key for sha256 in unnamed for key in of_video(store, sha256)))
    deleted += _delete(store, (layout.request(job.job_id) for job in doomed))
    _forget_table(store, settings)
    _delete(store, (layout.deletion(job.job_id) for job in doomed))
    for left_tries in reversed(range(tries)):
        left = _left(store, doomed, unnamed)
        if not left:
            return Deletion(tuple(deleted), len(unnamed), len(kept))
        if left_tries:
            sleep(wait_s)
            deleted += [key for key in _delete(store, left) if key not in deleted]
    raise StoreError(
        f"{len(left)} objects of the job are still in the store.",
        "Something wrote to the job while it was deleted: wait a minute, then delete it again.",
    )


def _forget_table(store: Store, settings: Settings | None) -> None:
    # Imported here: it brings pandas and PyArrow, which nobody needs who only looks at jobs.
    from cricksy_lib.jobs.table_cache import forget

    forget(store, settings)


def sweep_deleted(store: Store, request: JobRequest) -> None:
    """Delete what was still written for a job after its deletion."""
    if store.size(layout.request(request.id)) is not None:
        return
    doomed = Doomed.of(request)
    keys = [*doomed.markers(), *every_key(store, layout.job_folder(request.id))]
    if not named_elsewhere(store, {request.video_sha256}, {request.id}):
        keys.extend(of_video(store, request.video_sha256))
    _delete(store, keys)


def of_video(store: Store, sha256: str) -> list[str]:
    """List a video under whatever suffix, and what was made of it."""
    prefixes = (layout.video_stem(sha256), layout.video_folder(sha256), layout.poses(sha256))
    return [key for prefix in prefixes for key in every_key(store, prefix)]


def named_elsewhere(store: Store, videos: Collection[str], besides: Collection[str]) -> set[str]:
    """Return which of some videos (by hash) a job that is not among ``besides`` names.

    The jobs with a marker at the video are asked, and no others. A marker whose job is gone, or names another
    video, counts for nothing; one of a job whose ``job.json`` is damaged counts, as that may be restored.
    """
    listed = list(videos)
    named = in_parallel(lambda sha256: _is_named(store, sha256, besides), listed)
    return {sha256 for sha256, is_named in zip(listed, named, strict=True) if is_named}


def _is_named(store: Store, sha256: str, besides: Collection[str]) -> bool:
    for key in every_key(store, layout.jobs_of_video(sha256)):
        job_id = layout.job_of_marker(key)
        if job_id in besides:
            continue
        try:
            request = load_request(store, job_id)
        except DamagedObjectError:
            return True
        if request is not None and request.video_sha256 == sha256:
            return True
    return False


def _in_folders(store: Store, doomed: Iterable[Doomed]) -> list[str]:
    return [key for job in doomed for key in every_key(store, layout.job_folder(job.job_id))]


def _left(store: Store, doomed: Collection[Doomed], unnamed: Iterable[str]) -> list[str]:
    markers = [key for job in doomed for key in job.markers()]
    there = [
        key for key, size in zip(markers, in_parallel(store.size, markers), strict=True) if size is not None
    ]
    videos = [key for sha256 in unnamed for key in of_video(store, sha256)]
    return [*there, *_in_folders(store, doomed), *videos]


def _delete(store: Store, keys: Iterable[str]) -> list[str]:
    """Delete keys; return those that were there."""
    listed = list(keys)
    return [key for key, was in zip(listed, in_parallel(store.delete, listed), strict=True) if was]
