"""One rendered scene: read as any clip would be, and held against its truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cricksy_lib.errors import CricksyError
from cricksy_lib.metrics.catalogue import load_catalogue
from cricksy_lib.metrics.measure import measure
from cricksy_lib.motion.kinematics import ANGLES
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import Hand
from cricksy_lib.settings import Settings
from cricksy_lib.synthetic.events import front_side
from cricksy_lib.synthetic.truth import Truth
from cricksy_lib.synthetic.truth_metrics import true_metrics
from cricksy_lib.synthetic.visibility import hidden_joints
from cricksy_lib.validation import errors, first_system, plain, swaps
from cricksy_lib.validation.groups import groups_of
from cricksy_lib.validation.read import Reading, plain_pose, raw_pose, read_clip
from cricksy_lib.validation.record import Row, SceneRecord

_SAMPLE_RATES = (5.0, 10.0, 30.0)


def assess(clip: Path, truth: Truth, settings: Settings, baselines: bool = True) -> SceneRecord:
    """Analyse a rendered clip and compare; landmarks are kept beside it.

    The hand is declared, as a coach would who knows the player; what is read without it is kept apart.

    Parameters
    ----------
    clip, truth : a rendered scene.
    settings : where the pose model is, and how many processes it may use.
    baselines : whether to run the plain loop and the first system, too.
    """
    scene = truth.scene
    record = SceneRecord(
        name=f"{scene.mode}-{scene.seed}",
        scene=scene.model_dump(mode="json", exclude_defaults=True),
        groups=groups_of(scene),
    )
    try:
        raw = raw_pose(clip, AnalysisOptions(mode=scene.mode), settings)
        simple = plain_pose(clip, settings) if baselines else None
        known = read_clip(clip, raw, AnalysisOptions(mode=scene.mode, hand=scene.hand))
        alone = read_clip(clip, raw, AnalysisOptions(mode=scene.mode))
    except CricksyError as error:
        return record.model_copy(update={"failed": str(error)})
    told = compare(record, truth, known, alone, simple)
    return told.model_copy(update={"facts": {"clip": clip.name, **told.facts}})


def compare(
    record: SceneRecord, truth: Truth, known: Reading, alone: Reading, simple: PoseTrack | None
) -> SceneRecord:
    """Hold the readings of one clip against its truth.

    Parameters
    ----------
    record : of the scene, still empty.
    truth : of the clip.
    known, alone : read with the hand declared, and with nothing declared.
    simple : landmarks of the plain loop, if it was run.
    """
    told: dict[str, Any] = {
        "facts": facts_of(truth, known, alone),
        "findings": [finding.code for finding in known.coaching.findings.findings],
        "advice": _advice(known),
        "first_system": _first_system(truth, simple) if simple is not None else {},
    }
    if truth.joint_names:
        told |= {
            "series": series_rows(truth, known, simple),
            "events": event_rows(truth, known),
            "metrics": metric_rows(truth, known),
            "metrics_auto": metric_rows(truth, alone),
            "swaps": swap_shares(truth, known, simple),
        }
    return record.model_copy(update=told)


def facts_of(truth: Truth, known: Reading, alone: Reading) -> Row:
    """Single values of a clip: was the athlete found, how large, from where, with which hand."""
    height = known.movement.body.height_px
    return {
        "detection": known.raw.detection_rate,
        "right_person": swaps.followed_athlete(known.raw, truth) if truth.joint_names else None,
        "height_px": float(height) if np.isfinite(height) else None,
        "true_height_px": swaps.true_height_px(truth) if truth.joint_names else None,
        "view_read": alone.movement.view.view,
        "view_angle_deg": alone.movement.view.angle_deg,
        "hand_read": alone.movement.hand,
        "level": known.coaching.findings.overall_level,
    }


def series_rows(truth: Truth, known: Reading, simple: PoseTrack | None) -> list[Row]:
    """Errors of every angle series, ours and beside it the plain loop's and the model's own."""
    moving = errors.movement_rows(truth.times_s, truth.events)
    ours_s = np.array(known.kinematics.time_s)
    front = front_side(truth.scene.mode, truth.scene.hand)
    sides: dict[str, Hand] = {"front": front, "rear": "left" if front == "right" else "right"}
    arms = [f"{side}_{part}" for side in sides.values() for part in ("elbow", "wrist")]
    joints = hidden_joints(truth.scene, arms)
    hidden_arms = {side: joints[:, 2 * i : 2 * i + 2].any(axis=1) for i, side in enumerate(sides.values())}
    rows: list[Row] = []
    for name in ANGLES:
        true = truth.angles[name]
        series = known.kinematics.series[name]
        ours = errors.at_times(ours_s, _numbers(series.values), truth.times_s) - true
        sure = (
            errors.at_times(ours_s, np.array([s == "measured" for s in series.status], float), truth.times_s)
            > 0.99
        )
        over = {"movement": moving, "measured": moving & sure}
        if "elbow" in name:
            hidden = hidden_arms[sides[name.split("_")[0]]]
            over |= {
                "seen": moving & ~hidden,
                "hidden": moving & hidden,
                "hidden and sure": moving & hidden & sure,
            }
        for stretch, frames in over.items():
            rows.append({"series": name, "method": "ours", "over": stretch, **errors.summarise(ours[frames])})
        rows += _at_events(truth, name, "ours", ours)
    if simple is not None:
        at_s = simple.data["time"].values
        for method, told in plain.angles(simple, front).items():
            for name, values in told.items():
                error = errors.at_times(at_s, values, truth.times_s) - truth.angles[name]
                rows.append(
                    {"series": name, "method": method, "over": "movement", **errors.summarise(error[moving])}
                )
                rows += _at_events(truth, name, method, error)
    return rows


def _at_events(truth: Truth, name: str, method: str, error: np.ndarray) -> list[Row]:
    """Errors at the true instants, so that only the angle counts and not the event's own error."""
    rows = []
    for event, at_s in truth.events.items():
        there = errors.at_times(truth.times_s, error, np.array([at_s]))
        rows.append({"series": name, "method": method, "over": event, **errors.summarise(there)})
    return rows


