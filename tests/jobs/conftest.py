"""Real parts for the tests of jobs: a small clip and a store in a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from small_notebooks import Bench, make_clip

from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real clip of one second."""
    return make_clip(tmp_path_factory.mktemp("clips") / "net session.mp4")


@pytest.fixture
def bench(tmp_path: Path, clip: Path) -> Bench:
    """An empty store with its settings."""
    return Bench(tmp_path, clip)


@pytest.fixture
def store(bench: Bench) -> FolderStore:
    """An empty store."""
    return bench.store


@pytest.fixture
def ledger(bench: Bench) -> Ledger:
    """The jobs of that store."""
    return bench.ledger


@pytest.fixture
def submit(bench: Bench) -> Callable[..., str]:
    """Submit the clip with options."""
    return bench.submit
