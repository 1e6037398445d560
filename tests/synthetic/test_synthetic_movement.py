"""The synthetic athlete's movement: events read off the joints, limbs in reach, faults, variety."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest

from cricksy_lib.pose.track import KEYPOINTS
from cricksy_lib.results import MODES, SERIES_UNITS, Hand, Mode
from cricksy_lib.synthetic.curves import STEP_S
from cricksy_lib.synthetic.events import front_side, planted
from cricksy_lib.synthetic.scene import FAULTS, Scene
from cricksy_lib.synthetic.simulation import Simulation, run

SEEDS = (0, 1, 2, 3)
# Usual bodies and movements, and others that are far from them: seed and variety.
FIGURES = (*((seed, 0.0) for seed in SEEDS), *((seed, 1.0) for seed in range(101, 106)))
HANDS: tuple[Hand, Hand] = ("right", "left")
EVENTS = {
    "batting": ("backlift_top", "front_foot_plant", "impact"),
    "bowling": ("back_foot_contact", "front_foot_contact", "ball_release"),
    "wicketkeeping": ("set", "rise", "take"),
    "fielding": ("pick_up", "throw_release"),
}
BONES = (
    ("hip", "knee"),
    ("knee", "ankle"),
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("ankle", "heel"),
    ("heel", "foot_index"),
)


# Events of seed 1 in seconds.
AS_EVER = {
    "batting": {"backlift_top": 0.938, "front_foot_plant": 1.163, "impact": 1.294},
    "bowling": {"back_foot_contact": 1.014, "front_foot_contact": 1.202, "ball_release": 1.296},
    "wicketkeeping": {"set": 0.882, "rise": 0.976, "take": 1.432},
    "fielding": {"pick_up": 1.038, "throw_release": 1.972},
}


@lru_cache(maxsize=96)
def simulated(
    mode: Mode, hand: Hand = "right", seed: int = 0, fault: str | None = None, variety: float = 0.0
) -> Simulation:
    faults = {fault: 1.0} if fault else {}
    return run(Scene(mode=mode, hand=hand, seed=seed, faults=faults, variety=variety))


def in_clip(simulation: Simulation) -> np.ndarray:
    t = simulation.body.t
    return (t >= 0) & (t <= simulation.scene.seconds)


def at(simulation: Simulation, event: str) -> int:
    return int(np.abs(simulation.body.t - simulation.truth.events[event]).argmin())


def wrist_speed(simulation: Simulation, side: str) -> np.ndarray:
    path = simulation.body.joints[f"{side}_wrist"]
    return np.asarray(np.linalg.norm(np.gradient(path, STEP_S, axis=0), axis=1))


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("mode", MODES)
def test_events_have_the_contracts_names_and_follow_each_other_inside_the_clip(
    mode: Mode, figure: tuple[int, float]
) -> None:
    simulation = simulated(mode, seed=figure[0], variety=figure[1])
    times = [simulation.truth.events[name] for name in EVENTS[mode]]
    assert tuple(simulation.truth.events) == EVENTS[mode]
    assert all(a < b for a, b in pairwise([0.0, *times, simulation.scene.seconds]))


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize(
    ("mode", "event", "front"),
    [
        ("batting", "front_foot_plant", True),
        ("bowling", "back_foot_contact", False),
        ("bowling", "front_foot_contact", True),
    ],
)
def test_a_foot_is_off_the_ground_before_its_contact_and_down_and_still_after_it(
    mode: Mode, event: str, front: bool, hand: Hand
) -> None:
    for seed, variety in FIGURES:
        simulation = simulated(mode, hand, seed, variety=variety)
        side = front_side(mode, hand)
        if not front:
            side = "left" if side == "right" else "right"
        down = planted(simulation.body, side)
        i = at(simulation, event)
        assert not down[i - 30 : i - 1].any()
        assert down[i + 1 : i + 60].all()
        # It does not slide: the toes stay where they are while the heel may rise.
        toes = simulation.body.joints[f"{side}_foot_index"][i + 60 : i + 110]
        assert np.ptp(toes[:, :2], axis=0).max() < 0.015


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize(
    ("mode", "event", "least_m_s"),
    [("batting", "impact", 2.5), ("bowling", "ball_release", 12.0), ("fielding", "throw_release", 9.0)],
)
def test_hands_pass_through_impact_and_release_at_speed(
    mode: Mode, event: str, least_m_s: float, hand: Hand
) -> None:
    for seed, variety in FIGURES:
        simulation = simulated(mode, hand, seed, variety=variety)
        i = at(simulation, event)
        sides = ("left", "right") if mode == "batting" else (hand,)
        for side in sides:
            assert wrist_speed(simulation, side)[i - 15 : i + 16].min() > least_m_s


@pytest.mark.parametrize("fault", [None, *FAULTS])
@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("mode", MODES)
def test_targets_stay_within_reach_of_every_limb(mode: Mode, hand: Hand, fault: str | None) -> None:
    for seed, variety in FIGURES if fault is None else (FIGURES[0], *FIGURES[-3:]):
        simulation = simulated(mode, hand, seed, fault, variety)
        inside = in_clip(simulation)
        for name, share in simulation.body.reach.items():
            assert share[inside].max() < 0.999, name
        for path in simulation.body.joints.values():
            assert np.isfinite(path[inside]).all()


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("mode", MODES)
def test_wrists_reach_the_places_they_are_meant_for(mode: Mode, hand: Hand) -> None:
    for seed, variety in FIGURES:
        simulation = simulated(mode, hand, seed, variety=variety)
        for short_of in simulation.body.pulled.values():
            # Wide styles may ask a little more of short arms, which then stay short of it smoothly.
            assert short_of[in_clip(simulation)].max() < (0.04 if variety == 0 else 0.06)


@pytest.mark.parametrize("mode", MODES)
def test_bones_keep_their_length(mode: Mode) -> None:
    for simulation in (simulated(mode, "left", 1), simulated(mode, "left", 101, variety=1.0)):
        for side in ("left", "right"):
            for a, b in BONES:
                joints = simulation.body.joints
                length = np.linalg.norm(joints[f"{side}_{a}"] - joints[f"{side}_{b}"], axis=1)
                assert np.ptp(length) < 1e-9


@pytest.mark.parametrize("mode", MODES)
def test_nothing_sinks_into_the_ground(mode: Mode) -> None:
    for seed, variety in FIGURES:
        simulation = simulated(mode, seed=seed, variety=variety)
        paths = {**simulation.body.joints, **simulation.body.extra}
        for name, path in paths.items():
            assert path[in_clip(simulation), 2].min() > -0.005, name


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("figure", [(2, 0.0), *FIGURES[-4:]])
def test_movement_is_smooth(mode: Mode, figure: tuple[int, float]) -> None:
    simulation = simulated(mode, seed=figure[0], variety=figure[1])
    for name in ("left_wrist", "right_wrist", "left_knee", "right_knee", "left_hip", "nose"):
        path = simulation.body.joints[name][in_clip(simulation)]
        acceleration = np.linalg.norm(np.diff(path, 2, axis=0), axis=1) / STEP_S**2
        assert acceleration.max() < 650, name
        # No jumps of the acceleration from one millisecond to the next: the path has a second derivative.
        # A foot that lands stops within some milliseconds, and its knee with it.
        assert np.abs(np.diff(acceleration)).max() < (200 if "knee" in name else 80), name


@pytest.mark.parametrize("mode", MODES)
def test_knees_bend_forwards(mode: Mode) -> None:
    for seed, variety in ((1, 0.0), *FIGURES[-4:]):
        joints = simulated(mode, seed=seed, variety=variety).body.joints
        for side in ("left", "right"):
            hip, knee, ankle = (joints[f"{side}_{p}"] for p in ("hip", "knee", "ankle"))
            toes = joints[f"{side}_foot_index"] - joints[f"{side}_heel"]
            bend = knee - (hip + ankle) / 2
            toes[:, 2] = 0
            assert ((bend * toes).sum(axis=1) > -0.005).all()


@pytest.mark.parametrize("mode", MODES)
def test_a_left_hander_is_the_mirror_image_with_front_and_rear_exchanged(mode: Mode) -> None:
    right, left = simulated(mode, "right", 1), simulated(mode, "left", 1)
    assert right.truth.events == left.truth.events
    np.testing.assert_allclose(
        right.truth.m("left_wrist") * [1, -1, 1], left.truth.m("right_wrist"), atol=1e-12
    )
    np.testing.assert_allclose(
        right.truth.angles["front_knee_angle"], left.truth.angles["front_knee_angle"], atol=1e-9
    )
    np.testing.assert_allclose(
        right.truth.angles["hip_shoulder_separation"],
        -left.truth.angles["hip_shoulder_separation"],
        atol=1e-9,
    )


@pytest.mark.parametrize("height_m", [1.15, 1.5, 2.1])
@pytest.mark.parametrize("mode", MODES)
def test_children_and_giants_move_alike(mode: Mode, height_m: float) -> None:
    usual = simulated(mode).truth.events
    other = run(Scene(mode=mode, height_m=height_m)).truth
    assert other.facts["height_m"] == height_m
    for name, when in other.events.items():
        assert when == pytest.approx(usual[name], abs=0.02)


def test_a_long_clip_begins_with_the_runner_standing() -> None:
    for mode in ("bowling", "fielding"):
        truth = run(Scene(mode=mode, duration_s=8.0)).truth
        assert np.linalg.norm(np.diff(truth.m("left_hip")[:30], axis=0), axis=1).max() < 0.002


def test_an_event_after_the_end_of_a_short_clip_is_not_in_its_truth() -> None:
    assert set(run(Scene(mode="fielding", duration_s=1.2)).truth.events) == {"pick_up"}


def test_a_bowler_runs_in_strides_out_and_releases_high() -> None:
    for seed in range(16):
        simulation = simulated("bowling", seed=seed)
        facts, body = simulation.truth.facts, simulation.body
        release = at(simulation, "ball_release")
        events = simulation.truth.events
        assert 3.8 < facts["run_up_speed_m_s"] < 6.2
        assert 0.74 < facts["stride_length_h"] < 0.86
        assert 0.15 < events["front_foot_contact"] - events["back_foot_contact"] < 0.22
        assert 0.08 < events["ball_release"] - events["front_foot_contact"] < 0.15
        assert body.joints["right_wrist"][release, 2] > 1.05 * facts["height_m"]


def test_a_batter_plants_shortly_before_impact_after_a_real_stride() -> None:
    for seed in range(8):
        simulation = simulated("batting", seed=seed)
        events, body = simulation.truth.events, simulation.body
        start, stop = at(simulation, "backlift_top"), at(simulation, "impact")
        travel = np.ptp(body.joints["left_ankle"][start - 300 : stop, 0]) / body.size.height_m
        assert 0.05 < events["impact"] - events["front_foot_plant"] < 0.15
        assert 0.34 < travel < 0.42


def test_a_keepers_gloves_are_slow_as_the_ball_arrives_and_the_hips_are_lowest_when_set() -> None:
    for seed in SEEDS:
        simulation = simulated("wicketkeeping", seed=seed)
        take = at(simulation, "take")
        assert wrist_speed(simulation, "right")[take] < 0.6
        hips = simulation.body.joints["left_hip"][: at(simulation, "rise"), 2]
        assert hips[at(simulation, "set")] < hips.min() + 0.01


def test_a_fielder_picks_up_at_the_ground() -> None:
    for seed in SEEDS:
        simulation = simulated("fielding", seed=seed)
        assert simulation.body.joints["right_wrist"][at(simulation, "pick_up"), 2] < 0.2


@pytest.mark.parametrize(("mode", "at_event"), [("batting", "impact"), ("bowling", "ball_release")])
def test_a_collapsing_front_knee_bends_more(mode: Mode, at_event: str) -> None:
    straight = simulated(mode).truth.angle_at("front_knee_angle", at_event)
    bent = simulated(mode, fault="collapsing_front_knee").truth.angle_at("front_knee_angle", at_event)
    assert bent < straight - 20


@pytest.mark.parametrize("mode", MODES)
def test_falling_over_leans_the_trunk_more(mode: Mode) -> None:
    upright, falling = simulated(mode), simulated(mode, fault="falling_over")
    last = EVENTS[mode][-1]
    assert falling.truth.angle_at("trunk_lean", last) > upright.truth.angle_at("trunk_lean", last) + 4


@pytest.mark.parametrize("mode", ["batting", "bowling"])
def test_a_short_stride_is_shorter(mode: Mode) -> None:
    usual, short = simulated(mode), simulated(mode, fault="short_stride")
    assert short.truth.facts["stride_length_h"] < 0.75 * usual.truth.facts["stride_length_h"]


@pytest.mark.parametrize("mode", MODES)
def test_a_moving_head_leaves_the_line_it_kept(mode: Mode) -> None:
    def wander(simulation: Simulation) -> float:
        joints = simulation.body.joints
        head = joints["nose"] - (joints["left_shoulder"] + joints["right_shoulder"]) / 2
        first, last = at(simulation, EVENTS[mode][0]), at(simulation, EVENTS[mode][-1])
        return float(np.linalg.norm(np.diff(head[first:last], axis=0), axis=1).sum())

    assert wander(simulated(mode, fault="head_moving")) > wander(simulated(mode)) + 0.1


@pytest.mark.parametrize("mode", MODES)
def test_seeds_give_other_bodies_and_timings(mode: Mode) -> None:
    intervals = {
        round(s.truth.events[EVENTS[mode][-1]] - s.truth.events[EVENTS[mode][0]], 3)
        for s in (simulated(mode, seed=seed) for seed in range(8))
    }
    heights = {simulated(mode, seed=seed).truth.facts["height_m"] for seed in range(8)}
    assert len(intervals) >= 6
    assert len(heights) == 8


@pytest.mark.parametrize("mode", MODES)
def test_without_variety_a_seed_moves_as_it_always_did(mode: Mode) -> None:
    # The demo's clips and all that was tuned on them stay what they were.
    truth = simulated(mode, seed=1).truth
    assert {name: round(when, 3) for name, when in truth.events.items()} == AS_EVER[mode]


@pytest.mark.parametrize("mode", MODES)
def test_variety_scales_the_way_from_the_usual_figure_to_another(mode: Mode) -> None:
    usual, half, whole = (
        run(Scene(mode=mode, seed=105, variety=v)).body.size.upper_arm for v in (0.0, 0.5, 1.0)
    )
    assert abs(half - usual) < abs(whole - usual)
    assert (half - usual) * (whole - usual) > 0


@pytest.mark.parametrize(
    ("mode", "series", "event", "least"),
    [
        ("bowling", "front_knee_angle", "front_foot_contact", 20),
        ("bowling", "front_knee_angle", "ball_release", 25),
        ("bowling", "trunk_lean", "ball_release", 15),
        ("batting", "front_knee_angle", "impact", 25),
        ("batting", "trunk_lean", "impact", 8),
        ("wicketkeeping", "trunk_lean", "set", 10),
        ("fielding", "front_knee_angle", "throw_release", 10),
    ],
)
def test_varied_figures_differ_widely_at_events(mode: Mode, series: str, event: str, least: float) -> None:
    values = [
        simulated(mode, seed=seed, variety=variety).truth.angle_at(series, event)
        for seed, variety in FIGURES
        if variety
    ]
    assert np.ptp(values) > least


def test_some_front_knees_of_bowlers_bend_and_straighten_and_others_stay() -> None:
    after = []
    for seed in range(101, 117):
        truth = run(Scene(mode="bowling", seed=seed, variety=1.0, frame_rate=250)).truth
        start, stop = truth.events["front_foot_contact"], truth.events["ball_release"]
        within = (truth.times_s >= start) & (truth.times_s <= stop)
        knee = truth.angles["front_knee_angle"][within]
        after.append((knee[0] - knee.min(), knee[-1] - knee.min()))
    bends, straightens = np.array(after).T
    assert (bends > 10).any()
    assert (bends < 6).any()
    assert (straightens > 8).any()
    assert (straightens < 3).any()


@pytest.mark.parametrize("mode", MODES)
def test_events_do_not_depend_on_the_camera_or_the_frame_rate(mode: Mode) -> None:
    other = run(Scene(mode=mode, frame_rate=25, width=640, height=360, azimuth_deg=-30, distance_m=12))
    assert other.truth.events == simulated(mode).truth.events


def test_truth_holds_every_joint_and_series() -> None:
    truth = simulated("bowling").truth
    assert truth.joint_names == KEYPOINTS
    assert set(truth.angles) == set(SERIES_UNITS)
    assert all(np.isfinite(values).all() for values in truth.angles.values())


def test_angles_agree_with_the_joints() -> None:
    truth = simulated("batting").truth
    thigh = truth.m("left_hip") - truth.m("left_knee")
    shank = truth.m("left_ankle") - truth.m("left_knee")
    cosine = (thigh * shank).sum(1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
    np.testing.assert_allclose(np.degrees(np.arccos(cosine)), truth.angles["front_knee_angle"], atol=0.05)
