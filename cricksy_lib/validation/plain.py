"""What everybody would do first, to be held beside ours: one pose, video mode, smoothed, nothing repaired.

``python -m cricksy_lib.validation.plain MODEL CLIP OUT`` writes the landmarks as Parquet: a process of its
own, so that MediaPipe and its threads end with it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from cricksy_lib.errors import AnalysisError
from cricksy_lib.motion.kinematics import JOINTS, included_angle, lean_in_space, trunk_lean
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.video import probe, read_frames


def run_plain(model: Path, clip: Path, out: Path) -> None:
    """Run the plain loop over a clip in its own process, which writes its landmarks to ``out``.

    Raises
    ------
    AnalysisError
        If the process fails.
    """
    command = [sys.executable, "-m", "cricksy_lib.validation.plain", str(model), str(clip), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise AnalysisError(
            f"The plain loop failed on '{clip.name}' (exit {done.returncode}).",
            "Check the pose model with 'cricksy model show'.",
        )


def follow(model: Path, clip: Path) -> PoseTrack:
    """Run MediaPipe over every frame as its examples do; needs MediaPipe in this process."""
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    info = probe(clip)
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=1,
    )
    times: list[float] = []
    poses: list[np.ndarray] = []
    last_ms = -1
    landmarker = vision.PoseLandmarker.create_from_options(options)
    try:
        for frame in read_frames(clip):
            last_ms = max(last_ms + 1, round(frame.time_s * 1000))
            picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(frame.image))
            result = landmarker.detect_for_video(picture, last_ms)
            pose = np.full((len(KEYPOINTS), 7), np.nan)
            if result.pose_landmarks:
                near, world = result.pose_landmarks[0], result.pose_world_landmarks[0]
                pose[:, 0:3] = [(p.x * info.width, p.y * info.height, p.z * info.width) for p in near]
                pose[:, 3:6] = [(p.x, p.y, p.z) for p in world]
                pose[:, 6] = [p.visibility for p in near]
            times.append(frame.time_s)
            poses.append(pose)
    finally:
        landmarker.close()
    found = np.stack(poses)
    count = len(times)
    attrs = {
        "width": info.width,
        "height": info.height,
        "frame_rate": info.frame_rate,
        "frames_in_clip": count,
    }
    return PoseTrack.from_arrays(
        np.array(times),
        np.arange(count),
        found[..., 0:3],
        found[..., 3:6],
        found[..., 6],
        np.zeros(count, dtype=int),
        attrs,
    )


def angles(track: PoseTrack, front: str) -> dict[str, dict[str, np.ndarray]]:
    """Angles as a plain loop gives them.

    Parameters
    ----------
    track : landmarks of the plain loop.
    front : the front side ("left" or "right"), which the plain loop would have to be told.

    Returns
    -------
    ``{"plain": …, "model": …}``: series of degrees (T,) from the picture, and from the model's own
    three-dimensional landmarks.
    """
    data = track.data

    def at(variable: str, name: str) -> np.ndarray:
        values = data[variable].values[:, KEYPOINTS.index(name)]
        return np.asarray(values[:, :2] if variable == "position" else values)

    told: dict[str, dict[str, np.ndarray]] = {}
    sides = {"front": front, "rear": "left" if front == "right" else "right"}
    for method, variable in (("plain", "position"), ("model", "world")):
        series = {
            f"{where}_{joint}_angle": included_angle(*(at(variable, f"{side}_{p}") for p in chain))
            for where, side in sides.items()
            for joint, chain in JOINTS.items()
        }
        middle = {
            p: (at(variable, f"left_{p}") + at(variable, f"right_{p}")) / 2 for p in ("hip", "shoulder")
        }
        lean = trunk_lean if method == "plain" else lean_in_space
        series["trunk_lean"] = lean(middle["hip"], middle["shoulder"])
        told[method] = series
    return told


def main() -> None:
    """Write one clip's landmarks."""
    model, clip, out = (Path(argument) for argument in sys.argv[1:4])
    partial = out.with_name(f"{out.name}.tmp")
    follow(model, clip).to_parquet(partial)
    partial.replace(out)


if __name__ == "__main__":
    main()
