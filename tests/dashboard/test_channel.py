"""A page that is left in the middle of a message: no traceback, and no other error is hidden."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tornado import netutil, web
from tornado.httpserver import HTTPServer
from tornado.websocket import WebSocketClosedError, WebSocketHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from cricksy_lib.dashboard import channel
from cricksy_lib.dashboard.channel import ChannelHandler, LeavableHandler
from cricksy_lib.dashboard.server import _OURS

MORE_THAN_BUFFERS_HOLD = 64 * 1024 * 1024
HELLO = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def in_a_loop_of_its_own(asked: Callable[..., Coroutine[Any, Any, Any]], *arguments: object) -> Any:
    """Run it in another thread: a browser that a test before this one used keeps its loop running in this."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(asked(*arguments))).result()


async def leave_in_the_middle(kind: type[WebSocketHandler]) -> tuple[list[str], list[object]]:
    """Serve one large message to a page that reads none of it and goes; return what asyncio complained of,
    and what a message after that gave."""
    complaints: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, told: complaints.append(type(told.get("exception")).__name__))
    closed, later = asyncio.Event(), []

    class Handler(kind):  # type: ignore[misc, valid-type]
        def open(self, *_: str, **__: str) -> None:
            self.write_message(b"\0" * MORE_THAN_BUFFERS_HOLD, binary=True)

        def on_close(self) -> None:
            try:
                later.append(self.write_message(b"after"))
            except WebSocketClosedError as error:
                later.append(error)
            closed.set()

    (listening,) = netutil.bind_sockets(0, "127.0.0.1")
    server = HTTPServer(web.Application([("/", Handler)]))
    server.add_sockets([listening])
    reader, writer = await asyncio.open_connection(*listening.getsockname())
    writer.write(HELLO)
    await reader.readuntil(b"\r\n\r\n")
    link: socket.socket = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not a goodbye
    writer.transport.abort()
    await closed.wait()
    server.stop()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    return complaints, later


def test_plain_tornado_complains_of_a_page_that_was_left() -> None:
    complaints, later = in_a_loop_of_its_own(leave_in_the_middle, WebSocketHandler)
    assert complaints == ["WebSocketClosedError"]
    assert isinstance(later[0], WebSocketClosedError)


def test_a_page_may_be_left_in_the_middle_of_a_message() -> None:
    assert in_a_loop_of_its_own(leave_in_the_middle, LeavableHandler) == ([], [None])


def test_another_error_of_a_write_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        written: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        written.add_done_callback(channel._look_at)
        written.set_exception(ValueError("not sent"))
        await asyncio.sleep(0)

    in_a_loop_of_its_own(fail)
    assert [record.getMessage() for record in caplog.records] == ["a message could not be sent to a page"]


def test_the_dashboard_s_kernels_speak_through_it() -> None:
    assert _OURS[VoilaKernelWebsocketHandler] is ChannelHandler
    assert issubclass(ChannelHandler, LeavableHandler)
