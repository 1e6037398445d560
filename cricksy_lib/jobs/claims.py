"""Who may work as an attempt, and the end that gives a job up: each is written once, and by one hand."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Claim, Failed
from cricksy_lib.jobs.record import JobError
from cricksy_lib.jobs.store import Store

logger = logging.getLogger(__name__)


def claim_attempt(store: Store, job_id: str, attempt: int, worker: str) -> bool:
    """Claim an attempt; whether ``worker`` is the one who holds it now."""
    claim = Claim(worker=worker, claimed_at=datetime.now(UTC))
    return store.put(layout.claim(job_id, attempt), claim.as_bytes(), create_only=True)


def end_failed(store: Store, job_id: str, attempt: int, error: JobError) -> None:
    """Give a job up: end an attempt of it as failed.

    Parameters
    ----------
    store : where the job lies.
    job_id, attempt : the attempt, whose claim the caller holds.
    error : why.
    """
    failed = Failed(failed_at=datetime.now(UTC), error=error)
    store.put(layout.artefact(job_id, attempt, "failed.json"), failed.as_bytes(), create_only=True)
    logger.error("Job failed: job_id=%s attempt=%d code=%s", job_id, attempt, error.code)
