"""Which objects a browser may have: the list is closed and no path leaves the store."""

import pytest

from cricksy_lib.dashboard import media

SHA = "a" * 64
JOB = "0198a8e0-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "key",
    [
        f"videos/{SHA}/proxy.mp4",
        f"videos/{SHA}.mov",
        f"jobs/{JOB}/attempts/1/overlay.mp4",
        f"jobs/{JOB}/attempts/12/report.html",
        f"jobs/{JOB}/attempts/1/deep_results.json",
        f"jobs/{JOB}/attempts/1/quick_analysis.ipynb",
    ],
)
def test_videos_and_products_are_public(key):
    assert media.is_public_key(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        f"jobs/{JOB}/job.json",
        f"jobs/{JOB}/attempts/1/state.json",
        f"jobs/{JOB}/attempts/1/done.json",
        f"jobs/{JOB}/attempts/0/overlay.mp4",
        f"jobs/{JOB}/claims/1.json",
        f"jobs/{JOB}/attempts/1/../../job.json",
        f"videos/{SHA}/../{SHA}/proxy.mp4",
        f"videos/{SHA}/other.mp4",
        f"/videos/{SHA}/proxy.mp4",
        f"videos/{SHA}/proxy.mp4\n",
        f"players/{SHA}/x.json",
        "poses/x.parquet",
    ],
)
def test_everything_else_is_refused(key):
    assert not media.is_public_key(key)


def test_a_link_out_of_the_store_is_refused(tmp_path):
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(b"x")
    root = tmp_path / "store"
    (root / "videos" / SHA).mkdir(parents=True)
    (root / "videos" / SHA / "proxy.mp4").symlink_to(outside)
    assert media.path_of_key(root, f"videos/{SHA}/proxy.mp4") is None


def test_a_file_address_of_the_store_becomes_a_path_of_the_server(tmp_path):
    url = (tmp_path / "my store" / "videos" / SHA / "proxy.mp4").as_uri()
    assert media.browser_url(url, tmp_path / "my store", "/coach/") == f"/coach/media/videos/{SHA}/proxy.mp4"


@pytest.mark.parametrize(
    "url", [None, "file:///etc/passwd", "http://example.org/x.mp4", "javascript:alert(1)"]
)
def test_other_addresses_reach_no_browser(url, tmp_path):
    assert media.browser_url(url, tmp_path, "/") is None


@pytest.mark.parametrize("prefix", ["", "nets/2026/"])
def test_a_presigned_address_becomes_a_path_of_the_server_too(prefix):
    url = f"https://bucket.example/{prefix}videos/{SHA}/proxy.mp4?X-Amz-Signature=secret"
    assert media.browser_url(url, None, "/coach/") == f"/coach/media/videos/{SHA}/proxy.mp4"


@pytest.mark.parametrize(
    "url",
    [
        f"https://bucket.example/jobs/{JOB}/job.json?X-Amz-Signature=secret",
        f"https://bucket.example/videos/{SHA}/proxy.mp4/more",
        f"https://bucket.example/x?videos/{SHA}/proxy.mp4",
        f"file:///store/videos/{SHA}/proxy.mp4",
        f"javascript:/videos/{SHA}/proxy.mp4",
    ],
)
def test_nothing_else_of_a_bucket_has_an_address(url):
    assert media.browser_url(url, None, "/") is None


def test_a_bucket_has_no_folder():
    assert media.store_root("s3://bucket/prefix") is None
