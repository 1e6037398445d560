"""``cricksy validate``: how far off the numbers are, on rendered scenes with exact truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cricksy_lib.cli import given, terminal

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the report goes.", show_default=False)]
Set = Annotated[
    str, typer.Option("--set", metavar="report|develop", help="The scenes; only 'develop' may be tuned on.")
]
Full = Annotated[bool, typer.Option("--full", help="More scenes filmed in several ways: takes longer.")]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        parser=given.number("--limit", 1, whole=True),
        help="At most so many scenes a discipline, for a quick look.",
    ),
]
Modes = Annotated[str, typer.Option("--modes", metavar="MODE,…", help="Only these disciplines.")]
Real = Annotated[
    Path | None,
    typer.Option(
        "--real",
        metavar="DIR",
        envvar="CRICKSY_TEST_CLIPS",
        help="Folder of the real clips that have reference angles beside it.",
    ),
]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", metavar="DIR", help="Keeps clips and landmarks; the user's cache if not given."),
]
ALL = "batting,bowling,wicketkeeping,fielding"


def validate(
    out: Out,
    set_name: Set = "report",
    full: Full = False,
    limit: Limit = None,
    modes: Modes = ALL,
    real: Real = None,
    cache: Cache = None,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Render scenes with known truth, analyse them as any clip, and report every error."""
    from cricksy_lib.errors import UsageError
    from cricksy_lib.settings import get_settings
    from cricksy_lib.validation import goals, report
    from cricksy_lib.validation.run import make_plan, run

    settings = get_settings()
    if real is not None and not real.is_dir():
        raise UsageError(f"There is no folder '{real}'.", "Check its path, or leave --real out.")
    plan = make_plan(set_name, [mode.strip() for mode in modes.split(",") if mode.strip()], limit, full)
    for line in plan.skipped:
        terminal.say(f"Left out: {line}.")
    # Made before minutes of work whose report would have no place.
    with given.made_folder(out):
        with terminal.bar("validate", or_lines=True) as progress:
            evidence = run(plan, cache or settings.cache_dir / "validation", settings, progress, real)
        tables = report.write(evidence, out, _command(set_name, full, limit, modes))
    rows = goals.table(tables.goals())
    shown = ["what", "figure", "goal", "reached"]
    terminal.table(shown, [[str(value).strip("*") for value in row] for row in rows[shown].to_numpy()])
    terminal.say(f"The report is {out / report.REPORT}.")


def _command(set_name: str, full: bool, limit: int | None, modes: str) -> str:
    """Return the command that repeats a run, without the places of this machine."""
    parts = [f"cricksy validate --out DIR --set {set_name}"]
    parts += ["--full"] if full else []
    parts += [f"--limit {limit}"] if limit is not None else []
    parts += [f"--modes {modes}"] if modes != ALL else []
    return " ".join(parts)
