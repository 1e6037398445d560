"""``cricksy analyse``: the passes over one clip, without a store and without a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    from cricksy_lib.results import AnalysisPass, Results

Pose = Annotated[
    Path | None,
    typer.Option(
        "--pose", metavar="FILE", help="The raw_pose.parquet of an earlier deep pass; not looked for again."
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.", show_default=False)]


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
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Analyse a clip: results as JSON, a page to read and the clip with the skeleton drawn in."""
    options = given.analysis_options(
        mode, hand, view, player, title, height_cm, slow_motion, passes, athlete, scale_mark
    )
    from cricksy_lib.corrections import read_corrections
    from cricksy_lib.video import probe

    set_by_hand = read_corrections(corrections) if corrections is not None else None
    info = probe(video)  # a bad clip is refused before anything heavy is loaded and before a folder is made
    from cricksy_lib.analysis import check_corrections, run_pass

    if set_by_hand is not None:
        check_corrections(set_by_hand, options, info)
    wanted: tuple[AnalysisPass, ...] = ("quick", "deep") if options.passes == "both" else (options.passes,)
    terminal.log_to_terminal(level=30)
    for which in wanted:
        with terminal.bar(f"{which} pass") as progress:
            results = run_pass(
                video, options, which, out, corrections=set_by_hand, pose_path=pose, progress=progress
            )
    show_findings(results)
    terminal.say(f"The files are in {out}.")


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
