"""The steps of an analysis in order: video -> pose -> motion -> metrics -> findings -> report -> results.

The notebook calls the steps one by one, each with its plot; `run_pass` calls the same steps without a
notebook. What a step does is written here once.
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import numpy as np

import cricksy_lib
from cricksy_lib.analysis_parameters import PassParameters
from cricksy_lib.capture import describe_capture, measure_light
from cricksy_lib.coaching.findings import find, thresholds
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.page import StillImage, render_page
from cricksy_lib.coaching.report import write_report
from cricksy_lib.coaching.schema import Knowledge
from cricksy_lib.coaching.set_by_hand import note_corrections
from cricksy_lib.corrections import Corrections, check_sequence
from cricksy_lib.metrics.catalogue import load_catalogue
from cricksy_lib.metrics.corrected import mark_corrected
from cricksy_lib.metrics.measure import measure
from cricksy_lib.metrics.series import describe_series
from cricksy_lib.motion.movement import Movement, read_movement
from cricksy_lib.motion.turned_round import settle_sides
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.overlay import write_overlay
from cricksy_lib.passrun import PassRun, write_bytes, write_text
from cricksy_lib.pose.clean import clean
from cricksy_lib.pose.extract import extract
from cricksy_lib.pose.looks import Looks
from cricksy_lib.pose.move import move_landmarks
from cricksy_lib.pose.stored import read_stored, signed
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.pose_identity import RAW_POSE_FILE
from cricksy_lib.progress import Progress, silent
from cricksy_lib.results import (
    AnalysisPass,
    Capture,
    Correction,
    Findings,
    Metric,
    PoseFacts,
    Provenance,
    Repairs,
    Report,
    Results,
    VideoFacts,
    View,
    dump_json,
    results_name,
)
from cricksy_lib.stills import take_stills
from cricksy_lib.video import VideoInfo, probe, read_timeline, sha256_of

OVERLAY_FILE = "overlay.mp4"
REPORT_FILE = "report.html"
POSE_FILE = "pose.parquet"


@dataclass(frozen=True)
class Clip:
    """A clip that can be used, and its hash."""

    video: VideoInfo
    sha256: str


@dataclass(frozen=True)
class Pose:
    """The athlete as the model saw them, after cleaning, and with the landmarks that an analyst moved.

    Attributes
    ----------
    raw : unsmoothed landmarks.
    found : the same cleaned.
    clean : what all that follows reads: `found`, with landmarks moved where an analyst did so.
    """

    raw: PoseTrack
    found: PoseTrack
    clean: PoseTrack


@dataclass(frozen=True)
class Coaching:
    """What there is to say."""

    findings: Findings
    report: Report


def results_names() -> list[str]:
    """Return the names of the results of every pass."""
    return [results_name(which) for which in get_args(AnalysisPass)]


def output_names() -> list[str]:
    """Return the names of all files that passes write."""
    return [*results_names(), OVERLAY_FILE, REPORT_FILE, POSE_FILE, RAW_POSE_FILE]


def open_clip(run: PassRun) -> Clip:
    """Probe the clip; refuse it, or what was given with it, where it cannot be used."""
    parameters = run.parameters
    with run.stage("probe"):
        knowledge_of(run)  # a club's file that cannot be used is refused before anything slow
        video = probe(parameters.video_path)
        if parameters.corrections is not None:
            run.correct(fit_corrections(parameters.corrections, parameters.options, video))
        return Clip(video, sha256_of(video.path))


def fit_corrections(corrections: Corrections, options: AnalysisOptions, video: VideoInfo) -> Corrections:
    """Return corrections as they hold for a clip, their moments by its own frame times.

    Raises
    ------
    CorrectionsError
        If they do not fit discipline and clip.
    """
    return corrections.fitted_to(options.mode, video, read_timeline(video.path).times_s.tolist())


def find_pose(run: PassRun, clip: Clip) -> Pose:
    """Find the athlete and the body's landmarks, or read them where they are stored, then clean them."""
    parameters = run.parameters
    options, which = parameters.options, parameters.analysis_pass
    with run.stage("pose") as progress:
        if parameters.pose_path is not None:
            raw = read_stored(parameters.pose_path, clip.video, clip.sha256, options, which)
        else:
            raw = signed(_extract(run, clip, progress), clip.sha256, options)
        found = settle_sides(clean(raw, slow_motion=options.slow_motion), options)
        moved = move_landmarks(found, parameters.set_by_hand.landmarks, options.slow_motion)
        return Pose(raw, found, moved)


