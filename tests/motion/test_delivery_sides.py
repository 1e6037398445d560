"""Which arm and leg is which is settled where a delivery shows it, and doubted where it does not."""

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.motion.body import build_body
from cricksy_lib.motion.movement import read_movement
from cricksy_lib.motion.turned_round import settle_sides
from cricksy_lib.motion.view import raised_wrist_speed
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean, exchange
from cricksy_lib.pose.labels import ARMS, LEGS
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate


@pytest.mark.parametrize("mode", ["bowling", "fielding"])
@pytest.mark.parametrize("hand", ["right", "left"])
@pytest.mark.parametrize("azimuth", [90.0, -90.0, 70.0])
@pytest.mark.parametrize("chains", [[LEGS], [ARMS], [LEGS, ARMS]])
def test_limbs_that_are_exchanged_throughout_are_put_right_from_the_side(mode, hand, azimuth, chains):
    truth = simulate(Scene(mode=mode, hand=hand, azimuth_deg=azimuth, seed=72))
    right = clean(track_of(truth, noise_px=0.7))
    options = AnalysisOptions(mode=mode, hand=hand)
    assert settle_sides(right, options) is right
    wrong = PoseTrack(right.data.copy(deep=True))
    for chain in chains:
        exchange(wrong.data, chain, np.arange(wrong.data.sizes["time"]))
    settled = settle_sides(wrong, options)
    np.testing.assert_allclose(settled.data["position"], right.data["position"])
    assert settled.data.attrs["repairs"]["swapped_frames"] == settled.data.sizes["time"]
    # The other hand may be declared just as well where arms and legs agree with each other against the one.
    assert read_movement(settled, options).hand_disagrees is (len(chains) == 2)
    # Without a declared hand it is not known which arm should come over.
    assert settle_sides(wrong, AnalysisOptions(mode=mode)) is wrong


@pytest.mark.parametrize("hand", ["right", "left"])
@pytest.mark.parametrize("azimuth", [90.0, -90.0])
def test_a_hand_that_is_declared_wrongly_is_noticed(hand, azimuth):
    truth = simulate(Scene(mode="bowling", hand=hand, azimuth_deg=azimuth, seed=72))
    options = AnalysisOptions(mode="bowling", hand="left" if hand == "right" else "right")
    assert read_movement(settle_sides(clean(track_of(truth, noise_px=0.7)), options), options).hand_disagrees


def test_legs_alone_say_nothing_against_the_declared_hand():
    """Where the model draws both arms alike, the one that is declared is as fast as the other."""
    truth = simulate(Scene(mode="bowling", azimuth_deg=90.0, seed=72))
    track, hand = clean(track_of(truth, noise_px=0.7)), truth.scene.hand
    exchange(track.data, LEGS, np.arange(track.data.sizes["time"]))
    position = track.data["position"].values
    for point in ("shoulder", "elbow", "wrist"):
        other = "left" if hand == "right" else "right"
        position[:, KEYPOINTS.index(f"{other}_{point}")] = position[:, KEYPOINTS.index(f"{hand}_{point}")]
    settled = settle_sides(track, AnalysisOptions(mode="bowling", hand=hand))
    assert settled is not track
    assert not settled.data.attrs["hand_contradicted"]


def test_a_delivery_that_shows_which_leg_is_which_ends_the_doubt_about_its_stride():
    truth = simulate(Scene(mode="bowling", azimuth_deg=90.0, seed=72))
    track = clean(track_of(truth, noise_px=0.7))
    release = int(np.searchsorted(truth.times_s, truth.events["ball_release"]))
    throughout = list(range(len(truth.times_s)))
    landing = int(np.searchsorted(truth.times_s, truth.events["front_foot_contact"]))
    for doubted in (throughout, [3, 4, 5]):
        track.data.attrs["doubtful"] = {"legs": doubted, "arms": []}
        settled = settle_sides(track, AnalysisOptions(mode="bowling", hand="right"))
        left = settled.data.attrs["doubtful"]["legs"]
        assert landing not in left
        # Where the feet met before, names may have changed, and the delivery says nothing of that.
        assert {3, 4, 5} <= set(left) <= set(doubted)
        np.testing.assert_array_equal(settled.data["position"], track.data["position"])
    # From the front it does not show.
    ahead = clean(track_of(simulate(Scene(mode="bowling", azimuth_deg=0.0, seed=72)), noise_px=0.7))
    ahead.data.attrs["doubtful"] = {"legs": [release], "arms": []}
    kept = settle_sides(ahead, AnalysisOptions(mode="bowling", hand="right"))
    assert kept.data.attrs["doubtful"]["legs"] == [release]


