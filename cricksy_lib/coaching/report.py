"""The page that a coach reads first, in plain words of the discipline: nothing that was not measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cricksy_lib.coaching import filming, wording
from cricksy_lib.coaching.findings import is_measured, judged, not_assessed_cause
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.schema import Common, Discipline, Film, Knowledge, PlanTemplate
from cricksy_lib.results import (
    Capture,
    Drill,
    Finding,
    Findings,
    Metric,
    Mode,
    PlanDay,
    PoseFacts,
    Report,
    TopIssue,
    View,
)

MOST_ISSUES, MOST_DRILLS, MOST_STRENGTHS = 3, 8, 3
_MOST_NAMES = 4
_PLACE = {"first": 0, "second": 1, "third": 2}


def write_report(
    mode: Mode,
    findings: Findings,
    metrics: Mapping[str, Metric],
    capture: Capture,
    pose: PoseFacts,
    player: str | None,
    knowledge: Knowledge | None = None,
    *,
    first_view: View | None = None,
) -> Report:
    """Write the report of one clip.

    Parameters
    ----------
    mode : discipline; its own words, drills and plan are used and no others.
    findings : what `find` made of the same metrics.
    metrics, capture, pose : what was measured, how it was filmed, how much was seen.
    player : name as the coach typed it, or ``None``; it is plain text and never markup.
    knowledge : other wording than the one that ships.
    first_view : the view that an earlier pass over the clip took, so that a reader who saw it is told.
    """
    book = knowledge or load_knowledge()
    common, discipline = book.common, book.of(mode)
    cause = not_assessed_cause(metrics, capture, pose, common)
    if cause is not None or findings.overall_level == "not_assessed":
        advice = _film_advice(metrics, capture, pose, discipline, common, discipline.film)
        text = common.report["not_assessed"].format(
            mode=mode,
            cause=cause or common.report["cause_unmeasured"],
            advice=advice[0] if advice else discipline.film[0].advice,
        )
        if pose.frames_with_pose:
            by_status = _names_by_status(metrics, (), discipline, common)
            text = " ".join([text, *_unjudged({**by_status, "not_measurable": ()}, common)])
        return Report(
            summary=_for_player(text, player),
            strengths=[],
            top_issues=[],
            drills=[],
            one_week_plan=[],
            # Nothing but this: which numbers are missing, and why, is in the table of numbers.
            notes=advice,
            reliability_warning=_warning(capture, pose, common, first_view, assessed=False),
        )
    drills = _drills(findings.findings, discipline)
    return Report(
        summary=_for_player(_summary(mode, findings, metrics, discipline, common), player),
        strengths=_strengths(metrics, discipline, common),
        top_issues=[_top_issue(finding, metrics) for finding in findings.findings[:MOST_ISSUES]],
        drills=drills,
        one_week_plan=_plan(findings.findings, drills, capture, discipline),
        notes=_notes(findings, metrics, capture, pose, discipline, common),
        reliability_warning=_warning(capture, pose, common, first_view),
    )


def _for_player(text: str, player: str | None) -> str:
    name = " ".join((player or "").split())
    return f"{name}: {wording.lower_first(text)}" if name else text


def _summary(
    mode: Mode,
    findings: Findings,
    metrics: Mapping[str, Metric],
    discipline: Discipline,
    common: Common,
) -> str:
    say, found = common.report, findings.findings
    by_status = _names_by_status(metrics, found, discipline, common)
    if found:
        count_words = say["one_thing"] if len(found) == 1 else say["several_things"].format(count=len(found))
        parts = [
            say["some"].format(
                count_words=count_words, mode=mode, title_lower=wording.lower_first(found[0].title)
            )
        ]
        rest = [wording.lower_first(finding.title) for finding in found[1:MOST_ISSUES]]
        if rest:
            parts.append(say["others"].format(titles=wording.listed(rest)))
    else:
        known, total = judged(metrics, discipline, common)
        names = wording.listed(known, _MOST_NAMES)
        sentence = say["nothing_judged" if not known else "little" if findings.little_judged else "none"]
        parts = [sentence.format(mode=mode, count=len(known), total=total, names=names)]
    parts += _unjudged(by_status, common)
    if all(is_measured(metric) for metric in metrics.values()):
        parts.append(say["all_measured"])
    return " ".join(parts)


def _names_by_status(
    metrics: Mapping[str, Metric], found: Sequence[Finding], discipline: Discipline, common: Common
) -> dict[str, list[str]]:
    """What a rule judges and is of low confidence, and what was not measured: each name once, at its best.

    What a finding names is judged, however weakly, and is not among those of low confidence.
    """
    ranks = ("measured", "low_confidence", "not_measurable")
    found_in = {finding.metric for finding in found}
    ruled = {rule.metric for rule in discipline.rules}

    def best(keys: Iterable[str]) -> dict[str, int]:
        names: dict[str, int] = {}
        for key in keys:
            name = wording.name_of(key, metrics[key], common)
            sure = is_measured(metrics[key]) or key in found_in
            rank = 0 if sure else max(1, ranks.index(metrics[key].status))
            names[name] = min(rank, names.get(name, rank))
        return names

    to_judge, every = best(key for key in metrics if key in ruled), best(metrics)
    return {
        "low_confidence": [name for name, rank in to_judge.items() if rank == 1],
        "not_measurable": [name for name, rank in every.items() if rank == 2],
    }


def _unjudged(by_status: Mapping[str, Sequence[str]], common: Common) -> list[str]:
    """Sentences on what could not be judged, and on what could not be measured."""
    sentences = (("too_uncertain", "low_confidence"), ("not_measured", "not_measurable"))
    return [
        common.report[sentence].format(names=wording.listed(by_status[status], _MOST_NAMES))
        for sentence, status in sentences
        if by_status[status]
    ]


def _strengths(metrics: Mapping[str, Metric], discipline: Discipline, common: Common) -> list[str]:
    """Measured numbers that are inside a rule's limit by its margin and by their own error."""
    texts = []
    for rule in discipline.rules:
        metric = metrics.get(rule.metric)
        if metric is None or rule.strength is None or not is_measured(metric):
            continue
        if metric.value is None or metric.uncertainty is None or metric.uncertainty <= 0:
            continue
        inside = rule.threshold - metric.value if rule.direction == "above" else metric.value - rule.threshold
        if inside >= rule.strength.margin and inside > metric.uncertainty:
            value = wording.with_error(metric.value, metric.uncertainty, metric.unit, common)
            texts.append(rule.strength.text.format(value=value))
    return texts[:MOST_STRENGTHS]


