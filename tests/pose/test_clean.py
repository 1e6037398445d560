"""Cleaning: swaps undone, spikes dropped, only short gaps filled, everything counted."""

import numpy as np
import pytest

from cricksy_lib.pose.clean import clean
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack

FRAMES = 60
RATE = 60.0
LEFT = [KEYPOINTS.index(k) for k in KEYPOINTS if k.startswith("left_") and "eye" not in k and "ear" not in k]
RIGHT = [KEYPOINTS.index(KEYPOINTS[i].replace("left_", "right_")) for i in LEFT]


def walker() -> PoseTrack:
    """Somebody who crosses the picture with legs and arms that pass each other."""
    rng = np.random.default_rng(3)
    time = np.arange(FRAMES) / RATE
    home = rng.uniform(100, 400, (33, 2))
    for name, y in (("shoulder", 150), ("hip", 250), ("knee", 320), ("ankle", 400)):
        for side in ("left", "right"):
            home[KEYPOINTS.index(f"{side}_{name}")] = (300, y)
    position = np.repeat(home[None], FRAMES, axis=0)
    position[..., 0] += 200 * time[:, None]
    swing = 60 * np.sin(2 * np.pi * 1.5 * time)[:, None]
    position[:, LEFT, 0] += swing
    position[:, RIGHT, 0] -= swing
    full = np.concatenate([position, np.zeros((FRAMES, 33, 1))], axis=2)
    attrs = {"width": 640, "height": 480, "frame_rate": RATE, "frames_in_clip": FRAMES}
    return PoseTrack.from_arrays(
        time, np.arange(FRAMES), full, full / 100, np.ones((FRAMES, 33)), np.zeros(FRAMES, int), attrs
    )


def with_position(track: PoseTrack, position: np.ndarray) -> PoseTrack:
    data = track.data.copy(deep=True)
    data["position"].values[:] = position
    return PoseTrack(data)


def test_a_clean_walk_is_left_as_it_is():
    track = walker()
    np.testing.assert_array_equal(clean(track).data["position"], track.data["position"])
    assert clean(track).data.attrs["repairs"] == {
        "swapped_frames": 0,
        "filled_frames": 0,
        "rejected_frames": 0,
    }


@pytest.mark.parametrize("wrong", [slice(8, 9), slice(5, 12), slice(40, 50)])
def test_swapped_legs_and_arms_are_swapped_back(wrong):
    truth = walker()
    right_way = truth.data["position"].values
    swapped = right_way.copy()
    swapped[wrong, LEFT], swapped[wrong, RIGHT] = right_way[wrong, RIGHT], right_way[wrong, LEFT]
    repaired = clean(with_position(truth, swapped))
    np.testing.assert_allclose(repaired.data["position"], truth.data["position"])
    assert repaired.data.attrs["repairs"]["swapped_frames"] == wrong.stop - wrong.start


def test_a_point_that_jumps_for_one_frame_is_rejected_and_filled():
    truth = walker()
    position = truth.data["position"].values.copy()
    position[20, KEYPOINTS.index("left_wrist"), :2] += 300
    repaired = clean(with_position(truth, position))
    np.testing.assert_allclose(repaired.xy("left_wrist")[20], truth.xy("left_wrist")[20], atol=3)
    assert repaired.data.attrs["repairs"]["rejected_frames"] == 1


def test_a_gap_longer_than_the_limit_stays_empty():
    truth = walker()
    position = truth.data["position"].values.copy()
    position[20:30] = np.nan
    position[40:43] = np.nan
    repaired = clean(with_position(truth, position))
    assert not repaired.found[20:30].any()
    assert repaired.found[40:43].all()
    assert repaired.data.attrs["repairs"]["filled_frames"] == 3


@pytest.mark.parametrize(
    ("hidden", "doubtful"),
    [
        ([slice(20, 25)], range(25)),
        ([slice(40, 45)], range(40, FRAMES)),
        ([slice(10, 15), slice(45, 50)], [*range(15), *range(45, FRAMES)]),
        ([slice(20, 22)], ()),
    ],
    ids=["early", "late", "two", "short"],
)
def test_limbs_that_are_followed_through_a_gap_are_in_doubt_in_it_and_on_its_shorter_side(hidden, doubtful):
    position = walker().data["position"].values.copy()
    for gap in hidden:
        position[gap] = np.nan
    told = clean(with_position(walker(), position)).data.attrs["doubtful"]
    usual = clean(walker()).data.attrs["doubtful"]
    for limb in ("legs", "arms"):
        assert set(told[limb]) - set(usual[limb]) == set(doubtful) - set(usual[limb])


def test_one_lost_frame_at_25_a_second_puts_nothing_in_doubt():
    data = walker().data.isel(time=slice(None, None, 2)).copy(deep=True)
    data = data.assign_coords(time=np.arange(data.sizes["time"]) / 25)
    data["position"].values[12] = np.nan
    assert clean(PoseTrack(data)).data.attrs["doubtful"] == {"legs": [], "arms": []}


def test_a_gap_between_two_segments_is_never_filled():
    truth = walker()
    data = truth.data.copy(deep=True)
    data["position"].values[30:32] = np.nan
    data["segment"].values[30:32] = -1
    data["segment"].values[32:] = 1
    assert not clean(PoseTrack(data)).found[30:32].any()


def test_a_joint_goes_with_the_foot_or_hand_that_the_picture_cuts_off():
    track = walker()
    cut = slice(20, 30)
    for name in (
        "left_heel",
        "left_foot_index",
        "right_foot_index",
        "left_pinky",
        "left_index",
        "left_thumb",
    ):
        track.data["position"].values[cut, KEYPOINTS.index(name), 1] = 485
    data = clean(track).data["position"]
    for name, seen in (
        ("left_ankle", False),
        ("right_ankle", True),
        ("left_knee", True),
        ("left_wrist", False),
        ("right_wrist", True),
    ):
        assert np.isfinite(data.sel(keypoint=name)[cut]).all() == seen, name
        assert np.isfinite(data.sel(keypoint=name)[:20]).all(), name


def test_an_empty_track_stays_empty():
    truth = walker()
    empty = clean(with_position(truth, np.full((FRAMES, 33, 3), np.nan)))
    assert not empty.found.any()


def test_the_raw_track_is_not_changed():
    track = walker()
    track.data["position"].values[40:43] = np.nan
    clean(track)
    assert not track.found[40:43].any()
