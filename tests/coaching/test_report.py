"""The report: plain words of the discipline, drills that belong to it, a week that leaks nothing."""

from __future__ import annotations

import re

import pytest
from coaching_clips import (
    beyond,
    capture,
    faulty_metrics,
    good_metrics,
    metric_at,
    pose,
    refused_metrics,
    results_of,
    rules_of,
)

from cricksy_lib.coaching.findings import find
from cricksy_lib.coaching.loader import all_texts, forbidden_word, load_knowledge
from cricksy_lib.coaching.report import write_report
from cricksy_lib.coaching.wording import name_of
from cricksy_lib.results import MODES, Capture, Check, Metric, Mode, PoseFacts, Report


def _report(
    mode: Mode,
    metrics: dict[str, Metric],
    filmed: Capture | None = None,
    seen: PoseFacts | None = None,
    player: str | None = None,
) -> Report:
    filmed, seen = filmed or capture(), seen or pose()
    return write_report(mode, find(mode, metrics, filmed, seen), metrics, filmed, seen, player)


def _view_refused(mode: Mode) -> dict[str, Metric]:
    reason = "The view is front; this number needs a view from the side."
    refused = refused_metrics(mode, reason)
    return good_metrics(mode) | {key: metric for key, metric in refused.items() if "knee" in key}


def _cases(mode: Mode) -> list[Report]:
    return [
        _report(mode, faulty_metrics(mode), player="A Player"),
        _report(mode, good_metrics(mode)),
        _report(mode, _view_refused(mode), capture("front"), pose(60)),
        _report(mode, refused_metrics(mode), capture("unknown"), pose(0)),
    ]


@pytest.mark.parametrize("mode", MODES)
def test_no_report_says_a_forbidden_word_or_leaves_a_gap(mode: Mode) -> None:
    wording = load_knowledge().common.wording
    for report in _cases(mode):
        for text in all_texts(report):
            assert text.strip()
            assert "{" not in text
            assert "None" not in text
            assert "nan" not in text.lower().split()
            assert forbidden_word(text, wording, mode) is None, text


@pytest.mark.parametrize("mode", MODES)
def test_empty_clip_says_what_to_film_differently_and_nothing_else(mode: Mode) -> None:
    found = Check(name="athlete_found", ok=False, value=0.0, unit="share of frames", advice="Stay in.")
    report = _report(mode, refused_metrics(mode), capture("unknown", [found]), pose(0))
    assert "could not be assessed: nobody was found in the picture" in report.summary
    assert (report.strengths, report.top_issues, report.drills, report.one_week_plan) == ([], [], [], [])
    assert report.notes[0] == load_knowledge().common.checks["athlete_found"].advice
    assert {film.advice for film in load_knowledge().of(mode).film} <= set(report.notes)


@pytest.mark.parametrize("mode", MODES)
def test_where_the_player_was_not_told_from_others_the_report_asks_who_it_is(mode: Mode) -> None:
    which = Check(name="which_player", ok=False, value=3.0, unit="people", advice="Say where.")
    report = _report(mode, refused_metrics(mode), capture("unknown", [which]), pose(0))
    assert "several people move alike" in report.summary
    assert "nobody was found" not in report.summary
    assert report.notes[0] == load_knowledge().common.checks["which_player"].advice
    assert "--athlete" in report.notes[0]


@pytest.mark.parametrize("mode", MODES)
def test_faulty_clip_has_priorities_drills_and_a_week_of_its_own_discipline(mode: Mode) -> None:
    report = _report(mode, faulty_metrics(mode))
    discipline = load_knowledge().of(mode)
    own = {drill.id for drill in discipline.drills}
    assert len(report.top_issues) == 3
    assert 1 <= len(report.drills) <= 8
    assert {drill.id for drill in report.drills} <= own
    assert {drill.finding for drill in report.drills} <= {rule.code for rule in discipline.rules}
    assert [day.day for day in report.one_week_plan] == [1, 2, 3, 4, 5, 6, 7]
    assert mode in report.summary
    assert all(issue.time_s == 1.17 and len(issue.cues) <= 2 for issue in report.top_issues)


@pytest.mark.parametrize("mode", MODES)
def test_every_finding_keeps_a_drill(mode: Mode) -> None:
    metrics = faulty_metrics(mode)
    report = _report(mode, metrics)
    shown = {drill.id for drill in report.drills}
    for finding in find(mode, metrics, capture(), pose()).findings:
        assert shown & set(finding.suggested_drills), finding.code


@pytest.mark.parametrize("mode", MODES)
def test_week_has_rest_and_only_known_drills(mode: Mode) -> None:
    report = _report(mode, faulty_metrics(mode))
    rest = [day for day in report.one_week_plan if day.duration_min == 0]
    assert len(rest) >= 2
    assert not any(
        drill.title in activity for day in rest for drill in report.drills for activity in day.activities
    )
    first = report.one_week_plan[0]
    assert first.focus == report.top_issues[0].issue
    assert any(report.drills[0].title in activity for activity in first.activities)


