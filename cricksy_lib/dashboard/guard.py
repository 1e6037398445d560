"""Callbacks that never fail in silence: a widget callback's exception would otherwise be lost."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from cricksy_lib.errors import CricksyError

_log = logging.getLogger(__name__)


def guarded(say: Callable[[str], None]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a callback: log what it raises with its traceback and say one short sentence on the page.

    Parameters
    ----------
    say : shows a sentence to the user; called with the cause and advice of a `CricksyError`, or with a
        general sentence for anything else.
    """

    def decorate(callback: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(callback)
        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                return callback(*args, **kwargs)
            except CricksyError as error:
                _log.warning("dashboard callback refused: code=%s", error.code, exc_info=True)
                say(str(error))
            except Exception:  # noqa: BLE001 - the outermost frame of a callback; nothing above it would report
                _log.exception("dashboard callback failed: callback=%s", callback.__name__)
                say("Something went wrong while showing this; the server's log says what.")
            return None

        return run

    return decorate
