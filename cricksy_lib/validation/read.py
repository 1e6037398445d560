"""From a clip and its raw landmarks to numbers and words, by the very steps of an analysis."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cricksy_lib import analysis
from cricksy_lib.analysis_parameters import PassParameters
from cricksy_lib.metrics.series import describe_series
from cricksy_lib.motion.movement import Movement
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.passrun import PassRun
from cricksy_lib.pose.extract import extract
from cricksy_lib.pose.model import ensure_model
from cricksy_lib.pose.stored import signed
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import Capture, Kinematics, Metric
from cricksy_lib.settings import Settings
from cricksy_lib.validation import cache
from cricksy_lib.validation.plain import run_plain
from cricksy_lib.video import probe, sha256_of


@dataclass(frozen=True)
class Reading:
    """All that an analysis says of one clip, without its files."""

    raw: PoseTrack
    clean: PoseTrack
    movement: Movement
    capture: Capture
    metrics: dict[str, Metric]
    kinematics: Kinematics
    coaching: analysis.Coaching


def raw_pose(clip: Path, options: AnalysisOptions, settings: Settings, folder: Path | None = None) -> Path:
    """File with the raw landmarks of a clip's every frame, kept beside it or in a folder."""
    code = f"{cache.pose_code()} {ensure_model(settings).sha256} {options.mode}"

    def make(_: Path) -> PoseTrack:
        return signed(extract(probe(clip), options, "deep", settings=settings), sha256_of(clip), options)

    return cache.kept(clip, "pose", code, make, folder)


def plain_pose(clip: Path, settings: Settings, folder: Path | None = None) -> PoseTrack:
    """Landmarks of the plain loop, kept beside the clip or in a folder."""
    model = ensure_model(settings)

    def make(path: Path) -> None:
        partial = cache.partial_of(path)
        try:
            run_plain(model.path, clip, partial)
            partial.replace(path)
        finally:
            cache.drop_partial(path.parent, os.getpid())

    return PoseTrack.from_parquet(
        cache.kept(clip, "plain", f"{cache.plain_code()} {model.sha256}", make, folder)
    )


def read_clip(clip: Path, pose_file: Path, options: AnalysisOptions) -> Reading:
    """Go from raw landmarks to findings and report, with the steps of `cricksy_lib.analysis`.

    Parameters
    ----------
    clip : the clip.
    pose_file : its raw landmarks, of `raw_pose`.
    options : what a coach would declare.
    """
    run = PassRun(
        PassParameters(
            video_path=clip,
            out_dir=pose_file.parent,
            analysis_pass="deep",
            options=options,
            pose_path=pose_file,
        )
    )
    opened = analysis.open_clip(run)
    pose = analysis.find_pose(run, opened)
    movement, capture = analysis.find_movement(run, opened, pose)
    metrics = analysis.measure_metrics(run, pose, movement)
    return Reading(
        raw=pose.raw,
        clean=pose.clean,
        movement=movement,
        capture=capture,
        metrics=metrics,
        kinematics=describe_series(movement),
        coaching=analysis.coach(run, capture, pose, metrics),
    )
