"""Deleting jobs, by whichever way: what else goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from made_jobs import NOW, Made
from small_notebooks import Bench

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Asked
from cricksy_lib.jobs.erasure import erase_player
from cricksy_lib.jobs.folder_store import FolderStore
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


def finish(bench: Bench) -> None:
    bench.store.put(layout.deletion(MADE.id), Asked(asked_at=NOW).as_bytes())
    verify(bench.store, 0.0, mend=True, sleep=lambda _: None)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("way", [delete, delete_damaged, erase, retain, finish])
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
