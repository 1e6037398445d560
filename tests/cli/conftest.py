"""The command as a user runs it: a process of its own, with a store of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "jobs"))

from small_notebooks import Bench, make_clip


@pytest.fixture(scope="session")
def small_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real clip of one second."""
    return make_clip(tmp_path_factory.mktemp("clips") / "net session.mp4")


@pytest.fixture
def bench(tmp_path: Path, small_clip: Path) -> Bench:
    """A store with its settings and notebooks."""
    return Bench(tmp_path, small_clip)
