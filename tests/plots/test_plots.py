"""The figures: units on the axes, gaps stay gaps, events and moments are marked."""

import pytest
from dashboard.sample_results import DURATION_S, EVENTS, SERIES, sample_results

from cricksy_lib.plots import has_values, kinematics_figure, metric_figure, series_of
from cricksy_lib.results import Evidence, WorstFrame

KNEE = "front_knee_angle_at_front_foot_plant"


@pytest.fixture(scope="module")
def results():
    return sample_results()


def traces(figure, name):
    return [t for t in figure.data if (t.name or "").startswith(name)]


def test_a_metric_is_drawn_from_the_series_that_it_is_taken_from(results):
    assert series_of(results, KNEE) == ("front_knee_angle",)
    assert series_of(results, "head_stability_score") == ("head_speed",)


def test_an_unknown_metric_is_an_error(results):
    with pytest.raises(KeyError):
        metric_figure(results, "no_such_metric")


@pytest.mark.parametrize("key", sorted(sample_results().metrics))
def test_every_metric_has_a_figure_with_titled_axes(results, key):
    figure = metric_figure(results, key)
    assert figure.layout.xaxis.title.text == "Time in the clip (s)"
    assert figure.layout.yaxis.title.text
    assert figure.to_json()


def test_a_change_of_an_angle_is_marked_on_its_series_and_not_beside_it():
    results = sample_results().model_copy(update={"mode": "bowling"})
    change = results.metrics[KNEE].model_copy(
        update={
            "evidence": Evidence(worst_frames=[WorstFrame(frame=12, time_s=0.4, value=-22.0, score=None)])
        }
    )
    results = results.model_copy(update={"metrics": {"front_knee_change_to_release": change}})
    (mark,) = traces(metric_figure(results, "front_knee_change_to_release"), "Moments to look at")
    assert mark.y[0] is not None
    assert mark.y[0] > 0, "the angle there, not the change"


def test_an_angle_whose_series_is_not_there_is_still_a_figure(results):
    bare = results.model_copy(update={"kinematics": results.kinematics.model_copy(update={"series": {}})})
    assert not traces(metric_figure(bare, KNEE), "Moments to look at")


def test_unknown_samples_stay_gaps(results):
    figure = metric_figure(results, KNEE)
    for trace in traces(figure, "Front knee angle"):
        assert trace.connectgaps is False
        assert trace.y[28] is None
    band = [t for t in figure.data if t.fill == "toself"]
    assert len(band) == 2  # one on each side of the gap


def test_low_confidence_is_drawn_apart(results):
    names = [t.name for t in metric_figure(results, KNEE).data if t.name]
    assert "Front knee angle (low confidence)" in names


def test_events_are_marked_and_the_metrics_own_is_emphasised(results):
    labels = [a.text for a in metric_figure(results, KNEE).layout.annotations]
    assert "<b>Front foot plant</b>" in labels
    assert "Impact" in labels


def test_metrics_of_one_series_share_a_figure_with_a_mark_each(results):
    keys = [key for key in results.metrics if key.startswith("front_knee_angle_at_")]
    figure = metric_figure(results, *keys)
    assert len(traces(figure, "Front knee angle")) == len(
        traces(metric_figure(results, KNEE), "Front knee angle")
    )
    texts = [a.text for a in figure.layout.annotations]
    assert "house threshold 140°, front foot plant" in texts
    assert not [text for text in texts if text.startswith("<b>")]


@pytest.mark.parametrize("gap_s", [0.02, 0.05, 0.3, 0.7])
def test_labels_of_events_never_meet_on_a_phone(results, gap_s):
    close = [e.model_copy(update={"time_s": 1.0 + i * gap_s}) for i, e in enumerate(results.events)]
    figure = metric_figure(results.model_copy(update={"events": close}), KNEE)
    low, high = figure.layout.xaxis.range
    pixels = 270 / (high - low)
    rows = {}
    for label in (a for a in figure.layout.annotations if a.yshift):
        text, at = label.text.removeprefix("<b>").removesuffix("</b>"), (label.x - low) * pixels
        wide = 5.5 * len(text)
        left = {"left": at, "center": at - wide / 2, "right": at - wide}[label.xanchor]
        assert left >= -1
        assert left + wide <= 271
        for other_left, other_right in rows.setdefault(label.yshift, []):
            assert left >= other_right or left + wide <= other_left
        rows[label.yshift].append((left, left + wide))
    assert sum(len(row) for row in rows.values()) == 3


