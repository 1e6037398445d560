"""The process that makes the copy of a video that a browser plays.

Run as ``python -m cricksy_lib.jobs.proxy_child SOURCE TARGET PROGRESS``; a process of its own, so that it
can be ended, and so that a video which brings the decoder down takes nothing else along.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from cricksy_lib.jobs.small_files import write_json
from cricksy_lib.processes import hold_leash

_TELL_EVERY_S = 0.3


def main(source: Path, target: Path, progress_path: Path) -> int:
    """Make the proxy, telling how far it is."""
    hold_leash()
    from cricksy_lib.errors import CricksyError
    from cricksy_lib.video import make_proxy

    told_at = 0.0

    def tell(stage: str, done: float, total: float) -> None:
        nonlocal told_at
        now = time.monotonic()
        if total > 0 and now - told_at > _TELL_EVERY_S:
            told_at = now
            write_json(progress_path, {"stage": "proxy", "fraction": min(done / total, 1.0)})

    try:
        make_proxy(source, target, progress=tell)
    except CricksyError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    code = main(*(Path(argument) for argument in sys.argv[1:4]))
    sys.stderr.flush()
    os._exit(code)
