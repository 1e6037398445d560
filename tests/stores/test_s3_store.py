"""What is a bucket's own among stores: files in parts, broken connections, errors in words, options."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import IncompleteReadError
from stores.s3_servers import BUCKET
from stores.test_s3_create_only import watch

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs import s3_client
from cricksy_lib.jobs.s3_store import S3Store
from cricksy_lib.jobs.store import open_store
from cricksy_lib.settings import Settings

MakeS3 = Callable[..., S3Store]
PART = 5 * 1024 * 1024  # the least that S3 takes


def test_a_large_file_goes_in_parts_and_comes_back(on_s3: MakeS3, tmp_path: Path) -> None:
    content = bytes(range(256)) * (PART // 128) + b"the rest"
    (tmp_path / "clip.mp4").write_bytes(content)
    store = on_s3(part_bytes=PART)
    watched = watch(store)
    store.put("videos/a.mp4", tmp_path / "clip.mp4")
    assert [name for name, _ in watched.asked].count("upload_part") == 3
    assert store.size("videos/a.mp4") == len(content)
    assert store.read_range("videos/a.mp4", 2 * PART - 3, 2 * PART + 9) == content[2 * PART - 3 :]
    path = store.local("videos/a.mp4", tmp_path)
    assert path is not None
    assert path.read_bytes() == content


def test_a_large_file_that_cannot_be_sent_leaves_nothing(on_s3: MakeS3, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x" * (PART + 1))
    store = on_s3(part_bytes=PART)
    watched = watch(store)

    def cut() -> None:
        raise KeyboardInterrupt

    watched.before["complete_multipart_upload"] = cut
    with pytest.raises(KeyboardInterrupt):
        store.put("videos/a.mp4", tmp_path / "clip.mp4")
    assert store.size("videos/a.mp4") is None
    assert watched.asked[-2][0] == "abort_multipart_upload"
    assert "Uploads" not in store._client.list_multipart_uploads(Bucket=store._bucket, Prefix=store._prefix)


def break_off(answer: object) -> object:
    """Let the connection break in the middle of an answer's content."""

    body = answer["Body"]  # type: ignore[index]

    def read(*_: object) -> bytes:
        body.close()
        raise IncompleteReadError(actual_bytes=1, expected_bytes=7)

    body.read = read
    return answer


