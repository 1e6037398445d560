"""Jobs whose video is sent from elsewhere: leave to send it, checks when it has come, an end to waiting."""

from __future__ import annotations

import logging
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from uuid6 import uuid7

from cricksy_lib.errors import (
    CricksyError,
    DamagedObjectError,
    JobStateError,
    StoreError,
    UploadError,
    UsageError,
)
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.claims import claim_attempt, end_failed
from cricksy_lib.jobs.deletion import sweep_deleted
from cricksy_lib.jobs.documents import Document
from cricksy_lib.jobs.record import JobError, JobRequest
from cricksy_lib.jobs.scratch import scratch_folder
from cricksy_lib.jobs.store import Store, Upload, every_key
from cricksy_lib.jobs.view import JobView, read_view, require_view
from cricksy_lib.moments import Moment
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.settings import Settings

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 5.0


class Uploaded(Document):
    """``uploaded.json``: the video has come, and is what was announced."""

    checked_at: Moment


@dataclass(frozen=True)
class Expected:
    """The video that is to come.

    Attributes
    ----------
    filename : what its owner calls it.
    size : bytes.
    sha256 : of its content, in lower-case hexadecimal digits.
    """

    filename: str
    size: int
    sha256: str


def expect(video: Path, size: int | None = None, sha256: str | None = None) -> Expected:
    """Describe a video, from the file if it is here.

    Raises
    ------
    UsageError
        If it is not here and not described, or not as described.
    """
    from cricksy_lib.video import sha256_of

    if video.is_file():
        here = Expected(video.name, video.stat().st_size, sha256_of(video))
        if (size or here.size, (sha256 or here.sha256).lower()) != (here.size, here.sha256):
            raise UsageError(
                "The clip has another size or hash than given.", "Leave --bytes and --sha256 out."
            )
        return here
    if size is None or sha256 is None or not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise UsageError(
            "The clip is not here, and its size or hash (64 hexadecimal digits) is not given.",
            "Give --bytes and --sha256.",
        )
    return Expected(video.name, size, sha256.lower())


def await_upload(store: Store, expected: Expected, options: AnalysisOptions) -> tuple[str, Upload]:
    """Make a job that waits for its video.

    Returns
    -------
    The new job's id, and leave to send the video.

    Raises
    ------
    UsageError
        If the store takes no uploads.
    StoreError
        If the store cannot be written.
    """
    job_id = str(uuid7())
    upload = _leave(store, job_id, expected.size)
    stored = next(every_key(store, layout.video_stem(expected.sha256)), None)
    request = JobRequest(
        id=job_id,
        created_at=layout.created_at(job_id),
        options=options,
        video_sha256=expected.sha256,
        video_key=stored or layout.video(expected.sha256, Path(expected.filename).suffix),
        video_filename=expected.filename,
        video_bytes=expected.size,
        upload_key=layout.upload(job_id),
    )
    # The marker first: without it nobody would end the wait.
    store.put(layout.awaiting(job_id), b"", create_only=True)
    store.put(layout.request(job_id), request.as_bytes(), create_only=True)
    store.put(layout.job_of_video(expected.sha256, job_id), b"", create_only=True)
    store.put(layout.recent(job_id), b"", create_only=True)
    return job_id, upload


def upload_of(store: Store, job_id: str) -> Upload:
    """Return leave to send the video of a job that waits for it, made for this moment.

    Raises
    ------
    JobNotFoundError, JobStateError
        If there is no such job, or it does not wait.
    """
    view = require_view(store, job_id)
    if view.status != "awaiting_upload":
        raise _not_waiting(view)
    return _leave(store, job_id, view.request.video_bytes)


def confirm(store: Store, settings: Settings, job_id: str) -> None:
    """Check the video that has come for a job, and queue the job; one that is queued already is left alone.

    Raises
    ------
    JobNotFoundError, JobStateError
        If there is no such job, it ended, or its video has not come yet.
    VideoError, UsageError
        If what has come is not the video that was announced, or cannot be used; the job is failed then.
    """
    view = require_view(store, job_id)
    if view.terminal or view.request.upload_key is None:
        raise _not_waiting(view)
    if view.status == "awaiting_upload":
        key = layout.upload(job_id)
        if store.size(key) is None:
            raise JobStateError(
                "The job's video has not come yet.",
                f"See 'cricksy jobs upload {job_id}' for where to send it.",
            )
        try:
            _take_in(store, settings, view.request, key)
        except StoreError:
            raise
        except CricksyError as error:
            _fail(store, view, JobError(code=error.code, message=error.cause, advice=error.advice))
            raise
    _settle(store, view.request)


