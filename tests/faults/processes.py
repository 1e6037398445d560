"""Processes of the tests of faults, what runs below them, and what must hold after every fault."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import psutil
from jobs.small_notebooks import Bench, command, until

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.record import Job
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.verify import verify


class Processes:
    """Commands on one store."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._started: list[subprocess.Popen[str]] = []

    def cricksy(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        """Start ``cricksy`` with these arguments and variables."""
        return self.start(command(*arguments), **changes)

    def worker(self, **changes: str) -> subprocess.Popen[str]:
        """Start a worker that drains the queue."""
        return self.cricksy("worker", "--drain", "--poll", "0.1", **changes)

    def batch(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        """Start a batch."""
        return self.cricksy("batch", "--poll", "0.1", *arguments, **changes)

    def start(self, command: list[str], **changes: str) -> subprocess.Popen[str]:
        """Start any command with the bench's settings; its output can be read after its end."""
        process = subprocess.Popen(
            command,
            env={**self._bench.environment(), **changes},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        """End what is left."""
        for started in self._started:
            if started.poll() is None:
                for process in below(psutil.Process(started.pid)):
                    kill(process)
                started.kill()
            if started.stdout is not None and not started.stdout.closed:
                started.communicate(timeout=10)


def below(root: psutil.Process) -> list[psutil.Process]:
    """Return all that runs below a process."""
    try:
        return [process for process in root.children(recursive=True) if runs(process)]
    except psutil.NoSuchProcess:
        return []


def kill(process: psutil.Process) -> None:
    """Kill -9."""
    if runs(process):
        process.kill()


def runs(process: psutil.Process) -> bool:
    """Say whether a process still runs (one that only waits to be reaped does not)."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def called(root: int, *words: str) -> list[psutil.Process]:
    """Return the processes below a process whose command line holds all the words."""
    found = []
    for process in below(psutil.Process(root)):
        try:
            line = " ".join(process.cmdline())
        except psutil.NoSuchProcess:
            continue
        if all(word in line for word in words):
            found.append(process)
    return found


KERNEL = ("ipykernel_launcher",)
RUNNER = ("notebook_child",)
DASK_WORKER = ("spawn_main",)


def none_left(processes: list[psutil.Process], seconds: float = 30.0) -> None:
    """Require that within seconds nothing of these runs."""
    until(lambda: not any(runs(process) for process in processes), seconds)


def ends(process: subprocess.Popen[str], seconds: float = 120.0) -> tuple[int, str]:
    """Wait for a command's end; returns exit code and all that it said."""
    out, told = process.communicate(timeout=seconds)
    return process.returncode, out + told


def begun(bench: Bench, job_id: str, ready: Callable[[Job], bool] = lambda job: job.progress_pct > 0) -> None:
    """Wait until a job is in work, or further."""
    until(lambda: ready(bench.ledger.read(job_id)), 90)


def check_store(bench: Bench) -> None:
    """Require what must hold after every fault.

    Every job ended, with a reason if it failed; nothing waits; results are the job's own; none is done twice.
    """
    store = bench.store
    assert list(every_key(store, layout.QUEUE)) == []
    for row in bench.ledger.summaries(1000):
        job = bench.ledger.read(row.id)
        assert job.status in ("done", "failed")
        assert (job.error is not None) == (job.status == "failed")
        if job.status == "done":
            results = bench.ledger.latest_results(job.id)
            assert results is not None
            assert results.job_id == job.id
        ended = [k for k in every_key(store, layout.job_folder(job.id)) if k.endswith("/done.json")]
        assert len(ended) == (job.status == "done")
    assert verify(store, lease_s=0.0, sleep=lambda _: None).faults == ()
