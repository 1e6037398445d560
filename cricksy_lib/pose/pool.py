"""A few worker processes that run the pose model, and a thread each that keeps them busy."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from cricksy_lib.errors import AnalysisError, PoseModelError

T = TypeVar("T")


class WorkerLink:
    """Ask one worker; `send` and `receive` may overlap by a request or two, so that it never waits."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def send(self, name: str, *arguments: Any) -> None:
        """Send a request (see `cricksy_lib.pose.worker.serve`)."""
        assert self._process.stdin is not None
        pickle.dump((name, *arguments), self._process.stdin, protocol=5)
        self._process.stdin.flush()

    def receive(self) -> Any:
        """Return the answer to the oldest request that has none yet.

        Raises
        ------
        PoseModelError
            If the worker could not answer this request.
        """
        assert self._process.stdout is not None
        ok, answer = pickle.load(self._process.stdout)
        if not ok:
            raise PoseModelError(*answer)
        return answer

    def ask(self, name: str, *arguments: Any) -> Any:
        """Send a request and return its answer."""
        self.send(name, *arguments)
        return self.receive()


Job = Callable[[WorkerLink], T]


class PosePool:
    """Run jobs, each a conversation with one worker, on ``processes`` workers.

    Use as a context manager: leaving it ends the workers, whatever happened. At most ``processes`` jobs wait
    while as many run, so that a fast producer of pictures cannot fill the memory.
    """

    def __init__(self, model: Path, processes: int) -> None:
        self._jobs: queue.Queue[tuple[Job[Any], Future[Any]] | None] = queue.Queue(maxsize=max(1, processes))
        self._workers: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._failure: Exception | None = None
        try:
            for _ in range(processes):
                self._workers.append(_start(model))
        except OSError as error:
            self.close()
            raise AnalysisError(
                f"A process for the pose model cannot be started ({type(error).__name__}).",
                "Close other programs, or set CRICKSY_POSE_PROCESSES to a smaller number.",
            ) from error
        for worker in self._workers:
            thread = threading.Thread(target=self._work, args=(worker,), daemon=True, name="pose")
            thread.start()
            self._threads.append(thread)

    def submit(self, job: Job[T]) -> Future[T]:
        """Queue a job; it is called in a thread with the link to one worker. Blocks while the queue is full.

        Returns
        -------
        Future
            What the job returns; raises what it raises, or `AnalysisError` if its worker is gone.
        """
        future: Future[T] = Future()
        while True:
            if self._failure is not None:
                raise self._failure
            try:
                self._jobs.put((job, future), timeout=0.5)
                return future
            except queue.Full:
                continue

    def close(self) -> None:
        """End the workers; jobs that have not started are dropped."""
        self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    job[1].cancel()
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.wait()
            for stream in (worker.stdin, worker.stdout):
                if stream is not None:
                    # Closing flushes; a worker that is gone cannot take the rest.
                    with contextlib.suppress(OSError):
                        stream.close()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self, worker: subprocess.Popen[bytes]) -> None:
        link = WorkerLink(worker)
        while (queued := self._jobs.get()) is not None:
            job, future = queued
            if not future.set_running_or_notify_cancel():
                continue
            if self._failure is not None:
                future.set_exception(self._failure)
                continue
            try:
                future.set_result(job(link))
            except (OSError, EOFError, pickle.UnpicklingError):
                self._failure = _lost()
                future.set_exception(self._failure)
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for the job
                # One failed conversation ends all: which answer belongs to whom is no longer known.
                self._failure = error
                future.set_exception(error)


def _start(model: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cricksy_lib.pose.worker", str(model)]
    package_root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (package_root, os.environ.get("PYTHONPATH")) if part)
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )


def _lost() -> AnalysisError:
    return AnalysisError(
        "A process that runs the pose model ended unexpectedly.",
        "Run the analysis again; if it happens again, free memory or set CRICKSY_POSE_PROCESSES=1.",
    )
