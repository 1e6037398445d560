"""When a lost job may be had again, and a store that is asked again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_notebooks import Bench

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import AttemptState, Claim
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.lease import LeaseWatch
from cricksy_lib.jobs.patience import PatientStore
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.taking import Taker, is_dead, mark_of, take_off_queue
from cricksy_lib.jobs.view import JobView, read_view


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def lose(bench: Bench, job_id: str, attempt: int, heartbeat: int = 5) -> JobView:
    """Let a worker claim an attempt and die."""
    now = datetime.now(UTC)
    bench.store.put(layout.claim(job_id, attempt), Claim(worker="dead", claimed_at=now).as_bytes())
    state = AttemptState(status="deep_running", started_at=now, heartbeat=heartbeat)
    bench.store.put(layout.artefact(job_id, attempt, "state.json"), state.as_bytes())
    view = read_view(bench.store, job_id)
    assert view is not None
    return view


def test_the_pause_before_the_next_attempt_doubles_with_each_loss(bench: Bench) -> None:
    bench.settings.lease_seconds, bench.settings.retry_pause_seconds = 60, 10
    job_id = bench.submit()
    clock = Clock()
    leases = LeaseWatch(60, clock)
    for attempt, wait_s in ((1, 70), (2, 80), (3, 100)):
        view = lose(bench, job_id, attempt)
        began = clock.now
        assert not is_dead(view, leases, bench.settings)
        clock.now = began + wait_s - 0.1
        assert not is_dead(view, leases, bench.settings)
        clock.now = began + wait_s
        assert is_dead(view, leases, bench.settings)


def test_a_heartbeat_that_moved_since_it_was_seen_is_not_dead(bench: Bench) -> None:
    job_id = bench.submit()
    seen = mark_of(lose(bench, job_id, 1, heartbeat=5))
    lose(bench, job_id, 1, heartbeat=6)
    taker = Taker(bench.store, bench.settings, threading.Event())
    assert taker.take(job_id, lambda view: mark_of(view) == seen) == "waiting"
    assert list(every_key(bench.store, f"jobs/{job_id}/claims/")) == [layout.claim(job_id, 1)]


def test_a_claim_that_another_made_first_is_left_alone(bench: Bench) -> None:
    job_id = bench.submit()

    class Late(FolderStore):
        """A store in which another is always quicker."""

        def put(self, key: str, content: bytes | Path, *, create_only: bool = False) -> bool:
            if "/claims/" in key:
                super().put(key, b"another", create_only=True)
            return super().put(key, content, create_only=create_only)

    taker = Taker(Late(Path(bench.settings.store)), bench.settings, threading.Event())
    assert taker.take(job_id, lambda _: False) == "waiting"
    assert not list(every_key(bench.store, f"jobs/{job_id}/attempts/"))


def test_a_job_that_is_asked_for_again_meanwhile_stays_on_the_queue(bench: Bench) -> None:
    job_id = bench.submit()
    bench.ledger.cancel(job_id)
    ledger = bench.ledger

    class Quick(FolderStore):
        """A store in which a retry comes between looking and deleting."""

        def delete(self, key: str) -> bool:
            gone = super().delete(key)
            if key == layout.queue(job_id):
                ledger.retry(job_id)
                super().delete(key)
            return gone

    take_off_queue(Quick(Path(bench.settings.store)), job_id)
    assert list(every_key(bench.store, layout.QUEUE)) == [layout.queue(job_id)]


class Failing(FolderStore):
    """A store that fails some times."""

    failures = 0
    asked = 0

    def get(self, key: str) -> bytes | None:
        self.asked += 1
        if self.asked <= self.failures:
            raise StoreError("The store is away.", "Wait.")
        return super().get(key)


def test_a_store_that_fails_is_asked_again_until_it_answers(tmp_path: Path) -> None:
    store = Failing(tmp_path)
    store.put("key", b"content")
    store.failures = 1
    assert PatientStore(store, 30, threading.Event()).get("key") == b"content"
    assert store.asked == 2


def test_patience_has_an_end(tmp_path: Path) -> None:
    store = Failing(tmp_path)
    store.failures = 10**9
    with pytest.raises(StoreError, match="away"):
        PatientStore(store, 0.2, threading.Event()).get("key")
    assert store.asked >= 2


def test_who_must_stop_has_no_patience(tmp_path: Path) -> None:
    store, stop = Failing(tmp_path), threading.Event()
    store.failures = 10**9
    stop.set()
    with pytest.raises(StoreError):
        PatientStore(store, 3600, stop).get("key")
    assert store.asked == 1
