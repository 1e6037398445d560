"""What a quick pass saw serves the deep one: nobody is looked for twice, and no number changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cricksy_lib.errors import AnalysisError, PoseFileError
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.passrun import write_bytes
from cricksy_lib.pose.athlete import Look
from cricksy_lib.pose.extract import extract
from cricksy_lib.pose.looks import Looks, Question
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.settings import Settings
from cricksy_lib.video import probe

BATTING = AnalysisOptions(mode="batting")
CLIP = "c" * 64
ASKED = Question(3, ((0, 0, 640, 360), (10, 20, 110, 120)), closely=True, without_lines=False)


@pytest.fixture(scope="module")
def quick_looks(batting_clip: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of what a quick pass saw."""
    looks = Looks()
    extract(probe(batting_clip), BATTING, "quick", settings=settings, looks=looks)
    path = tmp_path_factory.mktemp("looks") / "looks.npz"
    path.write_bytes(looks.as_bytes(CLIP))
    return path


@pytest.fixture(scope="module")
def alone(batting_clip: Path, settings: Settings) -> PoseTrack:
    """A deep pass that looked for itself."""
    return extract(probe(batting_clip), BATTING, "deep", settings=settings)


def test_the_deep_pass_looks_for_nobody_again_and_finds_the_same(
    quick_looks: Path, alone: PoseTrack, batting_clip: Path, settings: Settings
) -> None:
    looks = Looks.read(quick_looks, CLIP)
    asked = len(looks)
    assert asked >= 8
    track = extract(probe(batting_clip), BATTING, "deep", settings=settings, looks=looks)
    assert len(looks) == asked
    assert np.allclose(track.data["position"], alone.data["position"], atol=1e-6, equal_nan=True)
    assert track.data.attrs["people"] == alone.data.attrs["people"]


def with_a_twin(path: Path) -> Looks:
    """What was seen, with somebody else beside the athlete in every answer."""
    looks = Looks.read(path, CLIP)
    for people in looks._answers.values():
        for look in list(people):
            moved = look.pose.copy()
            moved[:, 0] -= 200
            people.append(Look(moved, 1 - look.colour))
    return looks


def test_what_was_seen_is_believed(quick_looks: Path, batting_clip: Path, settings: Settings) -> None:
    looks = with_a_twin(quick_looks)
    track = extract(probe(batting_clip), BATTING, "quick", settings=settings, looks=looks)
    assert track.data.attrs["people"] == 2


def test_another_model_looks_for_itself(batting_clip: Path, settings: Settings, quick_looks: Path) -> None:
    looks = with_a_twin(quick_looks)
    looks.model_sha256 = "another"
    track = extract(probe(batting_clip), BATTING, "quick", settings=settings, looks=looks)
    assert track.data.attrs["people"] == 1


def test_a_file_gives_back_what_was_kept(tmp_path: Path) -> None:
    looks = Looks("m" * 64)
    rng = np.random.default_rng(1)
    seen = [Look(rng.normal(size=(33, 7)), rng.random(3)) for _ in range(2)]
    nobody = Question(4, ASKED.crops, closely=True, without_lines=False)
    looks.keep(ASKED, seen)
    looks.keep(nobody, [])
    write_bytes(tmp_path / "looks.npz", looks.as_bytes(CLIP))
    read = Looks.read(tmp_path / "looks.npz", CLIP)
    assert read.model_sha256 == looks.model_sha256
    back = read.known(ASKED)
    assert back is not None
    for kept, look in zip(seen, back, strict=True):
        assert np.array_equal(kept.pose, look.pose)
        assert np.array_equal(kept.colour, look.colour)
    assert read.known(nobody) == []
    assert [path.name for path in tmp_path.iterdir()] == ["looks.npz"]


@pytest.mark.parametrize(
    "other",
    [
        Question(2, ASKED.crops, closely=True, without_lines=False),
        Question(3, ASKED.crops[:1], closely=True, without_lines=False),
        Question(3, ASKED.crops, closely=False, without_lines=False),
        Question(3, ASKED.crops, closely=True, without_lines=True),
    ],
    ids=["frame", "parts", "closely", "without lines"],
)
def test_another_question_has_no_answer_yet(other: Question) -> None:
    looks = Looks()
    looks.keep(ASKED, [])
    assert looks.known(ASKED) == []
    assert looks.known(other) is None


def test_looks_of_another_clip_are_refused(tmp_path: Path) -> None:
    (tmp_path / "looks.npz").write_bytes(Looks("m").as_bytes(CLIP))
    with pytest.raises(PoseFileError, match="another clip"):
        Looks.read(tmp_path / "looks.npz", "d" * 64)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x80\x04pickled"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "looks.npz"
    path.write_bytes(content)
    with pytest.raises(PoseFileError, match="cannot be read"):
        Looks.read(path, CLIP)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"looks\.npz"):
        write_bytes(tmp_path / "none" / "looks.npz", Looks().as_bytes(CLIP))
