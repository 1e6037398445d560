"""Creating an object exactly once in a bucket: what the server does, and what is done where it does not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from stores.test_store_contract import race

from cricksy_lib.jobs.s3_probe import Conditions
from cricksy_lib.jobs.s3_store import S3Store
from cricksy_lib.jobs.store import Store

MakeS3 = Callable[..., S3Store]
KEY = "claims/1.json"


class Watched:
    """A client that notes what it is asked, and may do something before or after."""

    def __init__(self, client: object) -> None:
        self._client = client
        self.asked: list[tuple[str, dict[str, object]]] = []
        self.before: dict[str, Callable[[], None]] = {}
        self.after: dict[str, Callable[[object], object]] = {}

    def __getattr__(self, name: str) -> object:
        plain = getattr(self._client, name)
        if not callable(plain):
            return plain

        def call(*given: object, **arguments: object) -> object:
            self.asked.append((name, arguments))
            self.before.pop(name, lambda: None)()
            answer = plain(*given, **arguments)
            return self.after.pop(name, lambda answer: answer)(answer)

        return call


def watch(store: S3Store) -> Watched:
    """Put a watched client in the place of a store's own."""
    watched = Watched(store._client)
    store._client = watched
    return watched


def without_conditions(store: S3Store, *, refuses: bool = False) -> S3Store:
    """Let a store believe that its server checks and writes in two steps."""
    store._conditions = Conditions(atomic=False, refuses=refuses)
    return store


def test_a_server_that_compares_and_writes_in_one_step_is_recognised(
    on_moto: MakeS3, caplog: pytest.LogCaptureFixture
) -> None:
    store = on_moto()
    assert store.creates_only
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert store.list().keys == ()


