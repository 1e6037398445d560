"""The pose model finds the synthetic athlete from every side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cricksy_lib.errors import CricksyError
from cricksy_lib.pose.track import KEYPOINTS
from cricksy_lib.results import MODES, Mode
from cricksy_lib.synthetic.render import draw_frames
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import run

CORE = [
    KEYPOINTS.index(f"{side}_{joint}")
    for side in ("left", "right")
    for joint in ("shoulder", "hip", "knee", "ankle")
]


@pytest.fixture(scope="module")
def model_path() -> str:
    from cricksy_lib.pose.model import ensure_model

    try:
        return str(ensure_model().path)
    except CricksyError as error:
        pytest.skip(f"no pose model: {error}")


def found_and_error(scene: Scene, model_path: str) -> tuple[float, float, float]:
    """Share of frames with a pose, median joint error in body heights, share with left as right."""
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    simulation = run(scene)
    joints = simulation.truth.joints_px[:, CORE]
    camera = simulation.camera
    height_px = camera.focal_px * simulation.truth.facts["height_m"] / scene.distance_m
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=model_path),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=2,
    )
    errors, exchanged = [], []
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for i, picture in enumerate(draw_frames(replace(simulation, times_s=simulation.times_s))):
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=picture)
            poses = landmarker.detect_for_video(image, round(simulation.times_s[i] * 1000)).pose_landmarks
            if poses:
                size = (scene.width, scene.height)
                seen = np.array([(poses[0][k].x, poses[0][k].y) for k in CORE]) * size
                same = np.linalg.norm(seen - joints[i], axis=1)
                crossed = np.linalg.norm(seen - np.roll(joints[i], 4, axis=0), axis=1)
                errors.append(np.median(same) / height_px)
                exchanged.append(crossed.sum() < same.sum())
    count = len(simulation.times_s)
    return len(errors) / count, float(np.median(errors)), float(np.mean(exchanged))


@pytest.mark.parametrize("mode", MODES)
def test_the_model_finds_the_athlete_from_the_side(mode: Mode, model_path: str) -> None:
    # A bowler who runs at 5 m/s gets away from the model's tracking at 15 frames per second.
    rate = 30 if mode == "bowling" else 15
    scene = Scene(mode=mode, seed=2, frame_rate=rate, width=960, height=540)
    found, error, _ = found_and_error(scene, model_path)
    assert found >= 0.95
    assert error < 0.04


@pytest.mark.parametrize("azimuth", [0.0, 180.0])
def test_the_model_agrees_on_left_and_right_from_front_and_back(azimuth: float, model_path: str) -> None:
    scene = Scene(mode="wicketkeeping", azimuth_deg=azimuth, frame_rate=10, width=960, height=540)
    found, _, exchanged = found_and_error(scene, model_path)
    assert found >= 0.95
    assert exchanged < 0.1
