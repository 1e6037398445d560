"""What a job is: the request as it was written once, and the read model that everybody sees."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cricksy_lib.corrections import Corrections
from cricksy_lib.moments import Moment
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import Findings, Mode, Report

Status = Literal[
    "awaiting_upload",
    "queued",
    "quick_running",
    "quick_done",
    "deep_running",
    "done",
    "failed",
    "cancelled",
]
Stage = Literal["AWAITING_UPLOAD", "QUEUED", "QUICK", "QUICK_DONE", "DEEP", "DONE", "FAILED", "CANCELLED"]
TERMINAL: frozenset[Status] = frozenset({"done", "failed", "cancelled"})
STAGE_OF: dict[Status, Stage] = {
    "awaiting_upload": "AWAITING_UPLOAD",
    "queued": "QUEUED",
    "quick_running": "QUICK",
    "quick_done": "QUICK_DONE",
    "deep_running": "DEEP",
    "done": "DONE",
    "failed": "FAILED",
    "cancelled": "CANCELLED",
}


def _read_legacy(status: object) -> object:
    return "done" if status == "completed" else status


AnyStatus = Annotated[Status, BeforeValidator(_read_legacy)]


def said_of(status: Status) -> str:
    """Return what a job of that status does, to follow "the job": "is queued", "has failed"."""
    if status == "failed":
        return "has failed"
    running = status in ("quick_running", "quick_done", "deep_running")
    return f"is {'being analysed' if running else status.replace('_', ' ')}"


class JobError(BaseModel):
    """Why a job failed and what to do about it."""

    model_config = ConfigDict(extra="forbid")
    code: str
    message: str
    advice: str


def _is_none(value: object) -> bool:
    return value is None


# Left out where there is none: a reader of before it was kept takes what it does not know for damage.
FirstJob = Annotated[str | None, Field(exclude_if=_is_none)]


class JobRequest(BaseModel):
    """``job.json``: what was asked. Written once; the video is named by hash, so it cannot be repointed.

    A job that ``corrects`` another carries all ``corrections`` that hold in it, those of the older one
    included, under ``pose_key`` the raw pose that the older one used, and in ``first_job`` the job with
    which the chain of corrections began: that stays known when one in the middle is deleted. One that has
    an ``upload_key`` waits until its video has come there and was checked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    created_at: Moment
    options: AnalysisOptions
    video_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    video_key: str = Field(pattern=r"^videos/[0-9a-f]{64}\.[a-z0-9]{1,8}$")
    video_filename: str
    video_bytes: int = Field(ge=0)
    upload_key: str | None = None
    corrects: str | None = None
    first_job: FirstJob = None
    corrections: Corrections | None = None
    pose_key: str | None = Field(default=None, pattern=r"^(poses|jobs)/.+\.parquet$")

    @model_validator(mode="after")
    def _video_is_the_one_named(self) -> Self:
        if not self.video_key.startswith(f"videos/{self.video_sha256}."):
            raise ValueError("the video's key is not that of its hash")
        return self

    @property
    def same_movements_as(self) -> str | None:
        """The job whose movements these are, as near the first of its chain as is known; None: its own."""
        return self.first_job or self.corrects

    def as_bytes(self) -> bytes:
        """Return the request as it is stored."""
        return self.model_dump_json(indent=1).encode()


class JobSummary(BaseModel):
    """One row of a list of jobs."""

    model_config = ConfigDict(extra="forbid")
    id: str
    mode: Mode
    player: str | None
    title: str
    status: AnyStatus
    stage: Stage
    progress_pct: float = Field(ge=0, le=100)
    attempt: int = Field(ge=0)
    revision: int = Field(ge=0)
    corrects: str | None
    error: JobError | None
    created_at: Moment
    started_at: Moment | None
    quick_completed_at: Moment | None
    deep_completed_at: Moment | None
    completed_at: Moment | None
    top_finding: str | None


class Job(BaseModel):
    """The whole read model of a job. URLs are made when asked for, never stored."""

    model_config = ConfigDict(extra="forbid")
    id: str
    mode: Mode
    player: str | None
    title: str
    status: AnyStatus
    stage: Stage
    progress_pct: float = Field(ge=0, le=100)
    attempt: int = Field(ge=0)
    revision: int = Field(ge=0)
    corrects: str | None
    error: JobError | None
    created_at: Moment
    started_at: Moment | None
    quick_completed_at: Moment | None
    deep_completed_at: Moment | None
    completed_at: Moment | None
    quick_findings: Findings | None
    quick_report: Report | None
    deep_findings: Findings | None
    deep_report: Report | None
    quick_results_s3_key: str | None
    deep_results_s3_key: str | None
    quick_results_url: str | None
    deep_results_url: str | None
    video_url: str | None
    overlay_url: str | None
    notebook_url: str | None
    report_url: str | None
