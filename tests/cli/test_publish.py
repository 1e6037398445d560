"""A whole analysis takes an earlier one's place, or that one stays as it was."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from cricksy_lib.cli.publish import publish, settle
from cricksy_lib.errors import UsageError

OLDER = ("quick_results.json", "deep_results.json", "overlay.mp4", "pose.parquet")
NEWER = ("quick_results.json", "deep_results.json", "report.html")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """New files, and a folder with an earlier analysis and a file of the user's own."""
    staged, out = tmp_path / "staged", tmp_path / "out"
    for folder, names, text in ((staged, NEWER, "new"), (out, (*OLDER, "notes.txt"), "older")):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(text)
    return staged, out


def held(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_new_files_take_the_place_of_all_that_an_earlier_analysis_left(folders: tuple[Path, Path]) -> None:
    publish(*folders, keep=None)
    assert held(folders[1]) == dict.fromkeys(NEWER, "new") | {"notes.txt": "older"}


def test_the_pose_that_was_read_stays_unless_there_is_a_new_one(folders: tuple[Path, Path]) -> None:
    staged, out = folders
    (out / "raw_pose.parquet").write_text("older")
    publish(staged, out, keep=out / "." / "raw_pose.parquet")
    assert held(out)["raw_pose.parquet"] == "older"
    (staged / "raw_pose.parquet").write_text("new")
    publish(staged, out, keep=out / "raw_pose.parquet")
    assert held(out)["raw_pose.parquet"] == "new"


def test_an_analysis_that_was_set_aside_comes_back_where_the_next_is_not_whole(
    folders: tuple[Path, Path],
) -> None:
    """One that was killed half-way has moved the older files, and not yet all of its own."""
    _, out = folders
    before = held(out)
    for name in OLDER:
        (out / name).rename(out / f".{name}.old")
    (out / "quick_results.json").write_text("newer")
    (out / ".deep_results.json.part").write_text("newer")
    settle(out, keep=None)
    assert held(out) == before


def test_what_is_left_of_an_older_analysis_beside_a_whole_one_goes(folders: tuple[Path, Path]) -> None:
    _, out = folders
    before = held(out)
    (out / ".overlay.mp4.old").write_text("still older")
    settle(out, keep=None)
    assert held(out) == before


@pytest.mark.parametrize("name", ["report.html", "overlay.mp4"])
def test_a_file_that_is_of_no_analysis_is_not_lost(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("my own")
    with pytest.raises(UsageError, match=f"'{name}' that is of no analysis"):
        settle(tmp_path, keep=None)
    assert held(tmp_path) == {name: "my own"}
    (tmp_path / "quick_results.json").write_text("of an analysis")
    settle(tmp_path, keep=None)


def test_the_pose_that_is_named_for_the_analysis_may_lie_there_alone(tmp_path: Path) -> None:
    (tmp_path / "raw_pose.parquet").write_text("older")
    settle(tmp_path, keep=tmp_path / "raw_pose.parquet")


@pytest.mark.parametrize("fails_at", range(len(OLDER) + len(NEWER)))
def test_whatever_cannot_be_moved_the_earlier_analysis_is_whole_again(
    monkeypatch: pytest.MonkeyPatch, folders: tuple[Path, Path], fails_at: int
) -> None:
    before = held(folders[1])
    replace, moved = Path.replace, []

    def once(source: Path, target: Path) -> Path:
        moved.append(source)
        if len(moved) == fails_at + 1:
            raise PermissionError(13, "held open")
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", once)
    with pytest.raises(UsageError, match="held open"):
        publish(*folders, keep=None)
    assert held(folders[1]) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nobody_ends_it_half_way(
    monkeypatch: pytest.MonkeyPatch, folders: tuple[Path, Path], number: signal.Signals
) -> None:
    replace, handler = Path.replace, signal.getsignal(number)

    def disturbed(source: Path, target: Path) -> Path:
        os.kill(os.getpid(), number)
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", disturbed)
    publish(*folders, keep=None)
    assert held(folders[1]) == dict.fromkeys(NEWER, "new") | {"notes.txt": "older"}
    assert signal.getsignal(number) is handler
