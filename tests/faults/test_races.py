"""Processes that race for one job."""

from __future__ import annotations

import sys

import pytest
from faults.processes import Processes, check_store, ends
from jobs.small_notebooks import SUCCEED, Bench

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.store import every_key

ROUNDS = 1000
# Both wait at each round until the other has come as far, so that every round is a race.
RACE = """
import sys, time
from pathlib import Path
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.folder_store import FolderStore
place, job_id, name, other, rounds = sys.argv[1:]
store, pace = FolderStore(Path(place)), Path(place).parent / "pace"
for number in range(1, int(rounds) + 1):
    with (pace / name).open("ab", buffering=0) as mine:
        mine.write(b".")
    while not (pace / other).exists() or (pace / other).stat().st_size < number:
        pass
    if store.put(layout.claim(job_id, number), name.encode(), create_only=True):
        sys.stdout.write(f"{number}\\n")
"""


def test_of_two_processes_exactly_one_wins_each_of_a_thousand_claims(
    bench: Bench, processes: Processes
) -> None:
    job_id = bench.submit()
    (bench.settings.notebooks_dir.parent / "pace").mkdir()
    names = ("one", "two")
    racers = [
        processes.start([sys.executable, "-c", RACE, bench.settings.store, job_id, name, other, str(ROUNDS)])
        for name, other in (names, names[::-1])
    ]
    won = {}
    for name, racer in zip(names, racers, strict=True):
        code, said = ends(racer)
        assert code == 0, said
        won[name] = {int(line) for line in said.split()}
    assert won["one"] | won["two"] == set(range(1, ROUNDS + 1))
    assert won["one"] & won["two"] == set()
    for name in names:
        kept = {n for n in won[name] if bench.store.get(layout.claim(job_id, n)) == name.encode()}
        assert kept == won[name]


@pytest.mark.notebook
def test_three_workers_and_a_batch_do_each_job_once(bench: Bench, processes: Processes) -> None:
    bench.settings.lease_seconds = 60
    bench.pipeline(SUCCEED)
    jobs = [bench.submit(passes="quick") for _ in range(6)]
    working = [processes.worker(), processes.worker(), processes.batch()]
    for process in working:
        code, said = ends(process)
        assert code == 0, said
    assert [bench.ledger.read(job_id).attempt for job_id in jobs] == [1] * 6
    for job_id in jobs:
        assert len(list(every_key(bench.store, f"jobs/{job_id}/claims/"))) == 1
    check_store(bench)