def _extract(run: PassRun, clip: Clip, progress: Progress) -> PoseTrack:
    parameters = run.parameters
    options, which, kept = parameters.options, parameters.analysis_pass, parameters.looks_path
    looked_before = kept is not None and kept.is_file()
    looks = Looks.read(kept, clip.sha256) if kept is not None and looked_before else Looks()
    raw = extract(clip.video, options, which, looks=looks, progress=progress)
    if kept is not None and not looked_before:
        write_bytes(kept, looks.as_bytes(clip.sha256))
    return raw


def find_movement(run: PassRun, clip: Clip, pose: Pose) -> tuple[Movement, Capture]:
    """Read view, hand, joint angles and events, and say how the clip was filmed."""
    options = run.parameters.options
    with run.stage("motion"):
        movement = read_movement(pose.clean, options, run.parameters.set_by_hand.timed_events)
        light = measure_light(clip.video)
        return movement, describe_capture(clip.video, pose.raw, movement, options, light)


def measure_metrics(run: PassRun, pose: Pose, movement: Movement) -> dict[str, Metric]:
    """Measure every metric of the discipline, with evidence at the thresholds that findings use.

    Those that an analyst's corrections changed are marked.
    """
    limits = thresholds(run.parameters.options.mode, knowledge_of(run))
    with run.stage("metrics"):
        metrics = measure(movement, limits)
        without = {kind: measure(other, limits) for kind, other in _without_corrections(run, pose)}
        return mark_corrected(metrics, without, movement.events)


def _without_corrections(run: PassRun, pose: Pose) -> Iterator[tuple[Correction, Movement]]:
    """Yield the movement as it would be without each kind of correction that was made.

    Events set by hand that do not fit among those found are refused (`cricksy_lib.errors.CorrectionsError`).
    """
    options, corrections = run.parameters.options, run.parameters.set_by_hand
    if corrections.landmarks:
        yield "landmark", read_movement(pose.found, options, corrections.timed_events)
    if corrections.events:
        as_found = read_movement(pose.clean, options)
        # The last pass decides: a first look at fewer frames may find fewer repetitions.
        if run.parameters.analysis_pass == "deep" or options.passes == "quick":
            check_sequence(options.mode, as_found.events, corrections.timed_events)
        yield "event", as_found


def knowledge_of(run: PassRun) -> Knowledge:
    """Coaching knowledge, with the club's own house rules where the pass was given any."""
    own = run.parameters.house_rules
    return load_knowledge(overrides=None if own is None else own.encode())


def coach(run: PassRun, capture: Capture, pose: Pose, metrics: dict[str, Metric]) -> Coaching:
    """Turn metrics into findings and a report."""
    parameters = run.parameters
    options = parameters.options
    with run.stage("coaching"):
        facts = pose_facts(pose)
        book = knowledge_of(run)
        findings = find(options.mode, metrics, capture, facts, book)
        report = write_report(
            options.mode,
            findings,
            metrics,
            capture,
            facts,
            options.player,
            book,
            first_view=parameters.first_view,
        )
        noted = note_corrections(report, options.mode, parameters.set_by_hand, parameters.corrects)
        return Coaching(findings, noted)


def draw_overlay(run: PassRun, clip: Clip, pose: Pose, movement: Movement) -> Path:
    """Write ``overlay.mp4``: skeleton, events and the front knee's angle on the picture."""
    target = run.parameters.out_dir / OVERLAY_FILE
    with run.stage("overlay") as progress:
        write_overlay(
            clip.video,
            pose.clean,
            movement.events,
            describe_series(movement),
            movement.mode,
            movement.hand,
            target,
            progress=progress,
        )
    return target


def pose_facts(pose: Pose) -> PoseFacts:
    """Say what the pose model saw; repairs are those of the cleaned track."""
    attrs = pose.raw.data.attrs
    return PoseFacts(
        model=attrs["model"],
        model_sha256=attrs["model_sha256"],
        frames_in_clip=attrs["frames_in_clip"],
        frames_sampled=pose.raw.data.sizes["time"],
        frames_with_pose=int(pose.raw.found.sum()),
        detection_rate=pose.raw.detection_rate,
        repairs=Repairs(**pose.clean.data.attrs["repairs"]),
    )


