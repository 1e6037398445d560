"""Submit, work, list, show and delete as a user does it, with the store in a bucket."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from urllib.request import urlopen

import pytest
from jobs.small_notebooks import SUCCEED, Bench, Run, make_clip
from stores.s3_servers import BUCKET, lead_to

from cricksy_lib.jobs.store import every_key

NO_SECRETS = "assert not [name for name in os.environ if name.startswith('AWS_')]\n"


@pytest.fixture(params=["moto", "swift"])
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The AWS settings that lead to a server, set."""
    settings: dict[str, str] = request.getfixturevalue(f"{request.param}_settings")
    lead_to(settings, monkeypatch)
    return settings


@pytest.fixture
def bench(tmp_path: Path, aws: dict[str, str]) -> Bench:
    """An empty place in the bucket, and settings that name it."""
    clip = make_clip(tmp_path / "net session.mp4")
    return Bench(tmp_path, clip, f"s3://{BUCKET}/{uuid.uuid4()}")


def test_a_job_from_submission_to_deletion(cricksy: Run, bench: Bench, aws: dict[str, str]) -> None:
    bench.pipeline(NO_SECRETS + SUCCEED)
    submitted = cricksy("submit", bench.clip, "--mode", "bowling", "--player", "Pat")
    assert submitted.returncode == 0, submitted.stderr
    job_id = submitted.stdout.splitlines()[-1]

    worked = cricksy("worker", "--drain", "--poll", "0.1")
    assert worked.returncode == 0, worked.stderr
    assert f"[PERSISTED] Deep job completed: job_id={job_id}" in worked.stderr
    assert "X-Amz" not in worked.stderr
    assert aws["AWS_SECRET_ACCESS_KEY"] not in worked.stderr

    listed = json.loads(cricksy("jobs", "list", "--json").stdout)
    assert [(row["id"], row["status"], row["player"]) for row in listed] == [(job_id, "done", "Pat")]

    shown = json.loads(cricksy("jobs", "show", job_id, "--json").stdout)
    for name in ("quick_results", "deep_results", "video", "overlay", "notebook", "report"):
        with urlopen(shown[f"{name}_url"], timeout=30) as answer:
            content = answer.read()
        assert content, name
        if name.endswith("results"):
            assert json.loads(content)["job_id"] == job_id
    assert "X-Amz-Expires=3600" in shown["video_url"]

    for key in every_key(bench.store, ""):
        content = bench.store.get(key) or b""
        assert b"X-Amz-Signature" not in content, key

    deleted = cricksy("jobs", "delete", job_id)
    assert deleted.returncode == 0, deleted.stderr
    assert list(every_key(bench.store, "")) == []


def test_the_same_clip_twice_is_stored_once(bench: Bench) -> None:
    first, second = bench.submit(), bench.submit()
    assert len([key for key in every_key(bench.store, "videos/") if key.endswith(".mp4")]) == 1
    assert [row.id for row in bench.ledger.summaries()] == [second, first]


def test_a_store_that_cannot_be_reached_exits_with_5(cricksy: Run, bench: Bench) -> None:
    ran = cricksy("submit", bench.clip, "--mode", "batting", CRICKSY_STORE="s3://no-such-bucket")
    assert ran.returncode == 5
    assert "NoSuchBucket" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
