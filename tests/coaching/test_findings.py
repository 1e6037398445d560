"""Findings: only beyond the limit by more than the error, never from what was not measured."""

from __future__ import annotations

import pytest
from coaching_clips import (
    beyond,
    capture,
    faulty_metrics,
    good_metrics,
    metric_at,
    pose,
    refused_metrics,
    rules_of,
)

from cricksy_lib.coaching.findings import deviation_of, find, severity, thresholds
from cricksy_lib.coaching.loader import forbidden_word, load_knowledge
from cricksy_lib.coaching.schema import HOUSE_RULE_LABEL, Rule
from cricksy_lib.errors import ResultsError
from cricksy_lib.results import MODES, Check, Finding, Metric, MetricStatus, Mode

EVERY_RULE = [pytest.param(mode, rule, id=f"{mode}-{rule.code}") for mode in MODES for rule in rules_of(mode)]


def _found(mode: Mode, rule: Rule, metric: Metric) -> list[Finding]:
    metrics = good_metrics(mode) | {rule.metric: metric}
    return find(mode, metrics, capture(), pose()).findings


@pytest.mark.parametrize(("mode", "rule"), EVERY_RULE)
def test_deviation_beyond_its_error_is_found(mode: Mode, rule: Rule) -> None:
    error = 0.5 * rule.clear_deviation
    (finding,) = _found(mode, rule, metric_at(rule, beyond(rule, 1.01 * error), error))
    assert (finding.code, finding.metric, finding.basis) == (rule.code, rule.metric, rule.basis)
    assert finding.severity == "low"
    assert finding.suggested_drills == list(rule.drills)
    assert finding.why_it_matters == rule.why_it_matters
    assert finding.evidence.threshold == rule.threshold
    assert finding.evidence.worst_frames[0].time_s == 1.17


@pytest.mark.parametrize(("mode", "rule"), EVERY_RULE)
@pytest.mark.parametrize("share", [1.0, 0.5, 0.0, -1.0])
def test_deviation_within_its_error_is_not_found(mode: Mode, rule: Rule, share: float) -> None:
    error = 0.5 * rule.clear_deviation
    assert _found(mode, rule, metric_at(rule, beyond(rule, share * error), error)) == []


@pytest.mark.parametrize(("mode", "rule"), EVERY_RULE)
def test_nothing_is_found_without_a_number_or_its_error(mode: Mode, rule: Rule) -> None:
    far = beyond(rule, 10 * rule.clear_deviation)
    assert _found(mode, rule, metric_at(rule, None, None, "not_measurable")) == []
    assert _found(mode, rule, metric_at(rule, far, None)) == []
    assert _found(mode, rule, metric_at(rule, far, 0.0)) == []


@pytest.mark.parametrize(("mode", "rule"), EVERY_RULE)
def test_low_confidence_is_at_most_low_and_says_so(mode: Mode, rule: Rule) -> None:
    metric = metric_at(
        rule, beyond(rule, 10 * rule.clear_deviation), 0.1 * rule.clear_deviation, "low_confidence"
    )
    (finding,) = _found(mode, rule, metric)
    assert finding.severity == "low"
    assert finding.confidence <= 0.8
    assert "low confidence" in finding.message


@pytest.mark.parametrize(("mode", "rule"), EVERY_RULE)
def test_basis_is_said_and_no_house_rule_is_high(mode: Mode, rule: Rule) -> None:
    metric = metric_at(rule, beyond(rule, 10 * rule.clear_deviation), 0.1 * rule.clear_deviation)
    (finding,) = _found(mode, rule, metric)
    assert finding.severity == rule.max_severity
    if rule.basis == "house rule":
        assert finding.severity != "high"
        assert HOUSE_RULE_LABEL in finding.message
        assert finding.evidence.reference is None
    else:
        assert finding.evidence.reference is not None
        assert finding.evidence.reference.grade in ("A", "B")
        assert finding.evidence.reference.source in finding.message


