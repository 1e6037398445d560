"""In a bucket: no secret and no signature in any object or log, and hostile keys that only S3 can hold."""

from __future__ import annotations

import logging
import sys
import uuid
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "jobs"))

from made_jobs import Made
from small_notebooks import SUCCEED, Bench, make_clip
from stores.s3_servers import BUCKET, lead_to

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.erasure import erase_player
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.verify import verify

TELL_ALL = "print(dict(os.environ))\nprint(globals())"


@pytest.fixture
def place(moto_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty place in the bucket."""
    lead_to(moto_settings, monkeypatch)
    return str(uuid.uuid4())


@pytest.fixture
def bench(tmp_path: Path, place: str) -> Bench:
    """A store there."""
    return Bench(tmp_path, make_clip(tmp_path / "net session.mp4"), f"s3://{BUCKET}/{place}")


def test_no_secret_and_no_signature_is_stored_or_logged(
    bench: Bench, moto_settings: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """The notebook prints all that it knows; the logs are read down to DEBUG."""
    caplog.set_level(logging.DEBUG)
    bench.pipeline(TELL_ALL, SUCCEED)
    job_id = bench.submit(player="Pat")
    assert bench.drain() == 0
    job = bench.ledger.read(job_id)
    assert job.status == "done"
    assert "X-Amz-Signature=" in (job.video_url or "")
    secrets = [moto_settings["AWS_SECRET_ACCESS_KEY"], "X-Amz-Signature", "X-Amz-Credential", "Signature="]
    for key in every_key(bench.store, ""):
        content = (bench.store.get(key) or b"").decode(errors="replace")
        assert not [secret for secret in secrets if secret in content], key
    printed = bench.store.get(layout.artefact(job_id, 1, "deep_analysis.ipynb"))
    assert printed is not None
    assert b"PATH" in printed  # it did print its environment
    for record in caplog.records:
        assert not [secret for secret in secrets if secret in record.getMessage()], record.name


def test_keys_that_only_a_bucket_can_hold_are_not_seen(bench: Bench, place: str) -> None:
    made = Made(1, player="Pat")
    made.put(bench.store)
    client = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
    hostile = [
        "recent/<script>alert(1)</script>",
        f"recent/../{made.id}",
        "queue/<img src=x>",
        "queue//etc/passwd",
        f"jobs/{made.id}/claims/../../x.json",
        "jobs/<b>/job.json",
        "videos/\u202egpj.exe",
    ]
    for key in hostile:
        client.put_object(Bucket=BUCKET, Key=f"{place}/{key}", Body=b"{}")
    assert [row.id for row in bench.ledger.summaries()] == [made.id]
    assert set(every_key(bench.store, "")) == {key for key, _ in made.objects()}
    assert bench.drain() == 0
    assert verify(bench.store, 60, sleep=lambda _: None).agrees


def test_a_player_is_erased_from_a_bucket(bench: Bench) -> None:
    theirs = [Made(1, player="Pat"), Made(2, "failed", "pat", video="shared"), Made(3, "deep_running", "Pat")]
    other = Made(4, player="Sam", video="shared")
    for made in (*theirs, other):
        made.put(bench.store)
    proof = erase_player(bench.store, "PAT", sleep=lambda _: None)
    assert proof.still_named == ()
    assert set(every_key(bench.store, "")) == {key for key, _ in other.objects()}
    assert verify(bench.store, 60, sleep=lambda _: None).agrees
