"""Results of clips that were never filmed: every metric of a discipline, at values chosen by a test."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from cricksy_lib.coaching.findings import find
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.report import write_report
from cricksy_lib.coaching.schema import Rule
from cricksy_lib.metrics.catalogue import load_catalogue
from cricksy_lib.results import (
    MODES,
    SERIES_UNITS,
    Capture,
    Check,
    Event,
    Evidence,
    Kinematics,
    Metric,
    MetricStatus,
    Mode,
    PoseFacts,
    Provenance,
    Repairs,
    Repetition,
    Results,
    Segment,
    Series,
    VideoFacts,
    WorstFrame,
)

ERRORS = {
    "deg": 8.0,
    "s": 0.02,
    "body_heights": 0.02,
    "body_heights/s": 0.1,
    "m/s": 0.2,
    "ratio": 0.05,
    "probability": None,
}


def capture(view: str = "side", checks: list[Check] | None = None) -> Capture:
    """A clip filmed well, from a view."""
    if checks is None:
        checks = [
            Check(name="athlete_found", ok=True, value=1.0, unit="share of frames", advice="Stay in."),
            Check(name="frame_rate", ok=True, value=60.0, unit="frames/s", advice="Film faster."),
        ]
    return Capture(
        view=view,  # type: ignore[arg-type]
        view_source="body",
        view_angle_deg=88.0,
        hand="right",
        hand_source="body",
        athlete_height_px=480.0,
        scale=None,
        checks=checks,
    )


def pose(found: int = 120, sampled: int = 120, **repairs: int) -> PoseFacts:
    """A clip of `sampled` frames in which the athlete was found in `found`."""
    return PoseFacts(
        model="pose_landmarker_full",
        model_sha256="ab" * 32,
        frames_in_clip=sampled,
        frames_sampled=sampled,
        frames_with_pose=found,
        detection_rate=found / sampled if sampled else 0.0,
        repairs=Repairs(**repairs),
    )


def metric_at(
    rule: Rule, value: float | None, error: float | None, status: MetricStatus = "measured", **changes: object
) -> Metric:
    """A metric of a rule's unit at a value."""
    fields: dict[str, object] = {
        "label": rule.metric.replace("_", " "),
        "unit": rule.unit,
        "value": value,
        "uncertainty": error,
        "score": None,
        "status": status,
        "reason": None if status == "measured" else "It was seen badly.",
        "event": rule.event,
        "threshold": rule.threshold,
        "evidence": Evidence(
            worst_frames=[WorstFrame(frame=70, time_s=1.17, value=value, score=0.2)],
            segments=[Segment(start_s=1.0, end_s=1.3, min_score=0.2)],
        ),
        "repetitions": [Repetition(value=value, uncertainty=error, time_s=1.17)],
    }
    return Metric.model_validate(fields | changes)


def beyond(rule: Rule, distance: float) -> float:
    """The value that lies so far beyond a rule's threshold (inside it, if negative)."""
    return rule.threshold + distance if rule.direction == "above" else rule.threshold - distance


def rules_of(mode: Mode) -> tuple[Rule, ...]:
    """A discipline's rules as they ship."""
    return load_knowledge().of(mode).rules


def good_metrics(mode: Mode) -> dict[str, Metric]:
    """Every metric of the discipline, measured, and well inside every rule's limit."""
    inside = {
        rule.metric: beyond(
            rule, -max(1.2 * rule.clear_deviation, rule.strength.margin if rule.strength else 0)
        )
        for rule in rules_of(mode)
    }
    metrics = {}
    for key, entry in load_catalogue().metrics(mode).items():
        # Only what no discipline can measure: the rules are tested on the rest.
        weak = set(entry.low_confidence_in) == set(MODES)
        metrics[key] = Metric(
            label=entry.label,
            unit=entry.unit,
            value=inside.get(key, 120.0 if entry.unit == "deg" else 0.1),
            uncertainty=ERRORS[entry.unit],
            score=0.5,
            status="low_confidence" if weak else "measured",
            reason=entry.low_confidence_in[mode] if weak else None,
            event=entry.window[mode][1],
            threshold=None,
            repetitions=[],
        )
    return metrics


def faulty_metrics(mode: Mode) -> dict[str, Metric]:
    """Every metric of the discipline, and every rule's metric far beyond its limit."""
    metrics = good_metrics(mode)
    for rule in rules_of(mode):
        known = metrics.get(rule.metric)
        label = known.label if known else "Delivery stride length"
        status = known.status if known else "measured"
        error = ERRORS[rule.unit]
        value = beyond(rule, max(3 * rule.clear_deviation, 4 * error))
        metrics[rule.metric] = metric_at(rule, value, error, status, label=label)
    return metrics


def refused_metrics(
    mode: Mode, reason: str = "Nobody was found for long enough to measure."
) -> dict[str, Metric]:
    """Every metric of the discipline, refused."""
    return {
        key: metric.model_copy(
            update={
                "value": None,
                "uncertainty": None,
                "score": None,
                "status": "not_measurable",
                "reason": reason,
            }
        )
        for key, metric in good_metrics(mode).items()
    }


def events_of(mode: Mode) -> list[Event]:
    """The discipline's events, 0.2 s apart."""
    return [
        Event(name=name, time_s=1.0 + 0.2 * i, uncertainty_s=0.02, frame=60 + 12 * i)
        for i, name in enumerate(load_knowledge().of(mode).events)
    ]


def kinematics(seconds: float = 2.0, rate: float = 60.0) -> Kinematics:
    """Every series, with a gap and a stretch of low confidence."""
    times = [i / rate for i in range(int(seconds * rate))]
    values: list[float | None] = [140 + 25 * math.sin(4 * t) for t in times]
    values[80:86] = [None] * 6
    status: list[MetricStatus] = ["measured"] * len(times)
    status[95:110] = ["low_confidence"] * 15
    status[80:86] = ["not_measurable"] * 6
    return Kinematics(
        time_s=times,
        series={
            name: Series(
                unit=unit,
                values=values,
                uncertainty=[None if v is None else 7.0 for v in values],
                status=status,
            )
            for name, unit in SERIES_UNITS.items()
        },
    )


def results_of(
    mode: Mode,
    metrics: dict[str, Metric],
    *,
    player: str | None = None,
    filename: str = "clip.mp4",
    seen: PoseFacts | None = None,
    filmed: Capture | None = None,
) -> Results:
    """A whole results file from metrics: findings and report are the real ones."""
    seen, filmed = seen or pose(), filmed or capture()
    findings = find(mode, metrics, filmed, seen)
    return Results(
        job_id="0190aaaa-0000-7000-8000-000000000000",
        analysis_pass="deep",
        mode=mode,
        created_at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
        video=VideoFacts(
            sha256="cd" * 32,
            filename=filename,
            width=1280,
            height=720,
            duration_s=2.0,
            frame_rate=60.0,
            variable_frame_rate=False,
            rotation_deg=0,
            codec="h264",
        ),
        capture=filmed,
        pose=seen,
        events=events_of(mode) if seen.frames_with_pose else [],
        phases=[],
        metrics=metrics,
        kinematics=kinematics() if seen.frames_with_pose else Kinematics(time_s=[], series={}),
        findings=findings,
        report=write_report(mode, findings, metrics, filmed, seen, player),
        provenance=Provenance(
            cricksy_version="0.1.0",
            python="3.11",
            mediapipe="0.10.31",
            numpy="2.0",
            parameters={},
            wall_s={},
            notebook_sha256=None,
        ),
    )