def _top_issue(finding: Finding, metrics: Mapping[str, Metric]) -> TopIssue:
    return TopIssue(
        issue=finding.title,
        severity=finding.severity,
        why_it_matters=finding.why_it_matters,
        cues=finding.cues[:2],
        time_s=moment_of(finding, metrics),
    )


def moment_of(finding: Finding, metrics: Mapping[str, Metric]) -> float | None:
    """Where in the clip to look first, in seconds: worst frame, else segment, else the repetition."""
    if finding.evidence.worst_frames:
        return finding.evidence.worst_frames[0].time_s
    if finding.evidence.segments:
        return finding.evidence.segments[0].start_s
    metric = metrics.get(finding.metric or "")
    times = [r.time_s for r in metric.repetitions if r.time_s is not None] if metric else []
    return times[0] if times else None


def _drills(found: Sequence[Finding], discipline: Discipline) -> list[Drill]:
    """Drills of the findings in turn, so that each finding keeps its first when there are too many."""
    longest = max((len(finding.suggested_drills) for finding in found), default=0)
    chosen: dict[str, str] = {}
    for place in range(longest):
        for finding in found:
            if place < len(finding.suggested_drills):
                chosen.setdefault(finding.suggested_drills[place], finding.code)
    drills = []
    for drill_id, code in list(chosen.items())[:MOST_DRILLS]:
        entry = discipline.drill(drill_id)
        drills.append(
            Drill(
                id=entry.id,
                title=entry.title,
                how=entry.how,
                dose=entry.dose,
                equipment=list(entry.equipment),
                level=entry.level,
                safety=entry.safety,
                event=entry.event,
                finding=code,
            )
        )
    return drills


def _plan(
    found: Sequence[Finding], drills: Sequence[Drill], capture: Capture, discipline: Discipline
) -> list[PlanDay]:
    template = discipline.plan_with_findings if found else discipline.plan_without_findings
    film = discipline.film_next.side if capture.view == "side" else discipline.film_next.otherwise
    return [_day(number, day, found, drills, film) for number, day in enumerate(template, start=1)]


def _day(
    number: int, day: PlanTemplate, found: Sequence[Finding], drills: Sequence[Drill], film_next: str
) -> PlanDay:
    focus = day.focus
    activities = [activity.format(film_next=film_next) for activity in day.activities]
    if day.trains in _PLACE and found:
        # With fewer findings than places, the week comes back to the ones there are.
        finding = found[_PLACE[day.trains] % len(found)]
        focus = finding.title
        known = {drill.id: drill for drill in drills}
        mine = [known[drill_id] for drill_id in finding.suggested_drills if drill_id in known]
        activities += [f"{drill.title}: {drill.dose}" for drill in mine]
        activities.append(f"Think of: {finding.cues[0]}")
    return PlanDay(day=number, focus=focus, duration_min=day.duration_min, activities=activities)


