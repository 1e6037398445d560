"""Workers that stand still past their lease and wake up, and clocks that disagree."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress

import psutil
import pytest
from faults.processes import (
    DASK_WORKER,
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

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.store import every_key

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(sys.platform == "win32", reason="needs SIGSTOP"),
]

WAIT_FOR = "tell(0.5)\nwhile not pathlib.Path({go!r}).exists(): time.sleep(0.05)"
STOP_AT = """
import importlib, os, signal, sys
import cricksy_lib.jobs.attempt as attempt
plain = getattr(attempt.{owner}, {name!r})
def suspended(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGSTOP)
    return plain(*args, **kwargs)
setattr(attempt.{owner}, {name!r}, suspended)
sys.argv = ["cricksy", "worker", "--drain", "--poll", "0.1"]
from cricksy_lib.cli import main
main()
"""
SHIFTED = """
import datetime, sys, time
shift = float(sys.argv[1])
class Shifted(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=shift)
plain = time.time
datetime.datetime = Shifted
time.time = lambda: plain() + shift
sys.argv = ["cricksy", "worker", "--drain", "--poll", "0.1"]
from cricksy_lib.cli import main
main()
"""


def stopped(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_STOPPED


def test_a_suspended_worker_that_wakes_up_changes_nothing(bench: Bench, processes: Processes) -> None:
    go = bench.settings.notebooks_dir / "go"
    bench.pipeline(WAIT_FOR.format(go=str(go)), SUCCEED)
    job_id = bench.submit()
    first = processes.worker()
    begun(bench, job_id)
    psutil.Process(first.pid).suspend()
    go.touch()
    assert ends(processes.worker())[0] == 0
    before = bench.ledger.read(job_id)
    assert (before.status, before.attempt) == ("done", 2)
    psutil.Process(first.pid).resume()
    assert ends(first)[0] == 0
    assert bench.ledger.read(job_id) == before
    check_store(bench)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("Attempt", "_end_done"),
        ("Attempt", "_keep_notebook"),
        ("PatientStore", "put"),
    ],
)
def test_a_worker_suspended_just_before_it_writes_is_too_late(
    bench: Bench, processes: Processes, owner: str, name: str
) -> None:
    bench.pipeline(SUCCEED)
    job_id = bench.submit(player="Pat Example")
    first = processes.start([sys.executable, "-c", STOP_AT.format(owner=owner, name=name)])
    until(lambda: stopped(psutil.Process(first.pid)), 60)
    assert ends(processes.worker())[0] == 0
    before = bench.ledger.read(job_id)
    assert (before.status, before.attempt) == ("done", 2)
    waking = threading.Thread(target=_keep_awake, args=(psutil.Process(first.pid),), daemon=True)
    waking.start()
    code, said = ends(first)
    assert code == 0, said
    assert "[PERSISTED] Deep job" not in said
    assert bench.ledger.read(job_id) == before
    check_store(bench)


def _keep_awake(process: psutil.Process) -> None:
    """Wake a process whenever it suspends itself."""
    with suppress(psutil.NoSuchProcess):  # it may end, and be reaped, between any two of these questions
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if stopped(process):
                process.resume()
            threading.Event().wait(0.02)


@pytest.mark.parametrize("shifts", [("600", "-600"), ("-600", "600")], ids=["ahead", "behind"])
def test_clocks_that_disagree_by_minutes_take_no_job_from_the_living_and_leave_none_to_the_dead(
    bench: Bench, processes: Processes, shifts: tuple[str, str]
) -> None:
    go = bench.settings.notebooks_dir / "go"
    bench.settings.lease_seconds = 4  # on a busy machine a heart may stand still for a second
    bench.pipeline(WAIT_FOR.format(go=str(go)), SUCCEED)
    living = bench.submit()
    command = [sys.executable, "-c", SHIFTED]
    first = processes.start([*command, shifts[0]])
    begun(bench, living)
    second = processes.start([*command, shifts[1]])
    heartbeat = bench.ledger.read(living).revision
    until(lambda: bench.ledger.read(living).revision > heartbeat + 90, 60)  # more than two leases
    assert bench.ledger.read(living).attempt == 1
    ran = below(psutil.Process(first.pid))
    kill(psutil.Process(first.pid))
    none_left(ran)
    go.touch()
    assert ends(second)[0] == 0
    assert (bench.ledger.read(living).status, bench.ledger.read(living).attempt) == ("done", 2)
    check_store(bench)


def test_nothing_of_the_first_worker_s_is_read_after_a_take_over(bench: Bench, processes: Processes) -> None:
    bench.pipeline(SUCCEED)
    job_id = bench.submit()
    first = processes.start([sys.executable, "-c", STOP_AT.format(owner="Attempt", name="_end_done")])
    until(lambda: stopped(psutil.Process(first.pid)), 60)
    assert ends(processes.worker())[0] == 0
    job = bench.ledger.read(job_id)
    assert job.deep_results_s3_key == layout.artefact(job_id, 2, "deep_results.json")
    assert all(f"attempts/2/{name}" in (url or "") for name, url in (("overlay.mp4", job.overlay_url),))
    assert [
        k for k in every_key(bench.store, layout.attempt_folder(job_id, 1)) if k.endswith("done.json")
    ] == []


def test_a_suspended_dask_worker_s_job_is_done_by_another_of_the_same_batch(
    bench: Bench, processes: Processes
) -> None:
    go = bench.settings.notebooks_dir / "go"
    bench.pipeline(WAIT_FOR.format(go=str(go)), SUCCEED)
    job_id = bench.submit()
    batch = processes.batch("--workers", "2")
    begun(bench, job_id)
    (busy,) = [worker for worker in called(batch.pid, *DASK_WORKER) if below(worker)]
    busy.suspend()
    go.touch()
    code, said = ends(batch)
    assert code == 0, said
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 2)
    none_left([busy])
    check_store(bench)
