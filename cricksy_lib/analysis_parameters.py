"""The parameters of one run of ``notebooks/analysis.ipynb``: checked in its first cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from cricksy_lib.corrections import NONE, Corrections
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import AnalysisPass, View


class PassParameters(BaseModel):
    """One analysis pass over one clip.

    Attributes
    ----------
    video_path : the clip.
    out_dir : folder for everything that the pass writes.
    analysis_pass : ``quick`` or ``deep``.
    options : what the user asked.
    job_id : the job, or ``None`` when run by hand.
    progress_path : file that always holds the newest ``{"stage", "fraction"}``, or ``None``.
    corrects : the job that this one corrects, or ``None``.
    corrections : what an analyst set right, or ``None``.
    pose_path : a raw deep pose of this clip and athlete, used instead of looking for it; or ``None``.
    looks_path : file for what the first pass over this clip saw while it looked for people: written by that
        pass, read by the next; or ``None``.
    first_view : the view that an earlier pass over this clip took, or ``None``: reports say where it changed.
    house_rules : YAML of the club's own house rules, or ``None``: see `cricksy_lib.coaching.house_rules`.
    notebook_sha256 : hash of the notebook file that is run, or ``None`` without a notebook.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    video_path: Path
    out_dir: Path
    analysis_pass: AnalysisPass
    options: AnalysisOptions
    job_id: str | None = None
    progress_path: Path | None = None
    corrects: str | None = None
    corrections: Corrections | None = None
    pose_path: Path | None = None
    looks_path: Path | None = None
    first_view: View | None = None
    house_rules: str | None = None
    notebook_sha256: str | None = None

    @property
    def set_by_hand(self) -> Corrections:
        """The corrections, empty where there are none."""
        return self.corrections or NONE

    def with_options_corrected(self) -> Self:
        """Return a copy whose options hold athlete, hand and view as corrected."""
        return self.model_copy(update={"options": self.set_by_hand.applied_to(self.options)})

    def as_notebook_parameters(self) -> dict[str, Any]:
        """Return plain JSON-able values, as papermill injects them."""
        return self.model_dump(mode="json")
