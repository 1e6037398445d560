"""The command as a user runs it: a process of its own, with a store of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "jobs"))

from small_notebooks import Bench, make_clip

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def small_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real clip of one second."""
    return make_clip(tmp_path_factory.mktemp("clips") / "net session.mp4")


@pytest.fixture
def bench(tmp_path: Path, small_clip: Path) -> Bench:
    """A store with its settings and notebooks."""
    return Bench(tmp_path, small_clip)


@pytest.fixture
def cricksy(bench: Bench) -> Run:
    """Run ``cricksy`` with these arguments, and with variables of the environment changed."""

    def run(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cricksy_lib.cli", *(str(argument) for argument in arguments)],
            env={**os.environ, **bench.environment(), **changes},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run
