"""The fitted body on exact landmarks with noise: angles in space, honest spreads, gaps kept."""

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.corrections import LandmarkCorrection
from cricksy_lib.motion.body import build_body, front_side, other
from cricksy_lib.motion.fitted import fitted_angles
from cricksy_lib.motion.kinematics import kinematics
from cricksy_lib.pose.clean import clean
from cricksy_lib.pose.move import move_landmarks
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

NOISE_PX = 2.0


def shallow(track: PoseTrack, share: float) -> PoseTrack:
    """The same track, its depth flattened as the pose model flattens it."""
    data = track.data.copy(deep=True)
    data["world"].values[..., 2] *= share
    return PoseTrack(data)


def errors(scene: Scene, joint: str) -> tuple[np.ndarray, np.ndarray]:
    """Fitted minus true angle, and the angle in the picture minus the true one, over the movement."""
    truth = simulate(scene)
    body = build_body(shallow(track_of(truth, NOISE_PX), 0.6), 1.0)
    front = front_side(scene.mode, scene.hand)
    series = kinematics(body, front)
    first, last = min(truth.events.values()) - 0.1, max(truth.events.values()) + 0.1
    during = (truth.times_s >= first) & (truth.times_s <= last)
    true = truth.angles[joint]
    return (series[joint].values - true)[during], (series[f"picture_{joint}"].values - true)[during]


@pytest.mark.parametrize("hand", ["right", "left"])
@pytest.mark.parametrize("joint", ["front_knee_angle", "rear_knee_angle"])
def test_a_knee_that_bends_towards_the_camera_is_measured_in_space(hand, joint):
    fitted, picture = errors(Scene(mode="batting", hand=hand, azimuth_deg=90, seed=61), joint)
    assert np.abs(picture).mean() > 15
    assert np.abs(fitted).mean() < 0.5 * np.abs(picture).mean()


@pytest.mark.parametrize("azimuth", [90.0, -90.0, 70.0])
def test_a_knee_in_the_picture_s_plane_keeps_its_angle(azimuth):
    fitted, picture = errors(Scene(mode="bowling", azimuth_deg=azimuth, seed=62), "front_knee_angle")
    assert np.abs(fitted).mean() < max(4.0, 1.2 * np.abs(picture).mean())


def test_a_lean_towards_the_camera_shows_in_the_trunk():
    fitted, picture = errors(Scene(mode="batting", azimuth_deg=90, seed=63), "trunk_lean")
    assert np.abs(fitted).mean() < 0.6 * np.abs(picture).mean()


def test_a_limb_that_points_at_the_camera_has_a_wider_spread_than_one_across_it():
    spreads = {}
    for azimuth in (90, 0):
        body = build_body(
            track_of(simulate(Scene(mode="bowling", azimuth_deg=azimuth, seed=64)), NOISE_PX), 1.0
        )
        spreads[azimuth] = np.nanmedian(fitted_angles(body)["left_knee"].spread)
    assert spreads[0] > spreads[90] > 0


def test_more_noise_is_not_hidden_by_the_fit():
    truth = simulate(Scene(mode="bowling", azimuth_deg=90, seed=65))
    side = other(front_side("bowling", "right"))
    off = []
    for noise in (1.0, 6.0):
        angle = fitted_angles(build_body(track_of(truth, noise), 1.0))[f"{side}_knee"]
        off.append(np.nanmean(np.abs(angle.values - truth.angles["rear_knee_angle"])))
    assert off[0] < off[1] < 25


def test_frames_without_the_joint_have_no_angle():
    track = track_of(simulate(Scene(mode="bowling", seed=66)), NOISE_PX)
    gap = slice(40, 50)
    track.data["position"].loc[{"keypoint": "left_ankle"}][gap] = np.nan
    angle = fitted_angles(build_body(track, 1.0))
    assert np.isnan(angle["left_knee"].values[gap]).all()
    assert np.isfinite(angle["right_knee"].values[gap]).all()


def test_a_landmark_that_was_filled_in_is_no_evidence():
    truth = simulate(Scene(mode="bowling", azimuth_deg=90, seed=69))
    gap = slice(40, 45)
    seen = track_of(truth, NOISE_PX)
    lost = track_of(truth, NOISE_PX)
    for variable in ("position", "world", "confidence"):
        lost.data[variable].loc[{"keypoint": "left_ankle"}][gap] = np.nan
    filled = clean(lost)
    assert np.isfinite(filled.xy("left_ankle")[gap]).all()
    with_it, without = (fitted_angles(build_body(track, 1.0))["left_knee"] for track in (seen, filled))
    assert np.isfinite(without.values[gap]).all()
    assert (without.spread[gap] > 1.3 * with_it.spread[gap]).all()
    filled.data["position"].loc[{"keypoint": "left_ankle"}][gap] += 40
    moved = fitted_angles(build_body(filled, 1.0))["left_knee"]
    np.testing.assert_allclose(moved.values[gap], without.values[gap], atol=0.5)


def test_a_knee_put_right_by_hand_counts_more_than_one_that_the_model_found():
    truth = simulate(Scene(mode="bowling", azimuth_deg=90, seed=70))
    track = track_of(truth, NOISE_PX)
    wrong, by_hand = slice(40, 52), (44, 46, 48)
    path = track.data["position"].loc[{"keypoint": "left_knee"}]
    right_place = path.values[:, :2].copy()
    path[wrong, 0] += 30
    moves = [
        LandmarkCorrection(
            keypoint="left_knee", frame=frame, x=right_place[frame, 0], y=right_place[frame, 1]
        )
        for frame in by_hand
    ]
    front = front_side("bowling", "right")
    assert front == "left"
    true = truth.angles["front_knee_angle"][list(by_hand)]
    off = []
    for corrections in ([], moves):
        angle = fitted_angles(build_body(move_landmarks(track, corrections), 1.0))["left_knee"].values
        off.append(np.abs(angle[list(by_hand)] - true).max())
    assert off[0] > 12
    assert off[1] < 5


def test_each_tracked_run_is_fitted_alone_and_a_short_one_not_at_all():
    track = track_of(simulate(Scene(mode="bowling", seed=67)), NOISE_PX)
    data = track.data.copy(deep=True)
    data["segment"].values[60:] = 1
    data["segment"].values[-5:] = 2
    angle = fitted_angles(build_body(PoseTrack(data), 1.0))["left_knee"].values
    assert np.isfinite(angle[:-5]).all()
    assert np.isnan(angle[-5:]).all()


def test_an_empty_track_has_no_angle():
    track = track_of(simulate(Scene(mode="bowling", seed=68)))
    track.data["position"].values[:] = np.nan
    assert not any(
        np.isfinite(angle.values).any() for angle in fitted_angles(build_body(track, 1.0)).values()
    )