def _numbers(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in values], dtype=float)


def event_rows(truth: Truth, known: Reading) -> list[Row]:
    """Every true event and the nearest found one."""
    found: dict[str, list[tuple[float, float]]] = {}
    for event in known.movement.events:
        found.setdefault(event.name, []).append((event.time_s, event.uncertainty_s))
    return list(errors.pair_events(truth.events, found))


def metric_rows(truth: Truth, known: Reading) -> list[Row]:
    """Every metric with its truth; for a refused angle also what its series would have said."""
    true = true_metrics(truth)
    # Also of what is refused for its width: who fits the ± to what is shown alone fits it to what is narrow.
    lifted = load_catalogue().model_copy(update={"widest_shown_deg": np.inf})
    fitted = measure(known.movement, catalogue=lifted)
    at_s = np.array(known.kinematics.time_s)
    rows = []
    for key, metric in known.metrics.items():
        value, exact = metric.value, true.get(key)
        series, _, event = key.partition("_at_")
        would_be = None
        if value is None and series in ANGLES and event in truth.events:
            values = _numbers(known.kinematics.series[series].values)
            there = errors.at_times(at_s, values, np.array([truth.events[event]]))[0]
            would_be = float(there - truth.angle_at(series, event)) if np.isfinite(there) else None
        rows.append(
            {
                "metric": key,
                "unit": metric.unit,
                "value": value,
                "truth": exact,
                "error": _less(value, exact),
                "measured": metric.uncertainty_parts.measured,
                "footage": metric.uncertainty_parts.footage,
                "total": metric.uncertainty,
                "status": metric.status,
                "reason": metric.reason,
                "would_be": would_be,
                "fit_measured": fitted[key].uncertainty_parts.measured,
                "fit_error": _less(fitted[key].value, exact),
                "seen_from": known.movement.view.view,
            }
        )
    return rows


def _less(value: float | None, exact: float | None) -> float | None:
    return None if value is None or exact is None else value - exact


def swap_shares(truth: Truth, known: Reading, simple: PoseTrack | None) -> dict[str, float | bool | None]:
    """Shares of the frames in which the legs' labels are the wrong way round.

    Returns
    -------
    ``plain`` (the plain loop), ``raw`` and ``repaired`` (ours before and after repair) over the whole clip;
    ``raw_moving`` and ``repaired_moving`` over the movement; ``unflagged``: whether a frame of the movement
    is left wrong while one of the knees there is called measured.
    """
    after = swaps.swapped_legs(known.clean, truth)
    before = swaps.swapped_legs(known.raw, truth)
    at_s = known.clean.data["time"].values
    moving = errors.movement_rows(at_s, truth.events)
    sure = np.zeros(len(at_s), dtype=bool)
    for name in ("front_knee_angle", "rear_knee_angle"):
        status = np.array([s == "measured" for s in known.kinematics.series[name].status])
        sure |= errors.at_times(np.array(known.kinematics.time_s), status.astype(float), at_s) > 0.99
    return {
        "plain": float(swaps.swapped_legs(simple, truth).mean()) if simple is not None else None,
        "raw": float(before.mean()),
        "repaired": float(after.mean()),
        "raw_moving": float(before[moving].mean()) if moving.any() else None,
        "repaired_moving": float(after[moving].mean()) if moving.any() else None,
        "unflagged": bool((after & moving & sure).any()),
    }


def _first_system(truth: Truth, simple: PoseTrack) -> Row:
    told = {rate: first_system.scores(simple, rate) for rate in _SAMPLE_RATES}
    usual = told[first_system.SAMPLE_RATE]
    raised = first_system.findings(truth.scene.mode, usual, simple.detection_rate)
    return {
        "scores": usual.values,
        "findings": raised,
        "head_by_rate": {f"{rate:.0f}": scores.values["head"] for rate, scores in told.items()},
    }


def _advice(known: Reading) -> list[str]:
    """Give the filming checks that failed, and the report's warning."""
    failed = [check.name for check in known.capture.checks if not check.ok]
    warning = known.coaching.report.reliability_warning
    return failed + ([warning] if warning else [])