def _take_in(store: Store, settings: Settings, request: JobRequest, key: str) -> None:
    """Check what has come, and store it where videos are."""
    from cricksy_lib.video import probe, sha256_of

    advice = "Submit the clip again, and send it unchanged."
    if store.size(key) != request.video_bytes:
        raise UploadError("The uploaded video has another size than announced.", advice)
    with scratch_folder() as scratch:
        came = store.local(key, Path(scratch))
        if came is None:  # another took it in, or the job was deleted
            return
        if sha256_of(came) != request.video_sha256:
            raise UploadError("The uploaded video has another content than announced.", advice)
        info = probe(came, settings)
        request.options.check_fits(info.width, info.height, info.duration_s)
        store.put(request.video_key, came, create_only=True)
    store.put(
        layout.uploaded(request.id), Uploaded(checked_at=datetime.now(UTC)).as_bytes(), create_only=True
    )
    logger.info("Uploaded video taken in: job_id=%s", request.id)


def _settle(store: Store, request: JobRequest) -> None:
    """Put a job whose video was taken in on the queue; nothing is left of the wait."""
    view = read_view(store, request.id)
    if view is None:
        sweep_deleted(store, request)
    elif view.status == "queued":
        store.put(layout.queue(request.id), b"")
    store.delete(layout.upload(request.id))
    store.delete(layout.awaiting(request.id))


def _fail(store: Store, view: JobView, error: JobError) -> None:
    """End a job that waited, as the holder of an attempt of its own."""
    job_id, attempt = view.request.id, view.numbers.next_attempt
    if not claim_attempt(store, job_id, attempt, secrets.token_hex(8)):
        return
    end_failed(store, job_id, attempt, error)
    store.delete(layout.upload(job_id))
    store.delete(layout.awaiting(job_id))


class UploadWatch:
    """Looks now and then after the jobs that wait: at the cost of one list, and more only for those.

    Parameters
    ----------
    store : where the jobs lie.
    settings : limits of videos, and how long a job waits.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._looked_at = float("-inf")

    def look(self) -> None:
        """Take in what has come, end what has waited too long, and clear up after what is over."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at = now
        for key in list(every_key(self._store, layout.AWAITING)):
            try:
                self._look_at(layout.job_of_marker(key))
            except DamagedObjectError as error:
                logger.error("Upload passed over: %s", error.cause)

    def _look_at(self, job_id: str) -> None:
        store = self._store
        # No lease hangs on this: a clock that is some minutes off does no harm in a day.
        waited_s = (datetime.now(UTC) - layout.created_at(job_id)).total_seconds()
        expired = waited_s > self._settings.upload_expiry_seconds
        view = read_view(store, job_id)
        if view is None:
            if expired:  # else it may be about to be made
                store.delete(layout.upload(job_id))
                store.delete(layout.awaiting(job_id))
        elif view.status != "awaiting_upload":
            _settle(store, view.request)
        elif store.size(layout.upload(job_id)) is not None:
            try:
                confirm(store, self._settings, job_id)
            except StoreError:
                raise
            except CricksyError as error:
                logger.warning("Upload refused: job_id=%s code=%s", job_id, error.code)
        elif expired:
            _fail(store, view, _EXPIRED)


_EXPIRED = JobError(
    code="upload_expired",
    message="The job's video was not uploaded in time.",
    advice="Submit the clip again.",
)


def _leave(store: Store, job_id: str, size: int) -> Upload:
    upload = store.put_url(layout.upload(job_id), size)
    if upload is None:
        raise UsageError(
            "A store in a folder takes no uploads from elsewhere.",
            "Leave --upload out, or set CRICKSY_STORE to s3://bucket/prefix.",
        )
    return upload


def _not_waiting(view: JobView) -> JobStateError:
    return JobStateError(
        f"The job is {view.status.replace('_', ' ')}, and waits for no video.",
        f"See what came of it: cricksy jobs show {view.request.id}",
    )
