"""What the dashboard knows and when it asks again; no widget and no browser in here.

The clock is the browser's: whoever shows a model calls `tick`, so a page that nobody looks at asks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Bool, HasTraits, Unicode

from cricksy_lib.dashboard.source import JobSource
from cricksy_lib.errors import JobNotFoundError, ResultsError, StoreError
from cricksy_lib.jobs.record import TERMINAL, Job, JobSummary
from cricksy_lib.results import AnalysisPass, Findings, Report, Results

Clock = Callable[[], datetime]

IDLE_LIST_TICKS = 5


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


def is_running(job: Job | JobSummary) -> bool:
    """Say whether a job's state can still change by itself."""
    return job.status not in TERMINAL


class ListModel(HasTraits):
    """The newest jobs, as one row each.

    While a job runs every tick reads the list; when none does, every fifth (new jobs still appear).
    """

    summaries = AnyTrait(default_value=())
    problem = Unicode("")
    loaded = Bool(False)

    def __init__(self, source: JobSource, *, limit: int = 50, **traits: Any) -> None:
        super().__init__(**traits)
        self._source = source
        self._limit = limit
        self._ticks = 0

    def open(self) -> None:
        """Read the list afresh."""
        self._ticks = 0
        self._read()

    def tick(self) -> None:
        """Read again if it is time to."""
        self._ticks += 1
        if any(is_running(row) for row in self.summaries) or self._ticks % IDLE_LIST_TICKS == 0:
            self._read()

    def _read(self) -> None:
        try:
            rows = tuple(self._source.summaries(self._limit))
        except StoreError as error:
            self.problem = str(error)
            return
        self.problem = ""
        self.loaded = True
        self.summaries = rows


class JobModel(HasTraits):
    """One job, read every tick until its status is terminal, however long that takes.

    Newest wins: an answer counts only if its (attempt, revision) is not older than the one in view, and,
    where those are equal, if it was asked for later. So a slow answer never puts an older state back.
    """

    job_id = Unicode("")
    job = AnyTrait(default_value=None, allow_none=True)
    results = AnyTrait(default_value=None, allow_none=True)
    slow = Bool(False)
    problem = Unicode("")

    def __init__(
        self, source: JobSource, *, slow_after_s: float = 300.0, clock: Clock = utc_now, **traits: Any
    ) -> None:
        super().__init__(**traits)
        self._source = source
        self._slow_after_s = slow_after_s
        self._clock = clock
        self._asked = 0
        self._answered = 0
        self._results_key: str | None = None
        self._missing = False
        self._results_pending = False

    @property
    def polling(self) -> bool:
        """Whether the next tick reads the job again."""
        if not self.job_id or self._missing:
            return False
        return self.job is None or is_running(self.job) or self._results_pending

    @property
    def report(self) -> Report | None:
        """The report in view: the deep pass's as soon as there is one, until then the quick pass's."""
        return None if self.job is None else self.job.deep_report or self.job.quick_report

    @property
    def findings(self) -> Findings | None:
        """The findings in view, of the same pass as `report`."""
        if self.job is None:
            return None
        return self.job.deep_findings if self.job.deep_report is not None else self.job.quick_findings

    @property
    def shown_pass(self) -> AnalysisPass | None:
        """Which pass is in view: ``deep``, ``quick``, or None before the first result."""
        return None if self.job is None else pass_of(self.job)

    def open(self, job_id: str) -> None:
        """Show a job, read afresh; what was in view before is forgotten first."""
        with self.hold_trait_notifications():
            self.job_id = job_id
            self.job = None
            self.results = None
            self.slow = False
            self.problem = ""
        self._results_key = None
        self._results_pending = False
        self._missing = False
        self.refresh()

    def close(self) -> None:
        """Show no job, and stop asking."""
        self.job_id = ""

    def tick(self) -> None:
        """Read again while the job runs."""
        if self.polling:
            self.refresh()

    def begin(self) -> int:
        """Number a question, so that its answer can be placed among the others (see `accept`)."""
        self._asked += 1
        return self._asked

    def refresh(self) -> None:
        """Ask once and take the answer in."""
        question = self.begin()
        try:
            answer = self._source.read(self.job_id)
        except JobNotFoundError as error:
            self._missing = True
            self.problem = str(error)
            return
        except StoreError as error:
            self.problem = str(error)
            return
        self.accept(answer, question)

    def accept(self, answer: Job, question: int) -> bool:
        """Take in the answer to a question, unless something newer is in view.

        Parameters
        ----------
        answer : a job as it was when the question was answered.
        question : the number that `begin` gave.

        Returns
        -------
        Whether the answer is now in view.
        """
        if answer.id != self.job_id:
            return False
        if self.job is not None:
            shown = (self.job.attempt, self.job.revision, self._answered)
            if (answer.attempt, answer.revision, question) < shown:
                return False
        self._answered = question
        problem = self._load_results(answer)
        self.job = answer
        self.slow = self._is_slow(answer)
        self.problem = problem
        return True

    def _is_slow(self, job: Job) -> bool:
        if not is_running(job):
            return False
        since = job.started_at or job.created_at
        return (self._clock() - since).total_seconds() > self._slow_after_s

    def _load_results(self, job: Job) -> str:
        """Read the results of the pass in view when that pass changes; return what went wrong, or ''."""
        key = {"deep": job.deep_results_s3_key, "quick": job.quick_results_s3_key, None: None}[pass_of(job)]
        if key == self._results_key:
            return self.problem if key is not None and self.results is None else ""
        results: Results | None = None
        problem = ""
        if key is not None:
            try:
                results = self._source.results(key)
            except StoreError as error:
                self._results_pending = True  # the key is not remembered, so the next tick asks again
                return str(error)
            except ResultsError as error:
                problem = str(error)
        self._results_pending = False
        self._results_key = key
        self.results = results
        return problem


def pass_of(job: Job) -> AnalysisPass | None:
    """Return the deepest pass that a job has a report of."""
    if job.deep_report is not None:
        return "deep"
    return "quick" if job.quick_report is not None else None
