"""What tests of several rooms share."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, sync_playwright
from real_browser import ARGUMENTS, chromium

from cricksy_lib.errors import PoseModelError
from cricksy_lib.pose.model import ModelFile, ensure_model
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.truth import Truth
from cricksy_lib.synthetic.truthsets import rendered

if TYPE_CHECKING:
    from jobs.small_notebooks import Bench, Run

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def package_log_as_it_was() -> Iterator[None]:
    """A command that runs in this process turns the package's log to the terminal: not beyond its test."""
    logger = logging.getLogger("cricksy_lib")
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logger.propagate = propagate


@pytest.fixture(scope="session")
def real_clips() -> Path:
    """Folder of the real clips that are not part of the project (``CRICKSY_TEST_CLIPS`` names it)."""
    named = os.environ.get("CRICKSY_TEST_CLIPS")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data" / "clips"
    if not any(folder.glob("*.mp4")):
        pytest.skip(f"no real clips in {folder}; set CRICKSY_TEST_CLIPS to their folder")
    return folder


@pytest.fixture(scope="session")
def pose_model() -> ModelFile:
    """The pose model of this user, installed by set-up."""
    try:
        return ensure_model()
    except PoseModelError as error:
        pytest.skip(f"no pose model: {error}")


@pytest.fixture(scope="session")
def synthetic_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Scene], tuple[Path, Truth]]:
    """Render a scene, once a session whatever its number of processes: returns the clip and its truth."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "synthetic"
    folder.mkdir(exist_ok=True)

    def render(scene: Scene) -> tuple[Path, Truth]:
        return rendered(scene, folder)

    return render


@pytest.fixture
def cricksy(bench: Bench) -> Run:
    """Run ``cricksy`` as a user does, on the store of the room's own ``bench``."""
    return bench.cricksy


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, one for the session: a second Playwright beside it would refuse to start."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on this machine (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def moto_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The AWS settings that lead to a moto server; its bucket is `stores.s3_servers.BUCKET`."""
    from stores.s3_servers import moto

    with moto(tmp_path_factory.mktemp("aws")) as settings:
        yield settings


@pytest.fixture(scope="session")
def swift_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The AWS settings that lead to a real Swift, with a bucket of the same name."""
    from stores.s3_servers import swift
    from stores.swift_server import installed

    if not installed():
        if os.environ.get("CI"):
            pytest.fail("Swift is not installed, so the tests of stores would prove too little")
        pytest.skip("no Swift on this machine ('make swift' installs it)")
    with swift(tmp_path_factory.mktemp("swift")) as settings:
        yield settings
