"""Putting a whole analysis in the place of an earlier one, or leaving that one as it was."""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cricksy_lib.cli import given

_ENDS = (signal.SIGINT, signal.SIGTERM)


def settle(out: Path, *, keep: Path | None) -> None:
    """Bring a folder back to one whole analysis where one that was killed left two halves.

    Parameters
    ----------
    out : the folder.
    keep : a file that is named for the new analysis.

    Raises
    ------
    UsageError
        If it cannot be written, or holds files that are named as those of an analysis without being of one:
        they would be lost.
    """
    from cricksy_lib.analysis import output_names, results_names
    from cricksy_lib.errors import UsageError

    names = output_names()
    try:
        whole = not any(_part(out, name).exists() for name in names)
        for name in names:
            if not whole and _old(out, name).exists():
                _old(out, name).replace(out / name)
            _old(out, name).unlink(missing_ok=True)
            _part(out, name).unlink(missing_ok=True)
    except OSError as error:
        raise given.unwritable(out, error) from error
    kept = None if keep is None else keep.resolve()
    there = [name for name in names if (out / name).exists() and (out / name).resolve() != kept]
    if there and set(there).isdisjoint(results_names()):
        raise UsageError(
            f"'{out}' holds a file '{there[0]}' that is of no analysis, and it would be lost.",
            "Give another folder with --out, or move the file away.",
        )


def _part(out: Path, name: str) -> Path:
    return out / f".{name}.part"


def _old(out: Path, name: str) -> Path:
    return out / f".{name}.old"


def publish(staged: Path, out: Path, *, keep: Path | None) -> None:
    """Put the files of whole passes into a folder, in the place of an earlier analysis.

    They are copied beside it first, then all changes places at once: what was there is set aside, comes
    back if anything fails, and goes only when all that is new is in its place.

    Parameters
    ----------
    staged : folder with the new files, all of which are taken.
    out : the folder; files in it that are no pass's output stay.
    keep : a file of the earlier analysis that stays, unless there is a new one.

    Raises
    ------
    UsageError
        If they cannot be written there.
    """
    from cricksy_lib.analysis import output_names

    # Results come last: where they are, everything else is too.
    made = sorted(staged.iterdir(), key=lambda file: file.suffix == ".json")
    beside = {out / file.name: _part(out, file.name) for file in made}
    kept = None if keep is None else keep.resolve()
    try:
        for file in made:
            shutil.copyfile(file, beside[out / file.name])
        aside = {
            path: _old(out, path.name)
            for path in (out / name for name in output_names())
            if path.exists() and (path.resolve() != kept or path in beside)
        }
        with _undisturbed():
            _exchange(beside, aside)
            for old in aside.values():
                old.unlink(missing_ok=True)
    except OSError as error:
        raise given.unwritable(out, error) from error
    finally:
        for part in beside.values():
            part.unlink(missing_ok=True)


def _exchange(beside: dict[Path, Path], aside: dict[Path, Path]) -> None:
    """Set old files aside and new ones in place; if one fails, leave all as it was."""
    done: list[tuple[Path, Path]] = []
    moves = [*aside.items(), *((part, path) for path, part in beside.items())]
    try:
        for source, target in moves:
            source.replace(target)
            done.append((source, target))
    except OSError:
        for source, target in reversed(done):
            target.replace(source)
        raise


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let nobody end the process meanwhile; signals can only be set in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
