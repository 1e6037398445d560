"""What a killed worker leaves behind is cleared away; what a living one uses is not."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cricksy_lib.jobs.scratch import scratch_folder, sweep_scratch


def test_only_the_folders_of_processes_that_are_gone_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    left = tmp_path / f"cricksy-run-{over.pid}-abc"
    (left / "deep").mkdir(parents=True)
    (tmp_path / "somebody-elses").mkdir()
    with scratch_folder() as living:
        sweep_scratch()
        assert left.exists()  # too young
        sweep_scratch(left_after_s=-1)
        assert not left.exists()
        assert Path(living).exists()
    assert [path.name for path in tmp_path.iterdir()] == ["somebody-elses"]
