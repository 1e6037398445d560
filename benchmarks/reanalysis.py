"""An analysis that starts from a stored pose, called directly: how long it takes for a clip of 2 s.

Each discipline's clip of 2 s is analysed once as a deep pass; its raw pose is then given to further deep
passes, as a correction or another set of house rules does. The other side is the same pass without the stored
pose. Goal: at most 2 s from the pose. Run idle as ``.venv/bin/python benchmarks/reanalysis.py``.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from cricksy_lib.analysis import run_pass
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose_identity import RAW_POSE_FILE
from cricksy_lib.results import MODES, Mode, Results
from cricksy_lib.synthetic.render import render_clip
from cricksy_lib.synthetic.scene import Scene

GOAL_S = 2.0


def timed(
    clip: Path, mode: Mode, out: Path, rounds: int, pose: Path | None = None
) -> tuple[list[float], Results]:
    """Run deep passes; seconds of each, and the results of the last."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        results = run_pass(clip, AnalysisOptions(mode=mode), "deep", out, pose_path=pose)
        seconds.append(time.perf_counter() - started)
    return seconds, results


def main() -> None:
    """Measure each discipline and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"| clip of 2 s | with pose, s (goal {GOAL_S}) | without, s | stages of the last, s |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for mode in MODES:
            clip, first, again = (Path(scratch) / f"{mode}{name}" for name in (".mp4", "_first", "_again"))
            render_clip(Scene(mode=mode, seed=71, width=960, height=540, duration_s=2.0), clip)
            without, _ = timed(clip, mode, first, 2)
            seconds, results = timed(clip, mode, again, rounds, first / RAW_POSE_FILE)
            stages = ", ".join(f"{name} {took:.2f}" for name, took in results.provenance.wall_s.items())
            print(f"| {mode} | {statistics.median(seconds):.2f} | {without[-1]:.2f} | {stages} |", flush=True)


if __name__ == "__main__":
    main()
