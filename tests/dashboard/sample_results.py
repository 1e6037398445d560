"""Valid results of an invented batting clip, for tests and for looking at the page; no measurement."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np

from cricksy_lib.metrics.catalogue import load_catalogue
from cricksy_lib.results import AnalysisPass, MetricStatus, Mode, Results
from cricksy_lib.vocabulary import EVENTS as VOCABULARY

DURATION_S = 4.0
RATE = 60.0
PLANT_S, IMPACT_S, TOP_S = 1.62, 1.88, 1.30
SERIES = {
    "front_knee_angle": ("deg", 158.0, -34.0),
    "rear_knee_angle": ("deg", 150.0, -26.0),
    "front_elbow_angle": ("deg", 118.0, 42.0),
    "rear_elbow_angle": ("deg", 96.0, 58.0),
    "trunk_lean": ("deg", 14.0, 18.0),
    "hip_shoulder_separation": ("deg", 12.0, 22.0),
    "head_speed": ("body_heights/s", 0.08, 0.62),
    "hand_speed": ("body_heights/s", 0.2, 3.4),
}
EVENTS = {"backlift_top": TOP_S, "front_foot_plant": PLANT_S, "impact": IMPACT_S}
ANGLES = ("front_knee_angle", "rear_knee_angle", "trunk_lean")


def _kinematics() -> dict[str, Any]:
    times = [round(i / RATE, 6) for i in range(int(DURATION_S * RATE))]
    series: dict[str, Any] = {}
    for place, (name, (unit, base, swing)) in enumerate(SERIES.items()):
        centre = 1.7 + 0.05 * place
        values: list[float | None] = [
            base + swing * math.exp(-(((t - centre) / 0.28) ** 2)) + 0.04 * swing * math.sin(7 * t + place)
            for t in times
        ]
        statuses: list[MetricStatus] = ["measured"] * len(times)
        half = 4.0 if unit == "deg" else 0.06
        uncertainty: list[float | None] = [half + half * 0.4 * abs(math.sin(2 * t)) for t in times]
        for i in range(25, 34):
            values[i] = uncertainty[i] = None
            statuses[i] = "not_measurable"
        for i in range(150, 200):
            statuses[i] = "low_confidence"
        if place >= 5:
            statuses = ["low_confidence" if s == "measured" else s for s in statuses]
        series[name] = {"unit": unit, "values": values, "uncertainty": uncertainty, "status": statuses}
    return {"time_s": times, "series": series}


def _at(kinematics: dict[str, Any], name: str, time_s: float) -> float:
    value: float = kinematics["series"][name]["values"][round(time_s * RATE)]
    return value


def _moments(time_s: float, value: float, score: float | None) -> dict[str, Any]:
    return {
        "worst_frames": [
            {"frame": round(time_s * RATE), "time_s": time_s, "value": value, "score": score},
            {
                "frame": round(time_s * RATE) + 6,
                "time_s": time_s + 0.1,
                "value": 1.05 * value,
                "score": score,
            },
        ],
        "segments": [{"start_s": time_s - 0.12, "end_s": time_s + 0.2, "min_score": score}],
    }


def _metric(label: str, unit: str, value: float | None, half: float | None, **more: Any) -> dict[str, Any]:
    return {
        "label": label,
        "unit": unit,
        "value": value,
        "uncertainty": half,
        "uncertainty_parts": {"measured": half and half * 0.5, "footage": half and half * 0.87},
        "score": None,
        "status": "measured",
        "reason": None,
        "event": None,
        "threshold": None,
        **more,
    }


def _metrics(kinematics: dict[str, Any]) -> dict[str, Any]:
    refused = {"value": None, "half": None, "status": "not_measurable"}
    metrics = {
        "head_stability_score": _metric(
            "Head stability",
            "body_heights/s",
            0.41,
            0.06,
            score=0.42,
            threshold=0.35,
            event="front_foot_plant",
        ),
        "balance_drift_score": _metric("Balance drift", "body_heights", 0.07, 0.03, score=0.71),
        "front_knee_brace_score": _metric(
            "Front knee brace", "deg", 124.0, 13.0, score=0.38, threshold=130.0, event="impact"
        ),
        "hip_shoulder_separation_timing": _metric(
            "Hip to shoulder timing",
            "s",
            0.05,
            0.04,
            status="low_confidence",
            reason="Shape only: the turn of hips and shoulders is estimated from one camera.",
        ),
        "elbow_drop_score": _metric(
            "Elbow drop",
            "body_heights",
            reason="The rear elbow is hidden by the body in this view.",
            **refused,
        ),
    }
    for event, time_s in EVENTS.items():
        for name in ANGLES:
            label = f"{name.replace('_', ' ').capitalize()} at {event.replace('_', ' ')}"
            metrics[f"{name}_at_{event}"] = _metric(
                label,
                "deg",
                _at(kinematics, name, time_s),
                8.6 if name == "trunk_lean" else 12.5,
                event=event,
            )
    knee = metrics["front_knee_angle_at_front_foot_plant"]
    knee["reference"] = {"low": 150, "high": 175, "source": "coaching convention", "grade": "C"}
    knee["threshold"] = 140.0
    knee["evidence"] = _moments(PLANT_S, 131.0, None)
    metrics["head_stability_score"]["evidence"] = _moments(IMPACT_S, 0.6, 0.42)
    metrics["rear_knee_angle_at_impact"] |= {
        "status": "low_confidence",
        "reason": "A rear knee often bends towards the camera, which an angle in the picture cannot show.",
    }
    return metrics


def _finding(code: str, title: str, severity: str, metric: str, time_s: float, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "title": title,
        "metric": metric,
        "severity": severity,
        "confidence": 0.72,
        "basis": "house rule",
        "message": "The front knee gives way after landing, by more than the measurement's uncertainty.",
        "why_it_matters": "A firm front leg gives the swing something to turn against.",
        "cues": ["Land on a long, firm front leg", "Press the ground away as the bat comes through"],
        "suggested_drills": ["brace-and-hold"],
        "evidence": {
            "value": 131.0,
            "unit": "deg",
            "threshold": 140.0,
            "reference": {"low": 150, "high": 175, "source": "coaching convention", "grade": "C"},
            **_moments(time_s, 131.0, 0.4),
        },
        **more,
    }


def _findings(quick: bool) -> dict[str, Any]:
    found = [
        _finding(
            "KNEE_COLLAPSE", "Front knee gives way after landing", "high", "front_knee_brace_score", PLANT_S
        ),
        _finding(
            "HEAD_MOVEMENT",
            "Head moves through the shot",
            "medium",
            "head_stability_score",
            IMPACT_S,
            message="The head moves relative to the hips while the bat comes through.",
            cues=["Chin to the front shoulder", "Watch the ball under the eyes"],
            basis="research",
            suggested_drills=["drop-ball-drive"],
        ),
        _finding(
            "BALANCE_DRIFT",
            "Weight drifts past the front foot",
            "low",
            "balance_drift_score",
            2.1,
            cues=[],
            message="The hips come to rest a little outside the base of the feet.",
        ),
    ]
    return {
        "overall_level": "high",
        "detection_rate": 0.97,
        "findings": found[:1] if quick else found,
    }


def _report(quick: bool) -> dict[str, Any]:
    drill = {
        "how": "Step out to a marked line, land, and hold the finish for three seconds before the next ball.",
        "dose": "3 sets of 8, a minute between",
        "equipment": ["marker", "six balls"],
        "level": "from under 13",
        "safety": "Stop if it hurts; a dry, even surface.",
        "event": "front_foot_plant",
    }
    return {
        "summary": "First look at one thing."
        if quick
        else "Work on the landing first: the front knee bends further"
        " after the foot is down, and the head follows it. The backlift and the step are steady.",
        "strengths": []
        if quick
        else ["Steady trunk at the top of the backlift", "The step is as long as it was"],
        "top_issues": [
            {
                "issue": "Front knee gives way after landing",
                "severity": "high",
                "why_it_matters": "A firm front leg gives the swing something to turn against.",
                "cues": ["Land on a long, firm front leg"],
                "time_s": PLANT_S,
            },
            {
                "issue": "Head moves through the shot",
                "severity": "medium",
                "why_it_matters": "A still head sees the ball longer.",
                "cues": ["Chin to the front shoulder"],
                "time_s": IMPACT_S,
            },
        ][: 1 if quick else 2],
        "drills": []
        if quick
        else [
            {"id": "brace-and-hold", "title": "Brace and hold", "finding": "KNEE_COLLAPSE", **drill},
            {"id": "drop-ball-drive", "title": "Drop-ball drive", "finding": "HEAD_MOVEMENT", **drill},
        ],
        "one_week_plan": []
        if quick
        else [
            {
                "day": day,
                "focus": "Rest" if day in (3, 7) else ("Landing" if day % 2 else "Head and shot"),
                "duration_min": 0 if day in (3, 7) else 25,
                "activities": [] if day in (3, 7) else ["Brace and hold, 3 × 8", "Ten throw-downs, filmed"],
            }
            for day in range(1, 8)
        ],
        "notes": ["Filmed from the side; turns of hips and shoulders are shapes, not numbers."],
        "reliability_warning": "This is a quick look at part of the clip." if quick else None,
    }


def sample_results(
    analysis_pass: AnalysisPass = "deep", *, job_id: str | None = None, warning: str | None = None
) -> Results:
    """Return valid results with gaps, low confidence, a refusal, three events and findings."""
    quick = analysis_pass == "quick"
    kinematics = _kinematics()
    report = _report(quick)
    report["reliability_warning"] = warning or report["reliability_warning"]
    return Results.model_validate(
        {
            "job_id": job_id,
            "analysis_pass": analysis_pass,
            "mode": "batting",
            "created_at": datetime(2026, 5, 4, 17, 20, tzinfo=UTC),
            "video": {
                "sha256": "0" * 64,
                "filename": "net.mp4",
                "width": 640,
                "height": 360,
                "duration_s": DURATION_S,
                "frame_rate": RATE,
                "variable_frame_rate": False,
                "rotation_deg": 0,
                "codec": "h264",
            },
            "capture": {
                "view": "side",
                "view_source": "body",
                "view_angle_deg": 82.0,
                "hand": "right",
                "hand_source": "user",
                "athlete_height_px": 240.0,
                "scale": None,
                "checks": [
                    {
                        "name": "athlete_found",
                        "ok": True,
                        "value": 0.97,
                        "unit": "share of frames",
                        "advice": "",
                    },
                    {"name": "athlete_size", "ok": True, "value": 240.0, "unit": "px", "advice": ""},
                    {
                        "name": "light",
                        "ok": False,
                        "value": 61.0,
                        "unit": "0-255",
                        "advice": "Turn on the net's lights, or film earlier in the day.",
                    },
                ],
            },
            "pose": {
                "model": "pose_landmarker_full",
                "model_sha256": "0" * 64,
                "frames_in_clip": 240,
                "frames_sampled": 240,
                "frames_with_pose": 233,
                "detection_rate": 0.97,
                "repairs": {},
            },
            "events": [
                {"name": name, "time_s": t, "uncertainty_s": 0.03, "frame": round(t * RATE)}
                for name, t in EVENTS.items()
            ],
            "phases": [{"name": "downswing", "start_s": TOP_S, "end_s": IMPACT_S}],
            "metrics": _metrics(kinematics),
            "kinematics": kinematics,
            "findings": _findings(quick),
            "report": report,
            "provenance": {
                "cricksy_version": "0.1.0",
                "python": "3.11",
                "mediapipe": "0.10.31",
                "numpy": "2",
                "parameters": {},
                "wall_s": {},
                "notebook_sha256": None,
            },
        }
    )


def catalogue_results(mode: Mode) -> Results:
    """Return results in which everything that the catalogue knows of a discipline was measured."""
    results = sample_results()
    any_metric = results.metrics["balance_drift_score"]
    metrics = {
        key: any_metric.model_copy(
            update={
                "label": entry.label,
                "unit": entry.unit,
                "event": entry.window[mode][1] if len(set(entry.window[mode])) == 1 else None,
                "threshold": 100.0 if entry.unit == "deg" else None,
            }
        )
        for key, entry in load_catalogue().metrics(mode).items()
    }
    events = [
        results.events[0].model_copy(update={"name": name, "time_s": 1.3 + 0.3 * place})
        for place, name in enumerate(VOCABULARY[mode])
    ]
    return results.model_copy(update={"mode": mode, "metrics": metrics, "events": events})


def write_clip(path: Path, *, marked: bool = False) -> Path:
    """Write a short H.264 clip in which a bar walks across the picture, so that every frame differs."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=int(RATE), options={"g": str(int(RATE)), "crf": "30"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        shade = np.linspace(60, 130, 360, dtype=np.uint8)[:, None, None]
        base = np.broadcast_to(shade, (360, 640, 3)).copy()
        base[250:, :] = (92, 120, 84)
        for i in range(int(DURATION_S * RATE)):
            image = base.copy()
            x = 60 + 2 * i
            image[120:300, x : x + 28] = (235, 235, 228) if not marked else (230, 120, 60)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path
