"""One job the whole way: a rendered clip, the real worker and notebook, the page that shows it."""

import os
import subprocess
import sys

import pytest
from browser.running_dashboard import start_dashboard, visit
from playwright.sync_api import expect

from cricksy_lib.errors import CricksyError
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.model import ensure_model
from cricksy_lib.synthetic.render import render_clip
from cricksy_lib.synthetic.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.notebook]


@pytest.fixture
def visitor(browser, tmp_path):
    """A page on a store that holds this job alone: a worker would also take up what other tests left."""
    served = start_dashboard(tmp_path)
    with visit(browser, served) as made:
        yield made
    served.stop()


@pytest.fixture
def _model():
    try:
        ensure_model()
    except CricksyError as error:
        pytest.skip(f"no pose model: {error}")


@pytest.mark.usefixtures("_model")
def test_a_clip_goes_through_worker_and_notebook_onto_the_page(visitor, tmp_path):
    scene = Scene(
        mode="bowling", hand="right", duration_s=1.5, frame_rate=30, width=640, height=480, fill=0.7
    )
    render_clip(scene, tmp_path / "run up.mp4")
    staged = visitor.dashboard.staged
    options = AnalysisOptions(mode="bowling", player="Seamer 4")
    job_id = staged.ledger.submit(tmp_path / "run up.mp4", options)
    page = visitor.open(job_id)
    expect(page.locator("[data-status]")).to_have_text("Queued")
    page.evaluate("window.neverReloaded = true")
    worker = "from cricksy_lib.cli import main; main()"
    environment = {**os.environ, "CRICKSY_STORE": str(staged.store.root)}
    command = [sys.executable, "-c", worker, "--quiet", "worker", "--drain"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stderr[-2000:]
    assert staged.ledger.read(job_id).error is None
    expect(page.locator("[data-status]")).to_have_text("Done")
    expect(page.locator(".cr-summary-text")).not_to_be_empty()
    results = staged.ledger.latest_results(job_id)
    for metric in results.metrics.values():
        expect(page.locator("table.cr-table")).to_contain_text(metric.label)
    page.wait_for_function("document.querySelector('video').readyState >= 1")
    assert page.evaluate("document.querySelector('video').src.endsWith('proxy.mp4')")
    assert page.evaluate("window.neverReloaded") is True
    assert visitor.outside == []
