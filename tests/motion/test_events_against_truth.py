"""Events, hand and view on exact landmarks of rendered scenes; the pose model's own errors are apart."""

import numpy as np
import pytest
import xarray as xr
from truth_track import track_of

from cricksy_lib.motion.movement import read_movement
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.pose.track import KEYPOINTS
from cricksy_lib.results import MODES
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

SIDES = (90.0, -90.0)
HANDS = ("right", "left")


def movement(scene, **options):
    track = clean(track_of(simulate(scene), noise_px=1.0))
    return read_movement(track, AnalysisOptions(mode=scene.mode, **options))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("azimuth", SIDES)
def test_every_event_of_a_side_view_is_found_within_its_own_uncertainty(mode, hand, azimuth):
    scene = Scene(mode=mode, hand=hand, azimuth_deg=azimuth, seed=41)
    seen = {e.name: e for e in movement(scene, hand=hand).events}
    truth = simulate(scene).events
    assert set(seen) == set(truth)
    for name, time_s in truth.items():
        assert abs(seen[name].time_s - time_s) <= 1.96 * seen[name].uncertainty_s, name


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("azimuth", SIDES)
@pytest.mark.parametrize("event", ["back_foot_contact", "front_foot_contact", "ball_release"])
def test_bowling_events_are_within_a_frame_and_a_half_side_on(hand, azimuth, event):
    scene = Scene(mode="bowling", hand=hand, azimuth_deg=azimuth, seed=42)
    found = movement(scene).event(event)
    assert found is not None
    assert abs(found.time_s - simulate(scene).events[event]) < 1.5 / 60


@pytest.mark.parametrize("mode", ["batting", "bowling", "fielding"])
@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("azimuth", [90.0, -90.0, 0.0])
def test_the_hand_is_read_off_the_movement(mode, hand, azimuth):
    found = movement(Scene(mode=mode, hand=hand, azimuth_deg=azimuth, seed=43))
    assert (found.hand, found.hand_source) == (hand, "body")


@pytest.mark.parametrize("hand", HANDS)
def test_the_side_of_a_take_is_seen_from_the_front_and_unknown_from_the_side(hand):
    assert movement(Scene(mode="wicketkeeping", hand=hand, azimuth_deg=0, seed=44)).hand == hand
    assert movement(Scene(mode="wicketkeeping", hand=hand, azimuth_deg=90, seed=44)).hand is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("azimuth", "view"), [(90, "side"), (-90, "side"), (0, "front"), (180, "behind")])
def test_the_view_is_read_off_the_body(mode, azimuth, view):
    assert movement(Scene(mode=mode, azimuth_deg=azimuth, seed=45)).view.view == view


def test_a_declared_view_is_taken_and_a_disagreement_is_marked():
    view = movement(Scene(mode="bowling", azimuth_deg=90, seed=46), view="front").view
    assert (view.view, view.source, view.disagrees) == ("front", "user", True)


def test_a_person_who_only_stands_has_no_events():
    scene = Scene(mode="bowling", seed=47)
    still = track_of(simulate(scene))
    still.data["position"].values[:] = still.data["position"].values[:1]
    still.data["world"].values[:] = still.data["world"].values[:1]
    for mode in MODES:
        assert read_movement(still, AnalysisOptions(mode=mode, hand="right")).events == []


def test_slow_motion_is_taken_out_of_durations_and_kept_in_clip_times():
    scene = Scene(mode="bowling", seed=48, frame_rate=120)
    track = track_of(simulate(scene))
    slow = track.data.assign_coords(time=track.data["time"].values * 4)
    plain = read_movement(track, AnalysisOptions(mode="bowling"))
    slowed = read_movement(type(track)(slow), AnalysisOptions(mode="bowling", slow_motion=4))
    for a, b in zip(plain.events, slowed.events, strict=True):
        assert b.time_s == pytest.approx(4 * a.time_s, abs=1e-6)
    assert slowed.values("hand_speed").max() == pytest.approx(plain.values("hand_speed").max())


def test_legs_hidden_for_half_the_clip_leave_no_angle_that_is_not_a_number():
    track = track_of(simulate(Scene(mode="bowling", seed=49)))
    legs = [k for k in track.data["keypoint"].values if k.split("_")[-1] in ("knee", "ankle")]
    half = track.data.sizes["time"] // 2
    track.data["position"].loc[{"keypoint": legs}][:half] = float("nan")
    angle = read_movement(track, AnalysisOptions(mode="bowling")).view.angle_deg
    assert angle is None or angle == angle


