"""pyproject, lock, conda environment and CONTRIBUTING say the same."""

import ast
import importlib
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DIRECT = [Requirement(r) for r in PROJECT["dependencies"]]
DEV = [Requirement(r) for group in PROJECT["optional-dependencies"].values() for r in group]
IMPORT_NAMES = {
    "opencv-python": "cv2",
    "pyyaml": "yaml",
    "pydantic-settings": "pydantic_settings",
}
# Parts of declared distributions that come with them: what Voila, papermill, Jinja and boto3 stand on.
PARTS = {
    *("jupyter_server", "nbclient", "nbformat", "tornado", "traitlets", "IPython"),
    *("flatbuffers", "markupsafe", "botocore", "s3transfer"),
}


def locked() -> dict[str, list[str]]:
    """Name to pinned versions (one for each range of Python versions)."""
    pins: dict[str, list[str]] = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        match = re.match(r"^([A-Za-z0-9._-]+)==([^\s;]+)", line)
        if match:
            pins.setdefault(canonicalize_name(match[1]), []).append(match[2])
    return pins


@pytest.mark.parametrize("requirement", DIRECT + DEV, ids=str)
def test_every_requirement_is_satisfied_by_the_lock(requirement):
    versions = locked()[canonicalize_name(requirement.name)]
    assert versions
    assert all(requirement.specifier.contains(v) for v in versions)


LOCKS = ["requirements.lock", "tests/stores/swift.lock"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_carries_hashes(name):
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9._-]+==)", text)
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry.split("\n")[0])


@pytest.mark.parametrize("name", [*LOCKS, "model.lock", "environment.yml", "pyproject.toml"])
def test_no_address_and_no_local_path_in_what_pins_us(name):
    text = (ROOT / name).read_text()
    assert not re.search(r"\w+:/|file:|index.url|find.links|@ ", text)


def test_conda_environment_is_the_same_lock_on_a_python_we_support():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, pins = environment["dependencies"]
    assert Requirement(PROJECT["name"] + PROJECT["requires-python"]).specifier.contains(
        python.removeprefix("python=")
    )
    assert pip == "pip"
    assert pins == {"pip": ["--require-hashes", "-r requirements.lock"]}


def test_mediapipe_is_pinned_to_the_version_that_reports_to_nobody():
    assert locked()["mediapipe"] == ["0.10.31"]
    assert importlib.metadata.version("mediapipe") == "0.10.31"


def test_exactly_one_opencv_is_installed():
    installed = {d.metadata["Name"].lower() for d in importlib.metadata.distributions()}
    assert {name for name in installed if name.startswith("opencv")} == {"opencv-python"}


def test_every_direct_dependency_imports_and_the_compiled_ones_work():
    names = [IMPORT_NAMES.get(r.name, r.name) for r in DIRECT]
    lines = [f"import {name}" for name in names]
    lines += ["import cv2, av, pyarrow", "cv2.VideoCapture, av.open, pyarrow.table"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_contributing_gives_a_reason_for_every_dependency():
    table = (ROOT / "CONTRIBUTING.md").read_text()
    for requirement in DIRECT + DEV:
        row = re.search(rf"^\| `{re.escape(requirement.name)}` \| (.+) \|$", table, flags=re.MULTILINE)
        assert row, f"{requirement.name} has no row in CONTRIBUTING.md"
        assert len(row[1]) >= 10


def imported_by(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_imports_name_only_declared_dependencies():
    declared = {IMPORT_NAMES.get(r.name, r.name) for r in DIRECT}
    found = set().union(*(imported_by(path) for path in (ROOT / "cricksy_lib").rglob("*.py")))
    assert found <= set(sys.stdlib_module_names) | {"cricksy_lib"} | declared | PARTS
