"""Is the holder of a claim alive? Only this process's own monotonic clock is asked."""

from __future__ import annotations

import time
from collections.abc import Callable


class LeaseWatch:
    """Remembers when each job's heartbeat was last seen to move.

    Parameters
    ----------
    lease_s : seconds for which a heartbeat must be seen to stand still before its holder counts as dead.
    clock : seconds, never going back.
    """

    def __init__(self, lease_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lease_s = lease_s
        self._clock = clock
        self._seen: dict[str, tuple[tuple[int, int], float]] = {}

    def stands_still(self, job_id: str, attempt: int, heartbeat: int, more_s: float = 0.0) -> bool:
        """Take note of a heartbeat, and tell whether it has stood still for a whole lease, and longer."""
        now = self._clock()
        mark = (attempt, heartbeat)
        seen = self._seen.get(job_id)
        if seen is None or seen[0] != mark:
            self._seen[job_id] = (mark, now)
            return False
        return now - seen[1] >= self._lease_s + more_s

    def forget(self, job_id: str) -> None:
        """Forget a job that is over."""
        self._seen.pop(job_id, None)
