"""``cricksy analyse``: the passes over one clip, without a store and without a notebook."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    from cricksy_lib.corrections import Corrections
    from cricksy_lib.options import AnalysisOptions
    from cricksy_lib.results import AnalysisPass, Results
    from cricksy_lib.video import VideoInfo

Pose = Annotated[
    Path | None,
    typer.Option(
        "--pose", metavar="FILE", help="The raw_pose.parquet of an earlier deep pass; not looked for again."
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        parser=given.path,
        help="Where the files go; those of an earlier analysis are removed.",
        show_default=False,
    ),
]

HouseRules = Annotated[
    Path | None,
    typer.Option("--house-rules", metavar="FILE", help="The club's own limits for house rules (YAML)."),
]


def analyse(
    video: given.Video,
    mode: given.Mode,
    out: Out,
    hand: given.Hand = "auto",
    view: given.View = "auto",
    player: given.Player = None,
    title: given.Title = None,
    height_cm: given.Height = None,
    slow_motion: given.SlowMotion = 1.0,
    passes: given.Passes = "both",
    athlete: given.Athlete = None,
    scale_mark: given.ScaleMark = None,
    corrections: given.CorrectionsFile = None,
    pose: Pose = None,
    house_rules: HouseRules = None,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Analyse a clip: results as JSON and, with the deep pass, a page and the skeleton drawn in the clip."""
    options = given.analysis_options(
        mode, hand, view, player, title, height_cm, slow_motion, passes, athlete, scale_mark
    )
    from cricksy_lib.corrections import read_corrections

    set_by_hand = read_corrections(corrections) if corrections is not None else None
    terminal.log_to_terminal(level=30)
    # What cannot be used is refused before anything heavy is loaded and before a folder is made.
    info = given.look_at(video, options)
    if set_by_hand is not None:
        from cricksy_lib.analysis import check_corrections

        check_corrections(set_by_hand, options, info)
    own = None
    if house_rules is not None:
        from cricksy_lib.coaching.house_rules import read_house_rules

        own = read_house_rules(house_rules).decode(errors="replace")
    if pose is not None:
        _check_pose(pose, info, set_by_hand.applied_to(options) if set_by_hand is not None else options)
    given.make_folder(out)
    with _ended_whole(out, pose):
        results = _run(video, options, out, corrections=set_by_hand, pose_path=pose, house_rules=own)
    show_findings(results)
    missing = (
        "" if results.analysis_pass == "deep" else " (no page and overlay: they come with the deep pass)"
    )
    terminal.say(f"The files are in {out}{missing}.")


def _check_pose(pose: Path, info: VideoInfo, options: AnalysisOptions) -> None:
    """Refuse a pose that cannot be used before anything of an earlier analysis is removed."""
    from cricksy_lib.pose.stored import read_stored
    from cricksy_lib.video import sha256_of

    read_stored(pose, info, sha256_of(info.path), options, "deep")


def _run(
    video: Path,
    options: AnalysisOptions,
    out: Path,
    *,
    corrections: Corrections | None,
    pose_path: Path | None,
    house_rules: str | None,
) -> Results:
    from cricksy_lib.analysis import clear_outputs, run_pass
    from cricksy_lib.jobs.scratch import scratch_folder
    from cricksy_lib.pose_identity import LOOKS_FILE

    clear_outputs(out, keep=pose_path)
    wanted: tuple[AnalysisPass, ...] = ("quick", "deep") if options.passes == "both" else (options.passes,)
    with scratch_folder() as scratch:
        for which in wanted:
            with terminal.bar(f"{which} pass") as progress:
                results = run_pass(
                    video,
                    options,
                    which,
                    out,
                    corrections=corrections,
                    pose_path=pose_path,
                    looks_path=Path(scratch) / LOOKS_FILE,
                    house_rules=house_rules,
                    progress=progress,
                )
    return results


@contextmanager
def _ended_whole(out: Path, pose: Path | None) -> Iterator[None]:
    """Take SIGTERM for Ctrl-C; when either ends the work, leave whole passes alone and say which."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        from cricksy_lib.analysis import clear_outputs, results_file

        clear_outputs(out, unfinished_only=True, keep=pose)
        left = "the quick results alone" if (out / results_file("quick")).is_file() else "no results"
        terminal.say(f"'{out}' holds {left}.")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def show_findings(results: Results) -> None:
    """Show what there is to work on, in short."""
    rows = []
    for finding in results.findings.findings:
        evidence = finding.evidence
        value = "" if evidence.value is None else f"{evidence.value:.3g} {evidence.unit}".strip()
        moments = [frame.time_s for frame in evidence.worst_frames] + [
            part.start_s for part in evidence.segments
        ]
        rows.append((finding.severity, finding.title, value, f"{moments[0]:.2f} s" if moments else ""))
    if rows:
        terminal.table(("severity", "finding", "value", "see at"), rows)
    terminal.write(results.report.summary)
    if results.report.reliability_warning:
        terminal.write(results.report.reliability_warning)
