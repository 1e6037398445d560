"""A landmark that is moved by hand goes where it was put, without becoming a spike."""

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.corrections import LandmarkCorrection
from cricksy_lib.errors import CorrectionsError
from cricksy_lib.motion.filtering import lowpass
from cricksy_lib.pose.clean import clean
from cricksy_lib.pose.move import BLEND_S, move_landmarks
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

KNEE = "left_knee"
AT = KEYPOINTS.index(KNEE)


@pytest.fixture(scope="module")
def track():
    return clean(track_of(simulate(Scene(mode="bowling", seed=75, frame_rate=60, duration_s=1.5))))


def moved_to(track, frame, dx, dy=0.0, **kwargs):
    row = int(np.flatnonzero(track.data["frame"].values == frame)[0])
    x, y = track.xy(KNEE)[row]
    return LandmarkCorrection(keypoint=KNEE, frame=frame, x=x + dx, y=y + dy, **kwargs)


def test_nothing_to_move_leaves_the_track(track):
    assert move_landmarks(track, []) is track


def test_the_frame_gets_the_place_and_the_input_stays(track):
    before = track.xy(KNEE).copy()
    moved = move_landmarks(track, [moved_to(track, 40, 20, -5)])
    assert moved.xy(KNEE)[40] - before[40] == pytest.approx((20, -5))
    assert np.array_equal(track.xy(KNEE), before)
    assert moved.data["confidence"].values[40, AT] == 1


def test_a_landmark_where_no_part_of_the_body_can_be_is_refused(track):
    far = 2.0 * float(np.nanmax(np.ptp(track.data["position"].values[..., 1], axis=1)))
    with pytest.raises(CorrectionsError, match=KNEE):
        move_landmarks(track, [moved_to(track, 40, far)])
    move_landmarks(track, [moved_to(track, 40, far / 8)])


def test_the_move_fades_out_on_either_side(track):
    shift = (move_landmarks(track, [moved_to(track, 40, 20)]).xy(KNEE) - track.xy(KNEE))[:, 0]
    reach = int(BLEND_S * 60)
    assert (np.diff(shift[40 - reach : 41]) > 0).all()
    assert (np.diff(shift[40 : 41 + reach]) < 0).all()
    assert not shift[: 40 - reach].any()
    assert not shift[41 + reach :].any()


def test_no_other_landmark_moves(track):
    moved = move_landmarks(track, [moved_to(track, 40, 20)])
    others = [i for i in range(len(KEYPOINTS)) if i != AT]
    for name in ("position", "world"):
        assert np.array_equal(moved.data[name].values[:, others], track.data[name].values[:, others])


def test_the_body_s_filter_keeps_the_move(track):
    moved = move_landmarks(track, [moved_to(track, 40, 20)])
    times = track.data["time"].values
    kept = lowpass(times, moved.xy(KNEE), 8.0)[40] - lowpass(times, track.xy(KNEE), 8.0)[40]
    assert kept[0] > 0.95 * 20


def test_moves_next_to_each_other_are_both_exact(track):
    moves = [moved_to(track, 40, 20), moved_to(track, 42, -10), moved_to(track, 43, 4)]
    shift = (move_landmarks(track, moves).xy(KNEE) - track.xy(KNEE))[:, 0]
    assert shift[[40, 41, 42, 43]] == pytest.approx([20, 5, -10, 4])


def test_a_time_means_the_frame_shown_then(track):
    time_s = float(track.data["time"].values[40]) + 0.004
    x, y = track.xy(KNEE)[40]
    one = LandmarkCorrection(keypoint=KNEE, time_s=time_s, x=x + 20, y=y)
    assert (move_landmarks(track, [one]).xy(KNEE) - track.xy(KNEE))[40] == pytest.approx((20, 0))


def test_in_slow_motion_the_move_fades_in_real_time(track):
    shift = (move_landmarks(track, [moved_to(track, 40, 20)], 4.0).xy(KNEE) - track.xy(KNEE))[:, 0]
    assert np.count_nonzero(shift) == 2 * round(4 * BLEND_S * 60) - 1


def test_a_missing_landmark_is_put_into_its_frame_and_the_gap_stays(track):
    gappy = PoseTrack(track.data.copy(deep=True))
    for name in ("position", "world"):
        gappy.data[name].values[35:46, AT] = np.nan
    x, y = track.xy(KNEE)[40] + 7
    moved = move_landmarks(gappy, [LandmarkCorrection(keypoint=KNEE, frame=40, x=x, y=y)])
    assert moved.xy(KNEE)[40] == pytest.approx((x, y))
    there = np.isfinite(moved.xy(KNEE)[:, 0])
    assert np.flatnonzero(~there).tolist() == [35, 36, 37, 38, 39, 41, 42, 43, 44, 45]
    assert np.isnan(moved.data["world"].values[40, AT]).all()


def test_another_segment_is_not_drawn_along(track):
    broken = PoseTrack(track.data.copy(deep=True))
    broken.data["segment"].values[41:] = 1
    shift = (move_landmarks(broken, [moved_to(track, 40, 20)]).xy(KNEE) - track.xy(KNEE))[:, 0]
    assert shift[39] > 0
    assert not shift[41:].any()


def test_the_metres_move_along_in_the_picture_s_plane(track):
    moved = move_landmarks(track, [moved_to(track, 40, 20, 10)])
    shift = (moved.data["world"].values - track.data["world"].values)[40, AT]
    assert shift[0] == pytest.approx(2 * shift[1])
    assert 0 < shift[0] < 0.5
    assert shift[2] == 0


def test_a_frame_that_the_quick_pass_left_out_moves_its_neighbours_by_less(track):
    even = PoseTrack(track.data.copy(deep=True))
    even.data["position"].values[:, AT, 0] = 100 + np.arange(90)
    quick = PoseTrack(even.data.isel(time=slice(0, None, 5)).copy(deep=True))
    shift = (move_landmarks(quick, [moved_to(even, 42, 20)]).xy(KNEE) - quick.xy(KNEE))[:, 0]
    assert 0 < shift[9] < shift[8] < 20
    assert not shift[11:].any()


def test_the_track_says_what_was_moved(track):
    moved = move_landmarks(track, [moved_to(track, 40, 20)])
    assert moved.data.attrs["moved"] == [{"keypoint": KNEE, "time_s": track.data["time"].values[40]}]
