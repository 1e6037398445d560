"""Which joints are hidden from the camera."""

from __future__ import annotations

import numpy as np
import pytest

from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate
from cricksy_lib.synthetic.visibility import hidden_joints

SMALL = {"width": 640, "height": 360, "frame_rate": 30.0}
BOWLER = Scene(mode="bowling", seed=3, **SMALL)


def test_from_the_side_the_far_hip_is_behind_the_body_and_the_near_shoulder_is_not() -> None:
    hidden = hidden_joints(BOWLER, ("left_hip", "right_shoulder"))
    assert hidden.shape == (60, 2)
    assert hidden[:, 0].mean() > 0.4
    assert hidden[:, 1].mean() < 0.1


def test_from_the_other_side_near_and_far_change_places() -> None:
    for azimuth, far, near in ((90.0, "left_hip", "right_hip"), (-90.0, "right_hip", "left_hip")):
        scene = BOWLER.model_copy(update={"azimuth_deg": azimuth})
        share = hidden_joints(scene, (far, near)).mean(axis=0)
        assert share[0] > share[1] + 0.2


def test_a_limb_does_not_hide_its_own_joints() -> None:
    # The batter's chest and pads face the camera.
    hidden = hidden_joints(Scene(mode="batting", seed=6, **SMALL), ("left_knee", "left_ankle", "nose"))
    assert hidden[:20].mean() == 0


def test_who_crosses_hides_the_athlete_meanwhile() -> None:
    scene = Scene(mode="batting", seed=10, occluder="person", azimuth_deg=60, **SMALL)
    joints = ("left_hip", "right_hip", "left_shoulder", "right_shoulder")
    free = hidden_joints(scene.model_copy(update={"occluder": None}), joints)
    crossed = hidden_joints(scene, joints)
    assert (crossed >= free).all()
    assert (crossed & ~free).sum(axis=1).max() >= 2
    assert crossed.mean() > free.mean() + 0.1


@pytest.mark.parametrize("empty", [True, False])
def test_empty_scenes_have_no_joints(empty: bool) -> None:
    scene = BOWLER.model_copy(update={"empty": empty})
    assert hidden_joints(scene).shape == (60, 0 if empty else simulate(scene).joints_px.shape[1])
    assert hidden_joints(scene).dtype == np.bool_
