"""What is told of long work where there is no terminal to draw a bar on."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cricksy_lib.cli import terminal
from cricksy_lib.cli.app import app
from cricksy_lib.errors import AnalysisError
from cricksy_lib.progress import Progress
from cricksy_lib.validation import run as validation


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(terminal._terminal, "quiet", False)


def test_each_tenth_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.bar("validate", or_lines=True) as progress:
        for done in range(36):
            progress("scenes", done, 35)
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["validate: 4 of 35 scenes.", "validate: 7 of 35 scenes."]
    assert lines[-1] == "validate: 35 of 35 scenes."
    assert len(lines) == 10


def test_of_fewer_than_ten_each_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.bar("validate", or_lines=True) as progress:
        for done in range(3):
            progress("scenes", done, 2)
    assert capsys.readouterr().err == "validate: 1 of 2 scenes.\nvalidate: 2 of 2 scenes.\n"


def test_other_work_without_a_terminal_stays_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.bar("deep pass") as progress:
        progress("pose", 1, 1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("quiet", "told"), [((), True), (("--quiet",), False)])
def test_validate_tells_of_its_scenes_unless_it_shall_be_quiet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quiet: tuple[str, ...], told: bool
) -> None:
    def run(_plan: object, _folder: object, _settings: object, progress: Progress, _real: object) -> None:
        progress("scenes", 1, 2)
        raise AnalysisError("It failed.", "Try again.")

    monkeypatch.setattr(validation, "run", run)
    ran = CliRunner().invoke(app, ["validate", "--out", str(tmp_path / "out"), *quiet])
    assert isinstance(ran.exception, AnalysisError)
    assert ("validate: 1 of 2 scenes." in ran.stderr.splitlines()) is told
