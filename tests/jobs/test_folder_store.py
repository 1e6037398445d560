"""What a store promises, asked of the one in a folder."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.store import every_folder, every_key, open_store


def test_what_is_put_is_got_back(store: FolderStore) -> None:
    assert store.put("jobs/a/job.json", b"one")
    assert store.get("jobs/a/job.json") == b"one"
    assert store.size("jobs/a/job.json") == 3


def test_a_put_replaces(store: FolderStore) -> None:
    store.put("a", b"one")
    store.put("a", b"second")
    assert store.get("a") == b"second"


def test_a_file_is_copied_in_whole(store: FolderStore, tmp_path: Path) -> None:
    source = tmp_path / "clip.bin"
    source.write_bytes(bytes(range(256)) * 9000)
    store.put("videos/a.mp4", source)
    source.write_bytes(b"changed afterwards")
    assert store.get("videos/a.mp4") == bytes(range(256)) * 9000


def test_what_is_absent_is_none(store: FolderStore) -> None:
    assert store.get("no/such") is None
    assert store.size("no/such") is None
    assert store.local("no/such", store.root) is None
    assert store.delete("no/such") is False


def test_create_only_keeps_the_first(store: FolderStore) -> None:
    assert store.put("claims/1.json", b"mine", create_only=True)
    assert not store.put("claims/1.json", b"yours", create_only=True)
    assert store.get("claims/1.json") == b"mine"


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


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../out", "a/../b", "a//b", ".hidden", "a/.b", "a\\b", "a/", "ä", "a\n", "x" * 600],
)
def test_a_key_that_leaves_the_store_is_refused(store: FolderStore, key: str) -> None:
    with pytest.raises(StoreError):
        store.put(key, b"")
    with pytest.raises(StoreError):
        store.get(key)


def test_a_listing_is_in_the_order_of_whole_keys(store: FolderStore) -> None:
    keys = ["videos/a.mp4", "videos/a/proxy.mp4", "videos/a-b.mp4", "videos/ab/x", "zeta", "alpha/1"]
    for key in keys:
        store.put(key, b"")
    assert list(store.list().keys) == sorted(keys)
    assert list(store.list("videos/a").keys) == sorted(key for key in keys if key.startswith("videos/a"))


def test_pages_join_without_gap_or_overlap(store: FolderStore) -> None:
    keys = sorted(f"jobs/{number % 7}/{number:03d}.json" for number in range(60))
    for key in keys:
        store.put(key, b"")
    found, after = [], None
    while True:
        page = store.list("jobs/", after=after, limit=7)
        assert len(page.keys) <= 7
        found.extend(page.keys)
        after = page.after
        if after is None:
            break
    assert found == keys
    assert list(every_key(store, "jobs/")) == keys


def test_a_delimiter_lists_folders_once(store: FolderStore) -> None:
    for key in ("jobs/a/job.json", "jobs/a/claims/1.json", "jobs/b/job.json", "jobs/readme"):
        store.put(key, b"")
    page = store.list("jobs/", delimiter="/")
    assert page.folders == ("jobs/a/", "jobs/b/")
    assert page.keys == ("jobs/readme",)
    assert store.list("jobs/", delimiter="/", after="jobs/a/").folders == ("jobs/b/",)
    assert list(every_folder(store, "jobs/")) == ["a", "b"]


def test_a_delete_leaves_no_empty_folder(store: FolderStore) -> None:
    store.put("jobs/a/claims/1.json", b"")
    assert store.delete("jobs/a/claims/1.json")
    assert list(store.list("", delimiter="/").folders) == []
    assert not (store.root / "jobs").exists()


def test_half_written_objects_are_never_listed(store: FolderStore) -> None:
    (store.root / ".staging" / "left").write_bytes(b"half")
    assert store.list().keys == ()


def test_a_new_store_is_for_its_owner_alone(store: FolderStore) -> None:
    assert store.root.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError):
        FolderStore(tmp_path / "file" / "store")


def test_an_unknown_kind_of_store_is_a_store_error() -> None:
    with pytest.raises(StoreError):
        open_store("ftp://somewhere/else")


def test_a_url_opens_the_object(store: FolderStore) -> None:
    from urllib.request import urlopen

    store.put("videos/a.mp4", b"content")
    with urlopen(store.url("videos/a.mp4")) as opened:
        assert opened.read() == b"content"
