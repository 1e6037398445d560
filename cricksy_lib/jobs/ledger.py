"""The jobs of a store as everybody sees them: submit, read, list, cancel, retry, delete."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from uuid6 import uuid7

from cricksy_lib.corrections import NONE, Corrections, check_sequence
from cricksy_lib.errors import DamagedObjectError, JobStateError, ResultsError, StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.deletion import Deletion, Doomed, delete_job, delete_jobs
from cricksy_lib.jobs.documents import Asked, read_limited
from cricksy_lib.jobs.newest import NewestJobs
from cricksy_lib.jobs.record import STAGE_OF, TERMINAL, Job, JobError, JobRequest, JobSummary, said_of
from cricksy_lib.jobs.resubmit import existing
from cricksy_lib.jobs.scratch import scratch_folder
from cricksy_lib.jobs.store import Store, every_key
from cricksy_lib.jobs.view import JobView, load_request, require_view
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose_identity import RAW_POSE_FILE
from cricksy_lib.results import (
    MAX_RESULTS_BYTES,
    AnalysisPass,
    InvalidResultsError,
    Results,
    parse_results,
    results_name,
)
from cricksy_lib.settings import Settings, get_settings

if TYPE_CHECKING:
    from cricksy_lib.video import VideoInfo


class Ledger:
    """The jobs of one store.

    Parameters
    ----------
    store : where the jobs lie.
    settings : limits for submitted videos; the environment's if not given.
    """

    def __init__(self, store: Store, settings: Settings | None = None) -> None:
        self.store = store
        self.settings = settings or get_settings()
        self._newest = NewestJobs(store)
        self._looked_at: tuple[str, VideoInfo, list[float]] | None = None

    def submit(self, video: Path, options: AnalysisOptions) -> str:
        """Copy a video in (once, by its hash) and queue its analysis.

        The video is probed first: one that cannot be used is refused before anything is stored.

        Returns
        -------
        The new job's id.

        Raises
        ------
        VideoError
            If the video cannot be used.
        UsageError
            If the point on the athlete is not in it.
        StoreError
            If the store cannot be written.
        """
        from cricksy_lib.video import probe, sha256_of

        info = probe(video, self.settings)
        options.check_fits(info.width, info.height, info.duration_s)
        sha256 = sha256_of(video)
        video_key = next(every_key(self.store, layout.video_stem(sha256)), None)
        video_key = video_key or layout.video(sha256, video.suffix)
        self.store.put(video_key, video, create_only=True)
        if self.store.size(video_key) != info.bytes:
            raise StoreError(
                "The video changed while it was copied.", "Submit it again when its copying is over."
            )
        job_id = str(uuid7())
        request = JobRequest(
            id=job_id,
            created_at=layout.created_at(job_id),
            options=options,
            video_sha256=sha256,
            video_key=video_key,
            video_filename=video.name,
            video_bytes=info.bytes,
        )
        self._write_request(request)
        # A delete of the last job that named this video may have been under way.
        self.store.put(video_key, video, create_only=True)
        self._put_on_queue(job_id)
        return job_id

    def correct(self, job_id: str, corrections: Corrections) -> str:
        """Queue an analysis of the same video, options and player in which corrections hold.

        They are laid over those of the older job, if it is a correction itself. The pose that the older one
        used is used again, unless another athlete is marked. Nothing is stored if a correction does not fit.

        Returns
        -------
        The new job's id.

        Raises
        ------
        JobNotFoundError
            If there is no such job.
        JobStateError
            If the job is not done.
        CorrectionsError
            If a correction does not fit the discipline or the clip, or an event not among those of the older
            job. Where landmarks, athlete, hand or view change what is found, only the analysis can tell.
        ResultsError
            If the older job's results are damaged.
        StoreError
            If the store cannot be read or written.
        """
        older = require_view(self.store, job_id)
        if older.status != "done":
            raise JobStateError(
                f"The job {said_of(older.status)}.", "Only a job that is done can be corrected."
            )
        held = self._fitted(older.request, corrections)
        if not corrections.changes_what_is_found:
            results = self._latest(older)
            if results is not None:
                found = [event for event in results.events if not event.corrected]
                check_sequence(older.request.options.mode, found, held.timed_events)
        new_id = str(uuid7())
        pose_key = older.done.artefacts.get(RAW_POSE_FILE) if older.done is not None else None
        request = older.request.model_copy(
            update={
                "id": new_id,
                "created_at": layout.created_at(new_id),
                "corrects": job_id,
                "first_job": self._first_of(older.request),
                "corrections": held,
                "upload_key": None,
                "pose_key": pose_key if corrections.athlete is None else None,
            }
        )
        self._write_request(request)
        if self.store.size(request.video_key) is None:  # a delete of the older job was under way
            self.store.delete(layout.job_of_video(request.video_sha256, new_id))
            self.store.delete(layout.request(new_id))
            raise _no_video()
        self._put_on_queue(new_id)
        return new_id

    def corrected_before(self, job_id: str, corrections: Corrections) -> JobSummary | None:
        """Return the job that `correct` made of a job and the same corrections; None if there is none.

        The same is what holds in the end: in whatever order, and by frame or by time.

        Raises
        ------
        JobNotFoundError, JobStateError, CorrectionsError
            As `correct` does.
        """
        older = require_view(self.store, job_id).request
        held = self._fitted(older, corrections)
        info, times_s = self._clip(older)
        return existing(
            self.store,
            older.video_sha256,
            older.options,
            corrects=job_id,
            corrections=held,
            as_it_holds=lambda given: given.resolved(info, times_s),
        )

    def _fitted(self, older: JobRequest, corrections: Corrections) -> Corrections:
        """Return all that holds in a job that corrects another; refuse what does not fit the clip."""
        info, times_s = self._clip(older)
        fitted = corrections.fitted_to(older.options.mode, info, times_s)
        return (older.corrections or NONE).resolved(info, times_s).followed_by(fitted)

    def _clip(self, request: JobRequest) -> tuple[VideoInfo, list[float]]:
        """Return what a job's clip is and the seconds of its frames.

        The last one looked at is remembered, for a store elsewhere sends all of it.
        """
        from cricksy_lib.video import probe, read_timeline

        if self._looked_at is None or self._looked_at[0] != request.video_sha256:
            with scratch_folder() as scratch:
                video = self.store.local(request.video_key, Path(scratch))
                if video is None:
                    raise _no_video()
                times_s = read_timeline(video, self.settings).times_s.tolist()
                self._looked_at = request.video_sha256, probe(video, self.settings), times_s
        return self._looked_at[1:]

    def _first_of(self, request: JobRequest) -> str:
        """Return the job with which a chain of corrections began; older ones name only the one before."""
        while request.first_job is None and request.corrects is not None:
            before = self._request_before(request.corrects)
            if before is None or before.id >= request.id:  # gone, or none of ours: ids sort by time
                return request.corrects
            request = before
        return request.first_job or request.id

    def _request_before(self, job_id: str) -> JobRequest | None:
        try:
            return load_request(self.store, job_id)
        except DamagedObjectError:
            return None

    def _write_request(self, request: JobRequest) -> None:
        self.store.put(layout.request(request.id), request.as_bytes(), create_only=True)
        self.store.put(layout.job_of_video(request.video_sha256, request.id), b"", create_only=True)

    def _put_on_queue(self, job_id: str) -> None:
        self.store.put(layout.recent(job_id), b"", create_only=True)
        self.store.put(layout.queue(job_id), b"")

    def read(self, job_id: str) -> Job:
        """Read a job afresh, with URLs made for this moment.

        Raises
        ------
        JobNotFoundError
            If there is no such job.
        StoreError
            If the store cannot be read.
        """
        view = require_view(self.store, job_id)
        row = view.summary().model_dump(exclude={"top_finding", "status", "stage", "error"})
        status, error = view.status, view.error
        quick, deep = self.results_key(view, "quick"), self.results_key(view, "deep")
        quick_results = deep_results = None
        try:
            quick_results = self.results(quick) if quick else None
            deep_results = self.results(deep) if deep else None
        except ResultsError as damaged:
            # Without findings and report a job is not done, whatever was written when it ended.
            if status == "done":
                status = "failed"
                error = JobError(code=damaged.code, message=damaged.cause, advice=damaged.advice)
        return Job(
            **row,
            status=status,
            stage=STAGE_OF[status],
            error=error,
            quick_findings=quick_results.findings if quick_results else None,
            quick_report=quick_results.report if quick_results else None,
            deep_findings=deep_results.findings if deep_results else None,
            deep_report=deep_results.report if deep_results else None,
            quick_results_s3_key=quick,
            deep_results_s3_key=deep,
            quick_results_url=self._url(quick),
            deep_results_url=self._url(deep),
            video_url=self._url(self._playable(view)),
            overlay_url=self._url(self._artefact(view, "overlay.mp4")),
            notebook_url=self._url(self._notebook(view)),
            report_url=self._url(self._artefact(view, "report.html")),
        )

    def results(self, key: str) -> Results:
        """Return the checked results stored under a key that a `Job` names.

        Raises
        ------
        ResultsError
            If they are gone or damaged.
        """
        advice = "Try the job again with 'cricksy jobs retry'."
        try:
            content = read_limited(self.store, key, MAX_RESULTS_BYTES)
        except DamagedObjectError as error:
            raise ResultsError("The job's stored results are too large to be results.", advice) from error
        if content is None:
            raise ResultsError("The job's results are no longer in the store.", advice)
        try:
            return parse_results(content)
        except InvalidResultsError as error:
            raise ResultsError(
                "The job's stored results lack findings or report, or are damaged.", advice
            ) from error

    def latest_results(self, job_id: str) -> Results | None:
        """Return the results of a job's deepest finished pass; None while there are none."""
        return self._latest(require_view(self.store, job_id))

    def _latest(self, view: JobView) -> Results | None:
        key = self.results_key(view, "deep") or self.results_key(view, "quick")
        return self.results(key) if key is not None else None

    def artefact(self, job_id: str, name: str) -> bytes | None:
        """Return one object of the current attempt (``report.html``, say), or None if it has none."""
        key = self._artefact(require_view(self.store, job_id), name)
        return self.store.get(key) if key else None

    def summaries(self, limit: int = 50) -> list[JobSummary]:
        """Return the newest jobs, newest first, at a cost that does not grow with the store (`newest`)."""
        return self._newest.rows(limit)

    def cancel(self, job_id: str) -> None:
        """Ask for a job to end; whoever works on it stops. A cancelled job stays cancelled.

        Raises
        ------
        JobStateError
            If the job is done or failed already.
        """
        view = require_view(self.store, job_id)
        if view.status == "cancelled":
            return
        if view.terminal:
            raise JobStateError(
                f"The job {said_of(view.status)} already.", "There is nothing left to cancel."
            )
        numbers = view.numbers
        attempt = numbers.attempt if view.counts else numbers.next_attempt
        self.store.put(layout.cancel(job_id, attempt), _asked_now(), create_only=True)
        if not view.held:
            self.store.delete(layout.queue(job_id))

    def retry(self, job_id: str) -> None:
        """Queue a failed or cancelled job again; its next attempt starts afresh.

        Raises
        ------
        JobStateError
            If the job is neither failed nor cancelled.
        """
        view = require_view(self.store, job_id)
        status = self.read(job_id).status if view.status == "done" else view.status
        if status not in TERMINAL - {"done"}:
            raise JobStateError(
                f"The job {said_of(status)}.",
                "Only a failed or cancelled job can be tried again.",
            )
        numbers = view.numbers
        ended = max(numbers.attempt, *numbers.cancels, 0)
        self.store.put(layout.retry(job_id, ended), _asked_now(), create_only=True)
        self.store.put(layout.queue(job_id), b"")

    def delete(self, job_id: str) -> Deletion:
        """Delete a job, everything made for it, and its video if no other job names it.

        A damaged job goes too, whatever its state. Its video stays until `verify` finds that no job names it.

        Returns
        -------
        What went, looked up again after it was deleted.

        Raises
        ------
        JobStateError
            If the job is still queued or running.
        """
        try:
            view = require_view(self.store, job_id)
        except DamagedObjectError:
            return delete_jobs(self.store, [Doomed(job_id)], self.settings)
        begun = layout.deletion(job_id) in view.numbers.keys
        if not view.terminal and not begun:
            raise JobStateError(
                f"The job {said_of(view.status)}.",
                f"Cancel it first: cricksy jobs cancel {job_id}",
            )
        return delete_job(self.store, view.request, self.settings)

    def results_key(self, view: JobView, analysis_pass: AnalysisPass) -> str | None:
        """Return the key of a finished pass's results, or None while it is not finished."""
        state = view.current_state
        if state is None:
            return None
        if analysis_pass == "quick" and state.quick_completed_at is None:
            return None
        if analysis_pass == "deep" and (state.deep_completed_at is None or view.done is None):
            return None
        return layout.artefact(view.request.id, view.attempt, results_name(analysis_pass))

    def _artefact(self, view: JobView, name: str) -> str | None:
        key = layout.artefact(view.request.id, view.attempt, name)
        return key if view.counts and key in view.numbers.keys else None

    def _notebook(self, view: JobView) -> str | None:
        return self._artefact(view, layout.notebook_name("deep")) or self._artefact(
            view, layout.notebook_name("quick")
        )

    def _playable(self, view: JobView) -> str | None:
        for key in (layout.proxy(view.request.video_sha256), view.request.video_key):
            if self.store.size(key) is not None:
                return key
        return None

    def _url(self, key: str | None) -> str | None:
        return self.store.url(key) if key is not None else None


def _no_video() -> JobStateError:
    return JobStateError("The job's video is no longer in the store.", "Submit the clip again.")


def _asked_now() -> bytes:
    return Asked(asked_at=datetime.now(UTC)).as_bytes()
