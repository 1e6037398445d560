"""What every kind of store promises."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.s3_store import S3Store
from cricksy_lib.jobs.store import NOT_CHANGED, Fetched, Store, every_folder, every_key

BYTES = bytes(range(256)) * 9000


def put_all(store: Store, keys: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: store.put(key, b""), keys))


def test_what_is_put_is_got_back(store: Store) -> None:
    assert store.put("jobs/a/job.json", b"one")
    assert store.get("jobs/a/job.json") == b"one"
    assert store.size("jobs/a/job.json") == 3


def test_a_put_replaces(store: Store) -> None:
    store.put("a", b"one")
    store.put("a", b"second")
    assert store.get("a") == b"second"
    assert store.size("a") == 6


def test_an_empty_object_is_an_object(store: Store) -> None:
    assert store.put("queue/1", b"", create_only=True)
    assert store.get("queue/1") == b""
    assert store.size("queue/1") == 0
    assert store.read_range("queue/1", 0, 10) == b""


def test_a_file_is_copied_in_whole(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "clip.bin"
    source.write_bytes(BYTES)
    store.put("videos/a.mp4", source)
    source.write_bytes(b"changed afterwards")
    assert store.get("videos/a.mp4") == BYTES


def test_a_file_that_is_gone_is_a_store_error_and_stores_nothing(store: Store, tmp_path: Path) -> None:
    for create_only in (False, True):
        with pytest.raises(StoreError):
            store.put("videos/a.mp4", tmp_path / "gone.mp4", create_only=create_only)
    assert store.size("videos/a.mp4") is None


def test_what_is_absent_is_none(store: Store, tmp_path: Path) -> None:
    assert store.get("no/such") is None
    assert store.fetch("no/such") is None
    assert store.fetch("no/such", "a tag") is None
    assert store.facts("no/such") is None
    assert store.size("no/such") is None
    assert store.read_range("no/such", 0, 1) is None
    assert store.local("no/such", tmp_path) is None
    assert store.delete("no/such") is False


def test_a_folder_of_objects_is_no_object(store: Store) -> None:
    store.put("jobs/a/job.json", b"one")
    assert store.get("jobs/a") is None
    assert store.size("jobs") is None


def test_create_only_keeps_the_first(store: Store) -> None:
    assert store.put("claims/1.json", b"mine", create_only=True)
    assert not store.put("claims/1.json", b"yours", create_only=True)
    assert not store.put("claims/1.json", b"mine", create_only=True)
    assert store.get("claims/1.json") == b"mine"


def test_create_only_keeps_the_first_file(store: Store, tmp_path: Path) -> None:
    mine, yours = tmp_path / "mine", tmp_path / "yours"
    mine.write_bytes(b"mine")
    yours.write_bytes(b"yours")
    assert store.put("videos/a.mp4", mine, create_only=True)
    assert not store.put("videos/a.mp4", yours, create_only=True)
    assert store.get("videos/a.mp4") == b"mine"


def test_what_was_deleted_can_be_created_again(store: Store) -> None:
    store.put("a", b"one", create_only=True)
    assert store.delete("a")
    assert store.size("a") is None
    assert store.put("a", b"two", create_only=True)


def test_an_object_is_sent_again_only_if_it_changed(store: Store) -> None:
    store.put("state.json", b"one")
    first = store.fetch("state.json")
    assert isinstance(first, Fetched)
    assert first.content == b"one"
    assert store.fetch("state.json", first.etag) is NOT_CHANGED
    facts = store.facts("state.json")
    assert facts is not None
    assert (facts.size, facts.etag) == (3, first.etag)
    store.put("state.json", b"two")
    second = store.fetch("state.json", first.etag)
    assert isinstance(second, Fetched)
    assert second.content == b"two"
    assert second.etag != first.etag


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (10, 30), (0, len(BYTES)), (len(BYTES) - 5, len(BYTES) + 99), (7, 7)]
)
def test_a_range_is_a_slice(store: Store, start: int, end: int) -> None:
    store.put("videos/a.mp4", BYTES)
    assert store.read_range("videos/a.mp4", start, end) == BYTES[start:end]


def test_a_range_beyond_the_end_is_empty(store: Store) -> None:
    store.put("a", b"12345")
    assert store.read_range("a", 5, 10) == b""
    assert store.read_range("a", 99, 100) == b""


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../out", "a/../b", "a//b", ".hidden", "a/.b", "a\\b", "a/", "ä", "a\n", "x" * 600],
)
def test_a_key_that_leaves_the_store_is_refused(store: Store, key: str, tmp_path: Path) -> None:
    asked: list[Callable[[], object]] = [
        lambda: store.put(key, b""),
        lambda: store.put(key, b"", create_only=True),
        lambda: store.get(key),
        lambda: store.fetch(key),
        lambda: store.read_range(key, 0, 1),
        lambda: store.size(key),
        lambda: store.delete(key),
        lambda: store.local(key, tmp_path),
        lambda: store.url(key),
        lambda: store.put_url(key, 1),
    ]
    for ask in asked:
        with pytest.raises(StoreError):
            ask()


def test_a_listing_is_in_the_order_of_whole_keys(store: Store) -> None:
    keys = ["videos/a.mp4", "videos/a/proxy.mp4", "videos/a-b.mp4", "videos/ab/x", "zeta", "alpha/1"]
    put_all(store, keys)
    assert list(store.list().keys) == sorted(keys)
    assert list(store.list("videos/a").keys) == sorted(key for key in keys if key.startswith("videos/a"))
    assert list(store.list("videos/a", after="videos/a-b.mp4").keys) == sorted(keys)[2:5]
    assert store.list("nothing/").keys == ()


def test_pages_join_without_gap_or_overlap(store: Store) -> None:
    keys = sorted(f"jobs/{number % 7}/{number:03d}.json" for number in range(60))
    put_all(store, keys)
    found: list[str] = []
    after = None
    while True:
        page = store.list("jobs/", after=after, limit=7)
        assert len(page.keys) <= 7
        found.extend(page.keys)
        after = page.after
        if after is None:
            break
    assert found == keys
    assert list(every_key(store, "jobs/")) == keys


def test_more_keys_than_one_page_holds_are_all_listed(store: Store) -> None:
    keys = [f"recent/{number:04d}" for number in range(1005)]
    put_all(store, keys)
    assert len(store.list("recent/").keys) == 1000
    assert list(every_key(store, "recent/")) == keys


def test_a_page_that_ends_with_the_last_key_is_the_last(store: Store) -> None:
    put_all(store, ["a/1", "a/2", "a/3"])
    assert store.list("a/", limit=3).after is None


def test_a_delimiter_lists_folders_once(store: Store) -> None:
    put_all(store, ["jobs/a/job.json", "jobs/a/claims/1.json", "jobs/b/job.json", "jobs/readme"])
    page = store.list("jobs/", delimiter="/")
    assert page.folders == ("jobs/a/", "jobs/b/")
    assert page.keys == ("jobs/readme",)
    assert store.list("jobs/", delimiter="/", after="jobs/a/").folders == ("jobs/b/",)
    assert list(every_folder(store, "jobs/")) == ["a", "b"]


def test_pages_of_folders_join_without_gap_or_overlap(store: Store) -> None:
    put_all(store, [f"jobs/{name}/{number}" for name in "abcde" for number in range(3)])
    found: list[str] = []
    after = None
    while True:
        page = store.list("jobs/", after=after, delimiter="/", limit=2)
        found.extend(page.folders)
        after = page.after
        if after is None:
            break
    assert found == [f"jobs/{name}/" for name in "abcde"]


def test_a_listing_tells_of_each_change(store: Store) -> None:
    def tags() -> dict[str, str]:
        page = store.list("jobs/")
        return dict(zip(page.keys, page.tags, strict=True))

    put_all(store, ["jobs/a/state.json", "jobs/b/state.json"])
    before = tags()
    assert tags() == before
    store.put("jobs/a/state.json", b"two")
    assert [key for key, tag in tags().items() if tag != before[key]] == ["jobs/a/state.json"]
    store.put("jobs/a/state.json", b"one")
    store.delete("jobs/b/state.json")
    after = tags()
    assert list(after) == ["jobs/a/state.json"]
    assert after["jobs/a/state.json"] != before["jobs/a/state.json"]


def test_a_listing_after_a_key_begins_in_the_middle_of_its_folder(store: Store) -> None:
    keys = [f"jobs/{name}/{number}" for name in ("a", "b", "b-c", "c") for number in range(3)]
    put_all(store, keys)
    for after in ("jobs/b/", "jobs/b/1", "jobs/b/~", "jobs/a~", "jobs/c/2"):
        assert list(store.list("jobs/", after=after).keys) == sorted(key for key in keys if key > after)
        assert list(store.list("jobs/b", after=after).keys) == sorted(
            key for key in keys if key > after and key.startswith("jobs/b")
        )


def test_a_local_path_holds_the_object(store: Store, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    store.put("videos/a.mp4", BYTES)
    store.put("other/a.mp4", b"another of the same name")
    path, other = store.local("videos/a.mp4", scratch), store.local("other/a.mp4", scratch)
    assert path is not None
    assert other is not None
    assert path.read_bytes() == BYTES
    assert other.read_bytes() == b"another of the same name"
    assert path.suffix == ".mp4"


def race(stores: list[Store], claims: int) -> dict[str, list[int]]:
    """Let all stores create the same keys at the same time; return who won each."""
    won: dict[str, list[int]] = {f"claims/{number}.json": [] for number in range(claims)}
    start = Barrier(len(stores))

    def run(name: int) -> None:
        for key, winners in won.items():
            start.wait(timeout=60)
            if stores[name].put(key, str(name).encode(), create_only=True):
                winners.append(name)

    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(run, range(len(stores))))
    return won


def test_of_racing_creators_exactly_one_wins(tmp_path: Path) -> None:
    stores: list[Store] = [FolderStore(tmp_path / "store") for _ in range(8)]
    for key, winners in race(stores, 100).items():
        assert len(winners) == 1
        assert stores[0].get(key) == str(winners[0]).encode()


def test_of_racing_creators_on_moto_exactly_one_wins(on_moto: Callable[..., S3Store]) -> None:
    stores: list[Store] = [on_moto() for _ in range(8)]
    assert all(store.creates_only for store in stores)
    for key, winners in race(stores, 25).items():
        assert len(winners) == 1
        assert stores[0].get(key) == str(winners[0]).encode()
