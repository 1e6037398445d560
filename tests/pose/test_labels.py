"""Left and right follow the limbs through time: a leg that stood keeps standing when the other passes it."""

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.pose import labels
from cricksy_lib.pose.clean import clean, exchange
from cricksy_lib.pose.labels import LEGS
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate
from cricksy_lib.validation.swaps import swapped_legs


def runner(rate: float, azimuth: float, seed: int = 61):
    return simulate(Scene(mode="bowling", seed=seed, azimuth_deg=azimuth, frame_rate=rate))


def passing(truth) -> np.ndarray:
    """Frames in which one ankle passes the other in the picture."""
    ahead = truth.px("left_ankle")[:, 0] - truth.px("right_ankle")[:, 0]
    return np.flatnonzero(np.diff(np.sign(ahead)) != 0) + 1


def exchanged(track: PoseTrack, rows: np.ndarray) -> PoseTrack:
    data = track.data.copy(deep=True)
    exchange(data, LEGS, rows)
    return PoseTrack(data)


@pytest.mark.parametrize("rate", [30.0, 60.0, 120.0])
@pytest.mark.parametrize("azimuth", [90.0, -75.0, 130.0])
def test_legs_that_change_names_where_they_pass_get_their_own_back(rate, azimuth):
    truth = runner(rate, azimuth)
    passes = passing(truth)
    assert len(passes) >= 3
    # From one passing to the next: no landmark jumps, only the way that each leg moves on tells.
    wrong = np.arange(passes[1], passes[2])
    track = exchanged(track_of(truth, noise_px=1.5, seed=4), wrong)
    assert swapped_legs(track, truth).mean() > 0.05
    repaired = clean(track)
    assert not swapped_legs(repaired, truth).any()
    assert abs(repaired.data.attrs["repairs"]["swapped_frames"] - len(wrong)) <= 2 + rate // 30


@pytest.mark.parametrize("rate", [30.0, 60.0, 120.0])
def test_right_names_stay(rate):
    truth = runner(rate, 90.0, seed=62)
    assert not swapped_legs(clean(track_of(truth, noise_px=3.0, seed=5)), truth).any()


def test_slow_motion_is_told_in_real_time():
    """A clip slowed down four times is the same movement: the same frames are repaired."""
    truth = runner(120.0, 90.0)
    passes = passing(truth)
    track = exchanged(track_of(truth, noise_px=1.5, seed=4), np.arange(passes[1], passes[2]))
    slowed = PoseTrack(track.data.assign_coords(time=track.data["time"] * 4))
    as_it_is, in_slow_motion = clean(track), clean(slowed, slow_motion=4.0)
    np.testing.assert_allclose(in_slow_motion.xy("left_ankle"), as_it_is.xy("left_ankle"))


@pytest.mark.parametrize("rate", [30.0, 60.0, 120.0])
def test_names_that_are_plain_are_not_doubted(rate):
    truth = runner(rate, 90.0, seed=62)
    cleaned = clean(track_of(truth, noise_px=3.0, seed=5)).data.attrs
    assert cleaned["doubtful"] == cleaned["flickering"] == {"legs": [], "arms": []}


def test_names_are_doubted_where_the_two_ways_through_time_disagree(monkeypatch):
    onward, back = np.array([False, True, True, False]), np.array([True, True, True, False])
    closer = np.array([False, False, True, False])
    # The way back is asked with the frames from the last to the first.
    answers = {(False, False): onward, (True, False): back, (False, True): closer, (True, True): back}

    def answer(_left, _right, time_s, _trunk, chain):
        return answers[time_s[0] < 0, chain.noise < LEGS.noise]

    monkeypatch.setattr(labels, "wrong_way_round", answer)
    nothing = np.zeros((4, 1, 2))
    told = labels.naming(nothing, nothing, np.arange(4.0), 100.0, LEGS)
    assert told.wrong.tolist() == [False, True, True, False]
    assert told.doubtful.tolist() == [False, False, False, True]
    assert told.flickering.tolist() == [False, True, False, False]
