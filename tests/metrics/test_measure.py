"""Metrics: the same however it was filmed, refused with a reason where they cannot be had."""

import itertools

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.metrics.catalogue import load_catalogue
from cricksy_lib.metrics.measure import measure, score
from cricksy_lib.metrics.series import describe_series
from cricksy_lib.motion.movement import read_movement
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import KEPT_METRICS, MODES
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

WAYS = {
    "30 frames a second": {"frame_rate": 30.0},
    "120 frames a second": {"frame_rate": 120.0},
    "360 lines": {"width": 640, "height": 360},
    "1080 lines": {"width": 1920, "height": 1080},
    "upright picture": {"width": 720, "height": 1280},
}
# Largest change for another frame rate, size or shape, where the landmarks are exact: by unit.
TOLERANCE = {"deg": 4.0, "body_heights": 0.02, "body_heights/s": 0.12, "s": 0.035}


def measured(scene, **options):
    chosen = {"hand": scene.hand, **options}
    movement = read_movement(clean(track_of(simulate(scene))), AnalysisOptions(mode=scene.mode, **chosen))
    return measure(movement)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("way", WAYS)
def test_kept_metrics_do_not_change_with_frame_rate_resolution_or_aspect_ratio(mode, way):
    plain = measured(Scene(mode=mode, seed=51))
    other = measured(Scene(mode=mode, seed=51, **WAYS[way]))
    for key in KEPT_METRICS:
        assert (plain[key].value is None) == (other[key].value is None), key
        if plain[key].value is not None:
            assert other[key].value == pytest.approx(plain[key].value, abs=TOLERANCE[plain[key].unit]), key


@pytest.mark.parametrize("mode", MODES)
def test_every_metric_of_the_catalogue_is_there_in_every_discipline(mode):
    assert set(measured(Scene(mode=mode, seed=52))) == set(load_catalogue().metrics(mode))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("azimuth", [90, 0, 45])
def test_a_number_has_an_uncertainty_and_a_refusal_has_a_reason(mode, azimuth):
    for key, metric in measured(Scene(mode=mode, azimuth_deg=azimuth, seed=53)).items():
        if metric.status == "not_measurable":
            assert metric.value is metric.uncertainty is metric.score is None, key
            assert metric.reason, key
        else:
            assert metric.value is not None, key
            assert metric.status == "low_confidence" or metric.uncertainty is not None, key


@pytest.mark.parametrize("mode", MODES)
def test_knee_angles_are_refused_from_the_front(mode):
    for key, metric in measured(Scene(mode=mode, azimuth_deg=0, seed=54)).items():
        if "knee" in key:
            assert metric.status == "not_measurable", key


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_measured_where_nobody_was_found(mode):
    track = track_of(simulate(Scene(mode=mode, seed=55)))
    track.data["position"].values[:] = np.nan
    track.data["world"].values[:] = np.nan
    metrics = measure(read_movement(clean(track), AnalysisOptions(mode=mode)))
    assert {m.status for m in metrics.values()} == {"not_measurable"}


def test_an_athlete_of_a_few_pixels_is_refused():
    metrics = measured(Scene(mode="bowling", seed=56, width=160, height=90))
    assert {m.status for m in metrics.values()} == {"not_measurable"}
    assert "too small" in metrics["balance_drift_score"].reason


@pytest.mark.parametrize("event", ["front_foot_contact", "ball_release"])
@pytest.mark.parametrize("hand", ["right", "left"])
@pytest.mark.parametrize("seed", [57, 58, 59])
def test_the_front_knee_of_a_bowler_seen_square_is_within_its_uncertainty(event, hand, seed):
    scene = Scene(mode="bowling", hand=hand, seed=seed)
    metric = measured(scene)[f"front_knee_angle_at_{event}"]
    truth = simulate(scene).angle_at("front_knee_angle", event)
    assert metric.status == "measured"
    assert abs(metric.value - truth) <= metric.uncertainty


@pytest.mark.parametrize("seed", [60, 61, 62])
def test_a_knee_that_bends_towards_the_camera_is_never_called_measured_when_it_is_far_off(seed):
    scene = Scene(mode="batting", seed=seed)
    truth = simulate(scene)
    for key, metric in measured(scene).items():
        if "knee_angle_at" in key and metric.status == "measured":
            series, event = key.split("_at_")
            assert abs(metric.value - truth.angle_at(series, event)) < 1.5 * metric.uncertainty


@pytest.mark.parametrize(("value", "expected"), [(165, 1.0), (95, 0.0), (130, 0.5), (10, 0.0), (180, 1.0)])
def test_a_score_is_the_place_between_its_limits(value, expected):
    limits = load_catalogue().scores["front_knee_brace_score"].score
    assert score(value, limits) == pytest.approx(expected)