@pytest.mark.parametrize("doubted", [True, False])
@pytest.mark.parametrize("exchanged", ["before", "after"])
@pytest.mark.parametrize("late", [-2, 0, 2])
@pytest.mark.parametrize(("seed", "frame_rate"), [(5, 60.0), (9, 120.0)])
def test_names_that_changed_as_the_feet_passed_are_in_doubt_or_right(
    seed, frame_rate, late, exchanged, doubted
):
    """Both ways to follow the legs may miss a pass, by a few frames, too: the same foot seems ahead."""
    truth = simulate(Scene(mode="bowling", azimuth_deg=90.0, seed=seed, frame_rate=frame_rate))
    track = clean(track_of(truth, noise_px=0.7))
    right = track.xy("left_ankle").copy()
    back, front = (
        int(np.searchsorted(truth.times_s, truth.events[f"{foot}_foot_contact"]))
        for foot in ("back", "front")
    )
    feet = [track.xy(f"{side}_ankle")[:, 0] for side in ("left", "right")]
    changed = back + int(np.argmin(np.abs(feet[0] - feet[1])[back:front])) + late
    frames = np.arange(len(truth.times_s))
    exchange(track.data, LEGS, frames[frames < changed] if exchanged == "before" else frames[changed:])
    track.data.attrs["doubtful"] = {"legs": frames.tolist() if doubted else [], "arms": []}
    settled = settle_sides(track, AnalysisOptions(mode="bowling", hand=truth.scene.hand))
    left = settled.data.attrs["doubtful"]["legs"]
    wrong = np.flatnonzero(np.linalg.norm(settled.xy("left_ankle") - right, axis=1) > 3.0)
    assert set(wrong) <= set(left)
    assert front not in left
    # What was right before the change stays so.
    assert exchanged == "before" or len(wrong) / frame_rate < 0.08


@pytest.mark.parametrize("frame_rate", [12, 120])
@pytest.mark.parametrize("exchanged", [True, False])
def test_where_legs_are_in_doubt_the_delivery_settles_that_stretch_alone(exchanged, frame_rate):
    truth = simulate(Scene(mode="bowling", azimuth_deg=90.0, seed=72, frame_rate=frame_rate))
    right = clean(track_of(truth, noise_px=0.7))
    times = right.data["time"].values
    crossing = int(np.searchsorted(times, truth.events["front_foot_contact"] - 0.3))
    stretch = np.arange(crossing, len(times))
    given = PoseTrack(right.data.copy(deep=True))
    given.data.attrs["doubtful"] = {"legs": stretch.tolist(), "arms": []}
    if exchanged:
        exchange(given.data, LEGS, stretch)
    settled = settle_sides(given, AnalysisOptions(mode="bowling", hand=truth.scene.hand))
    np.testing.assert_allclose(settled.data["position"], right.data["position"])
    # No frame says on which side of the crossing it lies; of the stride that was seen each does.
    left = settled.data.attrs["doubtful"]["legs"]
    assert crossing in left
    assert int(np.searchsorted(times, truth.events["front_foot_contact"])) not in left


@pytest.mark.parametrize("azimuth", [90.0, -90.0])
def test_an_arm_that_goes_against_the_run_is_not_the_one_that_delivers(azimuth):
    """The other arm is thrown up in the gather, and the model may lose the one that comes over."""
    truth = simulate(Scene(mode="bowling", azimuth_deg=azimuth, seed=72))
    given = clean(track_of(truth, noise_px=0.7))
    other = "left" if truth.scene.hand == "right" else "right"
    exchange(given.data, ARMS, np.arange(given.data.sizes["time"]))
    position = given.data["position"].values
    shoulder = position[:, [KEYPOINTS.index(f"{other}_shoulder")], 0]
    arm = [KEYPOINTS.index(f"{other}_{point}") for point in ("elbow", "wrist")]
    position[:, arm, 0] = 2 * shoulder - position[:, arm, 0]
    assert settle_sides(given, AnalysisOptions(mode="bowling", hand=truth.scene.hand)) is given


def test_an_arm_that_rises_in_the_gather_is_too_slow_to_show_which_leg_is_which():
    """Where the delivery is hidden, the fastest arm that is left is not the one that delivers."""
    truth = simulate(Scene(mode="bowling", azimuth_deg=90.0, seed=60))
    track = clean(track_of(truth, noise_px=0.7))
    hand, data = truth.scene.hand, track.data
    hidden = data["time"].values > truth.events["front_foot_contact"] - 0.05
    for variable in ("position", "world", "confidence"):
        data[variable].values[hidden] = np.nan
    data["segment"].values[hidden] = -1
    # As fast as an unsteady landmark makes it; a delivery is faster than five body heights a second.
    shoulder, wrist = (KEYPOINTS.index(f"{hand}_{point}") for point in ("shoulder", "wrist"))
    position = data["position"].values
    position[:, wrist] = position[:, shoulder] + 2.6 * (position[:, wrist] - position[:, shoulder])
    speed = np.nanmax(raised_wrist_speed(build_body(track, 1.0, "bowling"), hand))
    assert 3.0 < speed < 4.0
    assert settle_sides(track, AnalysisOptions(mode="bowling", hand=hand)) is track
