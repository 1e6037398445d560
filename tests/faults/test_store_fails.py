"""A store that refuses, is slow, full or busy for a while, or whose answers are lost."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.flaky_server import Flaky, flaky_server
from faults.processes import Processes, begun, check_store, ends
from jobs.small_notebooks import SUCCEED, Bench, until
from stores.s3_servers import BUCKET, lead_to

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.store import every_key
from cricksy_lib.settings import Settings

pytestmark = pytest.mark.notebook

WAIT_FOR = "tell(0.5)\nwhile not pathlib.Path({go!r}).exists(): time.sleep(0.05)"
OUTAGE_S = 6.0
MINUTE_S = 60.0


@pytest.fixture
def flaky(
    bench: Bench,
    moto_settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flaky]:
    """The bench's store in a bucket: the test reaches it directly, the processes that it starts do not."""
    from cricksy_lib.jobs.ledger import Ledger
    from cricksy_lib.jobs.store import open_store

    lead_to(moto_settings, monkeypatch)
    bench.settings.store = f"s3://{BUCKET}/{uuid.uuid4()}"
    bench.store = open_store(bench.settings.store, bench.settings)
    bench.ledger = Ledger(bench.store, bench.settings)
    with flaky_server(moto_settings["AWS_ENDPOINT_URL"]) as (endpoint, told):
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        yield told


def held_up(bench: Bench) -> tuple[str, Path]:
    """Submit a job whose passes wait for a file; returns its id and the file."""
    go = bench.settings.notebooks_dir / "go"
    bench.pipeline(WAIT_FOR.format(go=str(go)), SUCCEED)
    return bench.submit(), go


def outlasts(
    bench: Bench, processes: Processes, flaky: Flaky, mode: str, command: str, outage_s: float
) -> None:
    """Require that a job in work is done by its first attempt, although the store fails for so long."""
    job_id, go = held_up(bench)
    worker = processes.worker() if command == "worker" else processes.batch()
    begun(bench, job_id)
    flaky.mode = mode
    asked = flaky.asked
    go.touch()
    until(lambda: flaky.asked > asked + 3, 30)
    flaky.after(outage_s)
    code, said = ends(worker, outage_s + 120)
    assert flaky.mode == "ok"
    assert code == 0, said
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 1)
    assert "Traceback" not in said
    check_store(bench)


@pytest.mark.parametrize("mode", ["refuse", "busy", "full"])
@pytest.mark.parametrize("command", ["worker", "batch"])
def test_a_store_that_fails_for_a_while_costs_no_attempt(
    bench: Bench, processes: Processes, flaky: Flaky, mode: str, command: str
) -> None:
    outlasts(bench, processes, flaky, mode, command, OUTAGE_S)


def test_a_store_that_answers_503_for_a_minute_costs_no_attempt(
    bench: Bench, processes: Processes, flaky: Flaky
) -> None:
    patience = Settings.model_fields["store_patience_seconds"].default  # as users have it
    bench.settings.store_patience_seconds = patience
    assert patience > MINUTE_S
    outlasts(bench, processes, flaky, "busy", "worker", MINUTE_S)


def test_a_slow_store_is_only_slow(bench: Bench, processes: Processes, flaky: Flaky) -> None:
    bench.settings.lease_seconds = 10
    bench.pipeline(SUCCEED)
    job_id = bench.submit()
    flaky.mode = "slow"
    assert ends(processes.worker())[0] == 0
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 1)
    check_store(bench)


def test_an_answer_that_is_lost_after_the_writing_makes_nothing_twice(
    bench: Bench, processes: Processes, flaky: Flaky
) -> None:
    bench.pipeline(SUCCEED)
    flaky.mode = "cut"
    made = processes.cricksy("submit", str(bench.clip), "--mode", "batting")
    code, said = ends(made)
    assert code == 0, said
    assert [row.status for row in bench.ledger.summaries()] == ["queued"]
    assert ends(processes.worker())[0] == 0
    (row,) = bench.ledger.summaries()
    assert (row.status, row.attempt) == ("done", 1)
    check_store(bench)


