"""What runs in a Dask worker: one look at one job, its log on the way to the batch, and the ways to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.store import open_store
from cricksy_lib.jobs.taking import Taken, Taker, mark_of
from cricksy_lib.settings import Settings

PLUGIN = "cricksy"
_LEAVE_WITHIN_S = 10.0

# One job at a time in a process: the analysis spreads over cores by itself.
_alone = threading.Lock()
_stops: dict[str, threading.Event] = {}
_leaving = threading.Event()


@dataclass(frozen=True)
class Task:
    """One look at one job.

    Attributes
    ----------
    run : the batch that asks, as its workers know it.
    job_id : the job.
    dead : attempt and heartbeat of a holder that the batch saw stand still for a lease, if it saw one.
    settings : the settings that the batch sets, by name.
    """

    run: str
    job_id: str
    dead: tuple[int, int] | None
    settings: dict[str, Any]


def work_on(task: Task) -> tuple[Taken, StoreError | None]:
    """Claim the job and work on it, if it may be had.

    Dask may run this again after the loss of a worker. That does no harm: the claim in the store decides, and
    the batch's word that a holder is dead is good only for the heartbeat that it saw.

    Returns
    -------
    How it ended, and the store's error if that ended it.
    """
    stop = _stops.setdefault(task.run, threading.Event())
    with _alone, _log_sent(task.run):
        if stop.is_set() or _leaving.is_set():
            return "handed_back", None
        settings = Settings(**task.settings)
        try:
            taker = Taker(open_store(settings.store, settings), settings, stop)
            return taker.take(task.job_id, lambda view: mark_of(view) == task.dead), None
        except StoreError as error:
            return "waiting", error


def stop_run(run: str) -> None:
    """Ask what works for a batch in this process to hand its job back."""
    _stops.setdefault(run, threading.Event()).set()


def _leave() -> None:
    _leaving.set()
    for stop in list(_stops.values()):
        stop.set()


class HandBack(WorkerPlugin):
    """Lets a Dask worker that is told to end hand its job back.

    Parameters
    ----------
    embedded : whether the worker was started by the batch: it then takes signals as any worker does.
    """

    def __init__(self, embedded: bool) -> None:
        self._embedded = embedded

    def setup(self, worker: Worker) -> None:
        """Take SIGTERM for the end, and leave Ctrl-C to the batch, which gets it too."""
        _leaving.clear()
        if self._embedded and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, _end_process)

    def teardown(self, worker: Worker) -> None:
        """Hand back before the worker is gone."""
        _leave()


def _end_process(number: int, frame: FrameType | None) -> None:
    _leave()
    threading.Thread(target=_exit_when_idle, daemon=True).start()


def _exit_when_idle() -> None:
    _alone.acquire(timeout=_LEAVE_WITHIN_S)
    time.sleep(0.2)  # for the task's result and the last lines of its log
    os._exit(0)


class _Sent(logging.Handler):
    def __init__(self, run: str, worker: Worker) -> None:
        super().__init__(logging.INFO)
        self._run = run
        self._worker = worker  # asked for here: a thread of the job's own, as the heartbeat's, has none

    def emit(self, record: logging.LogRecord) -> None:
        self._worker.log_event(self._run, {"level": record.levelno, "line": record.getMessage()})


@contextmanager
def _log_sent(run: str) -> Iterator[None]:
    """Send this package's log to the batch, which shows it on its own terminal."""
    logger = logging.getLogger("cricksy_lib")
    handler, level = _Sent(run, get_worker()), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
