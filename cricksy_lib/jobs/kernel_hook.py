"""Loaded into the kernel of every run: carries typed errors out, and ends the kernel with its runner.

An IPython extension, so that a notebook needs no cell for it. Errors leave by a file, because the executed
notebook holds only their text.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from cricksy_lib.errors import CricksyError
from cricksy_lib.jobs.small_files import write_json

ERROR_PATH = "CRICKSY_RUN_ERROR_PATH"
_LOOK_EVERY_S = 0.1


def load_ipython_extension(shell: Any) -> None:
    """Register with the shell that runs the notebook."""
    error_path = os.environ.get(ERROR_PATH)
    if error_path is None:
        return
    target = Path(error_path)

    def keep_error(result: Any) -> None:
        error = result.error_in_exec or result.error_before_exec
        if error is not None:
            write_json(target, describe(error))

    shell.events.register("post_run_cell", keep_error)
    if hasattr(os, "killpg"):
        threading.Thread(target=_end_with, args=(os.getppid(),), name="leash", daemon=True).start()


def describe(error: BaseException) -> dict[str, str]:
    """Return an error's code, message and advice; an unexpected one gets general ones."""
    if isinstance(error, CricksyError):
        return {"code": error.code, "message": error.cause, "advice": error.advice}
    return {
        "code": "analysis_failed",
        "message": f"The analysis stopped at an unexpected error ({type(error).__name__}).",
        "advice": "Open the executed notebook to see where, and try the job again.",
    }


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    # The kernel leads its own process group: this takes the processes that it started along.
    os.killpg(os.getpgrp(), signal.SIGKILL)
