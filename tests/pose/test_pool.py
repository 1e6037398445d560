"""Worker processes: they answer, fail as typed errors, and never outlive their parent."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import numpy as np
import psutil
import pytest

from cricksy_lib.errors import AnalysisError
from cricksy_lib.pose.model import ensure_model
from cricksy_lib.pose.pool import PosePool, WorkerLink
from cricksy_lib.settings import Settings


def look(link: WorkerLink) -> int:
    return len(link.ask("detect", np.zeros((64, 64, 3), dtype=np.uint8)))


def workers_of(pid: int) -> list[psutil.Process]:
    return [p for p in psutil.Process(pid).children() if "cricksy_lib.pose.worker" in p.cmdline()]


def test_empty_picture_has_no_people(settings: Settings) -> None:
    with PosePool(ensure_model(settings).path, 1) as pool:
        assert pool.submit(look).result(timeout=60) == 0


def test_workers_are_gone_after_the_pool(settings: Settings) -> None:
    with PosePool(ensure_model(settings).path, 2):
        workers = workers_of(psutil.Process().pid)
        assert len(workers) == 2
    assert not any(worker.is_running() for worker in workers)


def test_lost_worker_is_an_analysis_error(settings: Settings) -> None:
    with PosePool(ensure_model(settings).path, 1) as pool:
        pool.submit(look).result(timeout=60)
        workers_of(psutil.Process().pid)[0].kill()
        with pytest.raises(AnalysisError, match="ended unexpectedly"):
            pool.submit(look).result(timeout=60)
        with pytest.raises(AnalysisError, match="ended unexpectedly"):
            pool.submit(look).result(timeout=60)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(settings: Settings, end: signal.Signals) -> None:
    code = (
        "import signal, sys, time; from pathlib import Path; from cricksy_lib.pose.pool import PosePool\n"
        # A shell may start what it runs in the background with Ctrl-C ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "with PosePool(Path(sys.argv[1]), 2):\n    print('up', flush=True)\n    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(ensure_model(settings).path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "up\n"
        workers = workers_of(parent.pid)
        assert len(workers) == 2
        parent.send_signal(end)
        parent.wait(timeout=30)
        _, alive = psutil.wait_procs(workers, timeout=30)
        assert alive == []


def test_worker_that_is_lost_while_others_wait_fails_them_all(settings: Settings) -> None:
    lost = threading.Event()

    def late(link: WorkerLink) -> int:
        assert lost.wait(60)
        return look(link)

    with PosePool(ensure_model(settings).path, 1) as pool:
        futures = [pool.submit(late) for _ in range(2)]
        workers_of(psutil.Process().pid)[0].kill()
        lost.set()
        for future in futures:
            with pytest.raises(AnalysisError):
                future.result(timeout=60)
