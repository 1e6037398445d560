"""The channel between a page and its kernel, which a page may leave at any time.

Jupyter does not wait for what it writes. When a tab closes in the middle of a message, that write fails with
nobody to ask, and asyncio shows it as a traceback; a write after it raises within the kernel's stream.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from tornado.websocket import WebSocketClosedError, WebSocketHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

_log = logging.getLogger(__name__)


class LeavableHandler(WebSocketHandler):
    """Take it as no error that the other side is gone; every other error of a write is logged."""

    def write_message(self, message: Any, binary: bool = False) -> asyncio.Future[None] | None:  # type: ignore[override]
        """Write, unless the page has been left; None if nothing is sent."""
        try:
            written: asyncio.Future[None] | None = super().write_message(message, binary)
        except WebSocketClosedError:
            _log.debug("a message came after its page was left")
            return None
        if written is not None:
            written.add_done_callback(_look_at)
        return written


def _look_at(written: asyncio.Future[None]) -> None:
    error = None if written.cancelled() else written.exception()
    if isinstance(error, WebSocketClosedError):
        _log.debug("a page was left in the middle of a message")
    elif error is not None:
        _log.error("a message could not be sent to a page", exc_info=error)


class ChannelHandler(LeavableHandler, VoilaKernelWebsocketHandler):
    """Voila's channel to a kernel, which a page may leave."""
