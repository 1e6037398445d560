"""When an arm passes the vertical: frames without a wrist are bridged, and what does not show is not told."""

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.motion.arm_swing import passes_vertical
from cricksy_lib.motion.body import build_body
from cricksy_lib.pose.track import KEYPOINTS
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

PAST = np.radians(10.0)
WRIST = KEYPOINTS.index("right_wrist")


def swing(azimuth_deg, frame_rate=60):
    """A delivery with the right arm: landmarks, and the true moment of release."""
    truth = simulate(Scene(mode="bowling", azimuth_deg=azimuth_deg, seed=61, frame_rate=frame_rate))
    return track_of(truth, noise_px=0.5), truth.events["ball_release"]


@pytest.mark.parametrize("azimuth", [90.0, -90.0, 70.0])
@pytest.mark.parametrize("frame_rate", [30, 60, 120])
@pytest.mark.parametrize("off_s", [-0.06, 0.0, 0.03])
def test_the_moment_is_found_from_either_side_and_from_a_rough_guess(azimuth, frame_rate, off_s):
    track, release = swing(azimuth, frame_rate)
    found = passes_vertical(build_body(track, 1.0), "right", release + off_s, PAST)
    assert found == pytest.approx(release, abs=0.012)


@pytest.mark.parametrize("azimuth", [0.0, 180.0])
def test_from_the_front_and_behind_no_turn_shows(azimuth):
    track, release = swing(azimuth)
    assert passes_vertical(build_body(track, 1.0), "right", release, PAST) is None


def test_an_arm_that_is_not_seen_again_after_the_top_tells_nothing():
    track, release = swing(90.0)
    times = track.data["time"].values
    track.data["position"].values[times > release - 0.03, WRIST] = np.nan
    assert passes_vertical(build_body(track, 1.0), "right", release - 0.03, PAST) is None


def test_an_arm_that_is_lost_for_half_a_turn_tells_nothing():
    track, release = swing(90.0, 30)
    lost = np.abs(track.data["time"].values - release) < 0.1
    track.data["position"].values[lost, WRIST] = np.nan
    assert passes_vertical(build_body(track, 1.0), "right", release, PAST) is None


def test_slow_motion_is_real_time():
    track, release = swing(90.0)
    slow = type(track)(track.data.assign_coords(time=track.data["time"].values * 4))
    assert passes_vertical(build_body(slow, 4.0), "right", release, PAST) == pytest.approx(release, abs=0.012)
