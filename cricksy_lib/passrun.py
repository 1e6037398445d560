"""One pass while it runs: its stages are timed and its progress is told.

The kernel that runs the notebook is another process than the worker that shows progress, so progress goes
through a small file that is always whole.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cricksy_lib.analysis_parameters import PassParameters
from cricksy_lib.corrections import Corrections
from cricksy_lib.errors import AnalysisError
from cricksy_lib.progress import Progress, silent

# What each stage costs of a pass, measured on 2 s clips; only the bar's evenness hangs on it.
_SHARES = {
    "quick": {"probe": 2, "pose": 70, "motion": 8, "metrics": 8, "coaching": 7, "write": 5},
    "deep": {"probe": 1, "pose": 60, "motion": 4, "metrics": 4, "coaching": 3, "overlay": 25, "write": 3},
}
_BETWEEN_WRITES_S = 0.25


class PassRun:
    """The clock and the voice of one pass.

    Parameters
    ----------
    parameters : what is run; kept with the options as they were corrected by hand, and later with the
        corrections as they hold for the clip.
    progress : called besides the progress file, for a bar on a terminal.
    """

    def __init__(self, parameters: PassParameters, progress: Progress = silent) -> None:
        self.parameters = parameters.with_options_corrected()
        self.wall_s: dict[str, float] = {}
        self._listener = progress
        self._shares = _SHARES[parameters.analysis_pass]
        self._finished = 0.0
        self._stage = ""
        self._written_at = float("-inf")
        try:
            parameters.out_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AnalysisError(
                f"The output folder cannot be made ({error.strerror or type(error).__name__}).",
                "Choose a folder that can be written to.",
            ) from error

    def correct(self, corrections: Corrections) -> None:
        """Take the corrections as they hold for the clip, now that it is known."""
        self.parameters = self.parameters.model_copy(update={"corrections": corrections})

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """Time a stage and hand out its progress callback."""
        self._stage = name
        start = time.perf_counter()
        self._tell(0.0, force=True)
        yield self._report
        self.wall_s[name] = round(time.perf_counter() - start, 3)
        self._finished += self._shares[name] / sum(self._shares.values())
        self._stage = ""
        self._tell(0.0, force=True)

    def _report(self, stage: str, done: float, total: float) -> None:
        self._listener(stage, done, total)
        self._tell(min(done / total, 1.0) if total > 0 else 0.0)

    def _tell(self, part: float, force: bool = False) -> None:
        path = self.parameters.progress_path
        now = time.monotonic()
        if path is None or (not force and now - self._written_at < _BETWEEN_WRITES_S):
            return
        self._written_at = now
        share = self._shares.get(self._stage, 0) / sum(self._shares.values())
        write_json(path, {"stage": self._stage, "fraction": min(1.0, self._finished + share * part)})


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a small JSON file so that a reader sees the old or the new one, never half of one."""
    write_text(path, json.dumps(content, allow_nan=False))


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    AnalysisError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise AnalysisError(
            f"'{path.name}' cannot be written ({error.strerror or type(error).__name__}).",
            "Check that the folder can be written to and that the disk has room.",
        ) from error
