"""The queue on Dask beside one worker, what a job costs beyond its analysis, and claims raced for.

Each way works through the same number of rendered clips of 2 s in a new store: ``cricksy batch --workers 2``
and one ``cricksy worker``, both with ``CRICKSY_POSE_PROCESSES=1``, and one worker with every core. Goals:
the batch does at least 1.6 times the jobs per hour of the one worker, and no fewer than the worker with every
core; a job costs under 0.5 s beyond notebooks and proxy. Run idle as
``.venv/bin/python benchmarks/batch.py [--jobs 40]``; ``--race`` instead races 1,000 threads for each of some
claims, in a folder and on moto, where exactly one may win.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.store import Store, open_store
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import Mode
from cricksy_lib.settings import Settings

TESTS = Path(__file__).resolve().parent.parent / "tests"
GOAL_RATIO, GOAL_OVERHEAD_S = 1.6, 0.5
RACERS = 1000
_WALL = re.compile(r"^(Pass ended|Proxy made|Attempt ended):.* wall_s=([0-9.]+)$")


@dataclass
class Way:
    """One way through the queue, and what it took.

    Attributes
    ----------
    seconds : from the command's start to its end.
    working_s : from the first claim to the last attempt's end.
    inside_s : of that, in notebooks and on proxies, summed over jobs.
    """

    name: str
    jobs: int
    seconds: float
    working_s: float
    inside_s: float

    @property
    def per_hour(self) -> float:
        """Jobs an hour, with the command's start."""
        return 3600 * self.jobs / self.seconds


def clips(folder: Path, count: int) -> list[Path]:
    """Render a clip of 2 s of each discipline and return ``count`` files, no two the same to a hash."""
    from cricksy_lib.synthetic.__main__ import DEMO, write_demo_clips

    drawn = write_demo_clips(folder, DEMO)
    modes: list[Mode] = list(drawn)
    made = []
    for index in range(count):
        mode = modes[index % len(modes)]
        clip = folder / f"{mode}_{index}.mp4"
        shutil.copy(drawn[mode], clip)
        with clip.open("ab") as out:  # an empty box at the end: players and decoders pass over it
            out.write((16).to_bytes(4, "big") + b"free" + index.to_bytes(8, "big"))
        made.append(clip)
    return made


def work(name: str, command: list[str], clips: list[Path], folder: Path, **changes: str) -> Way:
    """Submit all clips to a new store and work through it."""
    settings = Settings(store=str(folder))
    ledger = Ledger(open_store(settings.store), settings)
    ids = [ledger.submit(clip, AnalysisOptions.checked(mode=clip.stem.partition("_")[0])) for clip in clips]
    environment = {**os.environ, "CRICKSY_STORE": str(folder), **changes}
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "cricksy_lib.cli", *command],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = last = None
    inside_s = 0.0
    assert process.stderr is not None
    for line in process.stderr:
        told = _WALL.match(line.rstrip())
        if line.startswith("Claimed:") and first is None:
            first = time.monotonic()
        elif told is not None and told[1] == "Attempt ended":
            last = time.monotonic()
        elif told is not None:
            inside_s += float(told[2])
    code = process.wait()
    seconds = time.monotonic() - started
    statuses = {ledger.read(job_id).status for job_id in ids}
    if code != 0 or statuses != {"done"} or first is None or last is None:
        raise SystemExit(f"{name}: exit code {code}, jobs {statuses}.")
    verify(name, environment)
    return Way(name, len(ids), seconds, last - first, inside_s)


def verify(name: str, environment: dict[str, str]) -> None:
    """Require that the store verifies clean."""
    ran = subprocess.run(
        [sys.executable, "-m", "cricksy_lib.cli", "jobs", "verify"], env=environment, check=False
    )
    if ran.returncode != 0:
        raise SystemExit(f"{name}: the store does not verify clean.")


def compare(count: int) -> None:
    """Measure all ways and print a table."""
    with tempfile.TemporaryDirectory() as scratch:
        made = clips(Path(scratch) / "clips", count)
        one = {"CRICKSY_POSE_PROCESSES": "1"}
        cores = os.cpu_count() or 1
        ways = [
            work("batch, 2 workers", ["batch", "--workers", "2"], made, Path(scratch) / "batch", **one),
            work("one worker", ["worker", "--drain"], made, Path(scratch) / "one", **one),
            work(
                f"one worker, {cores} cores",
                ["worker", "--drain"],
                made,
                Path(scratch) / "cores",
                CRICKSY_POSE_PROCESSES=str(cores),
            ),
        ]
    print(f"| way, {count} jobs of 2 s | seconds | jobs an hour | batch against it | goal |")
    print("|---|---|---|---|---|")
    for way, goal in zip(ways, ("", f"{GOAL_RATIO}", "1"), strict=True):
        ratio = f"{ways[0].per_hour / way.per_hour:.2f}" if goal else ""
        print(f"| {way.name} | {way.seconds:.0f} | {way.per_hour:.0f} | {ratio} | {goal} |")
    alone = ways[1]
    beyond_s = (alone.working_s - alone.inside_s) / alone.jobs
    print(
        f"\nA job of one worker costs {beyond_s:.2f} s beyond notebooks and proxy (goal {GOAL_OVERHEAD_S})."
    )


def winners(store: Store, key: str) -> int:
    """Let 1,000 threads race for one object; returns how many were told that they had won."""
    barrier = threading.Barrier(RACERS)
    won: list[int] = []

    def racer(number: int) -> None:
        barrier.wait()
        if store.put(key, str(number).encode(), create_only=True):
            won.append(number)

    threads = [threading.Thread(target=racer, args=(number,)) for number in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = store.get(key)
    return len(won) if kept is not None and [int(kept)] == won else -1


@contextmanager
def on_moto(folder: Path) -> Iterator[str]:
    """Run moto; gives the place of a store on it."""
    sys.path.insert(0, str(TESTS))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for each request
    servers = importlib.import_module("stores.s3_servers")
    with servers.moto(folder) as settings:
        os.environ.update(settings)
        yield f"s3://{servers.BUCKET}/race"


def race(attempts: int) -> None:
    """Race for some claims in a folder and on moto, and print a table."""
    print(f"| {RACERS} racers | claims | exactly one winner | seconds |")
    print("|---|---|---|---|")
    job_id = "01890000-0000-7000-8000-000000000000"
    with tempfile.TemporaryDirectory() as scratch, on_moto(Path(scratch)) as place:
        for name, where in (("folder", f"{scratch}/store"), ("S3 (moto)", place)):
            store = open_store(where)
            started = time.monotonic()
            told = [winners(store, layout.claim(job_id, number)) for number in range(1, attempts + 1)]
            print(f"| {name} | {attempts} | {told.count(1)} | {time.monotonic() - started:.0f} |")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--race", type=int, metavar="CLAIMS", nargs="?", const=3)
    given = parser.parse_args()
    if given.race is not None:
        race(given.race)
    else:
        compare(given.jobs)


if __name__ == "__main__":
    main()
