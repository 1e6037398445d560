"""The one schema of what an analysis says; everybody reads and writes results through it.

JSON carries ``null``, never NaN: `dump_json` refuses NaN, and `finite_or_none` turns it into ``None``
where arrays become lists. Times named ``time_s`` are seconds in the clip, 0 at the first frame shown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cricksy_lib.moments import Moment

MAX_RESULTS_BYTES = 64 * 1024 * 1024

Mode = Literal["batting", "bowling", "wicketkeeping", "fielding"]
MODES: tuple[Mode, ...] = ("batting", "bowling", "wicketkeeping", "fielding")
Hand = Literal["right", "left"]
View = Literal["side", "front", "behind", "oblique", "unknown"]
AnalysisPass = Literal["quick", "deep"]
MetricStatus = Literal["measured", "low_confidence", "not_measurable"]
Severity = Literal["low", "medium", "high"]
Level = Literal["not_assessed", "none", "low", "medium", "high"]
Grade = Literal["A", "B", "C", "M", "I"]
Basis = Literal["research", "house rule"]
Correction = Literal["landmark", "event"]

Unit01 = Annotated[float, Field(ge=0, le=1)]

KEPT_METRICS = (
    "head_stability_score",
    "balance_drift_score",
    "front_knee_brace_score",
    "hip_shoulder_separation_timing",
    "elbow_drop_score",
)
SERIES_UNITS = {
    "front_knee_angle": "deg",
    "rear_knee_angle": "deg",
    "front_elbow_angle": "deg",
    "rear_elbow_angle": "deg",
    "trunk_lean": "deg",
    "hip_shoulder_separation": "deg",
    "head_speed": "body_heights/s",
    "hand_speed": "body_heights/s",
}


class Model(BaseModel):
    """Strict base: unknown keys and non-finite numbers are errors."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class VideoFacts(Model):
    """The clip as it is shown: upright size, true duration."""

    sha256: str
    filename: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    duration_s: float = Field(gt=0)
    frame_rate: float = Field(gt=0)
    variable_frame_rate: bool
    rotation_deg: int
    codec: str
    slow_motion: float = Field(default=1.0, gt=0)


class Scale(Model):
    """Metres for each pixel at the athlete, where that came from, and its ± (95 %) as a share of it."""

    m_per_px: float = Field(gt=0)
    source: str
    uncertainty: float = Field(ge=0)


class Check(Model):
    """One capture check: what was looked at, whether it is good enough, what to do if not."""

    name: str
    ok: bool
    value: float | None
    unit: str
    advice: str


class Capture(Model):
    """How the clip was filmed, as declared or as seen."""

    view: View
    view_source: Literal["user", "body", "unknown"]
    view_angle_deg: float | None
    # Half width of the angle's 95 % interval; files written before it was known have none.
    view_angle_uncertainty_deg: float | None = None
    # Whether the body shows another view than the one that was declared; older files do not say.
    view_disagrees: bool = False
    hand: Hand | None
    hand_source: Literal["user", "body", "unknown"]
    athlete_height_px: float | None
    scale: Scale | None
    checks: list[Check]


class Repairs(Model):
    """How many frames were changed between the raw landmarks and the angles."""

    swapped_frames: int = Field(default=0, ge=0)
    filled_frames: int = Field(default=0, ge=0)
    rejected_frames: int = Field(default=0, ge=0)


class PoseFacts(Model):
    """What the pose model saw."""

    model: str
    model_sha256: str
    frames_in_clip: int = Field(ge=0)
    frames_sampled: int = Field(ge=0)
    frames_with_pose: int = Field(ge=0)
    detection_rate: Unit01
    repairs: Repairs


class Event(Model):
    """A named instant of the movement; ``corrected`` where an analyst set it."""

    name: str
    time_s: float
    uncertainty_s: float = Field(ge=0)
    frame: int = Field(ge=0)
    repetition: int = Field(default=1, ge=1)
    corrected: bool = False


class Phase(Model):
    """The stretch between two events."""

    name: str
    start_s: float
    end_s: float
    repetition: int = Field(default=1, ge=1)


class Reference(Model):
    """A published or conventional range, with its source and evidence grade."""

    low: float | None
    high: float | None
    source: str
    grade: Grade


class Repetition(Model):
    """One metric's value in one repetition."""

    value: float | None
    uncertainty: float | None
    time_s: float | None


class WorstFrame(Model):
    """A frame to look at."""

    frame: int = Field(ge=0)
    time_s: float
    value: float | None
    score: Unit01 | None


class Segment(Model):
    """A stretch of the clip to look at."""

    start_s: float
    end_s: float
    min_score: Unit01 | None


class Evidence(Model):
    """Where in the clip a metric can be seen."""

    worst_frames: list[WorstFrame] = Field(default_factory=list)
    segments: list[Segment] = Field(default_factory=list)


class UncertaintyParts(Model):
    """The two parts of a 95 % interval's half width."""

    measured: float | None = None
    footage: float | None = None


