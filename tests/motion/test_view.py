"""The camera's azimuth and the view, on exact landmarks with noise of scenes from all around."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.motion.azimuth import estimate_azimuth
from cricksy_lib.motion.body import Body, build_body
from cricksy_lib.motion.movement import read_movement
from cricksy_lib.motion.view import ViewEstimate, delivering_side, estimate_view
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.pose.track import KEYPOINTS
from cricksy_lib.results import MODES
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

SCENES = 16


def body_of(scene: Scene, noise_px: float = 2.0) -> Body:
    return build_body(clean(track_of(simulate(scene), noise_px, scene.seed)), 1.0, scene.mode)


@cache
def filmed(mode) -> list[tuple[Scene, Body]]:
    return [(scene, body_of(scene)) for scene in scenes(mode)]


def scenes(mode):
    for number in range(SCENES):
        rng = np.random.default_rng([number, 17])
        yield Scene(
            mode=mode,
            hand=("right", "left")[number % 2],
            seed=6100 + number,
            frame_rate=(60, 30, 120)[number % 3],
            azimuth_deg=float(rng.uniform(-180, 180)),
            distance_m=float(rng.uniform(6, 12)),
            fill=float(rng.uniform(0.45, 0.75)),
            width=640,
            height=360,
        )


def off_by(estimated_deg: float, true_deg: float) -> float:
    return abs((estimated_deg - true_deg + 180) % 360 - 180)


@pytest.mark.parametrize("mode", MODES)
def test_the_true_azimuth_lies_within_the_uncertainty_in_nine_of_ten_clips(mode):
    inside, spreads = [], []
    for scene, body in filmed(mode):
        found = estimate_azimuth(mode, body)
        assert found is not None
        assert found.ends_known
        inside.append(off_by(found.azimuth_deg, scene.azimuth_deg) <= found.uncertainty_deg)
        spreads.append(found.uncertainty_deg)
    assert np.mean(inside) >= 0.9
    # An interval that takes in everything would be right, and say nothing.
    assert np.median(spreads) < 30


@pytest.mark.parametrize("mode", MODES)
def test_a_view_that_is_sure_is_the_true_one(mode):
    wrong = []
    for scene, body in filmed(mode):
        view = estimate_view(mode, body, "auto")
        away = abs(scene.azimuth_deg)
        true = (
            "side" if 60 <= away <= 120 else "front" if away <= 30 else "behind" if away >= 150 else "oblique"
        )
        if view.sure and view.view != "oblique":
            wrong.append(view.view != true)
    assert len(wrong) >= 2
    assert np.mean(wrong) <= 0.1


@pytest.mark.parametrize("mode", MODES)
def test_labels_swapped_through_the_whole_clip_leave_the_angle_to_the_line(mode):
    scene = Scene(mode=mode, azimuth_deg=70, seed=61)
    track = clean(track_of(simulate(scene), 1.0))
    swapped = [KEYPOINTS.index(_other_side(name)) for name in KEYPOINTS]
    for variable in ("position", "world", "confidence"):
        values = track.data[variable].values
        values[:] = values[:, swapped]
    view = estimate_view(mode, build_body(track, 1.0, mode), "auto")
    assert view.angle_deg is not None
    assert abs(view.angle_deg - 70) <= view.uncertainty_deg
    assert view.view in ("side", "unknown")


def _other_side(name: str) -> str:
    if name.startswith("mouth_"):
        return {"mouth_left": "mouth_right", "mouth_right": "mouth_left"}[name]
    swap = {"left": "right", "right": "left"}
    side, _, rest = name.partition("_")
    return f"{swap[side]}_{rest}" if side in swap else name


def test_cues_that_disagree_widen_the_uncertainty():
    scene = Scene(mode="bowling", azimuth_deg=60, seed=62)
    track = clean(track_of(simulate(scene), 1.0))
    agreeing = estimate_azimuth("bowling", build_body(track, 1.0, "bowling"))
    turn = np.radians(70)
    world = track.data["world"].values
    x, z = world[..., 0].copy(), world[..., 2].copy()
    world[..., 0], world[..., 2] = np.cos(turn) * x - np.sin(turn) * z, np.sin(turn) * x + np.cos(turn) * z
    disagreeing = estimate_azimuth("bowling", build_body(track, 1.0, "bowling"))
    assert disagreeing.uncertainty_deg > 1.5 * agreeing.uncertainty_deg


def test_a_view_near_its_gate_is_taken_but_not_sure():
    def at(azimuth: float) -> ViewEstimate:
        return estimate_view("batting", body_of(Scene(mode="batting", azimuth_deg=azimuth, seed=63)), "auto")

    assert (at(90).view, at(90).sure) == ("side", True)
    assert (at(64).view, at(64).sure) == ("side", False)
    assert at(45).view == "oblique"


@pytest.mark.parametrize(("azimuth", "disagrees"), [(90, False), (50, False), (20, True)])
def test_a_declared_view_is_contradicted_only_beyond_the_uncertainty(azimuth, disagrees):
    body = body_of(Scene(mode="batting", azimuth_deg=azimuth, seed=64))
    view = estimate_view("batting", body, "side")
    assert (view.view, view.source, view.disagrees) == ("side", "user", disagrees)


@pytest.mark.parametrize("azimuth", range(-150, 181, 30))
@pytest.mark.parametrize("hand", ["right", "left"])
def test_a_batters_hand_is_seen_from_all_around(azimuth, hand):
    scene = Scene(mode="batting", hand=hand, azimuth_deg=azimuth, seed=65)
    track = clean(track_of(simulate(scene), 1.0))
    assert read_movement(track, AnalysisOptions(mode="batting")).hand == hand


def test_from_a_person_who_only_stands_no_end_of_the_pitch_is_told():
    track = track_of(simulate(Scene(mode="batting", azimuth_deg=0, seed=66)))
    for variable in ("position", "world"):
        track.data[variable].values[:] = track.data[variable].values[:1]
    view = estimate_view("batting", build_body(track, 1.0, "batting"), "auto")
    assert view.view == "unknown"
    assert view.angle_deg < 30


def test_nobody_in_the_clip_has_no_angle():
    track = track_of(simulate(Scene(mode="bowling", seed=67)))
    for variable in ("position", "world"):
        track.data[variable].values[:] = np.nan
    view = estimate_view("bowling", build_body(track, 1.0, "bowling"), "auto")
    assert (view.view, view.angle_deg, view.uncertainty_deg) == ("unknown", None, None)


@pytest.mark.parametrize("azimuth", [90.0, -90.0, 0.0])
@pytest.mark.parametrize("hand", ["right", "left"])
def test_the_arm_that_delivers_is_told_though_most_of_its_raised_frames_are_slow(hand, azimuth):
    truth = simulate(Scene(mode="bowling", hand=hand, azimuth_deg=azimuth, seed=72))
    track = clean(track_of(truth, noise_px=0.7))
    xy, times = track.data["position"].values, track.data["time"].values
    held = np.flatnonzero(times < truth.events["back_foot_contact"])
    shoulder, wrist = (KEYPOINTS.index(f"{hand}_{point}") for point in ("shoulder", "wrist"))
    xy[held, wrist, 0] = xy[held, shoulder, 0]
    xy[held, wrist, 1] = xy[held, shoulder, 1] - 0.3 * build_body(track, 1.0, "bowling").height_px
    assert delivering_side(build_body(track, 1.0, "bowling")) == hand
