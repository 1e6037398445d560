"""What a papermill run costs over the same pass called from Python.

Both sides start a fresh process, as the worker and ``cricksy analyse`` do, and take turns. Goal: at most 4 s
more. Run as ``.venv/bin/python benchmarks/notebook_overhead.py [CLIP --mode MODE] [--repeats N]``; without a
clip, the demo's batting clip is drawn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cricksy_lib.analysis_parameters import PassParameters
from cricksy_lib.jobs.notebook_run import RunSpec, run_notebook
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import AnalysisPass
from cricksy_lib.settings import get_settings

GOAL_S = 4.0
_FROM_PYTHON = """
import json, sys
from pathlib import Path
from cricksy_lib.analysis import run_pass
from cricksy_lib.options import AnalysisOptions
video, options, analysis_pass, out_dir = json.loads(sys.argv[1])
run_pass(Path(video), AnalysisOptions(**options), analysis_pass, Path(out_dir))
"""


def from_python(clip: Path, options: AnalysisOptions, analysis_pass: AnalysisPass, folder: Path) -> float:
    """Run a pass in a fresh Python process; returns seconds."""
    given = [str(clip), options.model_dump(mode="json"), analysis_pass, str(folder / "out")]
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", _FROM_PYTHON, json.dumps(given)], check=True)
    return time.monotonic() - started


def by_papermill(clip: Path, options: AnalysisOptions, analysis_pass: AnalysisPass, folder: Path) -> float:
    """Run the same pass as the worker does; returns seconds."""
    parameters = PassParameters(
        video_path=clip, out_dir=folder / "out", analysis_pass=analysis_pass, options=options
    )
    notebook = get_settings().notebooks_dir / "analysis.ipynb"
    spec = RunSpec(notebook, parameters.as_notebook_parameters(), folder / "executed.ipynb", folder, 3600.0)
    outcome = run_notebook(spec)
    if outcome.status != "ok":
        raise SystemExit(f"The notebook did not run: {outcome.error}")
    return outcome.wall_s


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("--mode", default="batting")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    options = AnalysisOptions.checked(mode=given.mode)
    with tempfile.TemporaryDirectory() as scratch:
        clip = given.clip
        if clip is None:
            from cricksy_lib.synthetic.__main__ import DEMO, write_demo_clips

            clip = write_demo_clips(Path(scratch), {options.mode: DEMO[options.mode]})[options.mode]
        print("| pass | from Python, s | by papermill, s | more, s | goal |")
        print("|---|---|---|---|---|")
        passes: tuple[AnalysisPass, ...] = ("quick", "deep")
        for analysis_pass in passes:
            python: list[float] = []
            papermill: list[float] = []
            for turn in range(given.repeats):
                for side, taken in ((from_python, python), (by_papermill, papermill)):
                    folder = Path(scratch) / f"{analysis_pass}_{side.__name__}_{turn}"
                    folder.mkdir()
                    taken.append(side(clip.absolute(), options, analysis_pass, folder))
            plain, notebook = statistics.median(python), statistics.median(papermill)
            reached = "reached" if notebook - plain <= GOAL_S else "missed"
            print(
                f"| {analysis_pass} | {plain:.1f} | {notebook:.1f} | {notebook - plain:.1f} | {reached} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
