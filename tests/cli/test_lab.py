"""``cricksy lab`` starts JupyterLab where the notebooks are, with settings that hold there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_notebooks import Bench, Run

_STAND_IN = """
import json, os, sys
named = ("CRICKSY_STORE", "CRICKSY_CACHE_DIR", "JUPYTER_CONFIG_PATH")
print(json.dumps([sys.argv[1:], {name: os.environ.get(name) for name in named}]))
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A folder whose JupyterLab only says how it was called."""
    package = tmp_path / "stand_in" / "jupyterlab"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(_STAND_IN)
    return package.parent


def test_a_relative_store_means_the_same_to_the_notebooks(cricksy: Run, bench: Bench, stand_in: Path) -> None:
    (bench.settings.notebooks_dir / "explore.ipynb").touch()
    path = os.pathsep.join(filter(None, (str(stand_in), os.environ.get("PYTHONPATH"))))
    ran = cricksy(
        "lab", "--no-browser", PYTHONPATH=path, CRICKSY_STORE="demo/store", JUPYTER_CONFIG_PATH="/x"
    )
    arguments, environment = json.loads(ran.stdout)
    assert f"--ServerApp.root_dir={bench.settings.notebooks_dir}" in arguments
    assert "--LabApp.default_url=/lab/tree/explore.ipynb" in arguments
    assert arguments[-1] == "--no-browser"
    assert environment["CRICKSY_STORE"] == str(Path.cwd() / "demo" / "store")
    assert environment["JUPYTER_CONFIG_PATH"].endswith(os.pathsep + "/x")
    bucket = cricksy("lab", PYTHONPATH=path, CRICKSY_STORE="s3://bucket/prefix")
    assert json.loads(bucket.stdout)[1]["CRICKSY_STORE"] == "s3://bucket/prefix"


def test_jupyterlab_takes_the_options_and_neither_fetches_news_nor_asks_whether_to() -> None:
    script = """
import os, sys, json
from pathlib import Path
import cricksy_lib.cli as cli
os.environ["JUPYTER_CONFIG_PATH"] = str(Path(cli.__file__).parent / "jupyter")
from jupyterlab.labapp import LabApp
from jupyterlab_server.settings_utils import _get_overrides
news = LabApp.class_traits()["news_url"].from_string("None")
print(json.dumps([news, _get_overrides("")[0]["@jupyterlab/apputils-extension:notification"]]))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    news, setting = json.loads(ran.stdout)
    assert news is None
    assert setting == {"fetchNews": "false", "checkForUpdates": False}
