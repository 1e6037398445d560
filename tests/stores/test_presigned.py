"""Presigned URLs as the server takes them: Swift checks what moto lets pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from cricksy_lib.jobs.s3_store import S3Store

MakeS3 = Callable[..., S3Store]


def ask(url: str, method: str = "GET", data: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Send a request as anybody could who has the URL; return status and content."""
    try:
        with urlopen(Request(url, data, headers, method=method), timeout=30) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_url_reads_the_object_and_its_ranges(on_s3: MakeS3) -> None:
    store = on_s3()
    store.put("videos/a.mp4", b"0123456789")
    url = store.url("videos/a.mp4")
    assert ask(url) == (200, b"0123456789")
    assert ask(url, Range="bytes=2-4") == (206, b"234")


def test_a_url_lives_as_long_as_the_setting_says(on_s3: MakeS3) -> None:
    query = parse_qs(urlsplit(on_s3(url_lifetime_seconds=77).url("a")).query)
    assert query["X-Amz-Expires"] == ["77"]


def test_a_url_reads_nothing_else_and_writes_nothing(on_swift: MakeS3) -> None:
    store = on_swift()
    store.put("a", b"open")
    store.put("b", b"private")
    url = store.url("a")
    parts = urlsplit(url)
    assert ask(parts._replace(path=parts.path[:-1] + "b").geturl())[0] == 403
    assert ask(parts._replace(query="").geturl())[0] in (400, 403)
    assert ask(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"))[0] == 403
    assert ask(url[:-1] + ("0" if url[-1] != "0" else "1"))[0] == 403
    assert ask(url, "PUT", b"mine")[0] == 403
    assert ask(url, "DELETE")[0] == 403
    assert store.get("a") == b"open"


def test_a_url_stops_working_and_a_new_one_works(on_swift: MakeS3) -> None:
    store = on_swift(url_lifetime_seconds=1)
    store.put("a", b"x")
    url = store.url("a")
    end = time.monotonic() + 30
    while ask(url)[0] == 200:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert ask(url)[0] == 403
    assert ask(on_swift().url("a")) == (200, b"x")


def test_leave_to_put_writes_that_object_of_that_size_once(on_s3: MakeS3) -> None:
    store = on_s3()
    leave = store.put_url("videos/a.mp4", 5)
    assert ask(leave.url, "PUT", b"12345", **leave.headers)[0] == 200
    assert store.get("videos/a.mp4") == b"12345"
    assert ask(leave.url, "PUT", b"54321", **leave.headers)[0] == 412
    assert store.get("videos/a.mp4") == b"12345"


def test_leave_to_put_is_not_leave_to_put_more(on_swift: MakeS3) -> None:
    store = on_swift()
    leave = store.put_url("videos/a.mp4", 5)
    headers = {**leave.headers, "Content-Length": "6"}
    assert ask(leave.url, "PUT", b"123456", **headers)[0] == 403
    without = {name: value for name, value in leave.headers.items() if name != "If-None-Match"}
    assert ask(leave.url, "PUT", b"12345", **without)[0] in (400, 403)
    assert store.size("videos/a.mp4") is None


@pytest.mark.parametrize("part", ["X-Amz", "http"])
def test_a_url_is_not_shown_by_chance(on_moto: MakeS3, part: str) -> None:
    assert part not in repr(on_moto().put_url("a", 1))