def test_a_copy_that_breaks_off_leaves_nothing(
    on_s3: MakeS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = on_s3()
    store.put("videos/a.mp4", b"content")
    plain = store._client.get_object
    monkeypatch.setattr(store._client, "get_object", lambda **asked: break_off(plain(**asked)))
    with pytest.raises(StoreError):
        store.local("videos/a.mp4", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_object_whose_reading_breaks_off_is_read_again(on_s3: MakeS3) -> None:
    store = on_s3()
    store.put("a", b"content")
    watched = watch(store)
    watched.after["get_object"] = break_off
    assert store.get("a") == b"content"
    assert [name for name, _ in watched.asked] == ["get_object", "get_object"]


def test_an_object_is_of_the_type_that_a_browser_expects(on_s3: MakeS3) -> None:
    store = on_s3()
    for name, kind in [("a.mp4", "video/mp4"), ("r.html", "text/html; charset=utf-8"), ("x", "octet-stream")]:
        store.put(f"videos/{name}", b"x")
        found = store._client.head_object(Bucket=store._bucket, Key=f"{store._prefix}videos/{name}")
        assert found["ContentType"].endswith(kind)


def test_encryption_and_storage_class_are_asked_for(on_moto: MakeS3, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x" * (PART + 1))
    (tmp_path / "small.mp4").write_bytes(b"x")
    store = on_moto(
        s3_sse="aws:kms", s3_sse_kms_key_id="a-key", s3_storage_class="STANDARD_IA", part_bytes=PART
    )
    store.put("videos/a.mp4", tmp_path / "clip.mp4", create_only=True)
    store.put("videos/b.mp4", tmp_path / "small.mp4")
    store.put("state.json", b"{}")
    kept = {
        key: store._client.head_object(Bucket=BUCKET, Key=store._prefix + key)
        for key in ("videos/a.mp4", "videos/b.mp4", "state.json")
    }
    assert {found["ServerSideEncryption"] for found in kept.values()} == {"aws:kms"}
    assert kept["videos/a.mp4"]["StorageClass"] == kept["videos/b.mp4"]["StorageClass"] == "STANDARD_IA"
    assert kept["videos/b.mp4"]["SSEKMSKeyId"].endswith("a-key")
    assert "StorageClass" not in kept["state.json"]  # written again every second


def test_an_option_that_the_server_does_not_know_is_said(on_swift: MakeS3) -> None:
    with pytest.raises(StoreError) as raised:
        on_swift(s3_sse="AES256").put("a", b"x")
    assert "NotImplemented" in raised.value.cause
    assert "CRICKSY_S3_SSE" in raised.value.advice


def test_timeouts_and_tries_are_set(on_moto: MakeS3) -> None:
    config = on_moto()._client.meta.config
    assert config.connect_timeout == s3_client.CONNECT_TIMEOUT_S
    assert config.read_timeout == s3_client.READ_TIMEOUT_S
    assert config.retries["total_max_attempts"] == s3_client.TRIES
    assert config.retries["mode"] == "standard"


def test_amazon_is_asked_by_its_own_host_names(on_moto: MakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    client = s3_client.make_client("academy")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "academy", "Key": "a"})
    assert url.startswith("https://academy.s3.eu-west-2.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256")


def test_a_profile_says_where_and_who(
    on_moto: MakeS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = on_moto()
    endpoint = store._client.meta.endpoint_url
    (tmp_path / "config").write_text(f"[profile nets]\nendpoint_url = {endpoint}\nregion = eu-west-1\n")
    (tmp_path / "keys").write_text("[nets]\naws_access_key_id = other\naws_secret_access_key = secret\n")
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("AWS_PROFILE", "nets")
    opened = on_moto()
    assert opened._client.meta.region_name == "eu-west-1"
    assert "X-Amz-Credential=other" in opened.url("a")
    opened.put("a", b"by profile")
    assert store.get("a") == b"by profile"


@pytest.mark.parametrize(
    "place",
    [
        *("s3://", "s3:///prefix", "s3://academy/../x", "s3://academy/a//b", "s3://user:key@academy/x"),
        *("s3://academy/x?versionId=1", "s3://no such bucket"),
    ],
)
def test_an_address_that_is_no_bucket_s_is_refused(on_moto: MakeS3, place: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_store(place)
    assert "user:key" not in str(raised.value)


def test_the_same_setting_opens_the_same_store(on_s3: MakeS3) -> None:
    store = on_s3()
    store.put("a/b", b"here")
    opened = open_store(store._place, Settings())
    assert opened.get("a/b") == b"here"
    assert open_store(f"{store._place}/", Settings()).get("a/b") == b"here"
    assert open_store(f"{store._place}/a", Settings()).get("b") == b"here"
    assert open_store(f"s3://{store._bucket}", Settings()).get(f"{store._prefix}a/b") == b"here"


def test_a_bucket_that_is_not_there_is_said_at_opening(on_s3: MakeS3) -> None:
    on_s3()
    with pytest.raises(StoreError) as raised:
        open_store(f"s3://no-such-bucket-{uuid.uuid4()}/x")
    assert "NoSuchBucket" in raised.value.cause
    assert "CRICKSY_STORE" in raised.value.advice


def test_wrong_credentials_are_refused_and_not_repeated(
    on_swift: MakeS3, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    on_swift().put("a", b"private")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret")
    with pytest.raises(StoreError) as raised:
        on_swift()
    assert raised.value.exit_code == 5
    assert "AWS_PROFILE" in raised.value.advice
    told = f"{raised.value} {raised.value.__cause__} {caplog.text}"
    assert "wrong-secret" not in told
    assert "Signature=" not in told


def test_no_credentials_at_all_are_said(on_moto: MakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    on_moto()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(StoreError) as raised:
        on_moto()
    assert "AWS_PROFILE" in raised.value.advice


def test_a_profile_that_is_not_there_is_said(on_moto: MakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(StoreError) as raised:
        on_moto()
    assert "AWS_PROFILE" in raised.value.advice


def test_a_server_that_is_not_there_is_said(on_moto: MakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(s3_client, "TRIES", 1)
    with pytest.raises(StoreError) as raised:
        on_moto()
    assert "AWS_ENDPOINT_URL" in raised.value.advice


def test_nothing_of_a_request_is_logged(on_s3: MakeS3, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = on_s3()
    store.put("a", b"x", create_only=True)
    store.get("a")
    store.url("a")
    store.put_url("b", 1)
    assert "Signature" not in caplog.text
    assert "AWS4-HMAC" not in caplog.text