def test_of_more_labels_than_rows_some_are_left_out_but_no_line_nor_the_metrics_own(results):
    event = results.events[0]
    names = ("first_moment", "second_moment", "third_moment", "fourth_moment", "front_foot_plant")
    close = [event.model_copy(update={"name": name, "time_s": 1 + i / 100}) for i, name in enumerate(names)]
    figure = metric_figure(results.model_copy(update={"events": close}), KNEE)
    labels = [a for a in figure.layout.annotations if a.yshift]
    assert [a.text for a in labels] == ["<b>Front foot plant</b>", "First moment", "Second moment"]
    assert len({a.yshift for a in labels}) == 3
    upright = [shape.x0 for shape in figure.layout.shapes if shape.type == "line" and shape.yref == "paper"]
    assert sorted(upright) == [e.time_s for e in close]


def test_threshold_and_reference_are_drawn_on_their_own_unit_only(results):
    texts = " ".join(a.text for a in metric_figure(results, KNEE).layout.annotations)
    assert "house threshold 140°" in texts
    assert "reference 150–175° (grade C)" in texts
    metric = results.metrics[KNEE].model_copy(update={"unit": "s"})
    other = results.model_copy(update={"metrics": {KNEE: metric}})
    texts = " ".join(a.text for a in metric_figure(other, KNEE).layout.annotations)
    assert "threshold" not in texts


def test_a_speed_has_no_level_that_its_series_does_not_share(results):
    texts = " ".join(a.text for a in metric_figure(results, "head_stability_score").layout.annotations)
    assert "threshold" not in texts


def test_moments_to_look_at_are_marked_at_their_times(results):
    (worst,) = traces(metric_figure(results, KNEE), "Moments")
    assert list(worst.x) == [f.time_s for f in results.metrics[KNEE].evidence.worst_frames]


def test_the_figure_shows_the_action_not_the_whole_clip(results):
    low, high = metric_figure(results, KNEE).layout.xaxis.range
    assert 0 <= low < min(EVENTS.values())
    assert max(EVENTS.values()) < high <= DURATION_S


def test_without_events_the_whole_clip_is_shown(results):
    bare = results.model_copy(update={"events": []})
    assert tuple(metric_figure(bare, KNEE).layout.xaxis.range) == (0.0, DURATION_S)


def test_a_series_without_samples_says_so(results):
    empty = results.kinematics.series["front_knee_angle"].model_copy(
        update={name: [None] * 240 for name in ("values", "uncertainty")}
    )
    series = {**results.kinematics.series, "front_knee_angle": empty}
    bare = results.model_copy(update={"kinematics": results.kinematics.model_copy(update={"series": series})})
    assert not has_values(bare, ["front_knee_angle"])
    assert "No samples" in metric_figure(bare, KNEE).layout.annotations[0].text


def test_series_of_two_units_get_an_axis_each(results):
    figure = kinematics_figure(results, list(SERIES))
    assert figure.layout.yaxis.title.text == "Degrees"
    assert figure.layout.yaxis2.title.text == "Body heights/s"
    assert {t.yaxis for t in traces(figure, "Hand speed")} == {"y2"}


def test_bands_of_several_series_are_drawn_when_asked_for(results):
    plain, full = (kinematics_figure(results, list(SERIES), bands=bands) for bands in (False, True))
    assert not [t for t in plain.data if t.fill]
    assert {t.yaxis for t in full.data if t.fill} == {"y", "y2"}


def test_repetitions_are_marked_but_named_once(results):
    again = [e.model_copy(update={"repetition": 2, "time_s": e.time_s + 0.4}) for e in results.events]
    twice = results.model_copy(update={"events": [*results.events, *again]})
    labels = [a.text for a in kinematics_figure(twice, ["trunk_lean"]).layout.annotations]
    assert labels.count("Impact") == 1
