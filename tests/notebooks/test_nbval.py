"""Second net: nbval runs every cell of the notebooks."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from cricksy_lib.analysis_parameters import PassParameters
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.settings import Settings, get_settings
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.validation.assess import assess
from cricksy_lib.validation.evidence import Evidence

pytestmark = pytest.mark.notebook

NOTEBOOKS = get_settings().notebooks_dir


def nbval(notebook: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
    ]
    return subprocess.run(
        [*command, "--rootdir", str(notebook.parent), str(notebook)],
        cwd=notebook.parent,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_analysis_notebook_runs_cell_by_cell(synthetic_clip, pose_model, tmp_path):
    clip, _ = synthetic_clip(Scene(mode="bowling", seed=72, width=480, height=270, frame_rate=30, fill=0.8))
    parameters = PassParameters(
        video_path=clip,
        out_dir=tmp_path / "out",
        analysis_pass="quick",
        options=AnalysisOptions(mode="bowling"),
    )
    notebook = parameterize_notebook(
        load_notebook_node(str(NOTEBOOKS / "analysis.ipynb")), parameters.as_notebook_parameters()
    )
    copy = tmp_path / "analysis.ipynb"
    nbformat.write(notebook, copy)
    done = nbval(copy)
    assert done.returncode == 0, done.stdout[-3000:]


def test_dashboard_notebook_runs_cell_by_cell_on_an_empty_store(tmp_path):
    source = NOTEBOOKS.parent / "dashboards" / "coach.ipynb"
    copy = tmp_path / "coach.ipynb"
    copy.write_bytes(source.read_bytes())
    done = nbval(copy, CRICKSY_STORE=str(tmp_path / "store"))
    assert done.returncode == 0, done.stdout[-3000:]


def test_validation_notebook_shows_the_numbers_of_an_earlier_run(synthetic_clip, pose_model, tmp_path):
    scene = Scene(mode="bowling", seed=73, width=320, height=180, frame_rate=30, fill=0.8, duration_s=1.6)
    record = assess(*synthetic_clip(scene), Settings(pose_processes=1))
    numbers = tmp_path / "accuracy.json"
    Evidence(set_name="report", modes=["bowling"], scenes=[record]).write(numbers)
    notebook = parameterize_notebook(
        load_notebook_node(str(NOTEBOOKS / "validation.ipynb")),
        {"numbers": str(numbers), "out_dir": str(tmp_path / "out")},
    )
    copy = tmp_path / "validation.ipynb"
    nbformat.write(notebook, copy)
    done = nbval(copy)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (tmp_path / "out" / "accuracy.md").exists()


def test_explore_notebook_runs_cell_by_cell_on_an_empty_store(tmp_path):
    copy = tmp_path / "explore.ipynb"
    copy.write_bytes((NOTEBOOKS / "explore.ipynb").read_bytes())
    done = nbval(copy, CRICKSY_STORE=str(tmp_path / "store"), CRICKSY_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stdout[-3000:]
