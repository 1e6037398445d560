"""The commands and where they are: each imports what it needs when called, so that ``--help`` is quick."""

from __future__ import annotations

from typing import Annotated

import typer

from cricksy_lib import __version__
from cricksy_lib.cli import analyse, batch, export, given, jobs, serve, upkeep, validate, work

app = typer.Typer(
    help="Measure a cricketer's movement from a clip, say what to fix first, and show the moment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _everywhere(
    quiet: given.Quiet = False,
    debug: given.Debug = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


app.command("analyse")(analyse.analyse)
app.command("submit")(work.submit)
app.command("correct")(work.correct)
app.command("worker")(work.worker)
app.command("batch")(batch.batch)
app.command("export")(export.export)
app.command("validate")(validate.validate)
app.command("dashboard")(serve.dashboard)
app.command("lab", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(serve.lab)
jobs.app.command("verify")(upkeep.verify)
jobs.app.command("erase")(upkeep.erase)
jobs.app.command("retain")(upkeep.retain)
app.add_typer(jobs.app, name="jobs")
app.add_typer(serve.model_app, name="model")
