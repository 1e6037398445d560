"""A pose track with the exact landmarks of a synthetic scene, for tests of what comes after the pose."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.stored import signed
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.synthetic.truth import Truth
from cricksy_lib.video import sha256_of


def track_of(truth: Truth, noise_px: float = 0.0, seed: int = 0) -> PoseTrack:
    """Turn truth into landmarks, with independent noise on each where asked."""
    order = [truth.joint_names.index(name) for name in KEYPOINTS]
    rng = np.random.default_rng(seed)
    count = len(truth.times_s)
    metres = truth.joints_m[:, order] @ truth.camera.rotation.T
    hips = [KEYPOINTS.index("left_hip"), KEYPOINTS.index("right_hip")]
    world = metres - metres[:, hips].mean(axis=1, keepdims=True)
    position = np.zeros((count, len(KEYPOINTS), 3))
    position[..., :2] = truth.joints_px[:, order] + rng.normal(0, noise_px, (count, len(KEYPOINTS), 2))
    return PoseTrack.from_arrays(
        truth.times_s,
        np.arange(count),
        position,
        world,
        np.ones((count, len(KEYPOINTS))),
        np.zeros(count, dtype=int),
        {
            "width": truth.scene.width,
            "height": truth.scene.height,
            "frame_rate": truth.scene.frame_rate,
            "frames_in_clip": count,
            "model": "truth",
            "model_sha256": "0" * 64,
        },
    )


def write_raw_pose(folder: Path, clip: Path, truth: Truth) -> Path:
    """Write the file of a clip's raw pose as a deep pass would: the truth with some noise."""
    path = folder / "raw_pose.parquet"
    options = AnalysisOptions(mode=truth.scene.mode, hand=truth.scene.hand)
    signed(track_of(truth, noise_px=0.5), sha256_of(clip), options).to_parquet(path)
    return path
