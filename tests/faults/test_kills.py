"""Kill -9 of everything that works on a job, one after the other, at every stage."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from faults.processes import (
    DASK_WORKER,
    KERNEL,
    RUNNER,
    Processes,
    begun,
    below,
    called,
    check_store,
    ends,
    kill,
    none_left,
)
from jobs.small_notebooks import SUCCEED, Bench, until

from cricksy_lib.jobs.record import Job

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL"),
]

# A kernel with a process of its own, as a pose pool is, that takes a while in one pass.
SLOW_IN = """
import subprocess, sys
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
tell(0.5)
slow = {slow!r} == analysis_pass and not pathlib.Path({over!r}).exists()
time.sleep(600 if slow else 0)
helper.kill()
helper.wait()
"""
DIE_AT = """
import importlib, os, signal, sys
module, name = sys.argv[1].split(":")
owner = importlib.import_module(module)
*parts, last = name.split(".")
for part in parts:
    owner = getattr(owner, part)
setattr(owner, last, lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL))
sys.argv = ["cricksy", "worker", "--drain", "--poll", "0.1"]
from cricksy_lib.cli import main
main()
"""


class Slow:
    """A pipeline that hangs in one pass until it is told that the fault is over."""

    def __init__(self, bench: Bench, slow: str) -> None:
        self._over = bench.settings.notebooks_dir / "over"
        bench.pipeline(SLOW_IN.format(slow=slow, over=str(self._over)), SUCCEED)

    def over(self) -> None:
        """Let the next attempt run through."""
        self._over.touch()


def in_quick(job: Job) -> bool:
    return job.status == "quick_running" and job.progress_pct > 0


def in_deep(job: Job) -> bool:
    return job.status == "deep_running" and job.progress_pct > 40


STAGES = pytest.mark.parametrize(
    ("slow", "ready"), [("quick", in_quick), ("deep", in_deep)], ids=["quick", "deep"]
)


@STAGES
def test_a_killed_worker_leaves_nothing_running_and_its_job_to_the_next(
    bench: Bench, processes: Processes, slow: str, ready: Callable[[Job], bool]
) -> None:
    stage = Slow(bench, slow)
    job_id = bench.submit()
    worker = processes.worker()
    begun(bench, job_id, ready)
    ran = below(psutil.Process(worker.pid))
    assert len(ran) >= 3  # the notebook's runner, its kernel and the kernel's helper
    worker.kill()
    none_left(ran)
    stage.over()
    assert ends(processes.worker())[0] == 0
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 2)
    check_store(bench)


@pytest.mark.parametrize("whom", [KERNEL, RUNNER], ids=["kernel", "runner"])
@pytest.mark.parametrize("command", ["worker", "batch"])
def test_a_killed_kernel_or_runner_costs_one_try_and_the_same_worker_does_the_job(
    bench: Bench, processes: Processes, command: str, whom: tuple[str, ...]
) -> None:
    stage = Slow(bench, "deep")
    job_id = bench.submit()
    worker = processes.worker() if command == "worker" else processes.batch()
    begun(bench, job_id, in_deep)
    runners = called(worker.pid, *RUNNER)
    ran = [*runners, *(process for runner in runners for process in below(runner))]
    assert len(ran) >= 3
    stage.over()
    for process in called(worker.pid, *whom):
        kill(process)
    none_left(ran)
    code, said = ends(worker)
    assert code == 0, said
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 2)
    check_store(bench)


def test_a_kernel_that_dies_at_every_try_fails_the_job_with_a_reason(
    bench: Bench, processes: Processes
) -> None:
    bench.pipeline("if analysis_pass == 'deep': os.kill(os.getpid(), 9)", SUCCEED)
    deadly = bench.submit()
    assert ends(processes.worker())[0] == 0
    job = bench.ledger.read(deadly)
    assert job.error is not None
    assert (job.status, job.attempt, job.error.code) == ("failed", 3, "kernel_died")
    assert "tried 3 times" in job.error.advice
    assert job.quick_report is not None
    check_store(bench)
    bench.pipeline(SUCCEED)
    bench.ledger.retry(deadly)
    assert ends(processes.worker())[0] == 0
    assert (bench.ledger.read(deadly).status, bench.ledger.read(deadly).attempt) == ("done", 4)
    check_store(bench)


@pytest.mark.parametrize(
    ("where", "attempt"),
    [
        ("cricksy_lib.jobs.attempt:Heartbeat.__enter__", 2),
        ("cricksy_lib.jobs.attempt:Attempt._keep_notebook", 2),
        ("cricksy_lib.jobs.attempt:store_pass", 2),
        ("cricksy_lib.jobs.attempt:log_persisted", 2),
        ("cricksy_lib.jobs.attempt:Attempt._make_proxy", 2),
        ("cricksy_lib.jobs.attempt:Attempt._end_done", 2),
        ("cricksy_lib.jobs.taking:take_off_queue", 1),
    ],
)
def test_a_worker_may_die_at_any_step(bench: Bench, processes: Processes, where: str, attempt: int) -> None:
    bench.pipeline(SUCCEED)
    job_id = bench.submit()
    code, _ = ends(processes.start([sys.executable, "-c", DIE_AT, where]))
    assert code == -signal.SIGKILL
    assert ends(processes.worker())[0] == 0
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", attempt)
    check_store(bench)


def test_a_job_that_kills_every_worker_is_abandoned_and_the_next_is_done(
    bench: Bench, processes: Processes
) -> None:
    bench.pipeline(SUCCEED)
    deadly = bench.submit()
    for _ in range(3):
        code, _ = ends(processes.start([sys.executable, "-c", DIE_AT, "cricksy_lib.jobs.attempt:store_pass"]))
        assert code == -signal.SIGKILL
    good = bench.submit(title="another")
    assert ends(processes.worker())[0] == 0
    job = bench.ledger.read(deadly)
    assert job.error is not None
    assert (job.status, job.attempt, job.error.code) == ("failed", 4, "abandoned")
    assert bench.ledger.read(good).status == "done"
    check_store(bench)


@STAGES
def test_a_killed_dask_worker_is_replaced_and_its_job_done_by_the_same_batch(
    bench: Bench, processes: Processes, slow: str, ready: Callable[[Job], bool]
) -> None:
    stage = Slow(bench, slow)
    job_id = bench.submit()
    batch = processes.batch()
    begun(bench, job_id, ready)
    ran = [process for one in called(batch.pid, *DASK_WORKER) for process in below(one)]
    assert len(ran) >= 3
    stage.over()
    for process in called(batch.pid, *DASK_WORKER):
        kill(process)
    none_left(ran)
    code, said = ends(batch)
    assert code == 0, said
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 2)
    check_store(bench)


def test_a_killed_batch_and_so_its_scheduler_leaves_nothing_running(
    bench: Bench, processes: Processes
) -> None:
    stage = Slow(bench, "quick")
    job_id = bench.submit()
    batch = processes.batch("--workers", "2")
    begun(bench, job_id)
    ran = below(psutil.Process(batch.pid))
    batch.kill()
    none_left(ran)
    stage.over()
    code, said = ends(processes.batch())
    assert code == 0, said
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 2)
    check_store(bench)


@pytest.mark.parametrize("whom", ["batch", "dask worker"])
def test_a_stopped_batch_or_dask_worker_hands_its_job_back(
    bench: Bench, processes: Processes, whom: str
) -> None:
    stage = Slow(bench, "quick")
    bench.settings.lease_seconds = 3600
    job_id = bench.submit()
    batch = processes.batch()
    begun(bench, job_id)
    ran = [process for one in called(batch.pid, *DASK_WORKER) for process in below(one)]
    stage.over()
    if whom == "batch":
        batch.terminate()
        code, said = ends(batch)
        assert code == 130, said
        assert bench.ledger.read(job_id).status == "queued"
        batch = processes.batch()
    else:
        for process in called(batch.pid, *DASK_WORKER):
            process.terminate()
    none_left(ran)
    code, said = ends(batch)
    assert code == 0, said
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 2)
    check_store(bench)


@pytest.fixture
def dask(processes: Processes, tmp_path: Path) -> tuple[str, subprocess.Popen[str], subprocess.Popen[str]]:
    """Address, scheduler and worker of a Dask that is not the batch's own."""
    told = tmp_path / "scheduler.json"
    start = [sys.executable, "-m", "dask"]
    plain = ["--no-dashboard", "--scheduler-file", str(told)]
    scheduler = processes.start([*start, "scheduler", "--host", "127.0.0.1", "--port", "0", *plain])
    until(lambda: told.is_file() and told.stat().st_size > 0, 60)
    folder = ["--local-directory", str(tmp_path / "dask")]
    worker = processes.start([*start, "worker", "--nthreads", "1", *plain, *folder])
    return str(json.loads(told.read_text())["address"]), scheduler, worker