def again(track, times, pause_s):
    """The same movement several times over, with pauses in which nobody is seen."""
    count = track.data.sizes["time"]
    step = track.data.attrs["frame_rate"] ** -1
    parts = []
    for i in range(times):
        part = track.data.copy(deep=True)
        shift = i * (count * step + pause_s)
        part = part.assign_coords(time=part["time"] + shift, frame=part["frame"] + round(shift / step))
        part["segment"].values[:] = i
        parts.append(part)
    joined = xr.concat(parts, "time")
    return type(track)(joined), count * step + pause_s


@pytest.mark.parametrize("mode", MODES)
def test_every_repetition_of_a_net_session_has_its_events(mode):
    scene = Scene(mode=mode, seed=51)
    once = track_of(simulate(scene), noise_px=1.0)
    track, period = again(clean(once), 3, 4.0)
    found = read_movement(track, AnalysisOptions(mode=mode, hand="right"))
    truth = simulate(scene).events
    assert sorted({e.repetition for e in found.events}) == [1, 2, 3]
    for event in found.events:
        true = truth[event.name] + (event.repetition - 1) * period
        assert abs(event.time_s - true) <= 1.96 * event.uncertainty_s, (event.name, event.repetition)
    assert {phase.repetition for phase in found.phases} == {1, 2, 3}


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("azimuth", SIDES)
def test_impact_is_within_three_frames_side_on_and_the_plant_within_one(hand, azimuth):
    scene = Scene(mode="batting", hand=hand, azimuth_deg=azimuth, seed=52)
    found, truth = movement(scene, hand=hand), simulate(scene).events
    assert abs(found.event("impact").time_s - truth["impact"]) < 3 / 60
    assert abs(found.event("front_foot_plant").time_s - truth["front_foot_plant"]) < 1 / 60


@pytest.mark.parametrize("azimuth", [0.0, 35.0])
def test_the_front_foot_of_somebody_who_runs_at_the_camera_lands_within_two_frames(azimuth):
    scene = Scene(mode="bowling", azimuth_deg=azimuth, seed=53)
    found = movement(scene, hand="right").event("front_foot_contact")
    assert found is not None
    assert abs(found.time_s - simulate(scene).events["front_foot_contact"]) < 2 / 60


@pytest.mark.parametrize("azimuth", SIDES)
@pytest.mark.parametrize("hand", HANDS)
def test_a_wrist_that_is_lost_as_the_arm_comes_over_does_not_make_the_release_early(hand, azimuth):
    scene = Scene(mode="bowling", hand=hand, azimuth_deg=azimuth, seed=52)
    truth = simulate(scene)
    track = track_of(truth, noise_px=1.0)
    release = truth.events["ball_release"]
    lost = np.flatnonzero((truth.times_s > release - 0.045) & (truth.times_s < release + 0.04))
    shoulder, wrist = KEYPOINTS.index(f"{hand}_shoulder"), KEYPOINTS.index(f"{hand}_wrist")
    position = track.data["position"].values
    # The model puts a blurred wrist near the shoulder.
    position[lost, wrist] = position[lost, shoulder] + [5.0, -5.0, 0.0]
    found = read_movement(clean(track), AnalysisOptions(mode="bowling", hand=hand)).event("ball_release")
    assert found is not None
    assert abs(found.time_s - release) < 0.02


@pytest.mark.parametrize(("mode", "event"), [("batting", "impact"), ("wicketkeeping", "take")])
@pytest.mark.parametrize(
    ("frame_rate", "half_s", "found"), [(12, 0.3, False), (60, 0.3, False), (60, 0.03, True)]
)
def test_who_is_hidden_as_it_happens_has_no_events_and_who_blinks_has(mode, event, frame_rate, half_s, found):
    scene = Scene(mode=mode, seed=53, frame_rate=frame_rate)
    truth = simulate(scene)
    track = track_of(truth, noise_px=1.0)
    hidden = np.abs(truth.times_s - truth.events[event] + 0.1) < half_s
    for variable in ("position", "world", "confidence"):
        track.data[variable].values[hidden] = np.nan
    track.data["segment"].values[hidden] = -1
    seen = read_movement(clean(track), AnalysisOptions(mode=mode, hand="right")).events
    assert bool(seen) == found


@pytest.mark.parametrize("azimuth", SIDES)
def test_wrists_that_jitter_do_not_move_a_take(azimuth):
    scene = Scene(mode="wicketkeeping", azimuth_deg=azimuth, seed=54)
    truth = simulate(scene)
    track = track_of(truth, noise_px=1.0)
    rng = np.random.default_rng(0)
    for side in HANDS:
        wrist = track.data["position"].values[:, KEYPOINTS.index(f"{side}_wrist"), :2]
        wrist += rng.normal(0, 0.015 * truth.facts["height_m"] * 200, wrist.shape)
    found = read_movement(clean(track), AnalysisOptions(mode="wicketkeeping", hand="right")).event("take")
    assert found is not None
    assert abs(found.time_s - truth.events["take"]) < 0.05