@pytest.mark.parametrize("mode", MODES)
def test_good_clip_is_praised_with_measure(mode: Mode) -> None:
    report = _report(mode, good_metrics(mode))
    assert report.summary.startswith(
        f"Nothing to work on was found beyond measurement error in this {mode} clip"
    )
    assert (report.top_issues, report.drills) == ([], [])
    assert len(report.one_week_plan) == 7
    assert 1 <= len(report.strengths) <= 3
    assert all(" ± " in strength for strength in report.strengths)


def test_strength_needs_a_measured_number_clearly_inside() -> None:
    rule = next(rule for rule in rules_of("batting") if rule.strength)
    assert rule.strength is not None
    margin = rule.strength.margin
    text = rule.strength.text.split("(")[0]
    cases = [
        (metric_at(rule, beyond(rule, -1.5 * margin), 0.5 * margin), True),
        (metric_at(rule, beyond(rule, -0.9 * margin), 0.5 * margin), False),
        (metric_at(rule, beyond(rule, -1.5 * margin), 2 * margin), False),
        (metric_at(rule, beyond(rule, -1.5 * margin), None), False),
        (metric_at(rule, beyond(rule, -1.5 * margin), 0.5 * margin, "low_confidence"), False),
    ]
    for metric, expected in cases:
        report = _report("batting", good_metrics("batting") | {rule.metric: metric})
        assert any(s.startswith(text) for s in report.strengths) is expected


def test_reports_do_not_leak_into_each_other() -> None:
    before = _report("batting", good_metrics("batting"))
    faulty = _report("batting", faulty_metrics("batting"))
    faulty.one_week_plan[0].activities.append("left over")
    faulty.drills[0].equipment.append("left over")
    assert _report("batting", good_metrics("batting")) == before
    assert "left over" not in set(all_texts(_report("batting", faulty_metrics("batting"))))


@pytest.mark.parametrize("mode", MODES)
def test_what_was_not_measured_is_said_once_with_reason_and_advice(mode: Mode) -> None:
    report = _report(mode, _view_refused(mode), capture("front"))
    assert "Not measured: front knee" in report.summary
    notes = [note for note in report.notes if note.startswith("Not measured:")]
    assert len(notes) == 1
    assert "needs a view from the side" in notes[0]
    assert any("film from the side as well" in note for note in report.notes)


@pytest.mark.parametrize("mode", MODES)
def test_counted_and_named_is_what_a_rule_judges_and_nothing_else(mode: Mode) -> None:
    metrics, common = good_metrics(mode), load_knowledge().common
    rules = [rule for rule in rules_of(mode) if rule.metric in metrics]
    ruled = {name_of(rule.metric, metrics[rule.metric], common) for rule in rules}
    able = {
        name_of(rule.metric, metrics[rule.metric], common)
        for rule in rules
        if metrics[rule.metric].status == "measured"
    }
    summary = _report(mode, metrics).summary
    found = re.search(r"in which (\d+) of (\d+) things could be judged \((.+?)\)", summary)
    assert found is not None
    count, total, names = found.groups()
    listed = re.split(r", | and ", names)
    more = [int(name.removesuffix(" more")) for name in listed if name.endswith(" more")]
    assert int(count) == len(listed) - len(more) + sum(more) == len(able)
    assert int(total) == len(ruled)
    assert {name for name in listed if not name.endswith(" more")} <= able


def test_what_no_rule_judges_is_not_too_uncertain_to_judge() -> None:
    good = good_metrics("bowling")
    weak = {"run_up_speed": good["run_up_speed"].model_copy(update={"status": "low_confidence"})}
    assert "run-up speed" not in _report("bowling", good | weak).summary.lower()


def test_a_clip_in_which_only_numbers_without_a_rule_were_measured_is_no_clean_bill() -> None:
    ruled = {rule.metric for rule in rules_of("bowling")}
    refused = {key: m for key, m in refused_metrics("bowling").items() if key in ruled}
    summary = _report("bowling", good_metrics("bowling") | refused).summary
    assert summary.startswith("None of the 5 things to judge was measured well enough")
    assert "Nothing to work on" not in summary


def test_a_clip_of_which_little_was_measured_says_so_first() -> None:
    good = good_metrics("bowling")
    few = {rule.metric: good[rule.metric] for rule in rules_of("bowling")[:2]}
    refused = refused_metrics("bowling", "The release was not seen in the clip.")
    summary = _report("bowling", refused | few).summary
    assert re.match(r"2 of 5 things could be judged in this bowling clip \(", summary)
    assert "None of them clearly needs work." in summary


def test_an_angle_measured_at_one_moment_is_not_among_those_not_measured() -> None:
    reason = "The impact was not seen in the clip."
    refused = refused_metrics("batting", reason)["front_knee_angle_at_impact"]
    summary = _report("batting", good_metrics("batting") | {"front_knee_angle_at_impact": refused}).summary
    assert "front knee" not in summary.partition("Not measured")[2]


