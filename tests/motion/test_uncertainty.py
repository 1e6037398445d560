"""What the camera's unknown roll adds to the ±."""

import pytest
from truth_track import track_of

from cricksy_lib.metrics.measure import measure
from cricksy_lib.motion.movement import read_movement
from cricksy_lib.motion.uncertainty import ROLL_95_DEG, roll_95, roll_offset_95
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.results import SERIES_UNITS
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate


def test_only_a_lean_against_the_vertical_feels_the_roll():
    assert [name for name in SERIES_UNITS if roll_95(name) > 0] == ["trunk_lean"]


def test_a_head_one_body_height_above_the_feet_is_off_by_the_sine_of_the_roll():
    assert roll_offset_95(1.0) == pytest.approx(0.0349, abs=1e-4)


@pytest.mark.parametrize("roll", [-2.0, 2.0])
@pytest.mark.parametrize("key", ["trunk_lean_at_ball_release", "balance_drift_score"])
def test_a_rolled_camera_moves_a_number_by_less_than_its_measured_uncertainty(roll, key):
    def value(roll_deg: float):
        scene = Scene(mode="bowling", azimuth_deg=90, seed=91, roll_deg=roll_deg)
        movement = read_movement(clean(track_of(simulate(scene))), AnalysisOptions(mode="bowling"))
        return measure(movement)[key]

    level, rolled = value(0.0), value(roll)
    assert abs(rolled.value - level.value) > 0
    assert abs(rolled.value - level.value) <= level.uncertainty_parts.measured
    if level.unit == "deg":
        assert level.uncertainty_parts.measured >= ROLL_95_DEG