class Metric(Model):
    """One number with its unit, event, uncertainty and status, or a refusal with its reason.

    ``corrected`` names the kinds of an analyst's corrections on which it rests.
    """

    label: str
    unit: str
    value: float | None
    uncertainty: float | None
    uncertainty_parts: UncertaintyParts = Field(default_factory=UncertaintyParts)
    score: Unit01 | None
    status: MetricStatus
    reason: str | None
    event: str | None
    threshold: float | None
    reference: Reference | None = None
    repetitions: list[Repetition] = Field(default_factory=list)
    evidence: Evidence = Field(default_factory=Evidence)
    corrected: list[Correction] = Field(default_factory=list)


class Series(Model):
    """One kinematic series on the common time base; ``null`` where unknown.

    ``source`` of an angle: the fitted body, the angle in the picture, or the model's own.
    """

    unit: str
    values: list[float | None]
    uncertainty: list[float | None]
    status: list[MetricStatus]
    source: Literal["fit", "picture", "model", "fit and picture"] | None = None


class Kinematics(Model):
    """All series of the clip."""

    time_s: list[float]
    series: dict[str, Series]


class FindingEvidence(Model):
    """The numbers and moments behind a finding."""

    value: float | None
    unit: str
    threshold: float | None
    reference: Reference | None
    worst_frames: list[WorstFrame]
    segments: list[Segment]


class Finding(Model):
    """One thing to work on (or, with a capture code, one thing to film differently)."""

    code: str
    title: str
    metric: str | None
    severity: Severity
    confidence: Unit01
    basis: Basis
    message: str
    why_it_matters: str
    cues: list[str]
    suggested_drills: list[str]
    evidence: FindingEvidence


class Findings(Model):
    """What there is to fix; ``overall_level`` says how much, not how good."""

    overall_level: Level
    detection_rate: Unit01
    findings: list[Finding]
    # Nothing was found, but less than half of what rules judge could be judged; older files do not say.
    little_judged: bool = False


class Drill(Model):
    """A drill as shown to the player: dose, equipment, level, safety, and the event that it trains."""

    id: str
    title: str
    how: str
    dose: str
    equipment: list[str]
    level: str
    safety: str
    event: str | None
    finding: str | None


class TopIssue(Model):
    """One of at most three priorities."""

    issue: str
    severity: Severity
    why_it_matters: str
    cues: list[str]
    time_s: float | None


class PlanDay(Model):
    """One day of the week's plan."""

    day: int = Field(ge=1, le=7)
    focus: str
    duration_min: int = Field(ge=0)
    activities: list[str]


class Report(Model):
    """The page that a coach reads first."""

    summary: str
    strengths: list[str]
    top_issues: list[TopIssue]
    drills: list[Drill]
    one_week_plan: list[PlanDay]
    notes: list[str]
    reliability_warning: str | None
    generated_with_llm: Literal[False] = False


class Provenance(Model):
    """What made these results."""

    cricksy_version: str
    python: str
    mediapipe: str
    numpy: str
    parameters: dict[str, Any]
    wall_s: dict[str, float]
    notebook_sha256: str | None


class Results(Model):
    """A whole results file: ``quick_results.json`` or ``deep_results.json``."""

    schema_version: Literal["1.0"] = "1.0"
    job_id: str | None
    analysis_pass: AnalysisPass
    mode: Mode
    created_at: Moment
    corrects: str | None = None
    video: VideoFacts
    capture: Capture
    pose: PoseFacts
    events: list[Event]
    phases: list[Phase]
    metrics: dict[str, Metric]
    kinematics: Kinematics
    findings: Findings
    report: Report
    provenance: Provenance


class InvalidResultsError(ValueError):
    """The text is not a results file of this schema."""


def finite_or_none(values: Iterable[float]) -> list[float | None]:
    """Turn an array into a JSON-able list, NaN and infinities into ``None``."""
    return [float(v) if math.isfinite(v) else None for v in values]


def dump_json(model: BaseModel) -> str:
    """Serialise a model as JSON without NaN.

    Raises
    ------
    ValueError
        If a free-form field (``provenance.parameters``) holds NaN or an infinity.
    """
    return json.dumps(model.model_dump(mode="json"), allow_nan=False, ensure_ascii=False, indent=1)


def results_name(analysis_pass: AnalysisPass) -> str:
    """Name of a pass's results file."""
    return f"{analysis_pass}_results.json"


def parse_results(text: str | bytes) -> Results:
    """Read and check a results file's content.

    Raises
    ------
    InvalidResultsError
        If it is too large, not JSON, or does not match the schema.
    """
    if len(text) > MAX_RESULTS_BYTES:
        raise InvalidResultsError(f"results of {len(text)} bytes are over the limit of {MAX_RESULTS_BYTES}")
    try:
        return Results.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidResultsError(f"{where or 'results'}: {first['msg']}") from error


def read_results(path: str | Path) -> Results:
    """Read and check a results file."""
    return parse_results(Path(path).read_bytes())