def test_what_was_too_uncertain_is_said_beside_what_was_found() -> None:
    good = good_metrics("bowling")
    weak = {"front_knee_brace_score": good["front_knee_brace_score"]}
    weak = {key: m.model_copy(update={"status": "low_confidence"}) for key, m in weak.items()}
    summary = _report("bowling", good | weak).summary
    assert "Nothing to work on was found beyond measurement error" in summary
    label = good["front_knee_brace_score"].label.lower()
    assert label in summary.partition("Too uncertain to judge: ")[2]
    assert label not in summary.partition("Too uncertain to judge: ")[0]


def test_a_clip_with_nothing_but_uncertain_numbers_says_which() -> None:
    weak = {k: m.model_copy(update={"status": "low_confidence"}) for k, m in good_metrics("bowling").items()}
    summary = _report("bowling", weak).summary
    assert "could not be assessed" in summary
    assert "Too uncertain to judge: head stability" in summary


@pytest.mark.parametrize(
    ("share", "words"), [(0.599, "59 % of"), (0.29, "29 % of"), (0.0, "0 % of"), (None, "nothing is known")]
)
def test_a_clip_that_is_cut_off_is_said_first(share: float | None, words: str) -> None:
    cut = Check(name="file_whole", ok=False, value=share, unit="share of frames", advice="Copy it again.")
    report = _report("batting", good_metrics("batting"), capture("oblique", [cut]))
    assert (report.reliability_warning or "").startswith(f"The file is cut off or damaged: {words}")


@pytest.mark.parametrize("mode", MODES)
def test_one_thing_is_advised_once_and_nothing_about_a_check_that_passed(mode: Mode) -> None:
    checks = [
        Check(name="frame_rate", ok=True, value=60.0, unit="frames/s", advice="Film faster."),
        Check(name="view", ok=False, value=45.0, unit="deg", advice="Film square from the side."),
    ]
    reason = "The view is oblique; this number needs a view from the side."
    report = _report(mode, refused_metrics(mode, reason), capture("oblique", checks))
    advice = [note for note in report.notes if not note.startswith("Not measured")]
    assert not any("frames a second" in note for note in advice)
    about_the_view = [note for note in advice if "from the side" in note]
    assert about_the_view[0] == "Film square from the side."
    assert ["--view" in note for note in about_the_view] == [False, True]


def test_bowling_report_always_carries_the_load_caveat() -> None:
    for metrics in (good_metrics("bowling"), faulty_metrics("bowling")):
        assert load_knowledge().of("bowling").load_caveat in _report("bowling", metrics).notes


@pytest.mark.parametrize("mode", ["wicketkeeping", "fielding"])
def test_missing_reference_is_said(mode: Mode) -> None:
    assert any("No published reference exists" in note for note in _report(mode, good_metrics(mode)).notes)


@pytest.mark.parametrize(
    ("filmed", "seen", "words"),
    [
        (capture(), pose(), None),
        (capture(), pose(71), "only 59 %"),
        (capture("oblique"), pose(), "at a slant"),
        (capture("unknown"), pose(), "not known from where"),
        (capture(), pose(swapped_frames=20, filled_frames=20), "33 %"),
        (capture("front"), pose(swapped_frames=10), None),
    ],
)
def test_reader_is_warned(filmed: Capture, seen: PoseFacts, words: str | None) -> None:
    warning = _report("fielding", good_metrics("fielding"), filmed, seen).reliability_warning
    assert (warning is None) if words is None else (words in (warning or ""))


def test_nobody_is_told_how_to_read_the_numbers_of_a_clip_that_was_not_assessed() -> None:
    seen = pose(40, swapped_frames=40)
    report = _report("fielding", refused_metrics("fielding"), capture("oblique"), seen)
    assert "could not be assessed" in report.summary
    assert report.reliability_warning is None
    cut = Check(name="file_whole", ok=False, value=0.5, unit="share of frames", advice="Copy it again.")
    warning = _report(
        "fielding", refused_metrics("fielding"), capture("oblique", [cut]), seen
    ).reliability_warning
    assert warning is not None
    assert warning.startswith("The file is cut off")
    assert "number" not in warning


def test_failed_check_without_own_words_gives_its_own_advice() -> None:
    odd = Check(name="tripod", ok=False, value=None, unit="", advice="Use a tripod.")
    assert (
        "Next time: Use a tripod." in _report("batting", good_metrics("batting"), capture(checks=[odd])).notes
    )


def test_player_is_named_when_known_and_nobody_is_invented() -> None:
    assert _report("batting", good_metrics("batting"), player="  Sam\n A ").summary.startswith(
        "Sam A: nothing"
    )
    for nobody in (None, "", "  "):
        assert _report("batting", good_metrics("batting"), player=nobody).summary.startswith("Nothing")


@pytest.mark.parametrize("mode", MODES)
def test_report_and_findings_survive_the_schema(mode: Mode) -> None:
    results = results_of(mode, faulty_metrics(mode))
    assert type(results).model_validate_json(results.model_dump_json()) == results
