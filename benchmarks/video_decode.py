"""Frames per second of reading clips: ``cricksy_lib.video`` beside a plain OpenCV loop, on the same clips.

``python benchmarks/video_decode.py CLIP …`` prints one row a clip; without clips it makes its own at 720p,
1080p and 4K. Both read every frame to the end; the columns with a width convert to 640 pixels, which OpenCV
does with a second step.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from cricksy_lib.video import decode_frames, make_proxy, probe, read_frames, to_rgb, write_mp4

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160)}
FRAMES = 90


def make_clip(path: Path, width: int, height: int) -> None:
    """Write a moving, textured clip: grain makes the decoder work as on footage."""
    rng = np.random.default_rng(0)
    grain = cv2.GaussianBlur(rng.integers(0, 255, (height, width + 200, 3), dtype=np.uint8), (0, 0), 2)
    write_mp4(path, ((i / 30, grain[:, i : i + width]) for i in range(FRAMES)), frame_rate=30)


def opencv(path: Path, width: int | None) -> int:
    """Read, turn to RGB and shrink as tutorials do; return the number of frames."""
    capture, count = cv2.VideoCapture(str(path)), 0
    while True:
        ok, image = capture.read()
        if not ok:
            return count
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        if width:
            cv2.resize(image, (width, round(image.shape[0] * width / image.shape[1])))
        count += 1


def per_second(work: Callable[[], int]) -> float:
    """Return the better of two runs in frames per second."""
    best = 0.0
    for _ in range(2):
        start = time.perf_counter()
        count = work()
        best = max(best, count / (time.perf_counter() - start))
    return best


def crop_ms(path: Path) -> float:
    """Return milliseconds that one 512-pixel crop of a decoded frame takes."""
    spent, count = 0.0, 0
    for frame in decode_frames(path, stop_s=1.0):
        start = time.perf_counter()
        to_rgb(frame, crop=(100, 60, 612, 572))
        spent += time.perf_counter() - start
        count += 1
    return 1000 * spent / count


def report(name: str, path: Path) -> None:
    """Print one row."""
    proxy = path.parent / f"{path.stem}_proxy.mp4" if path.parent.name.startswith("bench") else None
    rows = [
        per_second(lambda: opencv(path, None)),
        per_second(lambda: sum(1 for _ in read_frames(path))),
        per_second(lambda: opencv(path, 640)),
        per_second(lambda: sum(1 for _ in read_frames(path, width=640))),
        # Frames passed over, not frames given: the cost of sampling at 10 a second.
        per_second(lambda: sum(1 for _ in read_frames(path, width=640, rate=10)) and probe(path).frames),
        per_second(lambda: sum(1 for _ in decode_frames(path))),
    ]
    cells = " | ".join(f"{value:.0f}" for value in rows)
    made = ""
    if proxy is not None:
        made = f"{per_second(lambda: proxy_frames(path, proxy)):.0f}"
    print(f"| {name} | {cells} | {made} | {crop_ms(path):.1f} |", flush=True)


def proxy_frames(path: Path, proxy: Path) -> int:
    """Write a proxy and count its frames."""
    make_proxy(path, proxy)
    return probe(proxy).frames


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description="Frames per second of reading clips, beside a plain OpenCV loop."
    )
    parser.add_argument(
        "clips", metavar="CLIP", type=Path, nargs="*", help="made at 720p, 1080p and 4K if none"
    )
    clips = parser.parse_args().clips
    print(
        "| clip | OpenCV | read_frames | OpenCV 640 | read_frames 640 | … at 10/s | decode only "
        "| proxy | crop ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for clip in clips:
        report(clip.stem, clip)
    if not clips:
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            for name, size in SIZES.items():
                path = Path(folder) / f"{name}.mp4"
                make_clip(path, *size)
                report(name, path)


if __name__ == "__main__":
    main()
