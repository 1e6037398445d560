"""``cricksy analyse``: what lies in the folder stays until the new analysis is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from small_notebooks import Run
from truth_track import write_raw_pose
from typer.testing import CliRunner

from cricksy_lib import analysis
from cricksy_lib.cli.app import app
from cricksy_lib.errors import AnalysisError
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import AnalysisPass, Results
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.truth import Truth

SCENE = Scene(mode="bowling", seed=73, width=640, height=360, frame_rate=30, fill=0.8)
OLDER = {"quick_results.json": "older quick", "deep_results.json": "older deep", "notes.txt": "my own"}
MADE = {"quick_results.json", "deep_results.json", "report.html", "overlay.mp4", "pose.parquet"}


@pytest.fixture(scope="module")
def filmed(
    synthetic_clip: Callable[[Scene], tuple[Path, Truth]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A clip and the file of its raw pose."""
    clip, truth = synthetic_clip(SCENE)
    return clip, write_raw_pose(tmp_path_factory.mktemp("pose"), clip, truth)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with an earlier analysis and a file of the user's own."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name, text in OLDER.items():
        (folder / name).write_text(text)
    return folder


def held(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def asked(filmed: tuple[Path, Path], out: Path) -> tuple[str | Path, ...]:
    clip, pose = filmed
    return ("analyse", clip, "--mode", "bowling", "--hand", SCENE.hand, "--pose", pose, "--out", out)


def test_corrections_that_only_the_last_pass_refuses_leave_the_folder_as_it_was(
    cricksy: Run, filmed: tuple[Path, Path], out: Path, tmp_path: Path
) -> None:
    file = tmp_path / "corrections.json"
    file.write_text(json.dumps({"events": [{"name": "ball_release", "repetition": 3, "time_s": 1.9}]}))
    ran = cricksy(*asked(filmed, out), "--corrections", file)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "repetition 3" in ran.stderr
    assert held(out) == OLDER


def test_a_whole_analysis_takes_the_place_of_the_earlier_one(
    cricksy: Run, filmed: tuple[Path, Path], out: Path
) -> None:
    (out / "raw_pose.parquet").write_bytes(filmed[1].read_bytes())
    ran = cricksy(*asked((filmed[0], out / "raw_pose.parquet"), out))
    assert ran.returncode == 0, ran.stderr
    assert {path.name for path in out.iterdir()} == MADE | {"notes.txt", "raw_pose.parquet"}
    for which in ("quick", "deep"):
        assert json.loads((out / f"{which}_results.json").read_text())["analysis_pass"] == which


@pytest.fixture
def ended_by(
    monkeypatch: pytest.MonkeyPatch, filmed: tuple[Path, Path]
) -> Callable[[BaseException, Path], None]:
    """Run `analyse` in this process, its quick pass whole and its deep pass ended by an exception."""

    def run(end: BaseException, out: Path) -> None:
        def run_pass(
            _video: Path, _options: AnalysisOptions, which: AnalysisPass, into: Path, **_: object
        ) -> Results | None:
            into.mkdir(exist_ok=True)
            if which == "deep":
                (into / "overlay.mp4").write_text("half of it")
                raise end
            (into / "quick_results.json").write_text("new quick")
            return None

        monkeypatch.setattr(analysis, "run_pass", run_pass)
        ran = CliRunner().invoke(app, [str(part) for part in asked(filmed, out)])
        assert ran.exit_code != 0

    return run


@pytest.mark.parametrize("end", [KeyboardInterrupt(), AnalysisError("It failed.", "Try again.")])
def test_a_pass_that_ends_early_leaves_an_earlier_analysis_alone(
    ended_by: Callable[[BaseException, Path], None], out: Path, end: BaseException
) -> None:
    ended_by(end, out)
    assert held(out) == OLDER


@pytest.mark.parametrize("end", [KeyboardInterrupt(), AnalysisError("It failed.", "Try again.")])
def test_an_analysis_that_ends_early_leaves_its_whole_pass_where_nothing_was(
    ended_by: Callable[[BaseException, Path], None], tmp_path: Path, end: BaseException
) -> None:
    ended_by(end, tmp_path / "new")
    assert held(tmp_path / "new") == {"quick_results.json": "new quick"}


@pytest.mark.parametrize("end", [KeyboardInterrupt(), AnalysisError("It failed.", "Try again.")])
@pytest.mark.parametrize("there", [False, True])
def test_of_an_analysis_without_a_whole_pass_only_a_folder_that_was_there_is_left(
    monkeypatch: pytest.MonkeyPatch,
    filmed: tuple[Path, Path],
    tmp_path: Path,
    end: BaseException,
    there: bool,
) -> None:
    def run_pass(*_: object, **__: object) -> None:
        raise end

    monkeypatch.setattr(analysis, "run_pass", run_pass)
    out = tmp_path / "season" / "monday"
    if there:
        out.mkdir(parents=True)
    ran = CliRunner().invoke(app, [str(part) for part in asked(filmed, out)])
    assert ran.exit_code != 0
    assert f"Nothing was written to '{out}'." in ran.stderr
    assert (out.exists(), (tmp_path / "season").exists()) == (there, there)


def test_a_folder_that_cannot_take_the_files_keeps_what_it_has(
    monkeypatch: pytest.MonkeyPatch, filmed: tuple[Path, Path], out: Path
) -> None:
    def run_pass(*arguments: object, **_: object) -> None:
        into = arguments[3]
        assert isinstance(into, Path)
        into.mkdir(exist_ok=True)
        (into / f"{arguments[2]}_results.json").write_text("new")

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(analysis, "run_pass", run_pass)
    monkeypatch.setattr("cricksy_lib.cli.publish.shutil.copyfile", no_room)
    ran = CliRunner().invoke(app, [str(part) for part in asked(filmed, out)])
    assert "No space left" in str(ran.exception)
    assert held(out) == OLDER


def test_without_the_pose_model_no_folder_is_made(
    cricksy: Run, filmed: tuple[Path, Path], tmp_path: Path
) -> None:
    clip, _ = filmed
    ran = cricksy(
        "analyse",
        clip,
        "--mode",
        "bowling",
        "--out",
        tmp_path / "new",
        CRICKSY_POSE_MODEL=str(tmp_path / "none"),
    )
    assert ran.returncode == 4
    assert ran.stderr.startswith("CRICKSY_POSE_MODEL names a file that does not exist.")
    assert not (tmp_path / "new").exists()
