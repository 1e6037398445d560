"""What a job's objects say together: status, attempt and revision, derived afresh at every look.

The numbers in the keys decide: attempts are claimed in order; a retry with number k lets attempts above k
begin; a cancel above the last retry ends the job, whatever a late worker still writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from cricksy_lib.errors import JobNotFoundError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Asked, AttemptState, Done, Failed, damaged, load
from cricksy_lib.jobs.record import STAGE_OF, TERMINAL, JobError, JobRequest, JobSummary, Status
from cricksy_lib.jobs.store import Store, every_key

_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True)
class Numbers:
    """The numbers in a job's keys, which decide which attempt counts.

    Attributes
    ----------
    keys : all keys of the job.
    claims, cancels, retries : the numbers taken, ascending.
    """

    keys: frozenset[str]
    claims: tuple[int, ...]
    cancels: tuple[int, ...]
    retries: tuple[int, ...]

    @property
    def attempt(self) -> int:
        """The highest claimed attempt, 0 if none."""
        return self.claims[-1] if self.claims else 0

    @property
    def last_retried(self) -> int:
        """The number that attempts must exceed to count."""
        return self.retries[-1] if self.retries else 0

    @property
    def cancelled(self) -> bool:
        """Whether the job is cancelled and was not asked to be tried again since."""
        return bool(self.cancels) and self.cancels[-1] > self.last_retried

    @property
    def claims_since_retry(self) -> tuple[int, ...]:
        """The attempts that count, ascending."""
        return tuple(n for n in self.claims if n > self.last_retried)

    @property
    def next_attempt(self) -> int:
        """The number to claim next."""
        return max(self.attempt, self.last_retried) + 1

    def is_current(self, attempt: int) -> bool:
        """Whether the holder of this claim may go on: nobody cancelled, took over, retried or deleted."""
        return (
            bool(self.keys) and self.attempt == attempt and attempt > self.last_retried and not self.cancelled
        )


def read_numbers(store: Store, job_id: str) -> Numbers:
    """List a job's keys once and read the numbers off them; all empty if ``job.json`` is not there."""
    return numbers_of(frozenset(every_key(store, layout.job_folder(job_id))), job_id)


def numbers_of(keys: frozenset[str], job_id: str) -> Numbers:
    """Read the numbers off all keys of a job; all empty if ``job.json`` is not among them."""
    if layout.request(job_id) not in keys:
        return Numbers(frozenset(), (), (), ())
    return Numbers(keys, *(_numbers(keys, job_id, kind) for kind in ("claims", "cancel", "retries")))


def _numbers(keys: frozenset[str], job_id: str, kind: str) -> tuple[int, ...]:
    prefix = f"{layout.job_folder(job_id)}{kind}/"
    stems = (key[len(prefix) :].removesuffix(".json") for key in keys if key.startswith(prefix))
    return tuple(sorted(int(stem) for stem in stems if _NUMBER.fullmatch(stem)))


