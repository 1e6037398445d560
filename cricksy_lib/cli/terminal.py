"""What the commands share of the terminal: plain lines, bars with time left, tables, logs, errors."""

from __future__ import annotations

import logging
import shutil
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cricksy_lib.errors import CricksyError, UsageError
from cricksy_lib.progress import Progress, silent

if TYPE_CHECKING:
    from rich.console import Console

_PIPED_WIDTH = 240
_MAX_LOG_BYTES = 5 * 1024 * 1024


class _Terminal:
    """How this run of the command speaks: set once by its options."""

    quiet = False
    debug = False
    live: Console | None = None


_terminal = _Terminal()


def set_quiet(value: bool) -> bool:
    """Drop bars and tables."""
    _terminal.quiet = _terminal.quiet or value
    return value


def set_debug(value: bool) -> bool:
    """Show tracebacks of unexpected errors, and debug logs."""
    _terminal.debug = _terminal.debug or value
    return value


def counted(number: int, what: str) -> str:
    """Say how many there are of something, as in ``1 job`` and ``2 jobs``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def say(line: str) -> None:
    """Write one plain, unwrapped line on standard error, above a bar if one is shown."""
    if _terminal.live is not None:
        _terminal.live.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)
    else:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def agreed(question: str) -> bool:
    """Ask somebody at a terminal, no being the default: see `can_be_asked`."""
    seen = sys.stderr if sys.stderr.isatty() else sys.stdout
    seen.write(f"{question} [y/N]\n")
    seen.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def can_be_asked() -> bool:
    """Say whether somebody sits there who sees a question and can answer it."""
    return sys.stdin.isatty() and (sys.stderr.isatty() or sys.stdout.isatty())


def write(text: str) -> None:
    """Write plain text and a line's end on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_cut(line: str) -> None:
    """Write one line on standard output, cut to a terminal's width; a file or a program gets all of it."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        line = line if len(line) <= width else line[: width - 1] + "…"
    write(line)


def show_error(error: CricksyError) -> None:
    """Show a typed error: its cause and its advice."""
    if _terminal.debug:
        traceback.print_exception(error)
    say(str(error))


def as_setting_error(error: Exception) -> CricksyError | None:
    """Return a typed error for a setting in the environment that cannot be used; None for any other error."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError) or error.title != "Settings":
        return None
    first = error.errors()[0]
    name = f"CRICKSY_{first['loc'][0]}".upper()
    return UsageError(f"The setting {name} cannot be used: {first['msg']}.", "Change it in the environment.")


def show_unexpected(error: Exception) -> None:
    """Show an unexpected error as one line, and keep its traceback where only this user reads it."""
    if _terminal.debug:
        traceback.print_exception(error)
    kind = type(error).__name__
    from cricksy_lib.settings import get_settings

    try:
        folder = get_settings().cache_dir
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "cricksy.log"
        if path.exists() and path.stat().st_size > _MAX_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat()} {''.join(traceback.format_exception(error))}\n")
    except (OSError, ValueError):
        say(f"Cricksy stopped at an unexpected error ({kind}). Run it again with --debug to see where.")
    else:
        say(f"Cricksy stopped at an unexpected error ({kind}). The details are in {path}.")


class _Plain(logging.Handler):
    """Log records as plain lines, whatever else the terminal shows."""

    def emit(self, record: logging.LogRecord) -> None:
        say(self.format(record))


def log_to_terminal(level: int = logging.INFO) -> None:
    """Send this package's log to standard error, message by message."""
    logger = logging.getLogger("cricksy_lib")
    if not any(isinstance(handler, _Plain) for handler in logger.handlers):
        logger.addHandler(_Plain())
    logger.setLevel(logging.DEBUG if _terminal.debug else level)
    logger.propagate = False


def _tenths(title: str) -> Progress:
    """Return a `Progress` that says a line whenever another tenth of a stage is done."""
    last = ("", 0)

    def tell(stage: str, done: float, total: float) -> None:
        nonlocal last
        tenth = int(10 * done / total) if total > 0 else 0
        if tenth > (last[1] if stage == last[0] else 0):
            say(f"{title}: {done:g} of {total:g} {stage}.")
        last = (stage, tenth)

    return tell


@contextmanager
def bar(title: str, *, over_stages: bool = False, or_lines: bool = False) -> Iterator[Progress]:
    """Show a bar with time left on standard error for a `Progress`; none if quiet or no terminal.

    It starts anew with each stage or, `over_stages`, only when progress falls: at the next job. Work of many
    minutes says its tenths in plain lines where there is no terminal (`or_lines`).
    """
    from rich.console import Console

    console = Console(stderr=True)
    if _terminal.quiet or not console.is_terminal:
        yield _tenths(title) if or_lines and not _terminal.quiet else silent
        return
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with RichProgress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bars:
        task = bars.add_task(title, total=None)
        last = (title, 0.0)

        def tell(stage: str, done: float, total: float) -> None:
            nonlocal last
            known = total if total > 0 else None
            if (stage != last[0] and not over_stages) or done < last[1]:
                bars.reset(task, total=known)
            bars.update(task, description=f"{title}: {stage}", completed=done, total=known)
            last = (stage, done)

        _terminal.live = console
        try:
            yield tell
        finally:
            _terminal.live = None


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show a table on standard output, its first column never cut; none if quiet."""
    if _terminal.quiet:
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table()
    first = max((len(row[0]) for row in rows), default=0)
    for index, heading in enumerate(headings):
        shown.add_column(heading, no_wrap=index == 0, min_width=None if index else first, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    # Piped into a file or another program, a row must not be folded to some guessed width.
    console = Console() if sys.stdout.isatty() else Console(width=_PIPED_WIDTH)
    console.print(shown)