@pytest.mark.parametrize(("mode", "rule"), EVERY_RULE)
def test_message_says_no_forbidden_word_and_gives_value_and_error(mode: Mode, rule: Rule) -> None:
    metric = metric_at(rule, beyond(rule, 2 * rule.clear_deviation), rule.clear_deviation)
    (finding,) = _found(mode, rule, metric)
    assert " ± " in finding.message
    assert "{" not in finding.message
    wording = load_knowledge().common.wording
    for text in (finding.message, finding.title, finding.why_it_matters, *finding.cues):
        assert forbidden_word(text, wording, mode) is None


@pytest.mark.parametrize("mode", MODES)
def test_every_code_of_a_discipline_can_be_found_at_once_worst_first(mode: Mode) -> None:
    findings = find(mode, faulty_metrics(mode), capture(), pose())
    assert {f.code for f in findings.findings} == {rule.code for rule in rules_of(mode)}
    order = ["high", "medium", "low"]
    ranks = [order.index(f.severity) for f in findings.findings]
    assert ranks == sorted(ranks)
    assert findings.overall_level == findings.findings[0].severity


@pytest.mark.parametrize("mode", MODES)
def test_nothing_beyond_error_is_level_none(mode: Mode) -> None:
    findings = find(mode, good_metrics(mode), capture(), pose())
    assert (findings.overall_level, findings.findings) == ("none", [])


@pytest.mark.parametrize("mode", MODES)
def test_empty_clip_is_not_assessed_and_has_no_finding(mode: Mode) -> None:
    findings = find(mode, refused_metrics(mode), capture("unknown"), pose(0))
    assert (findings.overall_level, findings.findings, findings.detection_rate) == ("not_assessed", [], 0.0)


@pytest.mark.parametrize(
    ("found", "sampled"),
    [(0, 0), (0, 120), (7, 20), (30, 120)],
    ids=["no-frame", "nobody", "few-frames", "seldom-seen"],
)
def test_too_little_of_the_player_is_not_assessed_whatever_the_numbers(found: int, sampled: int) -> None:
    findings = find("bowling", faulty_metrics("bowling"), capture(), pose(found, sampled))
    assert (findings.overall_level, findings.findings) == ("not_assessed", [])


def test_unusable_capture_is_not_assessed() -> None:
    small = Check(name="athlete_large_enough", ok=False, value=50, unit="px", advice="Go closer.")
    findings = find("batting", faulty_metrics("batting"), capture(checks=[small]), pose())
    assert (findings.overall_level, findings.findings) == ("not_assessed", [])


def test_only_low_confidence_is_not_assessed() -> None:
    metrics = {
        key: metric.model_copy(update={"status": "low_confidence"})
        for key, metric in faulty_metrics("batting").items()
    }
    assert find("batting", metrics, capture("oblique"), pose()).overall_level == "not_assessed"


def test_a_single_measured_number_is_too_little() -> None:
    rule = next(rule for rule in rules_of("bowling") if rule.code == "HEAD_MOVEMENT")
    head = {rule.metric: metric_at(rule, beyond(rule, 3 * rule.clear_deviation), 0.1)}
    reason = "The view is oblique; this number needs a view from the side."
    metrics = refused_metrics("bowling", reason) | head
    findings = find("bowling", metrics, capture("oblique"), pose())
    assert (findings.overall_level, findings.findings) == ("not_assessed", [])


def test_no_metrics_at_all_is_not_assessed() -> None:
    assert find("batting", {}, capture(), pose()).overall_level == "not_assessed"


_RESEARCH = next(rule for rule in rules_of("bowling") if rule.basis == "research")
_HOUSE = next(rule for rule in rules_of("batting") if rule.max_severity == "medium")