def test_a_store_that_stays_full_ends_the_worker_honestly_and_the_job_is_done_by_the_next(
    bench: Bench, processes: Processes, flaky: Flaky
) -> None:
    bench.settings.store_patience_seconds = 2
    job_id, go = held_up(bench)
    worker = processes.worker()
    begun(bench, job_id)
    flaky.mode = "full"
    go.touch()
    code, said = ends(worker)
    assert code == 5, said
    assert "Make room in the store." in said.splitlines()[-1]
    flaky.mode = "ok"
    assert ends(processes.worker())[0] == 0
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 2)
    check_store(bench)


def test_a_batch_whose_store_stays_away_exits_with_5(
    bench: Bench, processes: Processes, flaky: Flaky
) -> None:
    bench.settings.store_patience_seconds = 2
    job_id, go = held_up(bench)
    batch = processes.batch()
    begun(bench, job_id)
    flaky.mode = "refuse"
    code, said = ends(batch)
    assert code == 5, said
    assert "Traceback" not in said
    flaky.mode = "ok"
    go.touch()
    assert ends(processes.batch())[0] == 0
    assert bench.ledger.read(job_id).status == "done"
    check_store(bench)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB; skips where this user may not mount one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no small file system may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


FILL = """
with open({filler!r}, "wb", buffering=0) as filler:
    try:
        while True: filler.write(bytes(4096))
    except OSError:
        pass
"""


@pytest.fixture
def on_small_disk(bench: Bench, small_disk: Path) -> Path:
    """The bench's store on a small file system; returns where a file fills it."""
    from cricksy_lib.jobs.folder_store import FolderStore
    from cricksy_lib.jobs.ledger import Ledger

    bench.settings.store = str(small_disk / "store")
    bench.store = FolderStore(small_disk / "store")
    bench.ledger = Ledger(bench.store, bench.settings)
    return small_disk / "filler"


def test_a_disk_that_is_full_for_a_while_costs_no_attempt(
    bench: Bench, processes: Processes, on_small_disk: Path
) -> None:
    bench.pipeline(f"if analysis_pass == 'deep': exec({FILL.format(filler=str(on_small_disk))!r})", SUCCEED)
    job_id = bench.submit()
    worker = processes.worker()
    begun(bench, job_id, lambda _: on_small_disk.is_file())
    timer = threading.Timer(OUTAGE_S, on_small_disk.unlink)
    timer.start()
    code, said = ends(worker)
    timer.join()
    assert code == 0, said
    assert "not full" not in said.splitlines()[-1]
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 1)
    check_store(bench)


def test_a_disk_with_no_room_from_the_beginning_exits_with_5_and_loses_nothing(
    bench: Bench, processes: Processes, on_small_disk: Path
) -> None:
    bench.pipeline(SUCCEED)
    job_id = bench.submit()
    exec(FILL.format(filler=str(on_small_disk)))
    bench.settings.store_patience_seconds = 1
    code, said = ends(processes.worker())
    assert code == 5, said
    on_small_disk.unlink()
    assert ends(processes.worker())[0] == 0
    assert bench.ledger.read(job_id).status == "done"
    check_store(bench)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
sys.argv = ["cricksy", "worker", "--drain", "--poll", "0.1"]
from cricksy_lib.cli import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of processes")
def test_a_worker_without_room_for_temporary_files_fails_its_job_with_a_reason(
    bench: Bench, processes: Processes
) -> None:
    bench.pipeline(
        "if options['mode'] == 'bowling': pathlib.Path(out_dir, 'large').write_bytes(bytes(2**21))", SUCCEED
    )
    bad, good = bench.submit(mode="bowling"), bench.submit()
    assert ends(processes.start([sys.executable, "-c", LIMITED]))[0] == 0
    job = bench.ledger.read(bad)
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "analysis_failed")
    assert "OSError" in job.error.message
    assert bench.ledger.read(good).status == "done"
    assert list(every_key(bench.store, layout.QUEUE)) == []
    check_store(bench)
