"""Clips of the kinds that phones and accidents make."""

from pathlib import Path

import pytest
from clip_maker import make_clip


@pytest.fixture(scope="session")
def plain_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames at 30 frames per second, 128 by 96, with B-frames, three groups of pictures."""
    return make_clip(tmp_path_factory.mktemp("plain") / "plain.mp4", options={"bf": "2"})
