"""Taking one job: whether it may be had, the claim that decides, the attempt, and what its end asks for."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.attempt import Attempt, AttemptEnd
from cricksy_lib.jobs.claims import claim_attempt, end_failed
from cricksy_lib.jobs.documents import AttemptState, load
from cricksy_lib.jobs.lease import LeaseWatch
from cricksy_lib.jobs.record import JobError
from cricksy_lib.jobs.store import Store
from cricksy_lib.jobs.view import JobView, read_view
from cricksy_lib.progress import Progress, silent
from cricksy_lib.settings import Settings

logger = logging.getLogger(__name__)

Taken = Literal[AttemptEnd, "over", "waiting"]
_MOST_DOUBLINGS = 6


def mark_of(view: JobView) -> tuple[int, int]:
    """Return attempt and heartbeat: while both stay, nobody has been seen at work on the job."""
    return view.attempt, view.state.heartbeat if view.state is not None else -1


def is_dead(view: JobView, leases: LeaseWatch, settings: Settings) -> bool:
    """Tell whether a held job's holder is dead and the pause after its death over.

    The pause doubles with each attempt, so that a job that takes its workers down leaves room for others.
    """
    lost = len(view.numbers.claims_since_retry)
    pause_s = settings.retry_pause_seconds * 2 ** min(max(lost - 1, 0), _MOST_DOUBLINGS)
    return leases.stands_still(view.request.id, *mark_of(view), more_s=pause_s)


@dataclass
class Taker:
    """Somebody who works on jobs, one at a time.

    Attributes
    ----------
    store, settings : where, and with which limits.
    stop : set when the job in work must be handed back.
    progress : told how far the job in work is.
    name : tells this worker from all others.
    """

    store: Store
    settings: Settings
    stop: threading.Event
    progress: Progress = silent
    name: str = field(default_factory=lambda: secrets.token_hex(8))

    def take(self, job_id: str, dead: Callable[[JobView], bool]) -> Taken:
        """Claim a job's next attempt and work on it, if it may be had.

        Parameters
        ----------
        job_id : a job on the queue.
        dead : whether the holder of a held job was seen to be dead.

        Returns
        -------
        How the attempt ended; ``over`` if there is nothing more to do, ``waiting`` if another has it.
        """
        view = read_view(self.store, job_id)
        if view is None or not wants_work(view):
            take_off_queue(self.store, job_id)
            return "over"
        if view.held and not dead(view):
            return "waiting"
        attempt = view.numbers.next_attempt
        if not claim_attempt(self.store, job_id, attempt, self.name):
            return "waiting"
        return self._work(view, attempt)

    def _work(self, view: JobView, attempt: int) -> AttemptEnd:
        job_id = view.request.id
        logger.info("Claimed: job_id=%s attempt=%d worker=%s", job_id, attempt, self.name)
        started = time.monotonic()
        lost = self._lost_attempts(view)
        if lost >= self.settings.max_attempts:
            end: AttemptEnd = self._give_up(job_id, attempt)
        else:
            end = Attempt(
                self.store, self.settings, view.request, attempt, self.stop, self.progress, lost
            ).run()
        logger.info(
            "Attempt ended: job_id=%s attempt=%d end=%s wall_s=%.1f",
            job_id,
            attempt,
            end,
            time.monotonic() - started,
        )
        if end != "handed_back":
            take_off_queue(self.store, job_id)
        return end

    def _lost_attempts(self, view: JobView) -> int:
        """Count the attempts since the last retry whose workers or kernels died; handing back is no death."""
        lost = 0
        for number in view.numbers.claims_since_retry:
            state = load(self.store, layout.artefact(view.request.id, number, "state.json"), AttemptState)
            lost += state is None or not state.handed_back
        return lost

    def _give_up(self, job_id: str, attempt: int) -> AttemptEnd:
        error = JobError(
            code="abandoned",
            message=f"The job's worker or its analysis died {self.settings.max_attempts} times.",
            advice="Check the memory of the machine, then try the job again with 'cricksy jobs retry'.",
        )
        end_failed(self.store, job_id, attempt, error)
        return "failed"


def take_off_queue(store: Store, job_id: str) -> None:
    """Take a job that is over off the queue; put it back if someone asked for more meanwhile."""
    view = read_view(store, job_id)
    if view is not None and wants_work(view):
        return
    if view is not None and view.status == "awaiting_upload":  # tried again after its upload had failed
        store.put(layout.awaiting(job_id), b"")
    store.delete(layout.queue(job_id))
    view = read_view(store, job_id)
    if view is not None and wants_work(view):
        store.put(layout.queue(job_id), b"")


def wants_work(view: JobView) -> bool:
    """Tell whether there is, or will be, something for a worker to do."""
    return not view.terminal and view.status != "awaiting_upload"
