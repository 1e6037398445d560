"""Two jobs over each other: aligned at an event, in real time, with their ±."""

from __future__ import annotations

import math

import pytest
from dashboard.sample_results import IMPACT_S, PLANT_S, TOP_S, sample_results

from cricksy_lib.errors import UsageError
from cricksy_lib.explore.compared import differences, event_of, laid_over, repetitions, shared_events
from cricksy_lib.results import Results

LABELS = ("First: <b>net</b>", "Second: net")


def moved(results: Results, seconds: float, slow_motion: float = 1.0) -> Results:
    """Return the same movement later in a clip that plays slower."""

    def at(time_s: float) -> float:
        return (time_s + seconds) * slow_motion

    kinematics = results.kinematics.model_copy(
        update={"time_s": [at(time_s) for time_s in results.kinematics.time_s]}
    )
    events = [event.model_copy(update={"time_s": at(event.time_s)}) for event in results.events]
    video = results.video.model_copy(update={"slow_motion": slow_motion})
    return results.model_copy(update={"kinematics": kinematics, "events": events, "video": video})


@pytest.fixture(scope="module")
def first() -> Results:
    """A job's results."""
    return sample_results()


def test_the_same_movement_later_and_slower_lies_exactly_over_itself(first: Results) -> None:
    later = moved(first, 0.7, slow_motion=4.0)
    figure = laid_over((first, later), LABELS, "front_knee_angle", "impact")
    lines = [trace for trace in figure.data if trace.mode == "lines" and trace.fill is None]
    one, other = (
        [t for t in lines if t.name.startswith(name) and "confidence" not in t.name]
        for name in ("First", "Second")
    )
    assert list(one[0].x) == pytest.approx(list(other[0].x))
    assert list(one[0].y) == list(other[0].y)
    at_event = min(range(len(one[0].x)), key=lambda i: abs(one[0].x[i]))
    assert first.kinematics.time_s[at_event] == pytest.approx(IMPACT_S, abs=1 / 60)


def test_both_have_bands_gaps_and_their_own_events(first: Results) -> None:
    figure = laid_over((first, moved(first, 0.5)), LABELS, "trunk_lean", "front_foot_plant")
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert len({band.fillcolor for band in bands}) == 2
    named = [note.text for note in figure.layout.annotations]
    assert sorted(named) == sorted(2 * ["Top of the backlift", "Front foot plant", "Impact"])
    assert {round(note.x, 6) for note in figure.layout.annotations} == {
        round(time_s - PLANT_S, 6) for time_s in (TOP_S, PLANT_S, IMPACT_S)
    }
    assert figure.layout.yaxis.title.text == "Trunk lean (°)"
    assert figure.layout.xaxis.title.text == "Real time from front foot plant (s)"
    assert any(None in trace.y for trace in figure.data if trace.mode == "lines" and trace.fill is None)


def test_a_title_is_shown_as_it_is(first: Results) -> None:
    figure = laid_over((first, first), LABELS, "trunk_lean", "impact")
    assert not [trace.name for trace in figure.data if trace.name and "<b>" in trace.name]


def test_an_event_or_series_that_one_lacks_is_refused_in_words(first: Results) -> None:
    other = first.model_copy(update={"events": first.events[:1]})
    assert shared_events(first, other) == [first.events[0].name]
    with pytest.raises(UsageError, match="Impact was not found in repetition 1"):
        laid_over((first, other), LABELS, "trunk_lean", "impact")
    with pytest.raises(UsageError, match="no_such_angle"):
        laid_over((first, first), LABELS, "no_such_angle", "impact")


def test_the_repetition_asked_for_is_the_one_aligned(first: Results) -> None:
    again = [e.model_copy(update={"time_s": e.time_s + 1, "repetition": 2}) for e in first.events]
    twice = first.model_copy(update={"events": [*first.events, *again]})
    assert repetitions(twice) == [1, 2]
    assert event_of(twice, "impact", 2).time_s == IMPACT_S + 1
    figure = laid_over((first, twice), LABELS, "trunk_lean", "impact", (1, 2))
    first_x, second_x = (
        next(t.x[0] for t in figure.data if (t.name or "").startswith(name)) for name in ("First", "Second")
    )
    assert second_x == pytest.approx(first_x - 1)


def test_a_difference_counts_only_beyond_both_errors_together(first: Results) -> None:
    def with_knee(value: float) -> Results:
        knee = first.metrics["front_knee_brace_score"].model_copy(update={"value": value})
        return first.model_copy(update={"metrics": {**first.metrics, "front_knee_brace_score": knee}})

    value, half = 124.0, math.hypot(13, 13)
    for change, beyond in ((half - 0.1, False), (half + 0.1, True), (-half - 0.1, True)):
        frame = differences(first, with_knee(value + change)).set_index("metric")
        row = frame.loc["front_knee_brace_score"]
        assert row["difference"] == pytest.approx(change)
        assert row["difference_uncertainty"] == pytest.approx(half)
        assert bool(row["beyond"]) is beyond


def test_what_one_could_not_measure_has_no_difference(first: Results) -> None:
    row = differences(first, first).set_index("metric").loc["elbow_drop_score"]
    assert math.isnan(row["difference"])
    assert not row["beyond"]
    bare = first.model_copy(update={"metrics": {}})
    assert differences(first, bare).empty
