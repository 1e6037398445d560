"""Small notebooks, results and waiting for the tests of jobs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import numpy as np

from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.store import open_store
from cricksy_lib.jobs.worker import run_worker
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import (
    SERIES_UNITS,
    Capture,
    Findings,
    Kinematics,
    PoseFacts,
    Provenance,
    Repairs,
    Report,
    Results,
    Series,
    VideoFacts,
    dump_json,
)
from cricksy_lib.settings import Settings
from cricksy_lib.video import write_mp4

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PARAMETERS = """
video_path = ""
out_dir = ""
analysis_pass = "deep"
options = {}
job_id = None
progress_path = None
corrects = None
corrections = None
pose_path = None
looks_path = None
first_view = None
house_rules = None
notebook_sha256 = None
"""
SPEAK = """
import json, os, pathlib, time
def tell(fraction, stage="pose"):
    part = pathlib.Path(progress_path + ".part")
    part.write_text(json.dumps({"stage": stage, "fraction": fraction}))
    part.replace(progress_path)
"""
SUCCEED = """
results = json.loads(pathlib.Path(TEMPLATE).read_text())
results.update(job_id=job_id, analysis_pass=analysis_pass, mode=options["mode"])
results["provenance"]["notebook_sha256"] = notebook_sha256
results["video"]["filename"] = pathlib.Path(video_path).name
if analysis_pass == "deep":
    pathlib.Path(out_dir, "report.html").write_text("<p>page</p>")
    pathlib.Path(out_dir, "overlay.mp4").write_bytes(b"overlay")
pathlib.Path(out_dir, analysis_pass + "_results.json").write_text(json.dumps(results))
"""


def example_results() -> Results:
    """Return valid results of a clip in which nothing could be assessed."""
    series = {
        name: Series(
            unit=unit, values=[None, 1.5], uncertainty=[None, None], status=["not_measurable", "measured"]
        )
        for name, unit in SERIES_UNITS.items()
    }
    return Results(
        job_id=None,
        analysis_pass="deep",
        mode="batting",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        video=VideoFacts(
            sha256="0" * 64,
            filename="clip.mp4",
            width=64,
            height=48,
            duration_s=1.0,
            frame_rate=10.0,
            variable_frame_rate=False,
            rotation_deg=0,
            codec="h264",
        ),
        capture=Capture(
            view="unknown",
            view_source="unknown",
            view_angle_deg=None,
            hand=None,
            hand_source="unknown",
            athlete_height_px=None,
            scale=None,
            checks=[],
        ),
        pose=PoseFacts(
            model="none",
            model_sha256="0" * 64,
            frames_in_clip=10,
            frames_sampled=10,
            frames_with_pose=0,
            detection_rate=0.0,
            repairs=Repairs(),
        ),
        events=[],
        phases=[],
        metrics={},
        kinematics=Kinematics(time_s=[0.0, 0.1], series=series),
        findings=Findings(overall_level="not_assessed", detection_rate=0.0, findings=[]),
        report=Report(
            summary="Nobody was found in this clip.",
            strengths=[],
            top_issues=[],
            drills=[],
            one_week_plan=[],
            notes=[],
            reliability_warning=None,
            generated_with_llm=False,
        ),
        provenance=Provenance.model_validate(
            {
                "cricksy_version": "0",
                "python": "3",
                "mediapipe": "0",
                "numpy": "2",
                "parameters": {},
                "wall_s": {},
                "notebook_sha256": None,
            }
        ),
    )


def make_clip(path: Path) -> Path:
    """Write a real clip of one second."""
    grey = [np.full((48, 64, 3), 20 * index, np.uint8) for index in range(10)]
    write_mp4(path, [(index / 10, image) for index, image in enumerate(grey)], frame_rate=10)
    return path


def command(*arguments: object) -> list[str]:
    """Return the command line of ``cricksy`` with these arguments, run by this Python."""
    return [sys.executable, "-m", "cricksy_lib.cli", *(str(argument) for argument in arguments)]


class Bench:
    """A store (in a folder unless named), settings with short clocks, notebooks, all below one folder."""

    def __init__(self, folder: Path, clip: Path, place: str | None = None) -> None:
        notebooks = folder / "notebooks"
        notebooks.mkdir()
        (notebooks / "template.json").write_text(dump_json(example_results()), encoding="utf-8")
        self.clip = clip
        self.settings = Settings(
            store=place or str(folder / "store"),
            cache_dir=folder / "cache",
            notebooks_dir=notebooks,
            heartbeat_seconds=0.1,
            lease_seconds=1.5,
            retry_pause_seconds=0.1,
            store_patience_seconds=20,
            pass_timeout_seconds=60,
        )
        self.store = open_store(self.settings.store, self.settings)
        self.ledger = Ledger(self.store, self.settings)

    def submit(self, **options: object) -> str:
        """Submit the clip with options."""
        return self.ledger.submit(self.clip, AnalysisOptions.checked(**{"mode": "batting", **options}))

    def pipeline(self, *cells: str) -> Path:
        """Make the notebook that the worker will run, of cells after the parameters."""
        parameters = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
        template = f"TEMPLATE = {json.dumps(str(self.settings.notebooks_dir / 'template.json'))}"
        code = [nbformat.v4.new_code_cell(cell) for cell in (SPEAK + template, *cells)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=[parameters, *code], metadata={"kernelspec": kernel})
        path = self.settings.notebooks_dir / "analysis.ipynb"
        nbformat.write(notebook, path)
        return path

    def drain(self) -> int:
        """Work until no job is left."""
        return run_worker(self.store, drain=True, poll_s=0.1, settings=self.settings)

    def environment(self) -> dict[str, str]:
        """Return the same settings for another process."""
        set_here = self.settings.model_dump(mode="json", exclude_none=True)
        return {**os.environ, **{f"CRICKSY_{name.upper()}": str(value) for name, value in set_here.items()}}

    def cricksy(self, *arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run ``cricksy`` on this store to its end, with variables of the environment changed."""
        return subprocess.run(
            command(*arguments),
            env={**self.environment(), **changes},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def worker_process(self) -> subprocess.Popen[bytes]:
        """Start ``cricksy worker`` as a process of its own."""
        draining = command("worker", "--drain", "--poll", "0.1")
        return subprocess.Popen(draining, env=self.environment(), stderr=subprocess.DEVNULL)


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


class Background:
    """A worker on a thread of its own, ended with the test."""

    def __init__(self, work: Callable[[threading.Event], int]) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=work, args=(self.stop,), daemon=True)
        self.thread.start()

    def join(self, seconds: float = 30.0) -> None:
        """Wait for the worker's end."""
        self.thread.join(seconds)
        assert not self.thread.is_alive()
