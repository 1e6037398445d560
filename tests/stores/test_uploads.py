"""Jobs whose video is sent from elsewhere by a presigned PUT, on servers that speak S3."""

from __future__ import annotations

import json
import uuid
from hashlib import sha256
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from jobs.small_notebooks import SUCCEED, Bench, Run, make_clip
from stores.s3_servers import BUCKET, lead_to

from cricksy_lib.corrections import Corrections
from cricksy_lib.errors import CricksyError, JobStateError, UsageError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.s3_store import S3Store
from cricksy_lib.jobs.store import Upload, every_key
from cricksy_lib.jobs.uploads import Expected, UploadWatch, await_upload, confirm, expect, upload_of
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.settings import Settings

OPTIONS = AnalysisOptions(mode="batting", passes="quick")


@pytest.fixture(params=["moto", "swift"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A store in a bucket of each server; on a busy one no creation is taken for one that came too late."""
    settings: dict[str, str] = request.getfixturevalue(f"{request.param}_settings")
    lead_to(settings, monkeypatch)
    clip = make_clip(tmp_path / "net session.mp4")
    made = Bench(tmp_path, clip, f"s3://{BUCKET}/{uuid.uuid4()}")
    made.store = S3Store(made.settings.store, made.settings, clock=lambda: 0.0, sleep=lambda _: None)
    made.ledger = Ledger(made.store, made.settings)
    return made


def send(upload: Upload, content: bytes) -> None:
    """Send a video as a phone would."""
    request = Request(upload.url, data=content, headers=dict(upload.headers), method="PUT")
    with urlopen(request, timeout=30) as answer:
        assert answer.status in (200, 201)


def waiting(bench: Bench, content: bytes | None = None) -> tuple[str, Upload]:
    """Make a job that waits for this content, or for the clip."""
    content = bench.clip.read_bytes() if content is None else content
    expected = Expected("From a phone.mp4", len(content), sha256(content).hexdigest())
    return await_upload(bench.store, expected, OPTIONS)


def left(bench: Bench) -> list[str]:
    """What is still there of waiting."""
    return [key for key in every_key(bench.store, "") if key.startswith("awaiting/") or "/upload" in key]


def test_a_job_waits_until_its_video_has_come(bench: Bench) -> None:
    job_id, _ = waiting(bench)
    job = bench.ledger.read(job_id)
    assert (job.status, job.stage, job.progress_pct) == ("awaiting_upload", "AWAITING_UPLOAD", 0)
    assert [row.id for row in bench.ledger.summaries()] == [job_id]
    asked = bench.store.get(layout.request(job_id))
    assert asked is not None
    assert "first_job" not in json.loads(asked)
    with pytest.raises(JobStateError, match="has not come yet"):
        confirm(bench.store, bench.settings, job_id)
    UploadWatch(bench.store, bench.settings).look()
    assert bench.ledger.read(job_id).status == "awaiting_upload"


@pytest.mark.notebook
def test_a_worker_takes_in_what_has_come_and_analyses_it(bench: Bench) -> None:
    bench.pipeline(SUCCEED)
    job_id, upload = waiting(bench)
    send(upload, bench.clip.read_bytes())
    bench.drain()
    job = bench.ledger.read(job_id)
    assert (job.status, job.title) == ("done", "From a phone")
    stored = next(key for key in every_key(bench.store, "videos/") if key.endswith(".mp4"))
    assert bench.store.get(stored) == bench.clip.read_bytes()
    assert left(bench) == [layout.uploaded(job_id)]
    corrected = bench.ledger.correct(job_id, Corrections.model_validate({"hand": "left"}))
    assert bench.ledger.read(corrected).status == "queued"


def test_a_confirmed_job_is_queued_and_may_be_confirmed_again(bench: Bench) -> None:
    job_id, upload = waiting(bench)
    send(upload, bench.clip.read_bytes())
    for _ in range(2):
        confirm(bench.store, bench.settings, job_id)
        assert bench.ledger.read(job_id).status == "queued"
        assert list(every_key(bench.store, layout.QUEUE)) == [layout.queue(job_id)]


@pytest.mark.parametrize(
    ("came", "code"),
    [(b"another content, as long", "upload_wrong"), (b"no video but as was said", "not_a_video")],
)
def test_what_is_not_the_video_fails_the_job_with_a_reason(bench: Bench, came: bytes, code: str) -> None:
    job_id, upload = waiting(bench, b"no video but as was said")
    send(upload, came)
    with pytest.raises(CricksyError):
        confirm(bench.store, bench.settings, job_id)
    job = bench.ledger.read(job_id)
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", code)
    assert left(bench) == []
    assert not [key for key in every_key(bench.store, "videos/") if "/jobs/" not in key]


def test_another_size_is_not_taken(bench: Bench) -> None:
    job_id, _ = waiting(bench)
    bench.store.put(layout.upload(job_id), bench.clip.read_bytes()[:-1])
    UploadWatch(bench.store, bench.settings).look()
    job = bench.ledger.read(job_id)
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "upload_wrong")


def test_a_failed_upload_that_is_tried_again_waits_again(bench: Bench) -> None:
    job_id, _ = waiting(bench)
    bench.store.put(layout.upload(job_id), b"wrong")
    UploadWatch(bench.store, bench.settings).look()
    bench.ledger.retry(job_id)
    assert bench.drain() == 0
    assert bench.ledger.read(job_id).status == "awaiting_upload"
    send(upload_of(bench.store, job_id), bench.clip.read_bytes())
    UploadWatch(bench.store, bench.settings).look()
    assert bench.ledger.read(job_id).status == "queued"


def test_a_job_whose_video_never_comes_expires(bench: Bench) -> None:
    job_id, _ = waiting(bench)
    bench.settings.upload_expiry_seconds = 1e-6
    UploadWatch(bench.store, bench.settings).look()
    job = bench.ledger.read(job_id)
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "upload_expired")
    assert left(bench) == []
    with pytest.raises(JobStateError):
        upload_of(bench.store, job_id)


def test_a_cancelled_wait_leaves_nothing_to_wait_for(bench: Bench) -> None:
    job_id, upload = waiting(bench)
    bench.ledger.cancel(job_id)
    send(upload, bench.clip.read_bytes())
    UploadWatch(bench.store, bench.settings).look()
    assert bench.ledger.read(job_id).status == "cancelled"
    assert left(bench) == []
    bench.ledger.delete(job_id)
    assert not [key for key in every_key(bench.store, "") if not key.startswith("probe/")]


def test_a_taking_in_that_was_cut_short_is_finished(bench: Bench) -> None:
    from cricksy_lib.jobs.uploads import Uploaded
    from cricksy_lib.jobs.view import require_view

    job_id, upload = waiting(bench)
    send(upload, bench.clip.read_bytes())
    view = require_view(bench.store, job_id)
    bench.store.put(view.request.video_key, bench.clip)
    bench.store.put(layout.uploaded(job_id), Uploaded(checked_at=view.request.created_at).as_bytes())
    UploadWatch(bench.store, bench.settings).look()
    assert list(every_key(bench.store, layout.QUEUE)) == [layout.queue(job_id)]
    assert left(bench) == [layout.uploaded(job_id)]


def test_a_clip_that_is_not_here_must_be_described(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not given"):
        expect(tmp_path / "clip.mp4", 100, "12")
    assert expect(tmp_path / "clip.mp4", 100, "AB" * 32) == Expected("clip.mp4", 100, "ab" * 32)


def test_a_folder_takes_no_uploads(tmp_path: Path) -> None:
    bench = Bench(tmp_path, make_clip(tmp_path / "clip.mp4"))
    with pytest.raises(UsageError, match="folder"):
        await_upload(bench.store, expect(bench.clip), OPTIONS)
    assert list(every_key(bench.store, "")) == []


def test_an_upload_from_the_command_line(bench: Bench, cricksy: Run) -> None:
    content = bench.clip.read_bytes()
    described = ("--bytes", len(content), "--sha256", sha256(content).hexdigest())
    made = cricksy("submit", "phone.mp4", "--mode", "batting", "--upload", *described)
    assert made.returncode == 0, made.stderr
    told, job_id = made.stdout.splitlines()
    assert json.loads(told)["job_id"] == job_id
    assert cricksy("jobs", "confirm", job_id).returncode == 2
    again = json.loads(cricksy("jobs", "upload", job_id).stdout)
    send(Upload(again["url"], again["headers"]), content)
    confirmed = cricksy("jobs", "confirm", job_id)
    assert confirmed.returncode == 0, confirmed.stderr
    assert bench.ledger.read(job_id).status == "queued"
    same = cricksy("submit", "phone.mp4", "--mode", "batting", "--upload", *described)
    assert same.stdout.split() == [job_id]
    assert again["url"] not in made.stderr + confirmed.stderr


def test_settings_for_uploads_have_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRICKSY_UPLOAD_EXPIRY_SECONDS", raising=False)
    assert Settings().upload_expiry_seconds == 86400
