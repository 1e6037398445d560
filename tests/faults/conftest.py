"""Real parts for the tests of faults: a small clip, a store, and processes that are ended with the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.processes import Processes
from jobs.small_notebooks import Bench, make_clip


@pytest.fixture(scope="session")
def fault_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real clip of one second."""
    return make_clip(tmp_path_factory.mktemp("clips") / "net session.mp4")


@pytest.fixture
def bench(tmp_path: Path, fault_clip: Path) -> Bench:
    """An empty store with its settings."""
    return Bench(tmp_path, fault_clip)


@pytest.fixture
def processes(bench: Bench) -> Iterator[Processes]:
    """Start commands on that store; whatever is left of them is ended with the test."""
    started = Processes(bench)
    yield started
    started.end()
