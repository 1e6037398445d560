"""The queue worked through on Dask: which jobs are handed to workers, and what came of each.

The batch keeps nothing that the store does not know. It hands out looks at jobs; the claim in the store
decides who works, so a batch, a worker or a scheduler may die at any time, and several may share a queue.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from distributed import Future

from cricksy_lib.errors import ClusterError, DamagedObjectError, StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.cluster import Cluster, check_address, open_cluster
from cricksy_lib.jobs.dask_task import Task
from cricksy_lib.jobs.lease import LeaseWatch
from cricksy_lib.jobs.record import JobError, Status
from cricksy_lib.jobs.scratch import sweep_scratch
from cricksy_lib.jobs.store import Store, every_key
from cricksy_lib.jobs.taking import is_dead, mark_of, take_off_queue, wants_work
from cricksy_lib.jobs.uploads import UploadWatch
from cricksy_lib.jobs.view import JobView, read_view
from cricksy_lib.jobs.worker import signals_set
from cricksy_lib.progress import Progress, silent
from cricksy_lib.settings import Settings

logger = logging.getLogger(__name__)

WAIT_FOR_WORKERS_S = 60.0
_HAND_BACK_S = 15.0
_PAUSE_S = 1.0
_NOTE_EVERY_S = 2.0


@dataclass(frozen=True)
class Row:
    """What came of one job.

    Attributes
    ----------
    status : as it is now; None if the job was deleted, or its documents are damaged.
    seconds : from the attempt's start to its end, or None.
    attempt : the attempt that counts.
    error : why it failed, if it did, or what is damaged.
    """

    job_id: str
    status: Status | None
    seconds: float | None
    attempt: int
    error: JobError | None


@dataclass(frozen=True)
class Outcome:
    """What came of a batch.

    Attributes
    ----------
    rows : every job that was on the queue, oldest first.
    stopped : whether the batch was asked to end before the queue was empty.
    """

    rows: tuple[Row, ...]
    stopped: bool

    @property
    def failed(self) -> bool:
        """Whether any job failed."""
        return any(row.error is not None for row in self.rows)


def run_batch(
    store: Store,
    settings: Settings,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    poll_s: float = 0.5,
    progress: Progress = silent,
    show: Callable[[int, str], None] = logger.log,
    stop: threading.Event | None = None,
) -> Outcome:
    """Work through the queue until nothing is queued, held by others or waiting to be tried again.

    SIGTERM and SIGINT, or ``stop``, end it: the workers hand their jobs back.

    Parameters
    ----------
    store, settings : where the jobs lie, and limits; workers of an existing scheduler use their own limits.
    workers : processes of a cluster of this machine.
    scheduler : address of an existing scheduler instead.
    poll_s : seconds between two looks.
    progress : told how many jobs are over, with those in work counted in part.
    show : given level and text of each line that a worker logs.

    Raises
    ------
    StoreError
        If the store cannot be used from the beginning, or no longer for `Settings.store_patience_seconds`.
    UsageError
        If the scheduler's address cannot be used.
    ClusterError
        If there is no scheduler or no worker, or they are lost for good.
    """
    stop = stop or threading.Event()
    if scheduler is not None:
        check_address(scheduler)
    next(every_key(store, layout.QUEUE), None)  # a store that is not there is said before anything starts
    sweep_scratch()
    with signals_set(stop), open_cluster(workers, scheduler, settings.lease_seconds) as cluster:
        cluster.start(WAIT_FOR_WORKERS_S)
        batch = _Batch(store, settings, cluster, stop)
        try:
            while not stop.is_set() and batch.step():
                progress("jobs", *batch.progress())
                cluster.show_log(show)
                batch.wait(poll_s)
        finally:
            stopped = batch.hand_back()
            cluster.show_log(show)
        return Outcome(tuple(batch.rows()), stopped)


class _Batch:
    def __init__(self, store: Store, settings: Settings, cluster: Cluster, stop: threading.Event) -> None:
        self._store = store
        self._cluster = cluster
        self._stop = stop
        self._settings = settings
        # An existing cluster's machines have settings, folders and limits of their own.
        self._sent: dict[str, Any] = (
            settings.model_dump(mode="json") if cluster.embedded else {"store": settings.store}
        )
        self._leases = LeaseWatch(settings.lease_seconds)
        self._uploads = UploadWatch(store, settings)
        self._running: dict[str, Future] = {}
        self._seen: dict[str, None] = {}
        self._damaged: dict[str, JobError] = {}
        self._over: set[str] = set()
        self._parts: dict[str, float] = {}
        self._lost: Counter[str] = Counter()
        self._noted_at = float("-inf")
        self._refused_at: float | None = None
        self._pause_until = float("-inf")
        self._any_over = threading.Event()
        self._answered_at = time.monotonic()
        self._workers_at = time.monotonic()

    def step(self) -> bool:
        """Take note of what is over and hand out what can be had; False when nothing is left."""
        slots = self._slots()
        self._collect()
        try:
            left = self._look(slots)
        except StoreError as error:
            if time.monotonic() - self._answered_at > self._settings.store_patience_seconds:
                raise
            logger.error("Store not usable, trying again: %s", error.cause)
            return True
        self._answered_at = time.monotonic()
        return left

    def wait(self, seconds: float) -> None:
        """Wait for the end of a task, but not longer than this."""
        self._any_over.wait(seconds)
        self._any_over.clear()

    def _slots(self) -> int:
        slots = self._cluster.slots()
        now = time.monotonic()
        if slots:
            self._workers_at = now
        elif now - self._workers_at > WAIT_FOR_WORKERS_S:
            raise ClusterError(
                "All Dask workers are lost, and none came back.",
                "Their jobs are taken over after a lease: start the batch again when there are workers.",
            )
        return slots

    def _collect(self) -> None:
        for job_id, future in list(self._running.items()):
            if not future.done():
                continue
            del self._running[job_id]
            result = self._cluster.result(future)
            if result is None:
                self._note_loss(job_id)
                continue
            taken, error = result
            if error is not None:
                self._note_refusal(job_id, error)
                continue
            self._refused_at = None
            if taken not in ("waiting", "handed_back", "lost"):
                self._over.add(job_id)
                self._leases.forget(job_id)

    def _note_loss(self, job_id: str) -> None:
        """Count a worker that died; one that dies before it can claim would be replaced without end."""
        self._lost[job_id] += 1
        if self._lost[job_id] > 2 * self._settings.max_attempts + 1:
            raise ClusterError(
                f"Dask's workers keep dying at job {job_id}.",
                "Check the memory of their machines and what they log, then start the batch again.",
            )

    def _note_refusal(self, job_id: str, error: StoreError) -> None:
        """Take note of a worker that cannot use the store; the batch itself may well be able to."""
        if isinstance(error, DamagedObjectError):
            self._note_damage(job_id, error)
            return
        logger.error("A worker cannot use the store: job_id=%s %s", job_id, error.cause)
        now = time.monotonic()
        self._refused_at = self._refused_at if self._refused_at is not None else now
        self._pause_until = now + _PAUSE_S
        if now - self._refused_at > self._settings.store_patience_seconds:
            raise error

    def _note_damage(self, job_id: str, error: DamagedObjectError) -> None:
        logger.error("Job passed over: job_id=%s %s", job_id, error.cause)
        self._damaged[job_id] = JobError(code=error.code, message=error.cause, advice=error.advice)

    def _look(self, slots: int) -> bool:
        """Look through the queue, oldest first, as far as there are hands for what is found."""
        self._uploads.look()
        left = bool(self._running)
        self._note_parts()
        pausing = time.monotonic() < self._pause_until
        for job_id in self._queued():
            self._seen.setdefault(job_id)
            if job_id in self._running or job_id in self._damaged:
                continue
            if pausing or len(self._running) >= slots:
                left = True
                continue
            try:
                view = read_view(self._store, job_id)
            except DamagedObjectError as error:
                self._note_damage(job_id, error)
                continue
            if view is None or not wants_work(view):
                take_off_queue(self._store, job_id)
                self._over.add(job_id)
                continue
            left = True
            self._over.discard(job_id)
            dead = view.held and is_dead(view, self._leases, self._settings)
            if not view.held or dead:
                task = Task(self._cluster.run, job_id, mark_of(view) if dead else None, self._sent)
                self._running[job_id] = self._cluster.submit(task, self._any_over.set)
        return left

    def _queued(self) -> Iterator[str]:
        for key in list(every_key(self._store, layout.QUEUE)):
            yield layout.job_of_marker(key)

    def _note_parts(self) -> None:
        """Read now and then how far the jobs in work are."""
        now = time.monotonic()
        if now - self._noted_at < _NOTE_EVERY_S:
            return
        self._noted_at = now
        for job_id in self._running:
            try:
                view = read_view(self._store, job_id)
            except DamagedObjectError:  # said when its attempt ends
                continue
            if view is not None:
                self._parts[job_id] = max(self._parts.get(job_id, 0.0), view.progress_pct / 100)

    def progress(self) -> tuple[float, float]:
        """Return how many jobs are over, those in work counted in part, and how many there are."""
        in_work = sum(part for job_id, part in self._parts.items() if job_id not in self._over)
        return len(self._over) + in_work, float(max(len(self._seen), 1))

    def hand_back(self) -> bool:
        """Let workers hand back what they still have; returns whether anything was left to do."""
        stopped = bool(self._running) or self._stop.is_set()
        if self._running:
            self._cluster.stop_workers()
            deadline = time.monotonic() + _HAND_BACK_S
            while time.monotonic() < deadline and not all(f.done() for f in self._running.values()):
                time.sleep(0.1)
            logger.info("Stopped: %d jobs handed back", len(self._running))
        return stopped

    def rows(self) -> Iterator[Row]:
        """Return what the store now says of every job that was on the queue."""
        for job_id in sorted(self._seen):
            if job_id in self._damaged:
                yield Row(job_id, None, None, 0, self._damaged[job_id])
                continue
            view = read_view(self._store, job_id)
            if view is None:
                yield Row(job_id, None, None, 0, None)
            else:
                yield Row(job_id, view.status, _seconds(view), view.attempt, view.error)


def _seconds(view: JobView) -> float | None:
    state, ended = view.current_state, view.ended_at
    if state is None or ended is None:
        return None
    return max((ended - state.started_at).total_seconds(), 0.0)
