"""The analyst's first notebook runs from top to bottom, on jobs and on an empty store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from dashboard.sample_results import sample_results

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "jobs"))

from done_jobs import done_job

from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.settings import get_settings

pytestmark = pytest.mark.notebook

NOTEBOOK = get_settings().notebooks_dir / "explore.ipynb"
PLOT = "application/vnd.plotly.v1+json"


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """Execute the notebook on the store that the environment names."""
    monkeypatch.setenv("CRICKSY_STORE", str(folder / "store"))
    monkeypatch.setenv("CRICKSY_CACHE_DIR", str(folder / "cache"))
    executed = folder / "executed.ipynb"
    papermill.execute_notebook(NOTEBOOK, executed, kernel_name="python3", cwd=folder, progress_bar=False)
    return nbformat.read(executed, as_version=4)


def states(notebook: nbformat.NotebookNode, model: str) -> list[dict[str, Any]]:
    """Return what the widgets of one kind hold."""
    saved = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    return [one["state"] for one in saved.values() if one["model_name"] == model]


def test_every_view_shows_its_figure_and_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path / "store")
    full = sample_results()
    for player in ("Right-hander 7", "Right-hander 7", "Zoë"):
        done_job(store, player=player, results=full)
    notebook = run(tmp_path, monkeypatch)
    views = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]
    assert len(views) == 5
    figures = [out["data"][PLOT] for one in states(notebook, "OutputModel") for out in one["outputs"]]
    titles = {figure["layout"]["xaxis"]["title"]["text"] for figure in figures}
    assert titles == {"Time in the clip (s)", "Real time from top of the backlift (s)", "Submitted"}
    assert sum("<table" in one["value"] for one in states(notebook, "HTMLModel")) >= 3
    (kept,) = (tmp_path / "cache" / "tables").glob("*.parquet")
    assert kept.stat().st_size > 0


def test_an_empty_store_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = run(tmp_path, monkeypatch)
    said = [one["value"] for one in states(notebook, "HTMLModel")]
    assert sum("cricksy submit" in text for text in said) == 4


def test_a_store_given_in_the_notebook_takes_the_place_of_the_setting() -> None:
    assert set(papermill.inspect_notebook(NOTEBOOK)) == {"store"}