def test_a_killed_scheduler_ends_the_batch_honestly_and_the_job_is_done_by_the_next(
    bench: Bench, processes: Processes, dask: tuple[str, subprocess.Popen[str], subprocess.Popen[str]]
) -> None:
    address, scheduler, worker = dask
    stage = Slow(bench, "quick")
    job_id = bench.submit()
    batch = processes.batch("--scheduler", address)
    begun(bench, job_id)
    ran = below(psutil.Process(worker.pid))
    scheduler.kill()
    code, said = ends(batch)
    assert code == 5, said
    assert "Traceback" not in said
    stage.over()
    worker.terminate()
    worker.communicate(timeout=60)
    none_left(ran)
    assert ends(processes.batch())[0] == 0
    assert bench.ledger.read(job_id).status == "done"
    check_store(bench)


def test_a_stopped_worker_of_an_existing_cluster_hands_its_job_back(
    bench: Bench, processes: Processes, dask: tuple[str, subprocess.Popen[str], subprocess.Popen[str]]
) -> None:
    address, _, worker = dask
    bench.settings.lease_seconds = 3600
    stage = Slow(bench, "quick")
    job_id = bench.submit()
    batch = processes.batch("--scheduler", address)
    begun(bench, job_id)
    stage.over()
    worker.terminate()
    until(lambda: bench.ledger.read(job_id).status == "queued", 60)
    batch.terminate()
    ends(batch)
    assert ends(processes.worker())[0] == 0
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 2)
    check_store(bench)


def test_a_cancelled_job_of_a_batch_stops_within_seconds_and_the_batch_goes_on(
    bench: Bench, processes: Processes
) -> None:
    stage = Slow(bench, "quick")
    cancelled = bench.submit()
    batch = processes.batch()
    begun(bench, cancelled)
    ran = [process for one in called(batch.pid, *DASK_WORKER) for process in below(one)]
    stage.over()
    other = bench.submit(title="another")
    bench.ledger.cancel(cancelled)
    none_left(ran)
    code, said = ends(batch)
    assert code == 0, said
    assert bench.ledger.read(cancelled).status == "cancelled"
    assert bench.ledger.read(other).status == "done"
