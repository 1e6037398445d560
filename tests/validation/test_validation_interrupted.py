"""Whoever ends ``cricksy validate`` while scenes are in work ends all of it, and finds no half of a file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cricksy_lib.pose.model import ModelFile

# A shell may start what it runs in the background with Ctrl-C ignored.
COMMAND = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "runpy.run_module('cricksy_lib.cli', run_name='__main__')\n"
)


def until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


def alive_of(session: int) -> list[psutil.Process]:
    """What runs of a session, whoever its parent is by now."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue
    return found


@pytest.fixture
def rendering(pose_model: ModelFile, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, in a session of its own, while it renders scenes into the folder ``cache``."""
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", COMMAND, "validate", "--limit", "1", "--modes", "bowling"]
    command += ["--out", str(tmp_path / "out"), "--cache", str(cache)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as running:
        try:
            until(lambda: any(cache.glob("*.tmp.mp4")) or running.poll() is not None, 120)
            assert running.poll() is None
            yield running
        finally:
            for process in alive_of(running.pid):
                process.kill()


def nothing_is_left(running: subprocess.Popen[str], folder: Path) -> None:
    until(lambda: not alive_of(running.pid), 30)
    assert [path.name for path in folder.glob("cache/*.tmp*")] == []


@pytest.mark.parametrize("to_all", [False, True], ids=["the command", "its group"])
def test_ctrl_c_ends_the_scenes_in_work(
    rendering: subprocess.Popen[str], tmp_path: Path, to_all: bool
) -> None:
    if to_all:
        os.killpg(rendering.pid, signal.SIGINT)
    else:
        rendering.send_signal(signal.SIGINT)
    _, said = rendering.communicate(timeout=30)
    assert rendering.returncode == 130
    assert said.splitlines()[-1] == "Interrupted."
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
    nothing_is_left(rendering, tmp_path)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_scenes_in_work_end_with_the_command(
    rendering: subprocess.Popen[str], tmp_path: Path, end: signal.Signals
) -> None:
    rendering.send_signal(end)
    rendering.wait(timeout=30)
    nothing_is_left(rendering, tmp_path)
