"""What is committed names no machine and holds no outputs."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tracked(pattern: str) -> list[Path]:
    done = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


def test_notebooks_are_committed_without_outputs():
    notebooks = tracked("*.ipynb")
    assert notebooks
    for path in notebooks:
        cells = json.loads(path.read_text())["cells"]
        assert all(not c.get("outputs") and not c.get("execution_count") for c in cells), path.name


def test_no_path_of_a_machine_is_committed():
    home = re.compile(r"(?<![\w./-])/(?:home|root|Users|work)/\w")
    for path in tracked("*"):
        if path.suffix in {".png", ".jpg", ".lock"} or path.name == Path(__file__).name:
            continue
        assert not home.search(path.read_text(encoding="utf-8", errors="replace")), path
