"""``cricksy jobs verify``, ``erase`` and ``retain``: whether a store agrees, and what must leave it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from cricksy_lib.cli import given, terminal
from cricksy_lib.cli.terminal import counted

# The command did what was asked, and what it found is not as it should be.
DISAGREES = 1

Mend = Annotated[bool, typer.Option("--mend", help="Put right what can be put right.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for other programs.")]
Player = Annotated[
    str, typer.Option(metavar="NAME", help="The player, in any case and spacing.", show_default=False)
]
Days = Annotated[
    float | None,
    typer.Option(
        "--days",
        metavar="N",
        parser=given.number("--days", 0),
        help="Jobs asked for longer ago; CRICKSY_RETAIN_DAYS if not given.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Delete them; without it nothing is deleted.")]
Unasked = Annotated[bool, typer.Option("--yes", help="Do not ask first, as it is done at a terminal.")]


def verify(mend: Mend = False, as_json: AsJson = False, quiet: given.Quiet = False) -> None:
    """Walk the store and say what does not agree; ends with 0 if all does, or was mended."""
    from cricksy_lib.jobs.verify import verify as walk
    from cricksy_lib.settings import get_settings

    terminal.log_to_terminal(level=30)
    store = given.store()
    with terminal.bar("verifying") as progress:
        verdict = walk(store, get_settings().lease_seconds, mend=mend, progress=progress)
    if as_json:
        found = {**asdict(verdict), "agrees": verdict.agrees}
        terminal.write(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for fault in verdict.faults:
            how = "cannot be mended" if fault.remedy is None else f"mend by: {fault.remedy}"
            done = "mended" if fault in verdict.mended else how
            terminal.write(f"{fault.kind:<19} {fault.key}  {fault.text} ({done})")
    said = f"{counted(verdict.jobs, 'job')}, {counted(verdict.objects, 'object')} in {store.place}"
    if not verdict.faults:
        terminal.say(f"All agrees: {said}.")
    else:
        terminal.say(f"{counted(len(verdict.faults), 'fault')}, {len(verdict.mended)} mended: {said}.")
    raise typer.Exit(0 if verdict.agrees else DISAGREES)


def erase(
    player: Player,
    listed: Annotated[bool, typer.Option("--list", help="Print every key that went.")] = False,
    yes: Unasked = False,
) -> None:
    """Delete every job of a player at once, running ones too, then search the whole store for the name."""
    from cricksy_lib.jobs.erasure import erase_player, jobs_of

    terminal.log_to_terminal(level=30)
    store = given.store()
    theirs = jobs_of(store, player) if terminal.can_be_asked() and not yes else []
    question = f"Delete {counted(len(theirs), 'job')} of '{player}' for good, videos and results with them?"
    if theirs and not terminal.agreed(question):
        terminal.say("Nothing was deleted.")
        return
    proof = erase_player(store, player)
    for line in proof.deletion.deleted if listed else proof.jobs:
        terminal.write(line)
    if not proof.jobs:
        terminal.say(f"There is no job of '{player}': check the spelling ('cricksy jobs list').")
    gone = proof.deletion
    kept = ", and kept {}, which other players' jobs name".format(counted(gone.videos_kept, "video"))
    terminal.say(
        f"Erased {counted(len(proof.jobs), 'job')}: {counted(len(gone.deleted), 'object')}, "
        f"{counted(gone.videos_deleted, 'video')} among them{kept if gone.videos_kept else ''}."
    )
    if not proof.still_named:
        terminal.say("Searched the whole store for the name afterwards: it is nowhere.")
        return
    terminal.say("The name is still found in these, which are of nobody by that name; delete what must go:")
    for key in proof.still_named:
        terminal.write(key)
    raise typer.Exit(DISAGREES)


def retain(days: Days = None, yes: Yes = False) -> None:
    """Say which ended jobs are older than so many days; with --yes, delete them for good."""
    from cricksy_lib.errors import UsageError
    from cricksy_lib.jobs.retention import let_go, old_jobs
    from cricksy_lib.settings import get_settings

    days = days if days is not None else get_settings().retain_days
    if days is None:
        raise UsageError("It is not said how long jobs are kept.", "Give --days N or CRICKSY_RETAIN_DAYS.")
    terminal.log_to_terminal(level=30)
    store = given.store()
    old = old_jobs(store, days)
    for request in old.ended:
        terminal.write(f"{request.id}  {request.created_at.astimezone():%Y-%m-%d}  {request.options.mode}")
    before = f"from before {old.before.astimezone():%Y-%m-%d %H:%M %Z}"
    if old.unfinished:
        terminal.say(f"Not finished, and kept: {counted(len(old.unfinished), 'job')} {before}.")
    if old.damaged:
        damaged = counted(len(old.damaged), "job")
        terminal.say(f"Damaged, and kept: {damaged} {before}; see 'cricksy jobs verify'.")
    if not yes:
        terminal.say(f"Nothing was deleted. With --yes: {counted(len(old.ended), 'job')} {before}.")
        return
    gone = let_go(store, old)
    terminal.say(
        f"Deleted {counted(len(old.ended), 'job')} {before}: {counted(len(gone.deleted), 'object')}, "
        f"{counted(gone.videos_deleted, 'video')} among them; looked again, and none is left."
    )
