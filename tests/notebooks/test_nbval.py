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
from cricksy_lib.settings import get_settings
from cricksy_lib.synthetic.scene import Scene

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
