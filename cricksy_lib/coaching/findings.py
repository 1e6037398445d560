"""From metrics to findings: only where a number lies beyond a limit by more than its own error.

Missing numbers never become findings. A clip in which nobody was found, or too little could be measured,
is ``not_assessed`` and has none; what to film differently is said by the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

from cricksy_lib.coaching import wording
from cricksy_lib.coaching.filming import failed, was_measured
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.schema import Assessment, Common, Discipline, Knowledge, Rule
from cricksy_lib.errors import ResultsError
from cricksy_lib.results import (
    Capture,
    Finding,
    FindingEvidence,
    Findings,
    Level,
    Metric,
    Mode,
    PoseFacts,
    Reference,
    Severity,
)

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")
_MOST_EVIDENCE = 3
# Limits are decimal numbers in YAML, and 0.3 - 0.2 must equal 0.1 at the edges.
_DIGITS = 9


@dataclass(frozen=True)
class Deviation:
    """How far a metric lies beyond a rule's threshold.

    Attributes
    ----------
    distance : beyond the threshold, in the metric's unit; always positive.
    errors : the same in 95 % half widths of the metric; above 1 in every finding.
    spreads : the same in the rule's clear deviations.
    probability : that the true value is beyond the threshold (normal model).
    """

    distance: float
    errors: float
    spreads: float
    probability: float


def thresholds(mode: Mode, knowledge: Knowledge | None = None) -> dict[str, float]:
    """The value beyond which each metric becomes a finding, by metric key: what evidence must use too."""
    return {rule.metric: rule.threshold for rule in (knowledge or load_knowledge()).of(mode).rules}


def find(
    mode: Mode,
    metrics: Mapping[str, Metric],
    capture: Capture,
    pose: PoseFacts,
    knowledge: Knowledge | None = None,
) -> Findings:
    """Judge the metrics of one clip by the discipline's rules.

    Parameters
    ----------
    mode : discipline; there is no default.
    metrics : every metric of the discipline, measured or refused.
    capture, pose : how the clip was filmed and how much of the athlete was seen.
    knowledge : other rules than the ones that ship.

    Returns
    -------
    Findings, worst first. Those from metrics of low confidence are at most ``low``.

    Raises
    ------
    ResultsError
        If a metric has another unit than its rule.
    """
    book = knowledge or load_knowledge()
    cause = not_assessed_cause(metrics, capture, pose, book.common)
    if cause is not None:
        return Findings(overall_level="not_assessed", detection_rate=pose.detection_rate, findings=[])
    discipline, ranked = book.of(mode), []
    for rule in discipline.rules:
        metric = metrics.get(rule.metric)
        if metric is None:
            continue
        deviation = deviation_of(rule, metric)
        if deviation is not None:
            level = severity(rule, deviation, metric, book.common.assessment)
            ranked.append(
                (level, deviation, _finding(rule, metric, deviation, level, discipline, book.common))
            )
    ranked.sort(key=lambda item: (-SEVERITIES.index(item[0]), -item[1].spreads, item[2].code))
    overall: Level = ranked[0][0] if ranked else "none"
    return Findings(
        overall_level=overall,
        detection_rate=pose.detection_rate,
        findings=[finding for _, _, finding in ranked],
        little_judged=not ranked and little_judged(metrics, discipline, book.common),
    )


def not_assessed_cause(
    metrics: Mapping[str, Metric], capture: Capture, pose: PoseFacts, common: Common
) -> str | None:
    """Why nothing may be said about technique, as a plain clause; ``None`` if the clip can be assessed."""
    limits, say = common.assessment, common.report
    if failed(capture, "which_player"):
        return say["cause_several"]
    if pose.frames_with_pose == 0:
        return say["cause_nobody"]
    if pose.detection_rate < limits.min_detection_rate:
        return say["cause_detection"].format(percent=wording.percent(pose.detection_rate))
    if pose.frames_with_pose < limits.min_frames_with_pose:
        return say["cause_frames"]
    for check in capture.checks:
        if not check.ok and check.name in limits.blocking_checks:
            words = common.checks.get(check.name)
            poor = words.poor if words and was_measured(check, common) else common.statuses["not_measurable"]
            label = f"{words.label}: {poor}" if words else check.name.replace("_", " ")
            return say["cause_check"].format(check=wording.lower_first(label))
    if sum(is_measured(metric) for metric in metrics.values()) < limits.min_measured:
        return say["cause_unmeasured"]
    return None


def judged(metrics: Mapping[str, Metric], discipline: Discipline, common: Common) -> tuple[list[str], int]:
    """What the discipline's rules could judge, by name, and how many things they judge at all.

    Numbers that no rule judges are not counted; one angle at several moments is one thing.
    """
    could: dict[str, bool] = {}
    for rule in discipline.rules:
        metric = metrics.get(rule.metric)
        if metric is not None:
            name = wording.name_of(rule.metric, metric, common)
            could[name] = could.get(name, False) or is_measured(metric)
    return [name for name, known in could.items() if known], len(could)


def little_judged(metrics: Mapping[str, Metric], discipline: Discipline, common: Common) -> bool:
    """Whether less than half of what the rules judge could be judged, so that no finding is no clean bill."""
    known, total = judged(metrics, discipline, common)
    return not known or 2 * len(known) < total


def is_measured(metric: Metric) -> bool:
    """Whether a metric is a number that may be relied on."""
    return metric.status == "measured" and metric.value is not None


def deviation_of(rule: Rule, metric: Metric) -> Deviation | None:
    """How far a metric is beyond a rule's threshold; ``None`` unless that is more than its error.

    A number without a known error is never judged.

    Raises
    ------
    ResultsError
        If the metric has another unit than the rule.
    """
    if metric.unit != rule.unit:
        raise ResultsError(
            f"'{rule.metric}' is in '{metric.unit}', but its rule {rule.code} is in '{rule.unit}'.",
            "Give both the same unit, in the metric catalogue or in the coaching knowledge.",
        )
    value, error = metric.value, metric.uncertainty
    if metric.status == "not_measurable" or value is None or error is None or error <= 0:
        return None
    past = value - rule.threshold if rule.direction == "above" else rule.threshold - value
    distance = round(past, _DIGITS)
    if distance <= round(error, _DIGITS):
        return None
    return Deviation(
        distance=distance,
        errors=round(distance / error, _DIGITS),
        spreads=round(distance / rule.clear_deviation, _DIGITS),
        probability=NormalDist(sigma=error / 1.96).cdf(distance),
    )


def severity(rule: Rule, deviation: Deviation, metric: Metric, limits: Assessment) -> Severity:
    """How much it matters: from the deviation over its error and over the rule's clear deviation."""
    if metric.status != "measured":
        return "low"
    level: Severity = "low"
    if deviation.errors >= limits.medium_from_errors and deviation.spreads >= 1:
        level = "medium"
    if deviation.errors >= limits.high_from_errors and deviation.spreads >= limits.high_from_spreads:
        level = "high"
    return min(level, rule.max_severity, key=SEVERITIES.index)


