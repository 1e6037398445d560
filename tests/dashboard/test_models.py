"""The models: newest wins, polling to the end, slow is said, nothing old comes back."""

from datetime import UTC, datetime, timedelta

import pytest
from dashboard.staged_store import StagedStore

from cricksy_lib.dashboard.models import IDLE_LIST_TICKS, JobModel, ListModel
from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.record import JobError

UNKNOWN = "0198a8e0-0000-7000-8000-000000000000"


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


class Unreachable:
    """A ledger whose store is gone for the calls named."""

    def __init__(self, ledger, *names):
        self._ledger = ledger
        self.broken = set(names)

    def __getattr__(self, name):
        if name in self.broken:
            raise StoreError("The store could not be read.", "Check the disk.")
        return getattr(self._ledger, name)


@pytest.fixture
def staged(tmp_path):
    return StagedStore(tmp_path)


def test_a_job_is_followed_to_its_end(staged):
    job_id = staged.submit()
    model = JobModel(staged.ledger)
    model.open(job_id)
    seen = [model.job.status]
    staged.claim(job_id)
    model.tick()
    seen.append(model.job.status)
    staged.finish_pass(job_id, "quick")
    model.tick()
    seen.append(model.job.status)
    staged.finish_pass(job_id, "deep")
    staged.finish(job_id)
    model.tick()
    assert [*seen, model.job.status] == ["queued", "quick_running", "quick_done", "done"]
    assert not model.polling


def test_a_finished_job_is_not_read_again(staged):
    model = JobModel(staged.ledger)
    model.open(staged.done_job())
    before = model.job
    model.tick()
    assert model.job is before


def test_an_older_answer_never_replaces_a_newer_state(staged):
    job_id = staged.submit()
    staged.claim(job_id)
    model = JobModel(staged.ledger)
    model.open(job_id)
    old, question = staged.ledger.read(job_id), model.begin()
    staged.move(job_id, progress_pct=20.0)
    model.tick()
    assert not model.accept(old, question)
    assert model.job.progress_pct == 20.0


def test_the_same_revision_counts_only_if_asked_for_later(staged):
    job_id = staged.submit()
    model = JobModel(staged.ledger)
    model.open(job_id)
    early, answer = model.begin(), staged.ledger.read(job_id)
    model.refresh()
    assert not model.accept(answer, early)
    assert model.accept(answer, model.begin())


def test_a_new_attempt_beats_a_higher_revision_of_the_old_one(staged):
    job_id = staged.submit()
    staged.claim(job_id)
    for pct in (1.0, 2.0, 3.0):
        staged.move(job_id, progress_pct=pct)
    staged.fail(job_id, JobError(code="analysis_failed", message="It failed.", advice="Try again."))
    model = JobModel(staged.ledger)
    model.open(job_id)
    staged.ledger.retry(job_id)
    staged.claim(job_id)
    model.refresh()
    assert (model.job.attempt, model.job.status, model.polling) == (2, "quick_running", True)


def test_an_answer_about_another_job_is_ignored(staged):
    model = JobModel(staged.ledger)
    first, second = staged.submit(), staged.submit()
    model.open(first)
    question = model.begin()
    model.open(second)
    assert not model.accept(staged.ledger.read(first), question)
    assert model.job.id == second


def test_opening_reads_afresh(staged):
    job_id = staged.submit()
    model = JobModel(staged.ledger)
    model.open(job_id)
    staged.claim(job_id)
    model.open(job_id)
    assert model.job.status == "quick_running"


def test_slow_is_said_and_polling_goes_on(staged):
    clock = Clock()
    job_id = staged.submit()
    staged.claim(job_id, started_at=clock.now)
    model = JobModel(staged.ledger, slow_after_s=300.0, clock=clock)
    model.open(job_id)
    assert not model.slow
    clock.now += timedelta(seconds=301)
    model.tick()
    assert model.slow
    assert model.polling
    clock.now += timedelta(hours=5)
    staged.finish_pass(job_id, "deep")
    staged.finish(job_id)
    model.tick()
    assert (model.job.status, model.slow) == ("done", False)


def test_quick_results_stay_in_view_until_the_deep_ones_replace_them(staged):
    job_id = staged.submit()
    staged.claim(job_id)
    model = JobModel(staged.ledger)
    model.open(job_id)
    assert (model.shown_pass, model.results) == (None, None)
    staged.finish_pass(job_id, "quick")
    model.tick()
    assert (model.shown_pass, model.results.analysis_pass) == ("quick", "quick")
    staged.move(job_id, status="deep_running")
    model.tick()
    assert model.results.analysis_pass == "quick"
    staged.finish_pass(job_id, "deep")
    staged.finish(job_id)
    model.tick()
    assert (model.shown_pass, model.results.analysis_pass) == ("deep", "deep")


def test_quick_results_outlive_a_failed_deep_pass(staged):
    job_id = staged.submit()
    staged.claim(job_id)
    staged.finish_pass(job_id, "quick")
    staged.fail(job_id, JobError(code="analysis_failed", message="It failed.", advice="Try again."))
    model = JobModel(staged.ledger)
    model.open(job_id)
    assert (model.job.status, model.shown_pass) == ("failed", "quick")


def test_an_unknown_job_is_said_and_not_asked_for_again(staged):
    model = JobModel(staged.ledger)
    model.open(UNKNOWN)
    assert "no job" in model.problem
    assert not model.polling


def test_a_store_that_is_gone_leaves_the_last_state_in_view(staged):
    job_id = staged.submit()
    source = Unreachable(staged.ledger)
    model = JobModel(source)
    model.open(job_id)
    source.broken.add("read")
    model.tick()
    assert model.job.status == "queued"
    assert "Check the disk." in model.problem
    source.broken.clear()
    model.tick()
    assert model.problem == ""


def test_results_that_could_not_be_fetched_are_asked_for_again(staged):
    source = Unreachable(staged.ledger, "results")
    model = JobModel(source)
    model.open(staged.done_job())
    assert model.results is None
    assert model.polling
    source.broken.clear()
    model.tick()
    assert model.results is not None
    assert not model.polling


def test_the_list_shows_the_newest_first_and_follows_running_jobs(staged):
    first, second = staged.submit(title="First"), staged.submit(title="Second")
    model = ListModel(staged.ledger)
    model.open()
    assert [row.id for row in model.summaries] == [second, first]
    staged.claim(first)
    model.tick()
    assert model.summaries[1].status == "quick_running"


def test_a_new_job_appears_in_an_idle_list(staged):
    model = ListModel(staged.ledger)
    model.open()
    assert model.loaded
    job_id = staged.submit()
    for _ in range(IDLE_LIST_TICKS):
        model.tick()
    assert [row.id for row in model.summaries] == [job_id]


def test_a_list_that_cannot_be_read_says_so_and_keeps_its_rows(staged):
    staged.submit()
    source = Unreachable(staged.ledger)
    model = ListModel(source)
    model.open()
    source.broken.add("summaries")
    model.tick()
    assert len(model.summaries) == 1
    assert model.problem