def test_what_swift_cannot_do_is_found_out_once_and_said_once(
    on_swift: MakeS3, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    store = on_swift()
    watched = watch(store)
    assert not store.creates_only
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert "cannot create an object exactly once" in said[0]
    probed = len(watched.asked)
    assert not store.creates_only
    store.put(KEY, b"mine", create_only=True)
    assert len(caplog.records) == 1
    assert sum(name == "put_object" for name, _ in watched.asked[probed:]) == 1
    assert store.list().keys == (KEY,)


def test_a_server_that_knows_no_conditions_is_recognised(on_moto: MakeS3) -> None:
    store = on_moto()
    watched = watch(store)
    plain = watched._client

    class Deaf:
        def __getattr__(self, name: str) -> object:
            return getattr(plain, name)

        def put_object(self, **arguments: object) -> object:
            arguments.pop("IfNoneMatch", None)
            arguments.pop("IfMatch", None)
            return plain.put_object(**arguments)  # type: ignore[attr-defined]

    store._client = Deaf()
    assert not store.creates_only
    assert store.put(KEY, b"mine", create_only=True)
    assert not store.put(KEY, b"yours", create_only=True)
    assert store.get(KEY) == b"mine"


def test_reading_and_listing_ask_no_probe(on_s3: MakeS3) -> None:
    store = on_s3()
    watched = watch(store)
    store.put("a", b"")
    store.get("a")
    store.list()
    assert [name for name, _ in watched.asked] == ["put_object", "get_object", "list_objects_v2"]


def test_on_swift_at_most_one_of_racing_creators_wins(on_swift: MakeS3) -> None:
    stores: list[Store] = [on_swift(clock=time.monotonic, sleep=time.sleep) for _ in range(8)]
    for key, winners in race(stores, 6).items():
        assert len(winners) <= 1
        assert not stores[0].put(key, b"later", create_only=True)


def test_a_creator_that_was_overwritten_while_it_waited_has_lost(on_s3: MakeS3) -> None:
    """Two passed the check; the one who wrote last finds its mark, and nobody else does."""
    second = without_conditions(on_s3())
    first = without_conditions(on_s3(sleep=lambda _: won.append(overwrite())))
    won: list[bool] = []

    def overwrite() -> bool:
        # It looked before the first had written.
        second._head = absent_once(second)  # type: ignore[method-assign]
        return second.put(KEY, b"second", create_only=True)

    assert first.put(KEY, b"first", create_only=True) is False
    assert won == [True]
    assert first.get(KEY) == b"second"


def absent_once(store: S3Store) -> Callable[[str], object]:
    """Return a look at an object that finds nothing the first time."""
    plain, looked = store._head, []

    def head(key: str) -> object:
        looked.append(key)
        return None if len(looked) == 1 else plain(key)

    return head


def test_a_creator_that_was_too_slow_has_lost_whatever_it_finds(on_s3: MakeS3) -> None:
    """Its write may have come after another had looked and won."""
    times = iter([0.0, 1.0])
    slept: list[float] = []
    store = without_conditions(on_s3(clock=lambda: next(times), sleep=slept.append, s3_settle_seconds=1.0))
    assert store.put(KEY, b"mine", create_only=True) is False
    assert slept == []


def test_a_creator_waits_as_long_as_the_setting_says(on_s3: MakeS3) -> None:
    slept: list[float] = []
    times = iter([0.0, 2.4])
    store = without_conditions(on_s3(clock=lambda: next(times), sleep=slept.append, s3_settle_seconds=2.5))
    assert store.put(KEY, b"mine", create_only=True)
    assert slept == [2.5]


def test_a_creator_whose_request_was_sent_again_has_lost_where_the_server_cannot_tell(on_s3: MakeS3) -> None:
    store = without_conditions(on_s3())
    watched = watch(store)

    def sent_again(answer: object) -> object:
        answer["ResponseMetadata"]["RetryAttempts"] = 1  # type: ignore[index]
        return answer

    watched.after["put_object"] = sent_again
    assert store.put(KEY, b"mine", create_only=True) is False


def test_a_creator_whose_acknowledgement_was_lost_has_still_won(on_moto: MakeS3) -> None:
    """The first request was carried out, its answer lost, and the second refused."""
    store = on_moto()
    assert store.creates_only
    lose_the_acknowledgement(watch(store), "put_object")
    assert store.put(KEY, b"mine", create_only=True) is True
    assert not store.put(KEY, b"mine", create_only=True)


def lose_the_acknowledgement(watched: Watched, name: str) -> None:
    """Answer as the server does to the second of two requests of which the first was carried out."""

    def refuse(answer: object) -> object:
        refused = {"HTTPStatusCode": 412, "RetryAttempts": 1}
        raise ClientError({"Error": {"Code": "PreconditionFailed"}, "ResponseMetadata": refused}, name)

    watched.after[name] = refuse


def test_a_refusal_of_a_second_request_is_a_loss_if_another_made_the_object(on_moto: MakeS3) -> None:
    store = on_moto()
    store.put(KEY, b"theirs", create_only=True)
    watched = watch(store)

    def refuse() -> None:
        refused = {"HTTPStatusCode": 412, "RetryAttempts": 2}
        raise ClientError(
            {"Error": {"Code": "PreconditionFailed"}, "ResponseMetadata": refused}, "put_object"
        )

    watched.before["put_object"] = refuse
    assert store.put(KEY, b"mine", create_only=True) is False
    assert store.get(KEY) == b"theirs"


def test_a_conflict_is_tried_again(on_moto: MakeS3) -> None:
    store = on_moto()
    assert store.creates_only
    watched = watch(store)

    def conflict() -> None:
        met = {"HTTPStatusCode": 409, "RetryAttempts": 0}
        raise ClientError(
            {"Error": {"Code": "ConditionalRequestConflict"}, "ResponseMetadata": met}, "put_object"
        )

    watched.before["put_object"] = conflict
    assert store.put(KEY, b"mine", create_only=True)


def test_a_file_in_parts_is_created_once(on_s3: MakeS3, tmp_path: Path) -> None:
    """Both find nothing, both send their parts: the second to put them together is refused, or has lost."""
    size = 5 * 1024 * 1024  # the least that S3 takes as a part
    mine, yours = tmp_path / "mine.mp4", tmp_path / "yours.mp4"
    mine.write_bytes(b"m" * (size + 10))
    yours.write_bytes(b"y" * (size + 10))
    store, other = on_s3(part_bytes=size), on_s3(part_bytes=size)
    watched = watch(store)
    assert other.creates_only == store.creates_only
    if not store.creates_only:
        assert other.put(KEY, yours, create_only=True)
        assert not store.put(KEY, mine, create_only=True)
        assert store.size(KEY) == size + 10
        assert store.read_range(KEY, 0, 1) == b"y"
        return
    won: list[bool] = []
    watched.before["complete_multipart_upload"] = lambda: won.append(other.put(KEY, yours, create_only=True))
    assert store.put(KEY, mine, create_only=True) is False
    assert won == [True]
    assert store.read_range(KEY, 0, 1) == b"y"
    assert "abort_multipart_upload" in [name for name, _ in watched.asked]


def test_a_file_that_is_there_is_not_sent_again(on_s3: MakeS3, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"clip")
    store = on_s3()
    store.put("videos/a.mp4", clip, create_only=True)
    watched = watch(store)
    assert not store.put("videos/a.mp4", clip, create_only=True)
    assert [name for name, _ in watched.asked] == ["head_object"]


def test_two_threads_probe_once(on_swift: MakeS3) -> None:
    store = on_swift()
    watched = watch(store)
    threads = [threading.Thread(target=lambda: store.creates_only) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(name == "delete_object" for name, _ in watched.asked) == 1
