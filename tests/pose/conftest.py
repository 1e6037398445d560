"""Short clips of the synthetic athlete and the pose model, shared by the tests of this room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cricksy_lib.errors import PoseModelError
from cricksy_lib.pose.model import ensure_model
from cricksy_lib.settings import Settings
from cricksy_lib.synthetic.render import render_clip
from cricksy_lib.synthetic.scene import Scene


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings of this user, with the model installed; two processes."""
    chosen = Settings(pose_processes=2)
    try:
        ensure_model(chosen)
    except PoseModelError as error:
        pytest.skip(f"no pose model: {error}")
    return chosen


@pytest.fixture(scope="session")
def batting_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batter alone in the picture, 75 frames."""
    path = tmp_path_factory.mktemp("clips") / "batting.mp4"
    render_clip(
        Scene(mode="batting", seed=3, width=640, height=360, frame_rate=30, duration_s=2.5, fill=0.6), path
    )
    return path


@pytest.fixture(scope="session")
def figure() -> np.ndarray:
    """A standing body (33, 7), feet at y = 1.0, head at y = 0, hips at (0, 0.5)."""
    pose = np.zeros((33, 7))
    heights = np.interp(
        np.arange(33), [0, 10, 11, 12, 22, 23, 24, 32], [0.02, 0.1, 0.18, 0.18, 0.5, 0.5, 0.5, 1.0]
    )
    pose[:, 1] = heights
    pose[1::2, 0], pose[2::2, 0] = 0.12, -0.12
    pose[:, 6] = 0.9
    return pose
