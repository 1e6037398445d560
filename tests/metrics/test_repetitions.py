"""Several repetitions: the median, its uncertainty, and evidence from the worst of them."""

from dataclasses import replace

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.metrics.catalogue import load_catalogue
from cricksy_lib.metrics.measure import measure
from cricksy_lib.metrics.readings import Reading
from cricksy_lib.metrics.repeated import median_noise, median_shared, worst
from cricksy_lib.motion.movement import read_movement
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

KEY = "front_knee_angle_at_ball_release"


@pytest.fixture(scope="module")
def delivery():
    """One delivery, and where it is looked at again: the same clip, read at other moments."""
    track = clean(track_of(simulate(Scene(mode="bowling", seed=95)), 0.5))
    return read_movement(track, AnalysisOptions(mode="bowling", hand="right", height_cm=180))


def repeated(movement, shifts):
    """The movement with its events again at other times, one repetition for each shift (clip seconds)."""
    events = [
        event.model_copy(update={"time_s": event.time_s + shift, "repetition": number})
        for number, shift in enumerate(shifts, start=1)
        for event in movement.events
    ]
    return replace(movement, events=events)


def reading(value, noise=1.0, shared=1.0):
    return Reading(value, noise, np.array([value]), np.array([0]), shared)


def test_events_are_found_by_repetition(delivery):
    twice = repeated(delivery, [0.0, 0.1])
    assert twice.repetitions == [1, 2]
    first, second = (twice.event("ball_release", number) for number in (1, 2))
    assert second.time_s == pytest.approx(first.time_s + 0.1)
    assert twice.event("ball_release", 3) is None
    assert replace(delivery, events=[]).repetitions == []


def test_the_value_is_the_median_and_every_repetition_is_kept(delivery):
    shifts = [-0.04, 0.0, 0.03]
    alone = [measure(repeated(delivery, [shift]))[KEY] for shift in shifts]
    together = measure(repeated(delivery, shifts))[KEY]
    assert together.value == pytest.approx(np.median([metric.value for metric in alone]))
    assert [r.value for r in together.repetitions] == pytest.approx([metric.value for metric in alone])
    assert [r.uncertainty for r in together.repetitions] == pytest.approx([m.uncertainty for m in alone])
    assert [r.time_s for r in together.repetitions] == pytest.approx([m.repetitions[0].time_s for m in alone])


def test_one_repetition_has_the_metric_s_own_value_and_uncertainty(delivery):
    for metric in measure(delivery).values():
        if metric.value is not None:
            (only,) = metric.repetitions
            assert (only.value, only.uncertainty) == (metric.value, metric.uncertainty)


def test_a_repetition_without_the_event_keeps_its_place_without_a_number(delivery):
    twice = repeated(delivery, [0.0, 0.05])
    cut = replace(twice, events=[e for e in twice.events if (e.name, e.repetition) != ("ball_release", 1)])
    metric = measure(cut)[KEY]
    assert [r.value is None for r in metric.repetitions] == [True, False]
    assert metric.value == metric.repetitions[1].value


def test_two_events_that_never_belong_together_are_a_refusal(delivery):
    twice = repeated(delivery, [0.0, 0.05])
    apart = [
        e
        for e in twice.events
        if (e.name == "ball_release") == (e.repetition == 1) or e.name == "back_foot_contact"
    ]
    metric = measure(replace(twice, events=apart))["front_foot_contact_to_release_time"]
    assert metric.status == "not_measurable"
    assert "one and the same movement" in metric.reason


def test_repeating_makes_noise_smaller_but_not_what_repetitions_share():
    few, many = [reading(v) for v in (1.0, 2.0)], [reading(v) for v in np.linspace(0, 1, 9)]
    assert median_noise([reading(1.0)]) == 1.0
    assert median_noise(few) == pytest.approx(1 / np.sqrt(2))
    assert median_noise(many) == pytest.approx(np.sqrt(np.pi / 2) / 3)
    assert median_shared(many) == 1.0


def test_the_median_of_noisy_values_is_within_its_noise():
    rng = np.random.default_rng(3)
    for count in (2, 3, 5, 9):
        half = median_noise([reading(0.0, noise=1.96)] * count)
        medians = np.median(rng.normal(size=(4000, count)), axis=1)
        assert 0.93 < np.mean(np.abs(medians) <= half) < 0.99, count


def test_one_unknown_uncertainty_makes_the_median_s_unknown():
    assert median_noise([reading(1.0), reading(2.0, noise=None)]) is None
    assert median_shared([reading(1.0), reading(2.0, shared=None)]) is None


@pytest.mark.parametrize(
    ("key", "threshold", "expected"),
    [
        ("head_stability_score", None, 2),
        ("front_knee_brace_score", None, 0),
        ("delivery_stride_length", 1.0, 2),
        ("delivery_stride_length", 4.0, 0),
        ("delivery_stride_length", None, 2),
    ],
)
def test_the_worst_repetition_is_the_one_to_look_at(key, threshold, expected):
    entry = load_catalogue().metrics("bowling")[key]
    assert worst(entry, [reading(v) for v in (1.0, 2.0, 9.0)], threshold) == expected


def test_evidence_is_from_the_worst_repetition(delivery):
    metric = measure(repeated(delivery, [0.0, -0.25, 0.0]))["balance_drift_score"]
    values = [r.value for r in metric.repetitions]
    at = metric.repetitions[int(np.argmax(values))].time_s
    assert metric.evidence.worst_frames[0].time_s == pytest.approx(at)
