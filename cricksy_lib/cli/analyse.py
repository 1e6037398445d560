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
from cricksy_lib.cli.publish import publish, settle
from cricksy_lib.errors import AnalysisError

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
        help="Where the files go; they take the place of an earlier analysis once they are whole.",
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
    from cricksy_lib.jobs.scratch import scratch_folder
    from cricksy_lib.pose.model import ensure_model

    set_by_hand = read_corrections(corrections) if corrections is not None else None
    terminal.log_to_terminal(level=30)
    # What cannot be used is refused before anything heavy is loaded and before a folder is made.
    info = given.look_at(video, options)
    if set_by_hand is not None:
        from cricksy_lib.analysis import fit_corrections

        set_by_hand = fit_corrections(set_by_hand, options, info)
    own = None
    if house_rules is not None:
        from cricksy_lib.coaching.house_rules import read_house_rules

        own = read_house_rules(house_rules).decode(errors="replace")
    if pose is not None:
        _check_pose(pose, info, set_by_hand.applied_to(options) if set_by_hand is not None else options)
    given.refuse_a_file(out)
    if pose is None:
        ensure_model()
    with given.made_folder(out), scratch_folder() as scratch:
        settle(out, keep=pose)
        staged = Path(scratch) / "out"
        with _ended_whole(staged, out, pose):
            results = _run(video, options, staged, corrections=set_by_hand, pose_path=pose, house_rules=own)
        publish(staged, out, keep=pose)
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
    staged: Path,
    *,
    corrections: Corrections | None,
    pose_path: Path | None,
    house_rules: str | None,
) -> Results:
    from cricksy_lib.analysis import run_pass
    from cricksy_lib.pose_identity import LOOKS_FILE

    wanted: tuple[AnalysisPass, ...] = ("quick", "deep") if options.passes == "both" else (options.passes,)
    before: Results | None = None
    for which in wanted:
        with terminal.bar(f"{which} pass") as progress:
            results = run_pass(
                video,
                options,
                which,
                staged,
                corrections=corrections,
                pose_path=pose_path,
                looks_path=staged.parent / LOOKS_FILE,
                first_view=before.capture.view if before is not None else None,
                house_rules=house_rules,
                progress=progress,
            )
        before = results
    return results


@contextmanager
def _ended_whole(staged: Path, out: Path, pose: Path | None) -> Iterator[None]:
    """Take SIGTERM for Ctrl-C; when either or a fault ends the work, say what the folder holds.

    A quick pass that is whole is kept where that loses nothing of an earlier analysis.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except (KeyboardInterrupt, AnalysisError):
        from cricksy_lib.analysis import output_names
        from cricksy_lib.results import results_name

        quick = staged / results_name("quick")
        if any((out / name).exists() for name in output_names()):
            left = f"'{out}' holds what an earlier analysis left there."
        elif quick.is_file():
            for file in staged.iterdir():
                if file != quick:
                    file.unlink()
            publish(staged, out, keep=pose)
            left = f"'{out}' holds the quick results alone."
        else:
            left = f"Nothing was written to '{out}'."
        terminal.say(left)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def show_findings(results: Results) -> None:
    """Show what there is to work on, in short."""
    from cricksy_lib.coaching.loader import load_knowledge
    from cricksy_lib.coaching.wording import with_error

    common = load_knowledge().common
    rows = []
    for finding in results.findings.findings:
        evidence = finding.evidence
        metric = results.metrics.get(finding.metric or "")
        half = metric.uncertainty if metric is not None else None
        value = "" if evidence.value is None else with_error(evidence.value, half, evidence.unit, common)
        moments = [frame.time_s for frame in evidence.worst_frames] + [
            part.start_s for part in evidence.segments
        ]
        rows.append((finding.severity, finding.title, value, f"{moments[0]:.2f} s" if moments else ""))
    if rows:
        terminal.table(("severity", "finding", "value", "see at"), rows)
    terminal.write(results.report.summary)
    if results.report.reliability_warning:
        terminal.write(results.report.reliability_warning)
