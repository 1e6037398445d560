"""One papermill run of a notebook, in processes of its own: how it ended, and why."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cricksy_lib.jobs.kernel_hook import ERROR_PATH
from cricksy_lib.jobs.record import JobError
from cricksy_lib.jobs.small_files import read_json
from cricksy_lib.processes import ChildProcess, memory_of_tree

logger = logging.getLogger(__name__)

RunStatus = Literal["ok", "failed", "kernel_died", "timeout", "stopped"]


@dataclass(frozen=True)
class RunSpec:
    """What to run.

    Attributes
    ----------
    notebook : the notebook to execute.
    parameters : its parameters: JSON types only, because papermill turns all others into text.
    executed : where the executed notebook goes; written while it runs, and kept however it ends.
    scratch : a folder for the run's own files, and the kernel's working directory.
    timeout_s : after how long the run is ended.
    memory_bytes : with how much memory in all its processes the run is ended; no limit if None.
    """

    notebook: Path
    parameters: dict[str, Any]
    executed: Path
    scratch: Path
    timeout_s: float
    memory_bytes: int | None = None


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Attributes
    ----------
    status : ``ok`` if every cell ran; ``stopped`` if it was ended on request.
    error : why, unless ``ok`` or ``stopped``.
    reason : what `run_notebook`'s ``why_stop`` said, if ``stopped``.
    wall_s : how long it took, in seconds.
    """

    status: RunStatus
    error: JobError | None
    reason: str | None
    wall_s: float


def never() -> None:
    """Give no reason to stop."""


def run_notebook(spec: RunSpec, why_stop: Callable[[], str | None] = never) -> RunOutcome:
    """Execute a notebook and wait for its end.

    Whether it did its work is for the caller to see from what it wrote: a notebook that ran to its end says
    nothing about results.

    Parameters
    ----------
    spec : what to run.
    why_stop : asked some ten times a second; a reason ends the run.
    """
    started = time.monotonic()
    private = spec.scratch / "runner"
    private.mkdir(parents=True, exist_ok=True)
    ending_path, error_path, spec_path = (private / f"{name}.json" for name in ("ending", "error", "spec"))
    for stale in (ending_path, error_path):
        stale.unlink(missing_ok=True)
    described = {
        "notebook": str(spec.notebook),
        "executed": str(spec.executed),
        "parameters": spec.parameters,
        "folder": str(spec.scratch),
        "ending": str(ending_path),
    }
    spec_path.write_text(json.dumps(described, allow_nan=False), encoding="utf-8")
    # Neither the user's IPython start-up files nor other kernels of the same name may change a run.
    environment = {
        ERROR_PATH: str(error_path),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    log_path = private / "run.log"
    child = ChildProcess("cricksy_lib.jobs.notebook_child", [str(spec_path)], log_path, environment)
    how = child.wait(spec.timeout_s, _within(spec.memory_bytes, child.process.pid, why_stop))
    wall_s = time.monotonic() - started
    if how == "timeout":
        return RunOutcome("timeout", _timed_out(spec.timeout_s), None, wall_s)
    if how == _TOO_LARGE:
        return RunOutcome("failed", _too_large(spec.memory_bytes or 0), None, wall_s)
    if how != "exited":
        return RunOutcome("stopped", None, how, wall_s)
    ending = (read_json(ending_path) or {}).get("ending")
    if ending == "ok":
        return RunOutcome("ok", None, None, wall_s)
    if ending == "cell_failed":
        return RunOutcome("failed", _from_kernel(error_path), None, wall_s)
    if ending is None:
        logger.debug(
            "The notebook's runner ended without a word: %s", log_path.read_text(errors="replace")[-4000:]
        )
        if child.process.returncode > 0:
            return RunOutcome("failed", _NOT_STARTED, None, wall_s)
    return RunOutcome("kernel_died", _DIED, None, wall_s)


_TOO_LARGE = "memory"
_WEIGH_EVERY_S = 0.5


def _within(
    memory_bytes: int | None, pid: int, why_stop: Callable[[], str | None]
) -> Callable[[], str | None]:
    """Return ``why_stop`` with a further reason: more memory than allowed."""
    weighed_at = float("-inf")

    def why() -> str | None:
        nonlocal weighed_at
        reason = why_stop()
        now = time.monotonic()
        if reason is not None or memory_bytes is None or now - weighed_at < _WEIGH_EVERY_S:
            return reason
        weighed_at = now
        return _TOO_LARGE if memory_of_tree(pid) > memory_bytes else None

    return why


def _too_large(memory_bytes: int) -> JobError:
    return JobError(
        code="memory_limit",
        message=f"The analysis needed more than the {memory_bytes / 1024**2:.0f} MiB of memory allowed.",
        advice="Use a shorter or smaller clip or raise the limit, then try the job again.",
    )


_DIED = JobError(
    code="kernel_died",
    message="The analysis process ended without a word, as it does when memory runs out.",
    advice="Close other programs or use a shorter clip, then try the job again.",
)
_NOT_STARTED = JobError(
    code="notebook_not_started",
    message="The analysis notebook could not be started.",
    advice="Set the project up again as the README says, then try the job again.",
)


def _timed_out(timeout_s: float) -> JobError:
    return JobError(
        code="timed_out",
        message=f"The analysis did not finish within {timeout_s:g} seconds.",
        advice="Use a shorter clip, or raise CRICKSY_PASS_TIMEOUT_SECONDS, then try the job again.",
    )


def _from_kernel(error_path: Path) -> JobError:
    told = read_json(error_path)
    if told is None:
        return JobError(
            code="analysis_failed",
            message="The analysis stopped at an unexpected error.",
            advice="Open the executed notebook to see where, and try the job again.",
        )
    return JobError.model_validate(told)
