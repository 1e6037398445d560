"""The processes that assess scenes: Ctrl-C is for the command alone, and none of them outlives it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import psutil

from cricksy_lib.processes import end_descendants, end_tree
from cricksy_lib.validation import cache


@contextmanager
def scene_workers(count: int, folder: Path) -> Iterator[ProcessPoolExecutor]:
    """Processes for the time of the block; one that is left early ends them at once, whatever they do.

    Parameters
    ----------
    count : how many at most.
    folder : where they keep what they make: of what is ended, nothing unfinished stays there.
    """
    before = set(multiprocessing.active_children())
    # Spawned, not forked: this process may have threads, a kernel's among them.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_stay_with_parent, initargs=(folder,))
    try:
        yield pool
    except BaseException:
        workers = set(multiprocessing.active_children()) - before
        numbers = [worker.pid for worker in workers if worker.pid is not None]
        # Before the pool is shut: that, and the interpreter's end, would wait for the scenes in work.
        for number in numbers:
            end_tree(number)
        pool.shutdown(cancel_futures=True)
        for number in numbers:
            cache.drop_partial(folder, number)
        raise
    pool.shutdown()


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: it comes to a whole group, and waits here meanwhile."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stay_with_parent(folder: Path) -> None:
    """In a worker: leave Ctrl-C to the parent, and end whole when it asks for that or is gone."""

    def leave() -> None:
        end_descendants(psutil.Process())
        cache.drop_partial(folder, os.getpid())
        os._exit(1)

    def asked(number: int, frame: FrameType | None) -> None:
        leave()

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            leave()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, asked)
    threading.Thread(target=watch, name="leash", daemon=True).start()
