"""``make demo``: the synthetic athlete in four disciplines through queue, worker and papermill."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from cricksy_lib.errors import CricksyError
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.record import TERMINAL
from cricksy_lib.jobs.worker import run_worker
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.settings import get_settings
from cricksy_lib.synthetic.__main__ import write_demo_clips

PLAYER = "Synthetic athlete"


def main(argv: list[str] | None = None) -> int:
    """Render what is missing, submit what is new, work the queue dry."""
    parser = argparse.ArgumentParser(prog="python -m cricksy_lib.demo", description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path("demo"), help="folder for clips and store")
    folder: Path = parser.parse_args(argv).dir
    console = Console(stderr=True)
    try:
        return run_demo(folder, console)
    except CricksyError as error:
        console.print(f"[bold]{error.cause}[/] {error.advice}", highlight=False)
        return error.exit_code


def run_demo(folder: Path, console: Console) -> int:
    """Bring the demo's store up to date; quick when nothing changed."""
    console.print("== Clips of the synthetic athlete, rendered where missing")
    clips = write_demo_clips(folder / "clips")
    store = FolderStore(folder / "store")
    ledger = Ledger(store)
    known = {(job.mode, job.title) for job in ledger.summaries(limit=200) if job.status != "failed"}
    for mode, clip in clips.items():
        title = f"Demo: {mode}"
        if (mode, title) not in known:
            console.print(f"== Submitting the {mode} clip")
            ledger.submit(clip, AnalysisOptions(mode=mode, player=PLAYER, title=title))
    waiting = [job for job in ledger.summaries(limit=200) if job.status not in TERMINAL]
    if not waiting:
        console.print("== All clips were analysed already: there is nothing to do")
        return 0
    console.print("== Working through the queue (one papermill run for each pass)")
    run_worker(store, drain=True, poll_s=0.2, settings=get_settings())
    failed = [job for job in ledger.summaries(limit=200) if job.status == "failed"]
    for job in failed:
        console.print(f"{job.mode}: {job.error.message if job.error else 'failed'}", highlight=False)
    if not failed:
        console.print(f"== {len(clips)} clips are analysed; results: {folder / 'store'}", highlight=False)
    return 4 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
