"""A dashboard server in a process of its own, and a page that visits it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

import psutil
from dashboard.staged_store import StagedStore
from playwright.sync_api import Browser, Page, expect

TOKEN = "token-of-the-tests"
TIMEOUT_MS = 90_000
expect.set_options(timeout=TIMEOUT_MS)


@dataclass
class Dashboard:
    """A server in a process of its own."""

    url: str
    staged: StagedStore
    process: subprocess.Popen[str]
    lines: Queue[str]

    def kernel_processes(self) -> set[psutil.Process]:
        """Return the kernels that the server holds."""
        found = set()
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if "ipykernel_launcher" in " ".join(child.cmdline()):
                    found.add(child)
        return found

    def kernels(self) -> int:
        """Return how many kernels the server holds."""
        return len(self.kernel_processes())

    def said(self) -> list[str]:
        """Return what the server wrote on its terminal since it said where it is."""
        return [self.lines.get() for _ in range(self.lines.qsize())]

    def stop(self) -> None:
        """End the server and wait for it."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Visitor:
    """A signed-in page, and what it asked of other machines or failed at."""

    page: Page
    dashboard: Dashboard
    outside: list[str] = field(default_factory=list)

    def open(self, job_id: str | None = None, **query: str) -> Page:
        """Open the list, or a job, and wait until the page answers."""
        words = {"token": TOKEN, **({"job": job_id} if job_id else {}), **query}
        address = "&".join(f"{name}={value}" for name, value in words.items())
        self.page.goto(f"{self.dashboard.url}?{address}", wait_until="commit")
        self.page.wait_for_selector("[data-ready]", state="attached")
        return self.page


def start_dashboard(
    folder: Path,
    *,
    slow_after_s: float = 300.0,
    arguments: Sequence[str] = (),
    bucket: tuple[str, StagedStore] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Dashboard:
    """Start a server on a fresh folder, or on a bucket (address and store), and wait until it is there."""
    staged = bucket[1] if bucket is not None else StagedStore(folder)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CRICKSY_")},
        "CRICKSY_STORE": bucket[0] if bucket is not None else str(folder / "store"),
        "CRICKSY_DASHBOARD_POLL_SECONDS": "0.3",
        "CRICKSY_DASHBOARD_SLOW_AFTER_SECONDS": str(slow_after_s),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "IPYTHONDIR": str(folder / "ipython"),
        **(settings or {}),
    }
    command = [sys.executable, "-m", "cricksy_lib.dashboard", "--port", "0", "--token", TOKEN, *arguments]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    lines: Queue[str] = Queue()
    threading.Thread(target=_drain, args=(process, lines), daemon=True).start()
    found = None
    while found is None:
        found = re.search(r"http://\S+/", lines.get(timeout=60))
    return Dashboard(found[0], staged, process, lines)


def _drain(process: subprocess.Popen[str], lines: Queue[str]) -> None:
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            lines.put(line)


@contextmanager
def visit(browser: Browser, dashboard: Dashboard) -> Iterator[Visitor]:
    """Open a phone-sized page with cookies of its own that notes every request that leaves this machine."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(TIMEOUT_MS)
    visitor = Visitor(context.new_page(), dashboard)
    here = urlsplit(dashboard.url).netloc

    def note(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != here:
            visitor.outside.append(url)

    visitor.page.on("request", lambda request: note(request.url))
    visitor.page.on("websocket", lambda socket: note(socket.url))
    try:
        yield visitor
    finally:
        context.set_offline(False)
        visitor.page.goto("about:blank")  # closing a page does not fire its unload events; leaving it does
        context.close()
