"""Child processes that can be watched, ended whole, and that never outlive their parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import psutil

TICK_S = 0.1
_PR_SET_CHILD_SUBREAPER = 36

Ending = Literal["exited", "timeout"]


class ChildProcess:
    """A Python module running in its own session, with a leash: it ends when its parent does.

    Parameters
    ----------
    module : the module to run, which calls `hold_leash` first.
    arguments : its arguments.
    log_path : where its output goes.
    environment : variables to set on top of this process's own, of which the AWS settings are left out.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        log_path: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        with log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,  # the leash: closed by the kernel of the OS when this process ends
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**_without_credentials(), **(environment or {})},
                start_new_session=True,
            )

    def wait(self, timeout_s: float, why_stop: Callable[[], str | None]) -> str:
        """Wait for the end.

        Parameters
        ----------
        timeout_s : after how long to end it.
        why_stop : asked at every tick; a reason ends the process.

        Returns
        -------
        ``exited``, ``timeout``, or the reason given.
        """
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(TICK_S)
                    return "exited"
                if time.monotonic() >= deadline:
                    return "timeout"
                reason = why_stop()
                if reason is not None:
                    return reason
        finally:
            self.end()

    def end(self) -> None:
        """End the process and everything that it started."""
        if self.process.poll() is None:
            end_tree(self.process.pid)
            self.process.wait()
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()


def _without_credentials() -> dict[str, str]:
    """Return this process's environment without what opens the store: a run's notebook is kept and read."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def end_tree(pid: int) -> None:
    """Kill a process and all its descendants, these first so that none is lost from sight with its parent."""
    try:
        root = psutil.Process(pid)
        root.suspend()
    except psutil.Error:
        return
    end_descendants(root)
    with contextlib.suppress(psutil.Error):
        root.kill()


def memory_of_tree(pid: int) -> int:
    """Return the bytes of memory of a process and its descendants; what they share is counted once."""
    try:
        root = psutil.Process(pid)
    except psutil.Error:
        return 0
    own, shared = 0, 0
    for process in (root, *_children(root)):
        with contextlib.suppress(psutil.Error):
            used = process.memory_info()
            common = getattr(used, "shared", 0)
            own += used.rss - common
            shared = max(shared, common)
    return own + shared


def end_descendants(root: psutil.Process, rounds: int = 50) -> None:
    """Kill all descendants of a process, also those that are born meanwhile."""
    for _ in range(rounds):
        alive = [child for child in _children(root) if _running(child)]
        if not alive:
            return
        for child in alive:
            with contextlib.suppress(psutil.Error):
                child.kill()
        time.sleep(0.01)


def _children(root: psutil.Process) -> list[psutil.Process]:
    try:
        return root.children(recursive=True)
    except psutil.Error:
        return []


def _running(process: psutil.Process) -> bool:
    try:
        return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def hold_leash() -> None:
    """In a child: end with all descendants as soon as the parent is gone, and adopt orphaned descendants."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    threading.Thread(target=_watch_leash, name="leash", daemon=True).start()


def _watch_leash() -> None:
    while os.read(0, 1):
        pass
    end_descendants(psutil.Process())
    os._exit(1)
