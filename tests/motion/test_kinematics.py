"""Angles against geometry that can be checked by hand."""

import numpy as np
import pytest

from cricksy_lib.motion.kinematics import included_angle, line_angle, trunk_lean


@pytest.mark.parametrize("angle", [30.0, 90.0, 120.0, 179.0])
@pytest.mark.parametrize("turn", [0.0, 37.0, 200.0])
def test_included_angle_is_that_of_the_drawn_limb_however_it_is_turned(angle, turn):
    thigh, shank = np.radians([turn, turn + angle])
    knee = np.array([500.0, 300.0])
    hip = knee + 80 * np.array([np.cos(thigh), np.sin(thigh)])
    ankle = knee + 75 * np.array([np.cos(shank), np.sin(shank)])
    assert included_angle(hip, knee, ankle) == pytest.approx(angle)


def test_an_angle_with_a_missing_joint_is_missing():
    assert np.isnan(included_angle(np.array([np.nan, 0.0]), np.zeros(2), np.ones(2)))


@pytest.mark.parametrize(("dx", "lean"), [(0.0, 0.0), (100.0, 45.0), (-100.0, 45.0)])
def test_trunk_lean_is_from_the_vertical_to_either_side(dx, lean):
    assert trunk_lean(np.array([0.0, 100.0]), np.array([dx, 0.0])) == pytest.approx(lean)


def test_a_line_that_turns_past_half_a_circle_does_not_jump():
    turn = np.radians(np.linspace(150, 210, 30))
    left = np.stack([np.cos(turn), np.zeros(30), np.sin(turn)], axis=1)
    angle = line_angle(left, np.zeros((30, 3)))
    assert np.abs(np.diff(angle)).max() < 5