def _notes(
    findings: Findings,
    metrics: Mapping[str, Metric],
    capture: Capture,
    pose: PoseFacts,
    discipline: Discipline,
    common: Common,
) -> list[str]:
    say = common.report
    notes = _missing_notes(metrics, discipline, common)
    weak = [key for key, metric in metrics.items() if metric.status == "low_confidence"]
    if weak:
        names = wording.listed(wording.names_of(metrics, weak, discipline, common))
        notes.append(say["note_low_confidence"].format(names=names))
    notes += [
        say["note_film"].format(advice=text)
        for text in _film_advice(metrics, capture, pose, discipline, common)
    ]
    if any(finding.basis == "house rule" for finding in findings.findings):
        notes.append(say["note_house_rules"])
    notes += discipline.notes
    if discipline.load_caveat:
        notes.append(discipline.load_caveat)
    notes += [say["note_not_judged"].format(what=item.what, why=item.why) for item in discipline.not_judged]
    notes.append(say["note_estimated"])
    if findings.findings:
        notes.append(say["note_coach_first"])
    return notes


def _missing_notes(metrics: Mapping[str, Metric], discipline: Discipline, common: Common) -> list[str]:
    """One note for each reason, with all the numbers that it took away."""
    by_reason: dict[str, list[str]] = {}
    for key, metric in metrics.items():
        if metric.status == "not_measurable":
            by_reason.setdefault(metric.reason or "no reason given", []).append(key)
    return [
        common.report["note_not_measured"].format(
            names=wording.listed(wording.names_of(metrics, keys, discipline, common)),
            reason=wording.lower_first(reason.rstrip(". ")),
        )
        for reason, keys in by_reason.items()
    ]


def _film_advice(
    metrics: Mapping[str, Metric],
    capture: Capture,
    pose: PoseFacts,
    discipline: Discipline,
    common: Common,
    general: Sequence[Film] = (),
) -> list[str]:
    """What to film differently: from the failed checks, from the reasons of missing numbers, in general.

    About one thing there is one piece of advice, and none in general about a check that passed.
    """
    # What was declared wrongly is not mended by filming: the warning says it, at the top of the page.
    advice = dict.fromkeys(filming.contradictions(capture, common), "")
    declare = filming.declare_view(capture, discipline, common) if pose.frames_with_pose else None
    if declare is not None and capture.view == "unknown":
        # To say what one knows costs nothing, and to film again does.
        advice["declare_view"] = declare
    for check in capture.checks:
        if not check.ok and check.name not in advice:
            advice[check.name] = filming.advice_on(check, common)
    if declare is not None:
        advice.setdefault("declare_view", declare)
    for metric in metrics.values():
        if metric.status == "not_measurable" and metric.reason:
            reason = metric.reason.lower()
            entry = next((entry for entry in common.reasons if entry.words.lower() in reason), None)
            if entry is not None:
                advice.setdefault(entry.about, entry.advice)
    passed = {check.name for check in capture.checks if check.ok}
    for film in general:
        if film.about not in passed:
            advice.setdefault(film.about, film.advice)
    return [text for text in dict.fromkeys(advice.values()) if text]


def _warning(
    capture: Capture,
    pose: PoseFacts,
    common: Common,
    first_view: View | None = None,
    *,
    assessed: bool = True,
) -> str | None:
    """What to read with care; of a clip that was not assessed only what is wrong with the clip itself.

    How to read its numbers is not said then, for nothing is said about technique.
    """
    limits, say = common.assessment, common.warnings
    parts = []
    whole = next((check for check in capture.checks if check.name == "file_whole"), None)
    if whole is not None and not whole.ok:
        if whole.value is None:
            parts.append(say["file_cut_unknown"])
        else:
            parts.append(say["file_cut"].format(percent=wording.percent(whole.value)))
    parts += filming.contradictions(capture, common).values()
    read = assessed and pose.frames_with_pose > 0
    if read and pose.detection_rate < limits.warn_detection_rate:
        parts.append(say["detection"].format(percent=wording.percent(pose.detection_rate)))
    if read and capture.view in ("oblique", "unknown"):
        parts.append(say[f"view_{capture.view}"])
    changed = filming.view_changed(first_view, capture.view, common) if pose.frames_with_pose else None
    if changed is not None:
        parts.append(changed)
    repaired = pose.repairs.filled_frames + pose.repairs.rejected_frames
    if not filming.hand_contradicted(capture):
        # Sides that were exchanged follow from a hand that was declared wrongly: nothing was badly seen.
        repaired += pose.repairs.swapped_frames
    share = min(1.0, repaired / pose.frames_sampled) if pose.frames_sampled else 0.0
    if read and share > limits.warn_repaired_fraction:
        parts.append(say["repaired"].format(percent=wording.percent(share)))
    return " ".join(parts) or None
