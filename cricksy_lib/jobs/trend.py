"""A player's numbers over time, read from that player's keys and from nothing else."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from cricksy_lib.errors import DamagedObjectError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import load
from cricksy_lib.jobs.outputs import PlayerJob
from cricksy_lib.jobs.parallel import in_parallel
from cricksy_lib.jobs.store import PAGE_SIZE, Store
from cricksy_lib.jobs.superseded import superseded

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrendPoint:
    """One job of a player, and when it was asked for (UTC)."""

    created_at: datetime
    job: PlayerJob


def read_trend(store: Store, player: str, limit: int = 200) -> list[TrendPoint]:
    """Return a player's newest jobs, the oldest first; corrected ones as their newest correction.

    Parameters
    ----------
    store : where the jobs lie.
    player : the name, in any case and spacing.
    limit : at most so many objects are read, and one listing for each 1000 of them.

    Raises
    ------
    StoreError
        If the store cannot be read. A damaged object is left out, and named in the log.
    """
    keys: list[str] = []
    after: str | None = None
    while len(keys) < limit:
        page = store.list(layout.player_folder(player), after=after, limit=min(limit - len(keys), PAGE_SIZE))
        keys.extend(key for key in page.keys if layout.is_job_id(layout.job_of_player_key(key)))
        after = page.after
        if after is None:
            break

    def read(key: str) -> PlayerJob | None:
        try:
            job = load(store, key, PlayerJob)
        except DamagedObjectError as error:
            logger.warning("Left out of a trend: %s", error.cause)
            return None
        return job if job is not None and job.job_id == layout.job_of_player_key(key) else None

    jobs = [job for job in in_parallel(read, keys) if job is not None]
    left_out = superseded({job.job_id: job.same_movements_as for job in jobs})
    return [
        TrendPoint(layout.created_at(job.job_id), job) for job in reversed(jobs) if job.job_id not in left_out
    ]
