"""Results are checked before they are stored, and again as the store gives them back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_notebooks import example_results

from cricksy_lib.errors import ResultsError
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.outputs import store_pass
from cricksy_lib.jobs.store import every_key
from cricksy_lib.results import dump_json


def written(folder: Path, **changes: object) -> dict[str, object]:
    """Write deep results of job ``one``, changed."""
    results = {**json.loads(dump_json(example_results())), "job_id": "one", **changes}
    (folder / "deep_results.json").write_text(json.dumps(results))
    return results


def test_a_pass_is_stored_and_read_back(store: FolderStore, tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "overlay.mp4").write_bytes(b"overlay")
    (tmp_path / "scratch.txt").write_bytes(b"nobody's business")
    results = store_pass(store, "one", 1, "deep", tmp_path)
    assert results.report.summary == example_results().report.summary
    folder = "jobs/one/attempts/1/"
    assert list(every_key(store, "jobs/")) == [folder + "deep_results.json", folder + "overlay.mp4"]


@pytest.mark.parametrize(
    "changes",
    [
        {"job_id": "another"},
        {"job_id": None},
        {"analysis_pass": "quick"},
        {"report": None},
        {"findings": None},
    ],
)
def test_wrong_results_are_not_stored(store: FolderStore, tmp_path: Path, changes: dict[str, object]) -> None:
    written(tmp_path, **changes)
    with pytest.raises(ResultsError):
        store_pass(store, "one", 1, "deep", tmp_path)
    assert list(every_key(store, "")) == []


def test_an_empty_list_of_findings_is_present(store: FolderStore, tmp_path: Path) -> None:
    written(tmp_path)
    assert store_pass(store, "one", 1, "deep", tmp_path).findings.findings == []


def test_missing_results_are_an_error(store: FolderStore, tmp_path: Path) -> None:
    with pytest.raises(ResultsError):
        store_pass(store, "one", 1, "deep", tmp_path)
