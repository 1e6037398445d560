"""Pose stage, whole, beside the plain loop: frames per second and agreement, on synthetic clips.

    python benchmarks/pose_speed.py [--seconds 12] [--rounds 3] [--sizes 720 1080 2160] [--clip FILE ...]

Plain loop: OpenCV reads and converts every frame, ``detect_for_video`` with one pose, one process. Ours:
`extract`, deep pass, all processes. The two take turns, so that a change of the machine's load meets both;
the median of the rounds is printed, with the CPU time, which depends less on what else runs. Each run is
a fresh process. "With start-up" counts from its start, imports and model loading included; the other
figures leave out what the same way needs for a clip of a few frames.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = {720: (1280, 720), 1080: (1920, 1080), 2160: (3840, 2160)}
WAYS = ("plain", "ours")


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--clip", type=Path, nargs="*", default=[], help="clips of your own, besides")
    parser.add_argument("--mode", default="batting", help="discipline of those clips")
    parser.add_argument("--worker", nargs=3, metavar=("WAY", "CLIP", "MODE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        print(json.dumps(_RUNS[asked.worker[0]](Path(asked.worker[1]), asked.worker[2])))
        return
    with tempfile.TemporaryDirectory() as folder:
        clips = [(f"{size}p", _render(Path(folder), size, asked.seconds), "batting") for size in asked.sizes]
        clips += [(clip.stem, clip, asked.mode) for clip in asked.clip]
        short = _render(Path(folder), 720, 0.2)
        print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
        start = {
            way: statistics.median(_run(way, short, "batting")["wall_s"] for _ in range(asked.rounds))
            for way in WAYS
        }
        print(f"start-up: plain {start['plain']:.2f} s, ours {start['ours']:.2f} s\n")
        print("| clip | frames | plain fps | ours fps | ratio | with start-up | plain CPU ms | ours CPU ms |")
        print("|---|---|---|---|---|---|---|---|")
        for name, clip, mode in clips:
            rounds = [{way: _run(way, clip, mode) for way in WAYS} for _ in range(asked.rounds)]
            print(_row(name, rounds, start), flush=True)
        print("\nDifferences in body heights, median over landmarks and frames unless said otherwise:\n")
        print(
            "| clip | found, reference | found, ours | ours to reference | 95 % | floor "
            "| reference to truth | ours to truth |"
        )
        print("|---|---|---|---|---|---|---|---|")
        for name, clip, mode in clips:
            same = _run("agreement", clip, mode)
            known = "reference_to_truth" in same
            truth = f"{same['reference_to_truth']:.4f} | {same['ours_to_truth']:.4f}" if known else "| "
            print(
                f"| {name} | {same['reference']:.3f} | {same['ours']:.3f} "
                f"| {same['median']:.4f} | {same['p95']:.4f} | {same['floor']:.4f} | {truth} |",
                flush=True,
            )
        print(
            f"\nModel alone, one core: {_run('model', clips[0][1], 'batting')['fps']:.1f} frames per second."
        )


def _row(name: str, rounds: list[dict[str, dict[str, float]]], start: dict[str, float]) -> str:
    frames = rounds[0]["plain"]["frames"]
    wall = {way: statistics.median(r[way]["wall_s"] for r in rounds) for way in WAYS}
    cpu = {way: statistics.median(r[way]["cpu_s"] for r in rounds) / frames * 1e3 for way in WAYS}
    fps = {way: frames / max(wall[way] - start[way], 1e-3) for way in WAYS}
    ratio = fps["ours"] / fps["plain"]
    return (
        f"| {name} | {frames:.0f} | {fps['plain']:.1f} | {fps['ours']:.1f} | {ratio:.2f} "
        f"| {wall['plain'] / wall['ours']:.2f} | {cpu['plain']:.1f} | {cpu['ours']:.1f} |"
    )


def _render(folder: Path, size: int, seconds: float) -> Path:
    from cricksy_lib.synthetic.render import render_clip
    from cricksy_lib.synthetic.scene import Scene

    target = folder / f"{size}-{seconds:g}.mp4"
    width, height = SIZES[size]
    scene = Scene(
        mode="batting",
        seed=5,
        frame_rate=30,
        width=width,
        height=height,
        duration_s=seconds,
        noise=2.0,
        fill=0.55,
    )
    render_clip(scene, target, _truth_of(target))
    return target


def _truth_of(clip: Path) -> Path:
    return clip.with_suffix(".truth.json")


def _run(way: str, clip: Path, mode: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--worker", way, str(clip), mode]
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    measured["wall_s"] = time.perf_counter() - begin
    return measured


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _plain(clip: Path, mode: str) -> dict[str, float]:
    import cv2
    import mediapipe as mp

    landmarker = _landmarker(1)
    capture = cv2.VideoCapture(str(clip))
    frames = 0
    while True:
        read, image = capture.read()
        if not read:
            break
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        landmarker.detect_for_video(picture, frames * 33 + 1)
        frames += 1
    landmarker.close()
    return {"frames": frames, "cpu_s": _cpu_s()}


def _ours(clip: Path, mode: str) -> dict[str, float]:
    track = _extract(clip, mode)
    return {"frames": track.data.sizes["time"], "cpu_s": _cpu_s()}


def _extract(clip: Path, mode: str):  # type: ignore[no-untyped-def]
    from cricksy_lib.options import AnalysisOptions
    from cricksy_lib.pose.extract import extract
    from cricksy_lib.video import probe

    return extract(probe(clip), AnalysisOptions(mode=mode), "deep")


def _landmarker(num_poses: int):  # type: ignore[no-untyped-def]
    from mediapipe.tasks.python import BaseOptions, vision

    from cricksy_lib.pose.model import ensure_model

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(ensure_model().path)),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=num_poses,
    )
    return vision.PoseLandmarker.create_from_options(options)


def _agreement(clip: Path, mode: str) -> dict[str, float]:
    """Compare with frame-by-frame detection on the whole frames, and both with the truth where it is known.

    The floor is how much that detection differs from itself when the frame is cut eight pixels narrower: two
    answers that are equally good differ by so much. The figure's joints are not where the model puts its
    landmarks on people, so the distance to the truth is a common offset and each side's own error.
    """
    import numpy as np

    from cricksy_lib.pose.track import KEYPOINTS
    from cricksy_lib.synthetic.truth import Truth

    track = _extract(clip, mode)
    ours = track.data["position"].values[..., :2]
    heights = np.ptp(ours[..., 1], axis=1)
    height = float(np.nanpercentile(heights, 90))
    reference = _detected(clip, ours, shift=0)
    moved = _detected(clip, ours, shift=8)
    difference = np.linalg.norm(ours - reference, axis=2) / height
    floor = np.linalg.norm(moved - reference, axis=2) / height
    told = {}
    if _truth_of(clip).exists():
        truth = Truth.read(_truth_of(clip))
        at = truth.joints_px[:, [truth.joint_names.index(name) for name in KEYPOINTS]]
        for side, found in (("reference", reference), ("ours", ours)):
            told[f"{side}_to_truth"] = float(np.nanmedian(np.linalg.norm(found - at, axis=2)) / height)
    return {
        **told,
        "median": float(np.nanmedian(difference)),
        "p95": float(np.nanpercentile(difference, 95)),
        "floor": float(np.nanmedian(floor)),
        "reference": float(np.isfinite(reference[:, 0, 0]).mean()),
        "ours": track.detection_rate,
    }


def _detected(clip: Path, ours, shift: int):  # type: ignore[no-untyped-def]
    """Detect frame by frame, ``num_poses=2``, on whole frames whose first ``shift`` columns are cut off."""
    import mediapipe as mp
    import numpy as np

    from cricksy_lib.video import read_frames

    landmarker = _landmarker(2)
    found = np.full_like(ours, np.nan)
    for row, frame in enumerate(read_frames(clip)):
        image = np.ascontiguousarray(frame.image[:, shift:])
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=image)
        marks = landmarker.detect_for_video(picture, row * 33 + 1).pose_landmarks
        size = image.shape[1], image.shape[0]
        poses = [np.array([(p.x, p.y) for p in pose]) * size + (shift, 0) for pose in marks]
        if poses and row < len(found):
            # The nearest pose is the same person; a stranger would show as a difference of a body height.
            far = [np.linalg.norm(pose - ours[row], axis=1).mean() for pose in poses]
            found[row] = poses[int(np.argmin(np.nan_to_num(far, nan=1e9)))]
    landmarker.close()
    return found


def _model(clip: Path, mode: str) -> dict[str, float]:
    """Time the tracked model alone on one picture that is already in memory."""
    import mediapipe as mp
    import numpy as np

    from cricksy_lib.video import read_frames

    image = np.ascontiguousarray(next(iter(read_frames(clip))).image)
    landmarker = _landmarker(1)
    picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=image)
    landmarker.detect_for_video(picture, 1)
    begin = time.perf_counter()
    for i in range(100):
        landmarker.detect_for_video(picture, 34 + 33 * i)
    fps = 100 / (time.perf_counter() - begin)
    landmarker.close()
    return {"fps": fps}


_RUNS = {"plain": _plain, "ours": _ours, "agreement": _agreement, "model": _model}

if __name__ == "__main__":
    main()
