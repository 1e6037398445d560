"""What a large store costs: the newest 50 of 100,000 jobs in a folder and on S3 (moto), and `jobs verify`.

`benchmarks/store_scale.py [--jobs 100000] [--verified 10000] [--dir DIR]`; needs some 3 GB of disk, and of
memory for moto. Of the first two's jobs, those older than the newest 200 have only the objects that say what
they are; those that are verified are whole, with results as long as those of a clip of two seconds. On moto
the client itself counts its requests, repeated ones included.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import AttemptState
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.s3_store import S3Store
from cricksy_lib.jobs.store import Store
from cricksy_lib.jobs.verify import verify
from cricksy_lib.settings import Settings

# Jobs and servers are made as the tests make them.
TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "jobs")]
made_jobs: Any = import_module("made_jobs")
servers: Any = import_module("stores.s3_servers")

NEWEST, RUNNING, ROUNDS, FRAMES = 50, 5, 5, 120


def jobs(count: int) -> Iterator[Any]:
    """Yield jobs as an academy leaves them: nearly all done, the newest few running."""
    for number in range(count):
        status = "deep_running" if number >= count - RUNNING else "failed" if number % 50 == 0 else "done"
        yield made_jobs.Made(number, status, player=f"Player {number % 200}")


def long_results(blank: Any) -> Callable[[], Any]:
    """Return results with the series of a clip of two seconds at 60 frames a second."""
    series = {
        name: one.model_copy(
            update={
                "values": [152.25 + frame for frame in range(FRAMES)],
                "uncertainty": [6.5] * FRAMES,
                "status": ["measured"] * FRAMES,
            }
        )
        for name, one in blank.kinematics.series.items()
    }
    times = [round(frame / 60, 4) for frame in range(FRAMES)]
    kinematics = blank.kinematics.model_copy(update={"time_s": times, "series": series})
    return lambda: blank.model_copy(update={"kinematics": kinematics})


def lean(made: Any, newest: bool) -> Iterator[tuple[str, bytes]]:
    """Yield a job's objects; of one that no list shows, those alone that decide what it is."""
    for key, content in made.objects():
        name = key.rpartition("/")[2]
        if newest or name in ("job.json", "done.json") or key.startswith((layout.RECENT, layout.QUEUE)):
            yield key, content


def write(root: Path, objects: Iterator[tuple[str, bytes]]) -> int:
    """Write objects straight into a folder store's files."""
    made: set[str] = set()
    count = 0
    for key, content in objects:
        folder = key.rpartition("/")[0]
        if folder not in made:
            (root / folder).mkdir(parents=True, exist_ok=True)
            made.add(folder)
        (root / key).write_bytes(content)
        count += 1
    return count


def timed(what: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that something takes, and what it gives."""
    began = time.perf_counter()
    given = what()
    return time.perf_counter() - began, given


def in_a_folder(root: Path, count: int) -> None:
    """Time the newest jobs of many."""

    def objects() -> Iterator[tuple[str, bytes]]:
        for made in jobs(count):
            yield from lean(made, made.number >= count - 4 * NEWEST)

    seconds, number = timed(lambda: write(root, objects()))
    print(f"folder: {count} jobs, {number} objects written in {seconds:.0f} s")
    times = []
    for _ in range(ROUNDS):
        seconds, rows = timed(lambda: Ledger(FolderStore(root)).summaries(NEWEST))
        assert len(rows) == NEWEST
        times.append(seconds)
    ledger = Ledger(FolderStore(root))
    ledger.summaries(NEWEST)
    again = min(timed(lambda: ledger.summaries(NEWEST))[0] for _ in range(ROUNDS))
    print(
        f"folder: newest {NEWEST} of {count}: first {times[0]:.2f} s, "
        f"median {sorted(times)[ROUNDS // 2]:.2f} s, again in the same process {again:.2f} s"
    )


def verified(root: Path, count: int) -> None:
    """Time a walk over whole jobs, without and with one that may be dead."""
    seconds, number = timed(lambda: write(root, (found for made in jobs(count) for found in made.objects())))
    print(f"verify: {count} jobs, {number} objects written in {seconds:.0f} s")
    store = FolderStore(root)
    waited: list[float] = []
    seconds, verdict = timed(lambda: verify(store, 60.0, sleep=waited.append))
    assert [fault.kind for fault in verdict.faults] == [], verdict.faults[:5]
    print(
        f"verify: {verdict.jobs} jobs, {verdict.objects} objects in {seconds:.1f} s, without the lease "
        f"({sum(waited):.0f} s) that it waits for {RUNNING} running jobs"
    )


def on_moto(count: int) -> None:
    """Count the requests for the newest jobs of many."""
    with (
        tempfile.TemporaryDirectory() as nowhere,
        pytest.MonkeyPatch.context() as patch,
        servers.moto(Path(nowhere)) as settings,
    ):
        servers.lead_to(settings, patch)
        place = str(uuid.uuid4())
        fill_moto(place, count)
        store = S3Store(f"s3://{servers.BUCKET}/{place}", Settings())
        asked: list[str] = []
        store._client.meta.events.register(
            "before-send.s3.*", lambda request, **_: asked.append(request.method)
        )
        ledger = Ledger(store)
        seconds, rows = timed(lambda: ledger.summaries(NEWEST))
        assert len(rows) == NEWEST
        print(f"moto: newest {NEWEST} of {count}: cold {len(asked)} requests ({seconds:.1f} s on moto)")
        asked.clear()
        seconds, _ = timed(lambda: ledger.summaries(NEWEST))
        print(f"moto: nothing changed: {len(asked)} requests")
        beat(store, [row.id for row in rows if row.status == "deep_running"])
        asked.clear()
        ledger.summaries(NEWEST)
        print(f"moto: {RUNNING} running jobs beat: {len(asked)} requests")


def beat(store: Store, running: list[str]) -> None:
    """Write the next state of running jobs."""
    assert len(running) == RUNNING
    for job_id in running:
        state = AttemptState(status="deep_running", heartbeat=8, started_at=made_jobs.NOW)
        store.put(layout.artefact(job_id, 1, "state.json"), state.as_bytes())


def fill_moto(place: str, count: int) -> None:
    """Put jobs into moto's memory from within: a hundred thousand uploads would take an hour."""
    from moto.s3.models import s3_backends

    backend = next(iter(s3_backends.values()))["aws"]
    for made in jobs(count):
        for key, content in lean(made, made.number >= count - 4 * NEWEST):
            backend.put_object(servers.BUCKET, f"{place}/{key}", content)


def main() -> None:
    """Run all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--verified", type=int, default=10_000)
    parser.add_argument("--dir", type=Path, default=None)
    given = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    made_jobs.example_results = long_results(made_jobs.example_results())
    for run, count in ((in_a_folder, given.jobs), (verified, given.verified)):
        with tempfile.TemporaryDirectory(dir=given.dir) as folder:
            run(Path(folder) / "store", count)
    on_moto(given.jobs)


if __name__ == "__main__":
    main()
