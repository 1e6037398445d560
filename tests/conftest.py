"""What tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from real_browser import ARGUMENTS, chromium

from cricksy_lib.errors import PoseModelError
from cricksy_lib.pose.model import ModelFile, ensure_model
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.truth import Truth
from cricksy_lib.synthetic.truthsets import rendered

REPOSITORY = Path(__file__).resolve().parent.parent


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
    """Render a scene, once a session: returns the clip and its truth."""
    folder = tmp_path_factory.mktemp("synthetic")

    def render(scene: Scene) -> tuple[Path, Truth]:
        return rendered(scene, folder)

    return render


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