@pytest.mark.parametrize(
    ("rule", "spreads", "errors", "status", "expected"),
    [
        (_HOUSE, 0.5, 1.0, "measured", None),
        (_HOUSE, 0.5, 1.000001, "measured", "low"),
        (_HOUSE, 0.999, 9.0, "measured", "low"),
        (_HOUSE, 1.0, 2.0, "measured", "medium"),
        (_HOUSE, 1.0, 1.999, "measured", "low"),
        (_HOUSE, 9.0, 9.0, "measured", "medium"),
        (_RESEARCH, 1.0, 2.0, "measured", "medium"),
        (_RESEARCH, 2.0, 3.0, "measured", "high"),
        (_RESEARCH, 2.0, 2.999, "measured", "medium"),
        (_RESEARCH, 1.999, 3.0, "measured", "medium"),
        (_RESEARCH, 2.0, 3.0, "low_confidence", "low"),
    ],
)
def test_severity_edges(
    rule: Rule, spreads: float, errors: float, status: MetricStatus, expected: str | None
) -> None:
    distance = spreads * rule.clear_deviation
    metric = metric_at(rule, beyond(rule, distance), distance / errors, status)
    deviation = deviation_of(rule, metric)
    limits = load_knowledge().common.assessment
    assert (severity(rule, deviation, metric, limits) if deviation else None) == expected


@pytest.mark.parametrize("direction", ["above", "below"])
def test_decimal_limits_are_exact_at_the_edge(direction: str) -> None:
    rule = _HOUSE.model_copy(update={"direction": direction, "threshold": 0.2})
    at_edge = 0.3 if direction == "above" else 0.1
    assert deviation_of(rule, metric_at(rule, at_edge, 0.1)) is None


def test_confidence_is_the_probability_that_the_deviation_is_real() -> None:
    metric = metric_at(_HOUSE, beyond(_HOUSE, 1.1), 1.0)
    deviation = deviation_of(_HOUSE, metric)
    assert deviation is not None
    assert deviation.probability == pytest.approx(0.9844, abs=1e-4)
    (finding,) = _found("batting", _HOUSE, metric)
    assert finding.confidence == pytest.approx(0.984)


def test_confidence_never_reaches_certainty() -> None:
    (finding,) = _found("batting", _HOUSE, metric_at(_HOUSE, beyond(_HOUSE, 100), 0.1))
    assert finding.confidence == 0.99


def test_more_deviation_with_the_same_relative_error_is_no_more_certain() -> None:
    small = deviation_of(_HOUSE, metric_at(_HOUSE, beyond(_HOUSE, 0.2), 0.1))
    large = deviation_of(_HOUSE, metric_at(_HOUSE, beyond(_HOUSE, 2.0), 1.0))
    assert small is not None
    assert large is not None
    assert small.probability == pytest.approx(large.probability)


def test_repetitions_are_counted() -> None:
    values = [beyond(_HOUSE, d) for d in (0.5, 0.4, -0.2)]
    metric = metric_at(
        _HOUSE,
        values[1],
        0.1,
        repetitions=[{"value": v, "uncertainty": 0.1, "time_s": float(i)} for i, v in enumerate(values)],
    )
    (finding,) = _found("batting", _HOUSE, metric)
    assert "It was seen in 2 of 3 shots." in finding.message


def test_unit_of_another_kind_is_refused_loudly() -> None:
    metric = metric_at(_HOUSE, beyond(_HOUSE, 5), 0.1, unit="px")
    with pytest.raises(ResultsError, match="but its rule"):
        _found("batting", _HOUSE, metric)


@pytest.mark.parametrize("mode", MODES)
def test_thresholds_are_the_rules_own(mode: Mode) -> None:
    assert thresholds(mode) == {rule.metric: rule.threshold for rule in rules_of(mode)}


@pytest.mark.parametrize("elbow", [-0.3, 0.0, 0.3])
def test_a_bowlers_arm_is_never_judged(elbow: float) -> None:
    metrics = good_metrics("bowling")
    for key in metrics:
        if "elbow" in key:
            metrics[key] = metrics[key].model_copy(update={"value": elbow * 300, "uncertainty": 0.01})
    assert find("bowling", metrics, capture(), pose()).findings == []