def _finding(
    rule: Rule, metric: Metric, deviation: Deviation, level: Severity, discipline: Discipline, common: Common
) -> Finding:
    limits = common.assessment
    cap = limits.confidence_cap if metric.status == "measured" else limits.low_confidence_cap
    return Finding(
        code=rule.code,
        title=rule.title,
        metric=rule.metric,
        severity=level,
        confidence=round(min(deviation.probability, cap), 3),
        basis=rule.basis,
        message=_message(rule, metric, discipline, common),
        why_it_matters=rule.why_it_matters,
        cues=list(rule.cues),
        suggested_drills=list(rule.drills),
        evidence=FindingEvidence(
            value=metric.value,
            unit=metric.unit,
            threshold=rule.threshold,
            reference=_reference(rule),
            worst_frames=metric.evidence.worst_frames[:_MOST_EVIDENCE],
            segments=metric.evidence.segments[:_MOST_EVIDENCE],
        ),
    )


def _message(rule: Rule, metric: Metric, discipline: Discipline, common: Common) -> str:
    assert metric.value is not None
    say = common.report
    parts = [
        rule.message.format(
            value=wording.with_error(metric.value, metric.uncertainty, metric.unit, common),
            threshold=wording.number(rule.threshold, rule.unit, common),
            event=wording.event_words(rule.event, discipline),
        )
    ]
    values = [r.value for r in metric.repetitions if r.value is not None]
    if len(values) > 1:
        beyond = sum(v > rule.threshold if rule.direction == "above" else v < rule.threshold for v in values)
        parts.append(
            say["repetitions"].format(
                count=beyond, total=len(values), movements=discipline.words["movements"]
            )
        )
    if rule.reference is not None:
        parts.append(
            say["research"].format(
                source=rule.reference.source, cohort=rule.reference.cohort, grade=rule.reference.grade
            )
        )
    else:
        parts.append(say["house_rule"].format(label=rule.label))
    if rule.shipped_threshold is not None:
        shipped = wording.number(rule.shipped_threshold, rule.unit, common)
        parts.append(say["own_limit"].format(shipped=shipped))
    if metric.status != "measured":
        parts.append(say["low_confidence_finding"])
    if rule.caveat:
        parts.append(rule.caveat)
    return " ".join(wording.sentence(part) for part in parts)


def _reference(rule: Rule) -> Reference | None:
    """The published range of a research rule; a house rule has none."""
    if rule.reference is None:
        return None
    return Reference(
        low=rule.reference.low,
        high=rule.reference.high,
        source=rule.reference.source,
        grade=rule.reference.grade,
    )
