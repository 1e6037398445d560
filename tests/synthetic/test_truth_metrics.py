"""The true values of metrics: the same for both hands, and the ones that a scene's faults ask for."""

from dataclasses import replace

import pytest

from cricksy_lib.results import KEPT_METRICS, MODES
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate
from cricksy_lib.synthetic.truth_metrics import true_metrics

# Seen along the camera's axis, so that they depend on where it stands.
IN_THE_PICTURE = {
    "head_stability_score",
    "balance_drift_score",
    "hand_path_to_take",
    "head_stillness",
    "pick_up_hand_to_foot",
}


def true(mode, **scene):
    return true_metrics(simulate(Scene(mode=mode, seed=71, **scene)))


@pytest.mark.parametrize("mode", MODES)
def test_a_left_hander_is_the_mirror_image_with_the_same_values(mode):
    right, left = true(mode), true(mode, hand="left", azimuth_deg=-90)
    assert set(KEPT_METRICS) < set(right) == set(left)
    for key, value in right.items():
        assert left[key] == pytest.approx(value, abs=1e-6), key


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("azimuth", [-60, 0, 180])
def test_values_do_not_depend_on_the_camera_unless_they_are_of_the_picture(mode, azimuth):
    square, elsewhere = true(mode), true(mode, azimuth_deg=azimuth)
    for key in set(square) - IN_THE_PICTURE:
        assert elsewhere[key] == pytest.approx(square[key], abs=1e-6), key


@pytest.mark.parametrize("mode", MODES)
def test_values_do_not_depend_on_the_frame_rate(mode):
    slow, fast = true(mode, frame_rate=60.0), true(mode, frame_rate=240.0)
    for key, value in fast.items():
        within = 1.0 if "angle" in key or "lean" in key or "knee" in key else 0.02
        assert slow[key] == pytest.approx(value, abs=within), key


def test_a_short_stride_is_short():
    usual, short = true("batting"), true("batting", faults={"short_stride": 1.0})
    assert short["stride_length"] < usual["stride_length"] - 0.1


def test_metrics_of_an_event_outside_the_clip_are_left_out():
    truth = simulate(Scene(mode="batting", seed=71))
    seen = {name: when for name, when in truth.events.items() if name != "front_foot_plant"}
    values = true_metrics(replace(truth, events=seen))
    assert "stride_length" not in values
    assert "downswing_time" in values


def test_falling_over_takes_the_head_away_from_the_bowling_arm():
    assert true("bowling", faults={"falling_over": 1.0})["head_fall_away"] > true("bowling")["head_fall_away"]


def test_a_collapsing_front_knee_is_a_flexor():
    leg = true("bowling", faults={"collapsing_front_knee": 1.0})
    assert leg["front_leg_flexor_probability"] == 1.0
    assert leg["front_knee_change_to_release"] < -30
    assert sum(value for key, value in leg.items() if key.startswith("front_leg_")) == 1.0


def test_nobody_has_no_values():
    assert true("bowling", empty=True) == {}
