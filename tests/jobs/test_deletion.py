"""Deleting jobs, by whichever way: what else goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from counting_store import CountingStore
from made_jobs import NOW, Made
from small_notebooks import Bench
from test_ledger import finish as finish_job

from cricksy_lib.corrections import Corrections
from cricksy_lib.errors import StoreError
from cricksy_lib.jobs import deletion, layout
from cricksy_lib.jobs.deletion import named_elsewhere
from cricksy_lib.jobs.documents import Asked
from cricksy_lib.jobs.erasure import erase_player
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.retention import let_go, old_jobs
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.table_cache import cache_path
from cricksy_lib.jobs.verify import verify
from cricksy_lib.settings import get_settings

MADE = Made(1, player="Pat")


@pytest.fixture
def environment(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The bench's settings as this process's own."""
    for name, value in bench.environment().items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def delete(bench: Bench) -> None:
    bench.ledger.delete(MADE.id)


def delete_damaged(bench: Bench) -> None:
    bench.store.put(layout.request(MADE.id), b"{damaged")
    bench.ledger.delete(MADE.id)


def erase(bench: Bench) -> None:
    erase_player(bench.store, "Pat", sleep=lambda _: None)


def retain(bench: Bench) -> None:
    let_go(bench.store, old_jobs(bench.store, 1))


def finish_deletion(bench: Bench) -> None:
    bench.store.put(layout.deletion(MADE.id), Asked(asked_at=NOW).as_bytes())
    verify(bench.store, 0.0, mend=True, sleep=lambda _: None)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("way", [delete, delete_damaged, erase, retain, finish_deletion])
def test_every_way_of_deleting_a_job_deletes_this_user_s_table(
    bench: Bench, way: Callable[[Bench], None]
) -> None:
    MADE.put(bench.store)
    table = cache_path(bench.store, bench.settings)
    table.parent.mkdir(parents=True)
    table.write_bytes(b"Pat")
    way(bench)
    assert bench.store.size(layout.request(MADE.id)) is None
    assert not table.exists()


def test_a_table_that_cannot_be_deleted_is_said_and_the_deletion_can_be_repeated(
    bench: Bench, store: FolderStore
) -> None:
    MADE.put(store)
    table = cache_path(store, bench.settings)
    table.mkdir(parents=True)  # no file: it cannot be unlinked
    with pytest.raises(StoreError, match="could not be deleted") as raised:
        bench.ledger.delete(MADE.id)
    assert str(table) in raised.value.advice
    table.rmdir()
    assert verify(store, 0.0, mend=True, sleep=lambda _: None).agrees
    assert list(every_key(store, "")) == []


def requests_of_a_deletion(store: FolderStore, made: Made) -> list[tuple[str, str]]:
    """Delete a job; return what was asked of the store."""
    counting = CountingStore(store)
    Ledger(counting).delete(made.id)
    return counting.take()


@pytest.mark.parametrize("sharing", [1, 5])
def test_a_deletion_costs_the_same_however_many_jobs_name_other_videos(
    store: FolderStore, sharing: int
) -> None:
    first, *_ = one = [Made(number, "failed", video="one") for number in range(sharing)]
    second, *_ = two = [Made(10 + number, "failed", video="two") for number in range(sharing)]
    others = [Made(100 + number) for number in range(50)]
    for made in one:
        made.put(store)
    before = requests_of_a_deletion(store, first)
    for made in (*two, *others):
        made.put(store)
    asked = requests_of_a_deletion(store, second)
    assert len(asked) == len(before)
    named = [made.id for made in (*one, *others)]
    assert not [key for _, key in asked if key == layout.JOBS or any(of in key for of in named)]


def test_a_video_stays_while_a_correction_names_it_and_goes_with_that(
    bench: Bench, store: FolderStore
) -> None:
    first = bench.submit()
    finish_job(store, first, 1)
    second = bench.ledger.correct(first, Corrections(hand="left"))
    assert not bench.ledger.delete(first).video_deleted
    bench.ledger.cancel(second)
    assert bench.ledger.delete(second).video_deleted
    assert list(every_key(store, "")) == []


def test_a_marker_keeps_a_video_only_if_its_job_may_name_it(store: FolderStore) -> None:
    MADE.put(store)
    other, video = Made(2), MADE.sha256
    assert named_elsewhere(store, {video}, {MADE.id}) == set()
    store.put(layout.job_of_video(video, other.id), b"")
    assert named_elsewhere(store, {video}, {MADE.id}) == set()  # there is no such job
    other.put(store)
    assert named_elsewhere(store, {video}, {MADE.id}) == set()  # its own video is another
    store.put(layout.request(other.id), b"{damaged")
    assert named_elsewhere(store, {video}, {MADE.id}) == {video}  # restored, it may be of this one
    assert named_elsewhere(store, {video, other.sha256}, {MADE.id, other.id}) == set()


def test_two_jobs_that_are_deleted_at_the_same_time_leave_no_video(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second deletion is done when the first one has just taken its own markers away."""
    first, second = Made(1, video="shared"), Made(2, video="shared")
    for made in (first, second):
        made.put(store)
    plain, ledger = deletion.named_elsewhere, Ledger(store)

    def meanwhile(*arguments: object) -> set[str]:
        monkeypatch.setattr(deletion, "named_elsewhere", plain)
        ledger.delete(second.id)
        return plain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(deletion, "named_elsewhere", meanwhile)
    ledger.delete(first.id)
    assert list(every_key(store, "")) == []
