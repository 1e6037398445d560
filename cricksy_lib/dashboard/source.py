"""What the dashboard's models need of a ledger, and nothing more."""

from __future__ import annotations

from typing import Protocol

from cricksy_lib.jobs.record import Job, JobSummary
from cricksy_lib.results import Results


class JobSource(Protocol):
    """The part of `cricksy_lib.jobs.ledger.Ledger` that the models use."""

    def summaries(self, limit: int = 50) -> list[JobSummary]:
        """Return the newest jobs first."""

    def read(self, job_id: str) -> Job:
        """Return a job as it is now."""

    def results(self, key: str) -> Results:
        """Return the checked results stored under a key that a job names."""

    def cancel(self, job_id: str) -> None:
        """Ask for a job to be stopped."""

    def retry(self, job_id: str) -> None:
        """Ask for another attempt at a failed or cancelled job."""