def build_results(
    run: PassRun,
    clip: Clip,
    pose: Pose,
    movement: Movement,
    capture: Capture,
    metrics: dict[str, Metric],
    coaching: Coaching,
) -> Results:
    """Put everything into the one schema."""
    parameters = run.parameters
    options = parameters.options
    video = clip.video
    return Results(
        job_id=parameters.job_id,
        analysis_pass=parameters.analysis_pass,
        mode=options.mode,
        created_at=datetime.now(UTC),
        corrects=parameters.corrects,
        video=VideoFacts(
            sha256=clip.sha256,
            filename=video.filename,
            width=video.width,
            height=video.height,
            duration_s=video.duration_s,
            frame_rate=video.frame_rate,
            variable_frame_rate=video.variable_frame_rate,
            rotation_deg=video.rotation_deg,
            codec=video.codec,
            slow_motion=options.slow_motion,
        ),
        capture=capture,
        pose=pose_facts(pose),
        events=movement.events,
        phases=movement.phases,
        metrics=metrics,
        kinematics=describe_series(movement),
        findings=coaching.findings,
        report=coaching.report,
        provenance=Provenance(
            cricksy_version=cricksy_lib.__version__,
            python=platform.python_version(),
            mediapipe=importlib.metadata.version("mediapipe"),
            numpy=np.__version__,
            parameters=_public_parameters(parameters),
            wall_s=run.wall_s,
            notebook_sha256=parameters.notebook_sha256,
        ),
    )


def _public_parameters(parameters: PassParameters) -> dict[str, object]:
    asked = parameters.options.model_dump(mode="json", exclude={"player", "title"})
    if parameters.corrections is not None:
        asked["corrections"] = parameters.corrections.model_dump(mode="json", exclude_none=True)
    if parameters.house_rules is not None:
        asked["house_rules"] = parameters.house_rules
    return asked


def write_outputs(run: PassRun, results: Results, pose: Pose) -> Path:
    """Write the pass's files, the results last: where they are, everything else is too.

    Returns
    -------
    Path of the results file.
    """
    out_dir = run.parameters.out_dir
    target = out_dir / results_name(results.analysis_pass)
    with run.stage("write"):
        if results.analysis_pass == "deep":
            if run.parameters.pose_path is None:
                pose.raw.to_parquet(out_dir / RAW_POSE_FILE)
            pose.clean.to_parquet(out_dir / POSE_FILE)
            stills = take_stills(out_dir / OVERLAY_FILE, results)
            write_text(
                out_dir / REPORT_FILE,
                page_of(results, run.parameters.options.player, stills=stills, overlay_href=OVERLAY_FILE),
            )
        write_text(target, dump_json(results))
    return target


def page_of(
    results: Results,
    player: str | None,
    *,
    stills: Sequence[StillImage] = (),
    overlay_href: str | None = None,
) -> str:
    """Return the page that a coach keeps; see `cricksy_lib.coaching.page.render_page`."""
    series = {key: entry.series for key, entry in load_catalogue().metrics(results.mode).items()}
    return render_page(
        results, still_images=stills, overlay_href=overlay_href, player=player, series_of=series
    )


def run_pass(
    video: Path,
    options: AnalysisOptions,
    analysis_pass: AnalysisPass,
    out_dir: Path,
    *,
    job_id: str | None = None,
    corrections: Corrections | None = None,
    pose_path: Path | None = None,
    looks_path: Path | None = None,
    first_view: View | None = None,
    house_rules: str | None = None,
    progress: Progress = silent,
) -> Results:
    """Run one pass without a notebook.

    Parameters
    ----------
    video : the clip.
    options : what is asked.
    analysis_pass : ``quick`` or ``deep``.
    out_dir : where the files go.
    job_id : written into the results.
    corrections : what an analyst set right.
    pose_path : the raw deep pose of the same clip and athlete, if it is there; it is not looked for then.
    looks_path : file for what is seen while people are looked for, shared by the passes over one clip.
    first_view : the view that an earlier pass over the clip took.
    house_rules : YAML of the club's own house rules.
    progress : told of each stage.

    Raises
    ------
    CricksyError
        VideoError where the clip cannot be used, AnalysisError where the analysis fails, CorrectionsError,
        PoseFileError or KnowledgeError where what was given with the clip cannot be used.
    """
    parameters = PassParameters(
        video_path=video,
        out_dir=out_dir,
        analysis_pass=analysis_pass,
        options=options,
        job_id=job_id,
        corrections=corrections,
        pose_path=pose_path,
        looks_path=looks_path,
        first_view=first_view,
        house_rules=house_rules,
    )
    run = PassRun(parameters, progress)
    clip = open_clip(run)
    pose = find_pose(run, clip)
    movement, capture = find_movement(run, clip, pose)
    metrics = measure_metrics(run, pose, movement)
    coaching = coach(run, capture, pose, metrics)
    if analysis_pass == "deep":
        draw_overlay(run, clip, pose, movement)
    results = build_results(run, clip, pose, movement, capture, metrics, coaching)
    write_outputs(run, results, pose)
    return results
