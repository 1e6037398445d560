"""Deleting a job for good: everything that names it, and the video when nobody else does."""

from __future__ import annotations

from dataclasses import dataclass

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import load
from cricksy_lib.jobs.record import JobRequest
from cricksy_lib.jobs.store import Store, every_folder, every_key


@dataclass(frozen=True)
class Deletion:
    """The proof of a deletion.

    Attributes
    ----------
    deleted : the keys that are gone, in the order in which they went.
    video_deleted : whether the video went too.
    """

    deleted: tuple[str, ...]
    video_deleted: bool


def delete_job(store: Store, request: JobRequest) -> Deletion:
    """Delete an ended job; run again after a crash, it goes on where it stopped.

    The markers go first, so that nobody starts on the job, and ``job.json`` last, so that a deletion that was
    cut short can be repeated.

    Raises
    ------
    StoreError
        If anything of the job is still there in the end.
    """
    job_id = request.id
    keys = [layout.queue(job_id), layout.recent(job_id)]
    if request.options.player is not None:
        keys.append(layout.player_job(request.options.player, job_id))
    own = [key for key in every_key(store, layout.job_folder(job_id)) if key != layout.request(job_id)]
    deleted = [key for key in (*keys, *own) if store.delete(key)]
    video_deleted = not _named_by_another(store, request)
    if video_deleted:
        for key in _of_video(store, request.video_sha256):
            if store.delete(key):
                deleted.append(key)
    if store.delete(layout.request(job_id)):
        deleted.append(layout.request(job_id))
    left = [
        key for key in (*keys, *every_key(store, layout.job_folder(job_id))) if store.size(key) is not None
    ]
    if video_deleted:
        left.extend(_of_video(store, request.video_sha256))
    if left:
        raise StoreError(
            f"{len(left)} objects of the job are still in the store.",
            "Something wrote to the job while it was deleted: wait a minute, then delete it again.",
        )
    return Deletion(tuple(deleted), video_deleted)


def sweep_deleted(store: Store, request: JobRequest) -> None:
    """Delete what was still written for a job after its deletion."""
    keys = list(every_key(store, layout.job_folder(request.id)))
    if not _named_by_another(store, request):
        keys.extend(_of_video(store, request.video_sha256))
    for key in keys:
        store.delete(key)


def _of_video(store: Store, sha256: str) -> list[str]:
    prefixes = (layout.video_stem(sha256), layout.video_folder(sha256), layout.poses(sha256))
    return [key for prefix in prefixes for key in every_key(store, prefix)]


def _named_by_another(store: Store, request: JobRequest) -> bool:
    """Ask every job: a list of who names what would be a second copy of the truth."""
    for job_id in every_folder(store, layout.JOBS):
        if job_id != request.id:
            other = load(store, layout.request(job_id), JobRequest)
            if other is not None and other.video_sha256 == request.video_sha256:
                return True
    return False
