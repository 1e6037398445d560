"""``cricksy batch`` as a user or a timer runs it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from small_notebooks import SUCCEED, Bench, Run, command, until

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import AttemptState, Claim
from cricksy_lib.jobs.store import every_key

pytestmark = pytest.mark.notebook

ONE_FAILS = "if options['mode'] == 'bowling': raise ValueError('no')"


def test_a_batch_empties_the_queue_and_says_what_came_of_each_job(cricksy: Run, bench: Bench) -> None:
    bench.pipeline(ONE_FAILS, SUCCEED)
    good = [bench.submit(passes="quick") for _ in range(2)]
    bad = bench.submit(mode="bowling", passes="quick")
    done = cricksy("batch", "--workers", "2")
    assert done.returncode == 4, done.stderr
    assert [bench.ledger.read(job_id).status for job_id in (*good, bad)] == ["done", "done", "failed"]
    assert list(every_key(bench.store, layout.QUEUE)) == []
    for job_id, status, code in ((good[0], "done", ""), (bad, "failed", "analysis_failed")):
        line = next(line for line in done.stdout.splitlines() if job_id in line)
        cells = [cell.strip() for cell in line.strip("│").split("│")]
        assert (cells[0], cells[1], cells[3], cells[4]) == (job_id, status, "1", code)
        assert float(cells[2]) > 0
    assert "2 done, 1 failed, of 3 jobs." in done.stderr.splitlines()
    assert done.stdout.count("[PERSISTED]") == 0
    assert (
        sum(line.startswith("[PERSISTED] Quick pass completed: ") for line in done.stderr.splitlines()) == 2
    )


def test_quiet_drops_the_table_and_nothing_else(cricksy: Run, bench: Bench) -> None:
    bench.pipeline(SUCCEED)
    bench.submit(passes="deep")
    done = cricksy("batch", "--quiet")
    assert (done.returncode, done.stdout) == (0, "")
    assert "[PERSISTED] Deep job completed: " in done.stderr
    assert "1 done, 0 failed, of 1 job." in done.stderr


@pytest.mark.parametrize("asked", [("batch",), ("worker", "--drain")])
def test_an_empty_queue_is_done_and_it_is_said_where_none_waited(
    cricksy: Run, bench: Bench, asked: tuple[str, ...]
) -> None:
    done = cricksy(*asked)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"No job waited in {bench.store.place}." in done.stderr


def test_a_store_that_is_not_there_exits_with_5_before_anything_is_started(
    cricksy: Run, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = cricksy("batch", CRICKSY_STORE=str(tmp_path / "file"))
    assert (done.returncode, done.stderr.count("\n")) == (5, 1)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1:9"])
def test_a_scheduler_that_is_not_there_exits_with_5(cricksy: Run, bench: Bench, address: str) -> None:
    bench.submit()
    done = cricksy("batch", "--scheduler", address)
    assert done.returncode == 5
    assert f"There is no Dask scheduler at '{address}'." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "answer",
    [b"\0" * 64, b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"],
    ids=["zeros", "ssh", "http"],
)
def test_another_program_at_the_scheduler_s_address_exits_with_5(
    cricksy: Run, bench: Bench, answer: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # the end of the test closes the socket
                while True:
                    caller, _ = server.accept()
                    with caller:
                        caller.sendall(answer)
                        caller.recv(4096)

        threading.Thread(target=serve, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        done = cricksy("batch", "--scheduler", address)
    assert done.returncode == 5
    assert done.stderr.splitlines() == [
        f"There is no Dask scheduler at '{address}'. "
        "Check the address, as in tcp://host:8786, and that 'dask scheduler' runs there."
    ]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "host",
        "http://127.0.0.1:9",
        "inproc://x",
        "tcp://host",
        "tcp://:8786",
        "tcp://host:abc",
        "tcp://host:70000",
        "tcp://host:-5",
        "tcp://a b:8786",
        "tcp://user@host:8786",
        f"tcp://{'h' * 300}:8786",
    ],
)
def test_an_address_that_no_scheduler_can_have_is_wrong_usage(
    cricksy: Run, bench: Bench, address: str
) -> None:
    done = cricksy("batch", "--scheduler", address)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"The scheduler's address '{address}' cannot be used. "
        "Give it with its port, as in tcp://host:8786 or tls://host:8786."
    ]


@pytest.mark.parametrize(
    ("address", "settings", "cause"),
    [
        ("tls://127.0.0.1:9", {}, "Dask has no certificates here"),
        (
            "tcp://127.0.0.1:9",
            {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True"},
            "Dask's settings require encryption",
        ),
    ],
)
def test_an_address_that_dask_s_settings_do_not_go_with_is_wrong_usage(
    cricksy: Run, bench: Bench, address: str, settings: dict[str, str], cause: str
) -> None:
    done = cricksy("batch", "--scheduler", address, **settings)
    assert done.returncode == 2
    assert cause in done.stderr
    assert done.stderr.count("\n") == 1


def test_workers_of_this_machine_and_of_a_scheduler_at_once_are_wrong_usage(
    cricksy: Run, bench: Bench
) -> None:
    job_id = bench.submit()
    done = cricksy("batch", "--workers", "1", "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "--workers starts workers on this machine, and --scheduler takes those of an existing Dask. "
        "Leave one of the two out."
    ]
    assert bench.ledger.read(job_id).status == "queued"


@pytest.mark.parametrize("limit", ["lots", "0", "-4GB", "4XB"])
def test_a_memory_limit_that_is_none_is_wrong_usage(cricksy: Run, bench: Bench, limit: str) -> None:
    assert cricksy("batch", f"--memory-limit={limit}").returncode == 2


def test_a_job_that_needs_more_memory_than_allowed_fails_and_the_next_goes_on(
    cricksy: Run, bench: Bench
) -> None:
    hoard = "if options['mode'] == 'bowling':\n    hoard = b'x' * 2**29\n    time.sleep(600)"
    bench.pipeline(hoard, SUCCEED)
    large, small = bench.submit(mode="bowling", passes="quick"), bench.submit(passes="quick")
    done = cricksy("batch", "--memory-limit", "450MB")
    assert done.returncode == 4, done.stderr
    job = bench.ledger.read(large)
    assert job.error is not None
    assert (job.error.code, job.error.message) == (
        "memory_limit",
        "The analysis needed more than the 450 MiB of memory allowed.",
    )
    assert bench.ledger.read(small).status == "done"


def test_a_damaged_job_is_passed_over_and_reported(cricksy: Run, bench: Bench) -> None:
    bench.pipeline(SUCCEED)
    damaged, good = bench.submit(passes="quick"), bench.submit(passes="quick")
    bench.store.put(layout.request(damaged), b"not what belongs here")
    done = cricksy("batch")
    assert done.returncode == 4
    assert bench.ledger.read(good).status == "done"
    assert "object_damaged" in next(line for line in done.stdout.splitlines() if damaged in line)


def test_nothing_of_a_batch_listens_but_on_loopback(bench: Bench) -> None:
    bench.pipeline("tell(0.5)\ntime.sleep(600)")
    job_id = bench.submit(passes="quick")
    process = subprocess.Popen(command("batch"), env=bench.environment(), stderr=subprocess.DEVNULL)
    try:
        until(lambda: bench.ledger.read(job_id).progress_pct > 0, 60)
        root = psutil.Process(process.pid)
        listening = {
            connection.laddr.ip
            for one in (root, *root.children(recursive=True))
            for connection in one.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}
    finally:
        process.terminate()
        process.wait(30)
    assert bench.ledger.read(job_id).status == "queued"


@pytest.fixture
def scheduler(bench: Bench, tmp_path: Path) -> Iterator[str]:
    """A Dask scheduler and a worker of its own, as an operator starts them."""
    said = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    environment = {**os.environ, **bench.environment(), "CRICKSY_STORE": str(tmp_path / "another store")}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [
        subprocess.Popen([*dask, "--scheduler-file", str(said)], env=environment, **quiet),  # type: ignore[call-overload]
    ]
    try:
        until(lambda: said.is_file() and said.stat().st_size > 0, 60)
        worker = [sys.executable, "-m", "dask", "worker", "--scheduler-file", str(said), "--nthreads", "1"]
        worker += ["--no-dashboard", "--local-directory", str(tmp_path / "dask")]
        running.append(subprocess.Popen(worker, env=environment, **quiet))  # type: ignore[call-overload]
        yield json.loads(said.read_text())["address"]
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(30)


def test_the_workers_of_an_existing_scheduler_work_on_the_batch_s_store(
    cricksy: Run, bench: Bench, scheduler: str
) -> None:
    bench.pipeline(SUCCEED)
    job_id = bench.submit(passes="quick")
    done = cricksy("batch", "--scheduler", scheduler)
    assert done.returncode == 0, done.stderr
    assert bench.ledger.read(job_id).status == "done"
    assert "[PERSISTED] Quick pass completed: " in done.stderr


def test_two_batches_share_a_queue(cricksy: Run, bench: Bench) -> None:
    bench.settings.lease_seconds = 60  # on a busy machine a heart may stand still for a second
    bench.pipeline(SUCCEED)
    jobs = [bench.submit(passes="quick") for _ in range(4)]
    ends: list[subprocess.CompletedProcess[str]] = []
    both = [threading.Thread(target=lambda: ends.append(cricksy("batch"))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(240)
    assert [end.returncode for end in ends] == [0, 0]
    assert [(bench.ledger.read(job).status, bench.ledger.read(job).attempt) for job in jobs] == [
        ("done", 1)
    ] * 4


def test_a_damaged_attempt_of_before_is_reported_and_does_not_go_on_for_ever(
    cricksy: Run, bench: Bench
) -> None:
    job_id = bench.submit(passes="quick")
    now = datetime.now(UTC)
    for attempt in (1, 2):
        bench.store.put(layout.claim(job_id, attempt), Claim(worker="dead", claimed_at=now).as_bytes())
        state = AttemptState(status="deep_running", started_at=now, heartbeat=1)
        content = state.as_bytes() if attempt == 2 else b"damaged"
        bench.store.put(layout.artefact(job_id, attempt, "state.json"), content)
    done = cricksy("batch")
    assert done.returncode == 4
    assert "object_damaged" in done.stdout


def test_workers_that_cannot_use_the_store_end_the_batch_with_5(bench: Bench, tmp_path: Path) -> None:
    bench.submit(passes="quick")
    bench.settings.store_patience_seconds = 2
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the workers look for the store")
    # Its workers are told of another place, as on machines on which the folder is not mounted.
    script = (
        "import cricksy_lib.jobs.batch as batch, sys\n"
        "plain = batch._Batch.__init__\n"
        "def init(self, *a):\n"
        "    plain(self, *a)\n"
        f"    self._sent['store'] = {str(blocked)!r}\n"
        "batch._Batch.__init__ = init\n"
        "if __name__ == '__main__':\n"
        "    sys.argv = ['cricksy', 'batch']\n"
        "    from cricksy_lib.cli import main\n"
        "    main()\n"
    )
    path = tmp_path / "elsewhere.py"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, str(path)],
        env=bench.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 5, done.stderr
    assert "is a file, not a folder" in done.stderr.splitlines()[-1]
