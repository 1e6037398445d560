"""What is the folder's own among stores."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

import pytest

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.store import open_store


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """An empty store."""
    return FolderStore(tmp_path / "store")


def _race(root: Path, name: int, start: object, won: object) -> None:
    store = FolderStore(root)
    start.wait()  # type: ignore[attr-defined]
    for claim in range(40):
        if store.put(f"claims/{claim}.json", str(name).encode(), create_only=True):
            won.put((claim, name))  # type: ignore[attr-defined]


def test_of_racing_processes_exactly_one_wins(store: FolderStore) -> None:
    context = multiprocessing.get_context("spawn")
    start, won = context.Barrier(4), context.Queue()
    racers = [context.Process(target=_race, args=(store.root, name, start, won)) for name in range(4)]
    for racer in racers:
        racer.start()
    wins = [won.get(timeout=60) for _ in range(40)]
    for racer in racers:
        racer.join()
    assert sorted(claim for claim, _ in wins) == list(range(40))
    for claim, name in wins:
        assert store.get(f"claims/{claim}.json") == str(name).encode()


def test_a_delete_leaves_no_empty_folder(store: FolderStore) -> None:
    store.put("jobs/a/claims/1.json", b"")
    assert store.delete("jobs/a/claims/1.json")
    assert list(store.list("", delimiter="/").folders) == []
    assert not (store.root / "jobs").exists()


def test_half_written_objects_are_never_listed(store: FolderStore) -> None:
    (store.root / ".staging").mkdir(parents=True)
    (store.root / ".staging" / "left").write_bytes(b"half")
    assert store.list().keys == ()


def test_a_new_store_is_for_its_owner_alone(store: FolderStore) -> None:
    store.put("queue/a", b"")
    assert store.root.stat().st_mode & 0o077 == 0


def test_who_only_reads_makes_no_folder(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "misspelt" / "store")
    assert store.list().keys == ()
    assert store.get("queue/a") is None
    assert not store.delete("queue/a")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="is a file"):
        FolderStore(tmp_path / "file" / "store")


@pytest.mark.skipif(sys.platform != "linux", reason="nobody can make a folder in Linux's /proc")
def test_a_folder_that_nobody_can_make_is_a_store_error_and_not_an_empty_store() -> None:
    with pytest.raises(StoreError, match="'/proc/nowhere/store' is not there and cannot be made"):
        FolderStore(Path("/proc/nowhere/store"))


@pytest.mark.parametrize("place", ["ftp://somewhere/else", "s3:/bucket", "s3:bucket"])
def test_an_unknown_kind_of_store_is_a_store_error(place: str) -> None:
    with pytest.raises(StoreError):
        open_store(place)


def test_an_address_of_a_folder_opens_it(tmp_path: Path) -> None:
    opened = open_store((tmp_path / "my store").as_uri())
    assert isinstance(opened, FolderStore)
    assert opened.root == tmp_path / "my store"
    assert opened.creates_only


def test_a_folder_takes_no_uploads_from_elsewhere(store: FolderStore) -> None:
    assert store.put_url("videos/a.mp4", 100) is None


def test_a_url_opens_the_object(store: FolderStore) -> None:
    from urllib.request import urlopen

    store.put("videos/a.mp4", b"content")
    with urlopen(store.url("videos/a.mp4")) as opened:
        assert opened.read() == b"content"
