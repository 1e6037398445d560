"""The server without a browser: who gets in, what is served, in which pieces, and what never is."""

import http.client
import json
import time
from urllib.parse import urlsplit

import pytest
from browser.running_dashboard import TOKEN, start_dashboard

from cricksy_lib.dashboard import server
from cricksy_lib.errors import UsageError

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def keys(dashboard):
    job = dashboard.staged.ledger.read(dashboard.staged.done_job())
    root = dashboard.staged.store.root.as_uri()
    return {
        "video": job.video_url.removeprefix(f"{root}/"),
        "overlay": job.overlay_url.removeprefix(f"{root}/"),
        "results": job.deep_results_s3_key,
        "report": job.deep_results_s3_key.replace("deep_results.json", "report.html"),
        "request": f"jobs/{job.id}/job.json",
    }


def ask(dashboard, path, *, token=TOKEN, method="GET", **headers):
    parts = urlsplit(dashboard.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    if token:
        headers["Authorization"] = f"token {token}"
    try:
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("token", [None, "wrong"])
@pytest.mark.parametrize("what", ["/", "video", "report", "results"])
def test_without_the_token_nothing_is_served(dashboard, keys, what, token):
    path = what if what == "/" else f"/media/{keys[what]}"
    status, headers, _ = ask(dashboard, path, token=token)
    assert status == 302
    assert headers["location"].startswith("/login")


def test_the_token_leaves_the_address_of_the_page(dashboard):
    status, headers, _ = ask(dashboard, f"/?token={TOKEN}&job=abc", token=None)
    assert (status, headers["location"]) == (302, "/?job=abc")
    assert "set-cookie" in headers


def test_the_sign_in_page_stands_alone(dashboard):
    status, _, body = ask(dashboard, "/login", token=None)
    assert status == 200
    assert b"http" not in body.replace(b'href="data:,"', b"")


@pytest.mark.parametrize(("query", "refused"), [("", False), ("?token=wrong", True)])
def test_a_wrong_token_in_the_address_is_said_on_the_sign_in_page(dashboard, query, refused):
    _, headers, _ = ask(dashboard, f"/{query}", token=None)
    _, _, body = ask(dashboard, headers["location"], token=None)
    assert (b"That is not the token." in body) is refused


def test_health_needs_no_token_and_starts_no_kernel(dashboard):
    before = dashboard.kernel_processes()  # those of pages that other tests closed may still be ending
    assert ask(dashboard, "/voila/static/voila.js", token=None)[0] == 200
    assert dashboard.kernel_processes() <= before


def test_video_comes_in_ranges_and_is_checked_by_its_tag(dashboard, keys):
    path = f"/media/{keys['video']}"
    status, headers, whole = ask(dashboard, path)
    assert (status, headers["content-type"], headers["accept-ranges"]) == (200, "video/mp4", "bytes")
    status, ranged, part = ask(dashboard, path, Range="bytes=10-29")
    assert (status, part) == (206, whole[10:30])
    assert ranged["content-range"] == f"bytes 10-29/{len(whole)}"
    assert ask(dashboard, path, If_None_Match=headers["etag"])[0] == 304
    assert ask(dashboard, path, method="HEAD")[1]["content-length"] == str(len(whole))


def test_a_report_can_do_nothing_but_be_read(dashboard, keys):
    status, headers, _ = ask(dashboard, f"/media/{keys['report']}")
    assert status == 200
    assert headers["content-security-policy"].startswith("sandbox;")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_results_are_a_download(dashboard, keys):
    _, headers, body = ask(dashboard, f"/media/{keys['results']}")
    assert headers["content-disposition"].startswith("attachment")
    assert json.loads(body)["analysis_pass"] == "deep"


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "videos/..%2f..%2fsecret",
        "/etc/passwd",
        "%2fetc/passwd",
        "",
    ],
)
def test_no_path_leads_out_of_the_store(dashboard, path):
    (dashboard.staged.store.root.parent / "secret").write_text("secret")
    status, _, body = ask(dashboard, f"/media/{path}")
    assert status in (403, 404)
    assert b"root:" not in body


def test_what_is_not_named_public_is_not_served(dashboard, keys):
    assert ask(dashboard, f"/media/{keys['request']}")[0] == 404


def test_notebook_files_and_kernels_are_not_served(dashboard):
    for path in ("/voila/files/coach.ipynb", "/api/contents", "/api/kernels", "/stray.ipynb"):
        assert ask(dashboard, path)[0] in (403, 404)


def test_only_our_own_page_may_end_a_kernel(dashboard):
    path = "/voila/api/shutdown/00000000-0000-0000-0000-000000000000"
    assert ask(dashboard, path, method="POST", Origin="http://elsewhere.example")[0] == 403
    assert ask(dashboard, path, method="POST")[0] == 403


def test_a_page_that_nobody_looks_at_loses_its_kernel(tmp_path):
    # A kernel that is still starting counts as idle: on a busy machine for seconds.
    served = start_dashboard(tmp_path, arguments=["--cull-interval", "1", "--cull-idle", "10"])
    try:
        assert ask(served, "/")[0] == 200  # as a link preview does: no browser, no websocket
        assert served.kernels() == 1
        deadline = time.monotonic() + 60
        while served.kernels() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert served.kernels() == 0
    finally:
        served.stop()


def test_a_page_is_opened_without_a_word_on_the_terminal(tmp_path):
    served = start_dashboard(tmp_path)
    try:
        assert ask(served, "/")[0] == 200
        assert served.kernels() == 1
    finally:
        served.stop()
    assert [line for line in served.said() if "WARNING" in line or "encryption" in line] == []


def test_another_machine_is_not_let_in_without_a_chosen_token():
    with pytest.raises(UsageError, match="no token"):
        server.serve(host="0.0.0.0", token=None)


def test_the_terminal_says_where_the_page_is_and_where_its_jobs_lie(capsys):
    app = server.CoachDashboard(token="secret", port=8866)
    app.host, app.place = "::1", "/data/misspelt store"
    app.announce()
    said = "The jobs lie in /data/misspelt store.\nDashboard: http://[::1]:8866/?token=secret\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.7", False),
        ("example.org", False),
    ],
)
def test_loopback_is_told_from_the_rest(host, loopback):
    assert server.is_loopback(host) is loopback


def test_the_page_may_fetch_from_this_server_alone(dashboard):
    policy = server.content_policy()
    assert "http" not in policy
    assert "default-src 'self'" in policy