@dataclass(frozen=True)
class JobView:
    """One look at a job: the request, the numbers, and the documents of the highest claimed attempt."""

    request: JobRequest
    numbers: Numbers
    state: AttemptState | None
    done: Done | None
    failed: Failed | None
    cancelled_at: datetime | None

    @property
    def attempt(self) -> int:
        """The highest claimed attempt, 0 if none."""
        return self.numbers.attempt

    @property
    def counts(self) -> bool:
        """Whether the highest claimed attempt counts: it was not asked to be tried again since."""
        return self.attempt > self.numbers.last_retried

    @property
    def current_state(self) -> AttemptState | None:
        """The state of the attempt that counts."""
        return self.state if self.counts else None

    @property
    def status(self) -> Status:
        """The job's status."""
        if self.numbers.cancelled:
            return "cancelled"
        if self.counts and self.done is not None:
            return "done"
        if self.counts and self.failed is not None:
            return "failed"
        if self.request.upload_key is not None and layout.uploaded(self.request.id) not in self.numbers.keys:
            return "awaiting_upload"
        state = self.current_state
        return "queued" if state is None or state.handed_back else state.status

    @property
    def terminal(self) -> bool:
        """Whether nothing more will happen unasked."""
        return self.status in TERMINAL

    @property
    def held(self) -> bool:
        """Whether a worker holds the attempt that counts (it may be dead: only its heartbeat tells)."""
        handed_back = self.state is not None and self.state.handed_back
        return self.counts and not self.terminal and not handed_back

    @property
    def revision(self) -> int:
        """A number that grows with every change within an attempt."""
        heartbeat = self.state.heartbeat if self.state is not None else 0
        ended = (self.done is not None) + (self.failed is not None)
        return heartbeat + ended + len(self.numbers.cancels) + len(self.numbers.retries)

    @property
    def progress_pct(self) -> float:
        """Per cent of the current attempt."""
        if self.status == "done":
            return 100.0
        state = self.current_state
        return state.progress_pct if state is not None else 0.0

    @property
    def error(self) -> JobError | None:
        """Why the job failed, if it did."""
        return self.failed.error if self.failed is not None and self.status == "failed" else None

    @property
    def ended_at(self) -> datetime | None:
        """When the job reached its terminal status."""
        if self.status == "cancelled":
            return self.cancelled_at
        if self.status == "done" and self.done is not None:
            return self.done.completed_at
        return self.failed.failed_at if self.status == "failed" and self.failed is not None else None

    @property
    def title(self) -> str:
        """The title given, or the clip's name."""
        return title_of(self.request)

    def summary(self) -> JobSummary:
        """Return one row of a list."""
        state = self.current_state
        return JobSummary(
            id=self.request.id,
            mode=self.request.options.mode,
            player=self.request.options.player,
            title=self.title,
            status=self.status,
            stage=STAGE_OF[self.status],
            progress_pct=self.progress_pct,
            attempt=self.attempt,
            revision=self.revision,
            corrects=self.request.corrects,
            error=self.error,
            created_at=self.request.created_at,
            started_at=state.started_at if state else None,
            quick_completed_at=state.quick_completed_at if state else None,
            deep_completed_at=state.deep_completed_at if state else None,
            completed_at=self.ended_at,
            top_finding=state.top_finding if state else None,
        )


def title_of(request: JobRequest) -> str:
    """Return the title given, or the clip's name."""
    stem = PurePath(request.video_filename).stem
    return request.options.title or "".join(filter(str.isprintable, stem)) or "Clip"


def read_view(store: Store, job_id: str) -> JobView | None:
    """Look at a job; None if there is no such job."""
    numbers = read_numbers(store, job_id)
    request = load_request(store, job_id) if numbers.keys else None
    if request is None:
        return None
    # A holder writes state.json before done.json and never after it, so reading them the other way round
    # never pairs an end with a state from before it.
    attempt = numbers.attempt
    done = load(store, layout.artefact(job_id, attempt, "done.json"), Done)
    failed = load(store, layout.artefact(job_id, attempt, "failed.json"), Failed)
    state = load(store, layout.artefact(job_id, attempt, "state.json"), AttemptState)
    asked = load(store, layout.cancel(job_id, numbers.cancels[-1]), Asked) if numbers.cancels else None
    return JobView(request, numbers, state, done, failed, asked.asked_at if asked else None)


def require_view(store: Store, job_id: str) -> JobView:
    """Look at a job that a user named.

    Raises
    ------
    JobNotFoundError
        If there is no such job.
    """
    view = read_view(store, layout.check_job_id(job_id))
    if view is None:
        raise JobNotFoundError(
            f"There is no job '{job_id}' in this store.",
            "See 'cricksy jobs list' for the jobs there are.",
        )
    return view


def load_request(store: Store, job_id: str) -> JobRequest | None:
    """Read what was asked, or None if there is no such job.

    Raises
    ------
    DamagedObjectError
        If it is damaged, or another job's: whoever acts on it would act on that one.
    """
    request = load(store, layout.request(job_id), JobRequest)
    if request is not None and request.id != job_id:
        raise damaged(layout.request(job_id))
    return request
