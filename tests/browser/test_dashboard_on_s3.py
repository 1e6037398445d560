"""The dashboard on a bucket: its own paths for everything, which outlive every presigned URL."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.running_dashboard import Dashboard, start_dashboard, visit
from browser.test_dashboard_server import ask
from dashboard.staged_store import StagedStore
from playwright.sync_api import Browser
from stores.s3_servers import BUCKET, lead_to
from stores.test_presigned import ask as ask_bucket

from cricksy_lib.dashboard.media_handlers import BLOCK_BYTES
from cricksy_lib.jobs.s3_store import S3Store
from cricksy_lib.settings import Settings

pytestmark = pytest.mark.browser


def start(folder: Path, aws: dict[str, str], lifetime_s: int) -> Dashboard:
    """Serve an empty place in the bucket, with URLs of that lifetime."""
    place = f"s3://{BUCKET}/{uuid.uuid4()}"
    store = S3Store(place, Settings(url_lifetime_seconds=lifetime_s), clock=lambda: 0.0, sleep=lambda _: None)
    settings = {**aws, "CRICKSY_URL_LIFETIME_SECONDS": str(lifetime_s)}
    return start_dashboard(folder, bucket=(place, StagedStore(folder, store)), settings=settings)


@pytest.fixture(scope="module")
def on_moto(
    tmp_path_factory: pytest.TempPathFactory, moto_settings: dict[str, str]
) -> Iterator[tuple[Dashboard, str]]:
    """A dashboard on moto, and a job that is done."""
    with pytest.MonkeyPatch.context() as patch:
        lead_to(moto_settings, patch)
        served = start(tmp_path_factory.mktemp("dashboard"), moto_settings, 3600)
        try:
            yield served, served.staged.done_job()
        finally:
            served.stop()


@pytest.fixture
def keys(on_moto: tuple[Dashboard, str]) -> dict[str, str]:
    served, job_id = on_moto
    job = served.staged.ledger.read(job_id)
    assert job.deep_results_s3_key is not None
    video = next(key for key in served.staged.store.list("videos/").keys if key.endswith("/proxy.mp4"))
    return {
        "video": video,
        "results": job.deep_results_s3_key,
        "report": job.deep_results_s3_key.replace("deep_results.json", "report.html"),
        "request": f"jobs/{job_id}/job.json",
    }


def test_video_comes_in_ranges_and_is_checked_by_its_tag(on_moto, keys) -> None:
    served, _ = on_moto
    path = f"/media/{keys['video']}"
    whole = served.staged.store.get(keys["video"])
    status, headers, body = ask(served, path)
    assert (status, headers["content-type"], headers["accept-ranges"]) == (200, "video/mp4", "bytes")
    assert body == whole
    size = len(whole)
    for asked, start, end in [
        ("bytes=10-29", 10, 30),
        (f"bytes={size - 5}-", size - 5, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=3-{size + 99}", 3, size),
    ]:
        status, ranged, part = ask(served, path, Range=asked)
        assert (status, part) == (206, whole[start:end])
        assert ranged["content-range"] == f"bytes {start}-{end - 1}/{size}"
    assert ask(served, path, Range=f"bytes={size}-")[0] == 416
    assert ask(served, path, Range="bytes=0-1,4-5")[2] == whole
    assert ask(served, path, Range="bytes=0-1", If_Range='"another"')[2] == whole
    assert ask(served, path, If_None_Match=headers["etag"])[0] == 304
    status, told, body = ask(served, path, method="HEAD")
    assert (status, told["content-length"], body) == (200, str(size), b"")


def test_what_is_larger_than_a_block_comes_whole(on_moto) -> None:
    served, _ = on_moto
    content = bytes(range(256)) * (BLOCK_BYTES // 100)
    key = f"videos/{'b' * 64}.mp4"
    served.staged.store.put(key, content)
    assert ask(served, f"/media/{key}")[2] == content
    start, end = BLOCK_BYTES - 10, 2 * BLOCK_BYTES + 10
    assert ask(served, f"/media/{key}", Range=f"bytes={start}-{end - 1}")[2] == content[start:end]


def test_the_rules_of_a_folder_hold_for_a_bucket(on_moto, keys) -> None:
    served, _ = on_moto
    status, _, _ = ask(served, f"/media/{keys['video']}", token=None)
    assert status == 302
    assert ask(served, f"/media/{keys['request']}")[0] == 404
    assert ask(served, f"/media/videos/{'c' * 64}.mp4")[0] == 404
    assert ask(served, "/media/videos/..%2f..%2fsecret")[0] in (403, 404)
    _, headers, body = ask(served, f"/media/{keys['results']}")
    assert headers["content-disposition"].startswith("attachment")
    assert json.loads(body)["analysis_pass"] == "deep"
    _, headers, _ = ask(served, f"/media/{keys['report']}")
    assert headers["content-security-policy"].startswith("sandbox;")


def test_a_page_on_a_bucket_asks_this_server_alone(on_moto, browser: Browser) -> None:
    served, job_id = on_moto
    with visit(browser, served) as visitor:
        page = visitor.open(job_id)
        page.wait_for_function("document.querySelector('video').readyState >= 2")
        for label in ("Report to keep", "Results (JSON)"):
            address = page.get_by_role("link", name=label).get_attribute("href")
            assert address is not None
            assert ask(served, address)[0] == 200
        assert visitor.outside == []
        assert "X-Amz" not in page.content()
    assert [line for line in served.said() if "X-Amz" in line or "Signature" in line] == []


def test_an_open_page_outlives_the_urls_of_its_job(
    tmp_path: Path, swift_settings: dict[str, str], browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to(swift_settings, monkeypatch)
    served = start(tmp_path, swift_settings, 1)
    try:
        job_id = served.staged.done_job()
        with visit(browser, served) as visitor:
            page = visitor.open(job_id)
            page.wait_for_function("document.querySelector('video').readyState >= 2")
            url = served.staged.ledger.read(job_id).overlay_url
            assert url is not None
            end = time.monotonic() + 30
            while ask_bucket(url)[0] == 200:
                assert time.monotonic() < end
                time.sleep(0.2)
            assert ask_bucket(url)[0] == 403
            # Nothing of the overlay was fetched yet; then it is fetched again.
            page.get_by_role("button", name="Show the measured skeleton on the video").click()
            page.wait_for_function(
                "document.querySelector('video').readyState >= 2"
                " && document.querySelector('video').currentSrc.endsWith('overlay.mp4')"
            )
            page.evaluate("document.querySelector('video').load()")
            page.wait_for_function("document.querySelector('video').readyState >= 2")
            assert page.evaluate("document.querySelector('video').error") is None
            assert visitor.outside == []
    finally:
        served.stop()
