"""One process that works through the queue: finds a job, claims an attempt, runs it, looks for the next."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

from cricksy_lib.errors import DamagedObjectError, StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.lease import LeaseWatch
from cricksy_lib.jobs.scratch import sweep_scratch
from cricksy_lib.jobs.store import Store, every_key
from cricksy_lib.jobs.taking import Taker, is_dead
from cricksy_lib.jobs.uploads import UploadWatch
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
    none_waited: Callable[[], None] | None = None,
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
    none_waited : told, draining, if no look found a job on the queue and nobody asked for the end.

    Returns
    -------
    0: jobs that fail are recorded as failed and do not stop the worker.

    Raises
    ------
    StoreError
        Draining, if the store cannot be used from the beginning, or no longer for
        `Settings.store_patience_seconds`; without ``drain`` the worker waits until it is back.
    """
    settings = settings or get_settings()
    stop = stop or threading.Event()
    worker = _Worker(Taker(store, settings, stop, progress), ended)
    logger.info("Worker started: worker=%s", worker.taker.name)
    sweep_scratch()
    # Before its first answer the store may well be one that there is not.
    answered_at = float("-inf")
    with signals_set(stop):
        while not stop.is_set():
            try:
                looked = worker.look()
            except StoreError as error:
                if drain and time.monotonic() - answered_at > settings.store_patience_seconds:
                    raise
                logger.error("Store not usable, trying again: %s", error.cause)
                stop.wait(min(max(poll_s, _RETRY_STORE_S), settings.store_patience_seconds))
                continue
            answered_at = time.monotonic()
            if drain and looked == "over":
                if not (worker.any_seen or stop.is_set()) and none_waited is not None:
                    none_waited()
                break
            if looked != "worked":
                stop.wait(poll_s)
    logger.info("Worker ended: worker=%s", worker.taker.name)
    return 0


class _Worker:
    def __init__(self, taker: Taker, ended: Callable[[str], None] | None) -> None:
        self.taker = taker
        self.any_seen = False
        self._ended = ended
        self._leases = LeaseWatch(taker.settings.lease_seconds)
        self._uploads = UploadWatch(taker.store, taker.settings)

    def look(self) -> Looked:
        """Look through the queue once, oldest first, and work on the first job that can be had."""
        waiting = False
        taker = self.taker
        self._uploads.look()
        queue = list(every_key(taker.store, layout.QUEUE))
        self.any_seen = self.any_seen or bool(queue)
        for key in queue:
            if taker.stop.is_set():
                return "waiting"
            job_id = layout.job_of_marker(key)
            try:
                taken = taker.take(job_id, lambda view: is_dead(view, self._leases, taker.settings))
            except DamagedObjectError as error:
                logger.error("Job passed over: job_id=%s %s", job_id, error.cause)
                continue
            if taken == "waiting":
                waiting = True
                continue
            if taken != "handed_back":
                self._leases.forget(job_id)
            if taken == "over":
                continue
            if taken not in ("gone", "lost") and self._ended is not None:
                self._ended(job_id)
            return "worked"
        return "waiting" if waiting else "over"


@contextmanager
def signals_set(stop: threading.Event) -> Iterator[None]:
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
