"""The command ``cricksy``: exit codes, typed errors in two sentences, and no traceback on a user's screen.

Exit codes: 0 done, 2 wrong usage, 3 the video cannot be used, 4 the analysis failed, 5 the store cannot be
reached; 130 interrupted.
"""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit."""
    from cricksy_lib.cli import terminal
    from cricksy_lib.cli.app import app
    from cricksy_lib.errors import CricksyError

    try:
        app(prog_name="cricksy")
    except CricksyError as error:
        terminal.show_error(error)
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # what typer makes of Ctrl-C
            terminal.say("Interrupted.")
        raise
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the last stop: whatever it is, it becomes one line and a log entry
        usage = terminal.as_setting_error(error)
        if usage is not None:
            terminal.show_error(usage)
            sys.exit(usage.exit_code)
        terminal.show_unexpected(error)
        sys.exit(CricksyError.exit_code)
