"""What a killed worker leaves behind is cleared away; what a living one uses is not."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cricksy_lib.jobs.erasure import erase_player
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.scratch import scratch_folder, sweep_scratch


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a process that is over left of an attempt."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "from cricksy_lib.jobs.scratch import scratch_folder\n"
        "import os, pathlib\n"
        "scratch = scratch_folder()\n"
        "folder = pathlib.Path(scratch.name, 'quick')\n"
        "folder.mkdir(); print(folder.parent, flush=True); os._exit(9)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    folder = Path(ran.stdout.strip())
    assert (folder / "quick").is_dir()
    return folder


def test_only_the_folders_of_processes_that_are_gone_are_swept(left: Path, tmp_path: Path) -> None:
    (tmp_path / "somebody-elses").mkdir()
    with scratch_folder() as living:
        sweep_scratch()
        assert not left.exists()
        assert Path(living).exists()
    assert [path.name for path in tmp_path.iterdir()] == ["somebody-elses"]


def test_a_folder_of_another_machine_goes_when_it_is_old(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    sweep_scratch()
    assert left.exists()
    sweep_scratch(left_after_s=-1)
    assert not left.exists()


def test_erasing_a_player_clears_what_killed_workers_left_on_this_machine(left: Path, tmp_path: Path) -> None:
    erase_player(FolderStore(tmp_path / "store"), "Nobody")
    assert not left.exists()