def test_worst_frames_are_moments_apart():
    frames = measured(Scene(mode="batting", seed=63))["head_stability_score"].evidence.worst_frames
    times = sorted(frame.time_s for frame in frames)
    assert all(b - a >= 0.15 - 1e-9 for a, b in itertools.pairwise(times))


@pytest.mark.parametrize("key", ["front_knee_brace_score", "head_stability_score"])
def test_every_moment_of_a_number_past_its_threshold_is_itself_past_it(key):
    scene = Scene(mode="batting", seed=64, faults={"collapsing_front_knee": 1.0})
    movement = read_movement(clean(track_of(simulate(scene))), AnalysisOptions(mode="batting", hand="right"))
    free = measure(movement)[key].evidence.worst_frames
    assert len(free) > 1
    worse_is_higher = free[0].value > free[1].value
    # Between the worst moment and the next: the next shows the opposite of what would be said.
    threshold = (free[0].value + free[1].value) / 2
    frames = measure(movement, {key: threshold})[key].evidence.worst_frames
    assert frames[0] == free[0]
    assert all((frame.value > threshold) == worse_is_higher for frame in frames)


def test_a_number_within_its_threshold_still_shows_its_worst_moment():
    scene = Scene(mode="bowling", seed=64)
    movement = read_movement(clean(track_of(simulate(scene))), AnalysisOptions(mode="bowling", hand="right"))
    key = "front_knee_brace_score"
    free = measure(movement)[key].evidence.worst_frames
    assert measure(movement, {key: 20.0})[key].evidence.worst_frames == free[:1]


def test_a_segment_is_reported_at_the_threshold_that_is_given():
    scene = Scene(mode="bowling", seed=64, faults={"collapsing_front_knee": 1.0})
    movement = read_movement(clean(track_of(simulate(scene))), AnalysisOptions(mode="bowling", hand="right"))
    key = "front_knee_brace_score"
    assert measure(movement, {key: 150.0})[key].evidence.segments
    assert not measure(movement, {key: 60.0})[key].evidence.segments


def test_an_athlete_who_is_lost_within_the_movement_gives_no_sure_number():
    truth = simulate(Scene(mode="bowling", seed=96))
    track = track_of(truth, 0.5)
    options = AnalysisOptions(mode="bowling", hand="right")
    whole = measure(read_movement(clean(track), options))
    assert any(metric.status == "measured" for metric in whole.values())
    # Lost between the two contacts: nothing of the events themselves is missing.
    middle = (truth.events["back_foot_contact"] + truth.events["front_foot_contact"]) / 2
    lost = np.abs(truth.times_s - middle) < 0.055
    data = track.data.copy(deep=True)
    for variable in ("position", "world", "confidence"):
        data[variable].values[lost] = np.nan
    data["segment"].values[lost] = -1
    partly = measure(read_movement(clean(PoseTrack(data)), options))
    measured = {key: metric.reason for key, metric in partly.items() if metric.value is not None}
    assert measured
    assert all(partly[key].status == "low_confidence" for key in measured)
    assert any("followed in" in (reason or "") for reason in measured.values())


def test_what_hangs_on_left_and_right_is_not_sure_where_they_are_doubtful():
    truth = simulate(Scene(mode="bowling", seed=96))
    track = clean(track_of(truth, 0.5))
    options = AnalysisOptions(mode="bowling", hand="right")
    sure = read_movement(track, options)
    at = int(np.argmin(np.abs(truth.times_s - truth.events["front_foot_contact"])))
    track.data.attrs["doubtful"] = {"legs": [at], "arms": []}
    doubted = read_movement(track, options)
    key = "front_knee_angle_at_front_foot_contact"
    assert measure(sure)[key].status == "measured"
    assert measure(doubted)[key].status == "low_confidence"
    assert "told apart" in measure(doubted)[key].reason
    # The trunk has no side.
    trunk = "trunk_lean_at_front_foot_contact"
    assert measure(doubted)[trunk] == measure(sure)[trunk]
    before, after = (describe_series(m).series["front_knee_angle"].status for m in (sure, doubted))
    assert (before[at], after[at]) == ("measured", "low_confidence")
    assert after[:at] == before[:at]
    # Doubt before the back foot lands is none about the front knee as the front foot lands.
    long_before = int(np.argmin(np.abs(truth.times_s - truth.events["back_foot_contact"] + 0.1)))
    track.data.attrs["doubtful"] = {"legs": [long_before], "arms": []}
    assert measure(read_movement(track, options))[key].status == "measured"
