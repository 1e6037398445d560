"""The page's HTML, made by templates that escape every text. No widget and no state in here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cricksy_lib.coaching.filming import facts_of
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.schema import HOUSE_RULE_LABEL
from cricksy_lib.dashboard import words
from cricksy_lib.jobs.record import TERMINAL, Job, JobSummary
from cricksy_lib.results import Finding, Findings, Report, Results

RETRYABLE = frozenset({"failed", "cancelled"})
MAX_MOMENTS = 3


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cricksy_lib.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(moment=words.moment, day=words.day, percent=words.percent)
    environment.globals.update(
        status_word=words.status_word,
        quantity=words.quantity,
        metric_value=words.metric_value,
        event_name=words.event_name,
        nothing_found=words.nothing_found,
    )
    return environment


def _render(template: str, **context: Any) -> str:
    return _environment().get_template(f"{template}.html.j2").render(**context)


def list_page(summaries: tuple[JobSummary, ...], *, loaded: bool, problem: str) -> str:
    """Return the list of jobs, or how to submit one where there is none."""
    return _render("list", jobs=summaries, loaded=loaded, problem=problem, terminal=TERMINAL)


def job_head(job: Job | None, *, slow: bool, problem: str, shown_pass: str | None) -> str:
    """Return the top of a job's page: what it is, how far it is, and why it failed if it did."""
    return _render(
        "head",
        job=job,
        slow=slow,
        problem=problem,
        shown_pass=shown_pass,
        running=job is not None and job.status not in TERMINAL,
        retryable=job is not None and job.status in RETRYABLE,
    )


def summary(report: Report | None, findings: Findings | None) -> str:
    """Return what a coach reads first."""
    if report is None:
        return ""
    level = words.level_word(findings) if findings is not None else None
    return _render("summary", report=report, findings=findings, level=level)


def findings_section(findings: Findings | None, report: Report | None) -> str:
    """Return the findings, the gravest first, each with its moments."""
    if findings is None or not findings.findings:
        return ""
    order = {"high": 0, "medium": 1, "low": 2}
    ranked = sorted(findings.findings, key=lambda f: order[f.severity])
    drills = {drill.id: drill.title for drill in report.drills} if report is not None else {}
    return _render("findings", findings=ranked, moments=moments, drills=drills)


def moments(finding: Finding) -> list[dict[str, Any]]:
    """Return a finding's moments as buttons: single frames first, then stretches."""
    evidence = finding.evidence
    frames = [
        {"label": f"Jump to {words.moment(w.time_s)}", "time_s": w.time_s, "end_s": None}
        for w in evidence.worst_frames[:MAX_MOMENTS]
    ]
    stretches = [
        {
            "label": f"Play {s.start_s:.2f}–{words.moment(s.end_s)}",
            "time_s": s.start_s,
            "end_s": s.end_s,
        }
        for s in evidence.segments[:MAX_MOMENTS]
    ]
    return frames + stretches


def capture_section(results: Results | None) -> str:
    """Return the capture checks and what the pose model saw."""
    if results is None:
        return ""
    book = load_knowledge()
    facts = facts_of(results.capture, book.of(results.mode), book.common)
    return _render(
        "capture", capture=results.capture, pose=results.pose, facts=facts, words=book.common.report
    )


def events_section(results: Results | None) -> str:
    """Return the events as buttons that play them."""
    if results is None or not results.events:
        return ""
    return _render("events", events=sorted(results.events, key=lambda e: e.time_s), mode=results.mode)


def practice_section(report: Report | None) -> str:
    """Return the drills, the week's plan and the notes."""
    if report is None or not (report.drills or report.one_week_plan or report.notes):
        return ""
    return _render("practice", report=report)


def metrics_section(results: Results | None) -> str:
    """Return the table of all metrics; those that could not be measured stand together by their reason."""
    if results is None or not results.metrics:
        return ""
    measured = [m for m in results.metrics.values() if m.status != "not_measurable"]
    refused: dict[str, list[str]] = {}
    for metric in results.metrics.values():
        if metric.status == "not_measurable":
            refused.setdefault(metric.reason or "No reason was recorded.", []).append(metric.label)
    return _render(
        "metrics",
        measured=measured,
        refused=refused,
        words=words.METRIC_WORDS,
        mode=results.mode,
        convention=HOUSE_RULE_LABEL,
    )


def chart_heading(results: Results, title: str, keys: Sequence[str]) -> str:
    """Return the heading above one chart: what it shows, and every number that is read off it.

    Why a number is of low confidence is said once, in the table of all of them.
    """
    metrics = [results.metrics[key] for key in keys]
    return _render("chart", title=title, metrics=metrics, words=words.METRIC_WORDS)


def fold_heading(title: str, count: int) -> str:
    """Return the button that opens a group of charts."""
    return _render("fold", title=title, count=count)


def heading(title: str, note: str = "") -> str:
    """Return a section's heading."""
    return _render("heading", title=title, note=note)


def foot(job: Job, results: Results | None, links: dict[str, str]) -> str:
    """Return the downloads and where the numbers come from."""
    return _render("foot", job=job, results=results, links=links)


def login_page(action: str, xsrf_field: str, *, refused: bool) -> str:
    """Return the sign-in page; ``xsrf_field`` is the server's own markup."""
    return _render("login", action=action, xsrf=Markup(xsrf_field), refused=refused)


def marks(results: Results | None, findings: Findings | None) -> list[dict[str, Any]]:
    """Return what the strip under the video shows: stretches and moments of findings, then events."""
    shown: list[dict[str, Any]] = []
    for finding in findings.findings if findings is not None else []:
        for segment in finding.evidence.segments:
            shown.append(_mark("segment", segment.start_s, segment.end_s, finding.title, finding.severity))
        for frame in finding.evidence.worst_frames[:MAX_MOMENTS]:
            shown.append(_mark("moment", frame.time_s, None, finding.title, finding.severity))
    if results is not None:
        for event in results.events:
            label = words.event_name(event.name, results.mode)
            shown.append(_mark("event", event.time_s, None, label, "event"))
    return shown


def _mark(kind: str, time_s: float, end_s: float | None, label: str, severity: str) -> dict[str, Any]:
    return {"kind": f"{kind} cr-{severity}", "time_s": time_s, "end_s": end_s, "label": label}
