"""A worker's folders for temporary files, and clearing away what workers that were killed left in theirs."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import psutil

_PREFIX = "cricksy-run-"
# A process of this number may live where it cannot be seen (another container): only old folders go.
_LEFT_AFTER_S = 24 * 3600.0


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for one attempt, for this user alone; removed on leaving its context."""
    return tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True)


def sweep_scratch(left_after_s: float = _LEFT_AFTER_S) -> None:
    """Remove folders of workers that are no more: they may hold pictures of players."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if not owner.isdecimal() or psutil.pid_exists(int(owner)):
            continue
        try:
            old = time.time() - folder.stat().st_mtime > left_after_s
        except FileNotFoundError:
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)
