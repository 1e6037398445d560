"""Submitting, reading, cancelling, retrying and deleting, with objects as a worker would leave them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlparse

import pytest
from small_notebooks import example_results

from cricksy_lib.errors import JobNotFoundError, JobStateError, NotAVideoError, VideoNotFoundError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import AttemptState, Claim, Done, Failed
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.record import JobError
from cricksy_lib.jobs.store import every_key
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import dump_json

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Submit = Callable[..., str]


def videos(store: FolderStore) -> list[str]:
    """Return the keys of the inputs."""
    return [key for key in every_key(store, "videos/") if key.endswith(".mp4")]


def claim(store: FolderStore, job_id: str, attempt: int, **state: object) -> None:
    """Write what the holder of a claim writes first."""
    store.put(layout.claim(job_id, attempt), Claim(worker="w", claimed_at=NOW).as_bytes(), create_only=True)
    document = AttemptState.model_validate(
        {"started_at": NOW, "status": "deep_running", "heartbeat": 3, **state}
    )
    store.put(layout.artefact(job_id, attempt, "state.json"), document.as_bytes())


def fail(store: FolderStore, job_id: str, attempt: int) -> None:
    """End an attempt as failed."""
    error = JobError(code="kernel_died", message="It died.", advice="Try again.")
    failed = Failed(failed_at=NOW, error=error)
    store.put(layout.artefact(job_id, attempt, "failed.json"), failed.as_bytes())


def finish(store: FolderStore, job_id: str, attempt: int) -> None:
    """End an attempt as done, with results."""
    claim(store, job_id, attempt, deep_completed_at=NOW, progress_pct=98.0)
    results = example_results().model_copy(update={"job_id": job_id})
    store.put(layout.artefact(job_id, attempt, "deep_results.json"), dump_json(results).encode())
    done = Done(completed_at=NOW, artefacts={})
    store.put(layout.artefact(job_id, attempt, "done.json"), done.as_bytes())


def test_a_submitted_job_is_queued(ledger: Ledger, submit: Submit) -> None:
    job = ledger.read(submit(player="Pat", hand="left"))
    assert (job.status, job.stage, job.progress_pct, job.attempt) == ("queued", "QUEUED", 0.0, 0)
    assert (job.mode, job.player, job.title) == ("batting", "Pat", "net session")


def test_a_job_id_is_a_uuid_of_version_7(submit: Submit) -> None:
    assert uuid.UUID(submit()).version == 7


def test_a_submit_lays_out_the_store_as_agreed(store: FolderStore, submit: Submit) -> None:
    job_id = submit()
    keys = list(every_key(store, ""))
    video = next(key for key in keys if key.startswith("videos/"))
    assert video.endswith(".mp4")
    assert sorted(keys) == sorted(
        [
            video,
            f"{video.removesuffix('.mp4')}/jobs/{job_id}",
            f"queue/{job_id}",
            f"jobs/{job_id}/job.json",
            f"recent/{layout.newest_first(job_id)}",
        ]
    )


def test_a_video_is_stored_once(store: FolderStore, submit: Submit) -> None:
    submit()
    submit(mode="bowling")
    assert len(videos(store)) == 1


@pytest.mark.parametrize("bad", ["absent.mp4", "text.mp4"])
def test_a_bad_video_leaves_the_store_untouched(
    ledger: Ledger, store: FolderStore, tmp_path: Path, bad: str
) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    with pytest.raises((VideoNotFoundError, NotAVideoError)):
        ledger.submit(tmp_path / bad, AnalysisOptions(mode="batting"))
    assert list(every_key(store, "")) == []


def test_summaries_are_newest_first(ledger: Ledger, submit: Submit) -> None:
    ids = [submit() for _ in range(3)]
    assert [row.id for row in ledger.summaries()] == ids[::-1]
    assert [row.id for row in ledger.summaries(limit=2)] == ids[:0:-1]


def test_one_damaged_job_does_not_hide_the_others(ledger: Ledger, store: FolderStore, submit: Submit) -> None:
    first, second = submit(), submit()
    store.put(layout.request(second), b"{damaged")
    assert [row.id for row in ledger.summaries()] == [first]


@pytest.mark.parametrize("job_id", ["", "x", "../../etc", "018f3c5e-0000-4000-8000-000000000000"])
def test_what_is_no_job_id_is_not_found(ledger: Ledger, job_id: str) -> None:
    with pytest.raises(JobNotFoundError):
        ledger.read(job_id)


def test_the_highest_claimed_attempt_is_the_one_that_is_read(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    job_id = submit()
    claim(store, job_id, 1, progress_pct=80.0)
    claim(store, job_id, 2, progress_pct=10.0, heartbeat=1)
    finish(store, job_id, 1)  # a worker that woke up late
    job = ledger.read(job_id)
    assert (job.status, job.attempt, job.progress_pct) == ("deep_running", 2, 10.0)


def test_a_done_job_shows_findings_report_and_urls(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    job_id = submit()
    finish(store, job_id, 1)
    job = ledger.read(job_id)
    assert (job.status, job.stage, job.progress_pct) == ("done", "DONE", 100.0)
    assert job.deep_findings is not None
    assert job.deep_report is not None
    assert job.deep_results_s3_key == f"jobs/{job_id}/attempts/1/deep_results.json"
    for url in (job.deep_results_url, job.video_url):
        assert url is not None
        assert Path(urlparse(url.replace("%20", " ")).path).is_file()


def test_a_done_job_without_readable_results_is_failed(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    job_id = submit()
    finish(store, job_id, 1)
    store.put(layout.artefact(job_id, 1, "deep_results.json"), b'{"findings": []}')
    job = ledger.read(job_id)
    assert job.status == "failed"
    assert job.error is not None
    assert job.error.code == "results_invalid"


def test_a_status_written_by_the_first_system_is_read_as_done(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    job_id = submit()
    claim(store, job_id, 1, status="completed")
    assert ledger.read(job_id).status == "done"


def test_a_cancelled_job_stays_cancelled_whatever_a_late_worker_writes(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    job_id = submit()
    claim(store, job_id, 1)
    ledger.cancel(job_id)
    finish(store, job_id, 1)
    assert ledger.read(job_id).status == "cancelled"


def test_a_cancel_asked_of_a_dead_attempt_holds_for_the_next(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    job_id = submit()
    claim(store, job_id, 1)
    ledger.cancel(job_id)
    claim(store, job_id, 2)
    assert ledger.read(job_id).status == "cancelled"


def test_cancelling_a_queued_job_takes_it_off_the_queue(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    job_id = submit()
    ledger.cancel(job_id)
    assert store.get(layout.queue(job_id)) is None
    assert ledger.read(job_id).status == "cancelled"


def test_a_done_job_cannot_be_cancelled(ledger: Ledger, store: FolderStore, submit: Submit) -> None:
    job_id = submit()
    finish(store, job_id, 1)
    with pytest.raises(JobStateError):
        ledger.cancel(job_id)


@pytest.mark.parametrize("ended", ["failed", "cancelled", "cancelled before any attempt"])
def test_an_ended_job_can_be_tried_again(
    ledger: Ledger, store: FolderStore, submit: Submit, ended: str
) -> None:
    job_id = submit()
    if ended != "cancelled before any attempt":
        claim(store, job_id, 1)
    if ended == "failed":
        fail(store, job_id, 1)
    else:
        ledger.cancel(job_id)
    ledger.retry(job_id)
    job = ledger.read(job_id)
    assert (job.status, job.error, job.progress_pct) == ("queued", None, 0.0)
    assert store.get(layout.queue(job_id)) is not None
    claim(store, job_id, 2)
    assert (ledger.read(job_id).status, ledger.read(job_id).attempt) == ("deep_running", 2)


def test_a_queued_job_cannot_be_tried_again(ledger: Ledger, submit: Submit) -> None:
    with pytest.raises(JobStateError):
        ledger.retry(submit())


def test_attempt_and_revision_grow_with_every_change(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    job_id = submit()
    seen = [ledger.read(job_id)]
    changes: list[Callable[[], object]] = [
        lambda: claim(store, job_id, 1),
        lambda: claim(store, job_id, 1, heartbeat=4),
        lambda: fail(store, job_id, 1),
        lambda: ledger.retry(job_id),
        lambda: claim(store, job_id, 2, heartbeat=1),
        lambda: ledger.cancel(job_id),
    ]
    for change in changes:
        change()
        seen.append(ledger.read(job_id))
    versions = [(job.attempt, job.revision) for job in seen]
    assert versions == sorted(set(versions))


def test_a_failed_job_says_why_and_what_to_do(ledger: Ledger, store: FolderStore, submit: Submit) -> None:
    job_id = submit()
    claim(store, job_id, 1)
    fail(store, job_id, 1)
    job = ledger.read(job_id)
    assert job.status == "failed"
    assert job.error == JobError(code="kernel_died", message="It died.", advice="Try again.")


def test_a_deleted_job_leaves_nothing_behind(ledger: Ledger, store: FolderStore, submit: Submit) -> None:
    job_id = submit(player="Pat")
    finish(store, job_id, 1)
    sha256 = next(every_key(store, "videos/")).split("/")[1].split(".")[0]
    store.put(layout.proxy(sha256), b"proxy")
    store.put(layout.player_job("Pat", job_id), b"{}")
    before = set(every_key(store, ""))
    deletion = ledger.delete(job_id)
    assert list(every_key(store, "")) == []
    assert set(deletion.deleted) == before
    assert deletion.video_deleted
    with pytest.raises(JobNotFoundError):
        ledger.read(job_id)


def test_a_video_goes_with_the_last_job_that_names_it(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    first, second = submit(), submit()
    for job_id in (first, second):
        ledger.cancel(job_id)
    assert not ledger.delete(first).video_deleted
    assert len(videos(store)) == 1
    assert ledger.delete(second).video_deleted
    assert list(every_key(store, "")) == []


def test_a_running_job_is_not_deleted(ledger: Ledger, store: FolderStore, submit: Submit) -> None:
    job_id = submit()
    claim(store, job_id, 1)
    with pytest.raises(JobStateError):
        ledger.delete(job_id)
