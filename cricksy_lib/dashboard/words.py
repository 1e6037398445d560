"""How numbers, times and states are written on the page."""

from __future__ import annotations

from datetime import datetime

from cricksy_lib.coaching import wording
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.wording import event_words, rounded, sentence, with_error
from cricksy_lib.jobs.record import Job, JobSummary
from cricksy_lib.plots import unit_suffix
from cricksy_lib.results import Findings, Metric, Mode

STATUS_WORDS = {
    "awaiting_upload": "Waiting for upload",
    "queued": "Queued",
    "quick_running": "Quick look",
    "quick_done": "Quick look done",
    "deep_running": "Full analysis",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
LEVEL_WORDS = {
    "not_assessed": "Not assessed",
    "low": "A little to work on",
    "medium": "Something to work on",
    "high": "A clear priority",
}
METRIC_WORDS = {
    "measured": "Measured",
    "low_confidence": "Low confidence",
    "not_measurable": "Not measurable",
}


def status_word(job: Job | JobSummary) -> str:
    """Return a job's state in words."""
    return STATUS_WORDS[job.status]


def nothing_found() -> str:
    """Return what is said of a clip in which nothing lies beyond a limit."""
    return sentence(load_knowledge().common.report["nothing_in_lists"])


def level_word(findings: Findings) -> str:
    """Return how much there is to work on."""
    if findings.overall_level == "none":
        return sentence(wording.nothing_found(findings, load_knowledge().common))
    return LEVEL_WORDS[findings.overall_level]


def event_name(event: str | None, mode: Mode) -> str:
    """Return an event's label, the same as in the report."""
    return sentence(event_words(event, load_knowledge().of(mode)))


def moment(time_s: float) -> str:
    """Return a time in the clip; a delivery lasts under a second, so hundredths are kept."""
    return f"{time_s:.2f} s"


def day(when: datetime) -> str:
    """Return a date and time of the reader's day, as the server's zone has it."""
    return when.astimezone().strftime("%d %b %Y, %H:%M")


def plain(value: float) -> str:
    """Return a number that states no uncertainty, to three figures and without empty decimals."""
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = rounded(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: float | None, uncertainty: float | None, unit: str) -> str:
    """Return a value with its uncertainty and unit, or a dash where there is none."""
    if value is None:
        return "–"
    common = load_knowledge().common
    if uncertainty is None and unit not in common.units:
        return plain(value) + unit_suffix(unit)
    return with_error(value, uncertainty, unit, common)


def metric_value(metric: Metric) -> str:
    """Return a metric's value as the page shows it."""
    return quantity(metric.value, metric.uncertainty, metric.unit)


def percent(fraction: float) -> str:
    """Return a fraction in whole percent."""
    return f"{wording.percent(fraction)} %"
