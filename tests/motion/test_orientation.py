"""Which way is forward and sideways in the picture, and how large the athlete is there."""

from dataclasses import replace

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.motion.movement import read_movement
from cricksy_lib.motion.orientation import foreshortening, hand_side_sign, out_of_line
from cricksy_lib.motion.view import ViewEstimate
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.results import MODES
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate


def seen(mode, hand, azimuth, seed=97):
    truth = simulate(Scene(mode=mode, hand=hand, azimuth_deg=azimuth, seed=seed))
    return truth, read_movement(clean(track_of(truth, 0.7)), AnalysisOptions(mode=mode, hand=hand))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("hand", ["right", "left"])
@pytest.mark.parametrize("azimuth", [90, 70, 110, -90, -70, -110])
def test_forward_is_towards_the_target_for_both_hands_and_from_both_sides(mode, hand, azimuth):
    truth, movement = seen(mode, hand, azimuth)
    ahead = truth.camera.project(truth.joints_m.mean(axis=(0, 1)) + np.array([[0.0, 0, 0], [1.0, 0, 0]]))[0]
    assert movement.forward == np.sign(ahead[1, 0] - ahead[0, 0])
    assert movement.hand_side is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("hand", ["right", "left"])
@pytest.mark.parametrize("azimuth", [0, 180])
def test_the_hand_s_side_is_where_that_hand_s_side_of_the_body_looks_to(mode, hand, azimuth):
    truth, movement = seen(mode, hand, azimuth)
    out = np.array([[0.0, 0, 0], [0, -1.0 if hand == "right" else 1.0, 0]])
    ends = truth.camera.project(truth.joints_m.mean(axis=(0, 1)) + out)[0]
    assert movement.hand_side == np.sign(ends[1, 0] - ends[0, 0])
    assert movement.forward is None


def test_an_unknown_hand_has_no_side():
    assert hand_side_sign("front", None) is None


def test_a_square_camera_needs_no_correction_and_a_slanted_one_does():
    square = ViewEstimate("side", "body", 90.0, uncertainty_deg=10.0)
    slanted = ViewEstimate("side", "body", 65.0, uncertainty_deg=10.0)
    assert foreshortening(square)[0] == 1.0
    assert foreshortening(slanted)[0] == pytest.approx(1 / np.sin(np.radians(65.0)))
    assert foreshortening(slanted)[1] > foreshortening(square)[1] > 0


def test_a_view_without_an_angle_is_less_sure_than_one_with_it():
    known = ViewEstimate("side", "user", 90.0, uncertainty_deg=10.0)
    unknown = ViewEstimate("side", "user", None)
    assert foreshortening(unknown)[0] == 1.0
    assert foreshortening(unknown)[1] > foreshortening(known)[1]
    assert out_of_line(replace(unknown, view="front")) > out_of_line(
        ViewEstimate("front", "user", 0.0, uncertainty_deg=10.0)
    )


@pytest.mark.parametrize("azimuth", [90, 0, 180])
@pytest.mark.parametrize("mode", MODES)
def test_the_athlete_s_size_is_right_in_any_posture(mode, azimuth):
    truth, movement = seen(mode, "right", azimuth)
    stop = max(truth.events.values())
    row = int(np.argmin(np.abs(truth.times_s - stop)))
    joints = truth.joints_m[row].mean(axis=0)
    up = np.array([[0.0, 0, -0.5], [0.0, 0, 0.5]]) * truth.facts["height_m"]
    ends = truth.camera.project(joints + up)[0]
    true_px = float(np.linalg.norm(ends[1] - ends[0]))
    assert movement.size_px(stop) == pytest.approx(true_px, rel=0.08)
