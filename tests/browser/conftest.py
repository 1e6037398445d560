"""One dashboard on a staged store for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser.running_dashboard import Dashboard, Visitor, start_dashboard, visit
from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory) -> Iterator[Dashboard]:
    """The dashboard that the tests share; it finds a job slow after a minute."""
    served = start_dashboard(tmp_path_factory.mktemp("dashboard"), slow_after_s=60.0)
    yield served
    served.stop()


@pytest.fixture
def visitor(browser: Browser, dashboard: Dashboard) -> Iterator[Visitor]:
    """A page of the test's own."""
    with visit(browser, dashboard) as made:
        yield made


@pytest.fixture(scope="module")
def done(browser: Browser, dashboard: Dashboard) -> Iterator[Visitor]:
    """A page that shows a finished job, shared by the tests that only look and click."""
    with visit(browser, dashboard) as made:
        made.open(dashboard.staged.done_job())
        made.page.wait_for_function("document.querySelector('video').readyState >= 2")
        yield made
