"""One process that works through the queue: finds a job, claims an attempt, runs it, looks for the next."""

from __future__ import annotations

import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Literal

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.attempt import Attempt
from cricksy_lib.jobs.documents import AttemptState, Claim, Failed, load
from cricksy_lib.jobs.lease import LeaseWatch
from cricksy_lib.jobs.record import JobError
from cricksy_lib.jobs.scratch import sweep_scratch
from cricksy_lib.jobs.store import Store, every_key
from cricksy_lib.jobs.view import JobView, read_view
from cricksy_lib.progress import Progress, silent
from cricksy_lib.settings import Settings, get_settings

logger = logging.getLogger(__name__)

_RETRY_STORE_S = 5.0
Looked = Literal["worked", "waiting", "over"]


def run_worker(
    store: Store,
    drain: bool = False,
    poll_s: float = 1.0,
    settings: Settings | None = None,
    *,
    progress: Progress = silent,
    stop: threading.Event | None = None,
    ended: Callable[[str], None] | None = None,
) -> int:
    """Work until asked to stop or, draining, until no work is left.

    SIGTERM and SIGINT ask for the end: the job in work is handed back at once, for another worker to take.

    Parameters
    ----------
    store : where the jobs lie.
    drain : end when no job is queued, held by others or waiting to be tried again.
    poll_s : seconds between two looks at an idle queue.
    settings : lease, limits and where the notebooks are; the environment's if not given.
    progress : told how far the job in work is.
    stop : set by the caller to end the worker; signals set it too.
    ended : told the id of each job whose attempt ended and is still there, after the end is stored.

    Returns
    -------
    0: jobs that fail are recorded as failed and do not stop the worker.

    Raises
    ------
    StoreError
        If the store fails while draining; without ``drain`` the worker waits until it is back.
    """
    settings = settings or get_settings()
    stop = stop or threading.Event()
    worker = _Worker(store, settings, stop, progress, ended)
    logger.info("Worker started: worker=%s", worker.name)
    sweep_scratch()
    with _signals_set(stop):
        while not stop.is_set():
            try:
                looked = worker.look()
            except StoreError as error:
                if drain:
                    raise
                logger.error("Store not usable, trying again: %s", error.cause)
                stop.wait(max(poll_s, _RETRY_STORE_S))
                continue
            if drain and looked == "over":
                break
            if looked != "worked":
                stop.wait(poll_s)
    logger.info("Worker ended: worker=%s", worker.name)
    return 0


class _Worker:
    def __init__(
        self,
        store: Store,
        settings: Settings,
        stop: threading.Event,
        progress: Progress,
        ended: Callable[[str], None] | None,
    ) -> None:
        self.name = secrets.token_hex(8)
        self._store = store
        self._settings = settings
        self._stop = stop
        self._progress = progress
        self._ended = ended
        self._leases = LeaseWatch(settings.lease_seconds)

    def look(self) -> Looked:
        """Look through the queue once, oldest first, and work on the first job that can be had."""
        waiting = False
        for key in list(every_key(self._store, layout.QUEUE)):
            if self._stop.is_set():
                return "waiting"
            job_id = layout.job_of_marker(key)
            view = read_view(self._store, job_id)
            if view is None or view.terminal:
                self._take_off_queue(job_id)
                continue
            if view.held and not self._is_dead(view):
                waiting = True
                continue
            attempt = view.numbers.next_attempt
            if not self._claim(job_id, attempt):
                waiting = True
                continue
            self._work(view, attempt)
            return "worked"
        return "waiting" if waiting else "over"

    def _is_dead(self, view: JobView) -> bool:
        heartbeat = view.state.heartbeat if view.state is not None else -1
        return self._leases.stands_still(view.request.id, view.attempt, heartbeat)

    def _claim(self, job_id: str, attempt: int) -> bool:
        claim = Claim(worker=self.name, claimed_at=datetime.now(UTC))
        return self._store.put(layout.claim(job_id, attempt), claim.as_bytes(), create_only=True)

    def _work(self, view: JobView, attempt: int) -> None:
        job_id = view.request.id
        logger.info("Claimed: job_id=%s attempt=%d worker=%s", job_id, attempt, self.name)
        started = time.monotonic()
        if self._lost_attempts(view) >= self._settings.max_attempts:
            self._give_up(job_id, attempt)
            end = "failed"
        else:
            end = Attempt(
                self._store, self._settings, view.request, attempt, self._stop, self._progress
            ).run()
        logger.info(
            "Attempt ended: job_id=%s attempt=%d end=%s wall_s=%.1f",
            job_id,
            attempt,
            end,
            time.monotonic() - started,
        )
        if end in ("done", "failed", "gone"):
            self._take_off_queue(job_id)
        if end != "gone" and self._ended is not None:
            self._ended(job_id)

    def _take_off_queue(self, job_id: str) -> None:
        """Take a job that is over off the queue; put it back if someone asked for more meanwhile."""
        view = read_view(self._store, job_id)
        if view is not None and not view.terminal:
            return
        self._store.delete(layout.queue(job_id))
        self._leases.forget(job_id)
        view = read_view(self._store, job_id)
        if view is not None and not view.terminal:
            self._store.put(layout.queue(job_id), b"")

    def _lost_attempts(self, view: JobView) -> int:
        """Count the attempts since the last retry whose workers died; handing back is no death."""
        lost = 0
        for number in view.numbers.claims_since_retry:
            state = load(self._store, layout.artefact(view.request.id, number, "state.json"), AttemptState)
            lost += state is None or not state.handed_back
        return lost

    def _give_up(self, job_id: str, attempt: int) -> None:
        error = JobError(
            code="attempts_exhausted",
            message=f"The job's worker died {self._settings.max_attempts} times.",
            advice="Check the memory of the machine, then try the job again with 'cricksy jobs retry'.",
        )
        failed = Failed(failed_at=datetime.now(UTC), error=error)
        self._store.put(layout.artefact(job_id, attempt, "failed.json"), failed.as_bytes(), create_only=True)
        logger.error("Job failed: job_id=%s attempt=%d code=%s", job_id, attempt, error.code)


@contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT ask for the end, as far as this thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
