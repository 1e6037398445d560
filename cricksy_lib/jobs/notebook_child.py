"""The process that executes one notebook: papermill, and how it ended in one small file.

Run as ``python -m cricksy_lib.jobs.notebook_child SPEC.json``. What the notebook file says about its own
state is never used: a kernel that was killed leaves one in which every cell is marked completed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import psutil

from cricksy_lib.jobs.small_files import write_json
from cricksy_lib.processes import end_descendants, hold_leash

HOOK = "cricksy_lib.jobs.kernel_hook"
# Optional parts of papermill's dependencies that a local run never asks for, and that take a second to load:
# a grammar of international addresses for JSON schemas, and the Hadoop file system.
UNUSED = ("rfc3987_syntax", "pyarrow")


def execute(spec: dict[str, Any]) -> str:
    """Execute the notebook of a spec.

    Returns
    -------
    ``ok``, ``cell_failed`` or ``kernel_died``.
    """
    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None: as if it were not installed
    import papermill
    from nbclient.exceptions import DeadKernelError

    try:
        papermill.execute_notebook(
            spec["notebook"],
            spec["executed"],
            parameters=spec["parameters"],
            kernel_name="python3",
            cwd=spec["folder"],
            progress_bar=False,
            extra_arguments=["--ext", HOOK],
        )
    except papermill.PapermillExecutionError:
        return "cell_failed"
    except DeadKernelError:
        return "kernel_died"
    return "ok"


def main(spec_path: Path) -> int:
    """Execute a spec and write its ending beside it."""
    hold_leash()
    spec = json.loads(spec_path.read_text(encoding="utf-8"))
    try:
        ending = execute(spec)
    finally:
        end_descendants(psutil.Process())
    write_json(Path(spec["ending"]), {"ending": ending})
    return 0


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # papermill's idle sockets and threads are not worth waiting for
