"""Peak memory of a worker, its notebook runs included: proportional set size of the whole process tree.

Goal: under 2 GiB on a 4K clip of 2 s and on a 1080p clip of 10 minutes, both of the synthetic bowler. Run as
``.venv/bin/python benchmarks/memory.py [--only 4k|long] [--minutes M]``. Linux only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import av
import psutil

from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.synthetic.render import render_clip
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.video import probe

GOAL_GIB = 2.0
SAMPLE_EVERY_S = 0.5


def loop_clip(source: Path, target: Path, seconds: float) -> None:
    """Repeat a clip's packets, without coding anew, until it lasts long enough."""
    offset = 0
    with av.open(str(source)) as first, av.open(str(target), "w") as out:
        stream = first.streams.video[0]
        copy = out.add_stream_from_template(stream)
        if stream.time_base is None:
            raise SystemExit(f"{source.name} has no time base")
        while offset * stream.time_base < seconds:
            first.seek(0)
            length = 0
            for packet in first.demux(stream):
                if packet.dts is None or packet.pts is None:
                    continue
                length += packet.duration or 0
                packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                packet.stream = copy
                out.mux(packet)
            offset += length


def tree_pss(root: psutil.Process) -> tuple[float, Counter[str]]:
    """Return the tree's proportional set size in bytes, and each kind of process's part."""
    parts: Counter[str] = Counter()
    for process in (root, *root.children(recursive=True)):
        try:
            words = " ".join(process.cmdline())
            kind = next(
                (k for k in ("cli worker", "notebook_child", "proxy_child", "ipykernel") if k in words),
                "pose",
            )
            parts[kind] += process.memory_full_info().pss
        except psutil.Error:
            continue
    return sum(parts.values()), parts


def measure(clip: Path, folder: Path) -> tuple[float, Counter[str], float, str]:
    """Run a worker on a clip; returns peak bytes, their parts, seconds, and the job's status."""
    store = FolderStore(folder)
    ledger = Ledger(store)
    job_id = ledger.submit(clip, AnalysisOptions(mode="bowling"))
    environment = {**os.environ, "CRICKSY_STORE": str(folder)}
    started = time.monotonic()
    worker = subprocess.Popen([sys.executable, "-m", "cricksy_lib.cli", "worker", "--drain"], env=environment)
    root = psutil.Process(worker.pid)
    peak, parts = 0.0, Counter[str]()
    while worker.poll() is None:
        try:
            now, of = tree_pss(root)
        except psutil.NoSuchProcess:
            break
        if now > peak:
            peak, parts = now, of
        time.sleep(SAMPLE_EVERY_S)
    worker.wait()
    return peak, parts, time.monotonic() - started, ledger.read(job_id).status


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("4k", "long"))
    parser.add_argument("--minutes", type=float, default=10.0)
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        clips = []
        if given.only != "long":
            clips.append(folder / "4k.mp4")
            scene = Scene(mode="bowling", seed=12, duration_s=2.0, width=3840, height=2160, frame_rate=30)
            render_clip(scene, clips[-1])
        if given.only != "4k":
            scene = Scene(mode="bowling", seed=12, width=1920, height=1080, frame_rate=30)
            render_clip(scene, folder / "short.mp4")
            clips.append(folder / "long.mp4")
            loop_clip(folder / "short.mp4", clips[-1], 60 * given.minutes)
        for clip in clips:
            info = probe(clip)
            peak, parts, seconds, status = measure(clip, folder / f"store_{clip.stem}")
            where = ", ".join(f"{kind} {size / 2**20:.0f} MiB" for kind, size in parts.most_common())
            rows.append((info, peak / 2**30, where, seconds, status))
    print("| clip | peak PSS, GiB | of which | wall, s | job | goal |")
    print("|---|---|---|---|---|---|")
    for info, gib, where, seconds, status in rows:
        clip_text = f"{info.width}x{info.height}, {info.duration_s:.0f} s"
        reached = "reached" if gib < GOAL_GIB else "missed"
        print(f"| {clip_text} | {gib:.2f} | {where} | {seconds:.0f} | {status} | {reached} |")


if __name__ == "__main__":
    main()
