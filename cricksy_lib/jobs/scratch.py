"""A worker's folders for temporary files, and clearing away what workers that were killed left in theirs."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path

import psutil

_PREFIX = "cricksy-run-"
# A process of another machine or container that shares the folder cannot be seen: only its old folders go.
_LEFT_AFTER_S = 24 * 3600.0


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for one attempt, for this user alone; removed on leaving its context."""
    return tempfile.TemporaryDirectory(prefix=f"{_mine()}{os.getpid()}-", ignore_cleanup_errors=True)


def sweep_scratch(left_after_s: float = _LEFT_AFTER_S) -> None:
    """Remove folders of workers that are no more: they may hold pictures and names of players.

    Those of this machine go at once, those of another after ``left_after_s``.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_mine()).partition("-")[0]
        here = folder.name.startswith(_mine()) and owner.isdecimal()
        if here and psutil.pid_exists(int(owner)):
            continue
        try:
            old = time.time() - folder.stat().st_mtime > left_after_s
        except FileNotFoundError:
            continue
        if here or old:
            shutil.rmtree(folder, ignore_errors=True)


def _mine() -> str:
    """How the names of this machine's folders begin."""
    return f"{_PREFIX}{hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]}-"
