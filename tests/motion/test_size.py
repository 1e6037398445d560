"""Standing height in the picture: it follows a run along the camera's axis and holds still otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.motion.body import build_body
from cricksy_lib.motion.kinematics import speed
from cricksy_lib.motion.size import height_over_time_px
from cricksy_lib.pose.clean import clean
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate
from cricksy_lib.synthetic.truth import Truth


def true_height_px(truth: Truth) -> np.ndarray:
    hips = (truth.m("left_hip") + truth.m("right_hip")) / 2
    depth = ((hips - truth.camera.position) @ truth.camera.rotation.T)[:, 2]
    return np.asarray(truth.camera.focal_px * truth.facts["height_m"] / depth)


def body_of(truth: Truth):
    return build_body(clean(track_of(truth, 1.5)), 1.0, truth.scene.mode)


@pytest.mark.parametrize("mode", ["bowling", "fielding"])
@pytest.mark.parametrize("azimuth", [0, 35, 180])
def test_the_size_of_a_runner_is_followed(mode, azimuth):
    truth = simulate(Scene(mode=mode, azimuth_deg=azimuth, seed=71))
    true, found = true_height_px(truth), body_of(truth).height_at_px
    ratio = found / true
    assert np.ptp(np.log(true)) > 0.3
    assert np.quantile(np.abs(ratio / np.median(ratio) - 1), 0.9) < 0.12
    assert 0.9 < np.median(ratio) < 1.15


@pytest.mark.parametrize(
    ("mode", "azimuth"), [("bowling", 90), ("fielding", -90), ("batting", 0), ("wicketkeeping", 180)]
)
def test_one_height_holds_where_only_the_posture_changes(mode, azimuth):
    body = body_of(simulate(Scene(mode=mode, azimuth_deg=azimuth, seed=72)))
    np.testing.assert_array_equal(body.height_at_px, body.height_px)


def test_a_speed_is_in_the_body_heights_of_its_own_frame():
    truth = simulate(Scene(mode="bowling", azimuth_deg=20, seed=73))
    body = body_of(truth)
    path = np.stack([np.cumsum(true_height_px(truth)) / 60, np.zeros(len(truth.times_s))], axis=1)
    assert np.median(np.abs(speed(body, path)[5:-5] - 1.0)) < 0.12


def test_frames_without_a_body_take_the_height_between_those_beside_them():
    truth = simulate(Scene(mode="bowling", azimuth_deg=0, seed=74))
    xy = track_of(truth, 1.0).data["position"].values[..., :2]
    whole = height_over_time_px(truth.times_s, xy)
    gap = xy.copy()
    gap[40:70] = np.nan
    np.testing.assert_allclose(height_over_time_px(truth.times_s, gap), whole, rtol=0.06)


def test_without_any_body_there_is_no_height():
    assert np.isnan(height_over_time_px(np.arange(20) / 60, np.full((20, 33, 2), np.nan))).all()
