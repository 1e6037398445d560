"""A server that stands between a worker and its bucket, and fails as it is told."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


class Flaky:
    """What the server does with requests from now on.

    Attributes
    ----------
    mode : ``ok``, ``refuse`` (the connection breaks), ``busy`` (503), ``full`` (507 to writing), ``slow``,
        or ``cut`` (what is written is written, but the answer to the first try is lost).
    asked : how many requests came.
    """

    def __init__(self) -> None:
        self.mode = "ok"
        self.asked = 0
        self._cut: set[str] = set()
        self._lock = threading.Lock()

    def loses_answer(self, method: str, path: str) -> bool:
        """Say whether the answer to this request is to be lost: once for each object."""
        with self._lock:
            first = self.mode == "cut" and method in ("PUT", "DELETE") and path not in self._cut
            self._cut.add(path)
            return first

    def after(self, seconds: float, mode: str = "ok") -> None:
        """Change the mode in a while."""
        timer = threading.Timer(seconds, lambda: setattr(self, "mode", mode))
        timer.daemon = True
        timer.start()


@contextmanager
def flaky_server(endpoint: str) -> Iterator[tuple[str, Flaky]]:
    """Run the server before an endpoint; gives its own endpoint, and what it is told."""
    told = Flaky()
    upstream = urlsplit(endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def _serve(self) -> None:
            told.asked += 1
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if told.mode == "refuse":
                return self._break()
            if told.mode == "busy":
                return self._answer(503, {}, b"")
            if told.mode == "full" and self.command in ("PUT", "POST"):
                return self._answer(507, {}, b"")
            if told.mode == "slow":
                time.sleep(0.2)
            connection = http.client.HTTPConnection(upstream, timeout=30)
            connection.request(self.command, self.path, body or None, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if told.loses_answer(self.command, self.path):
                return self._break()
            headers = dict(answer.getheaders())
            if self.command == "HEAD":
                return self._answer(answer.status, headers, b"", headers.get("Content-Length"))
            return self._answer(answer.status, headers, content)

        def _break(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _answer(
            self, status: int, headers: dict[str, str], content: bytes, length: str | None = None
        ) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            if status not in (204, 304):
                self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _serve  # noqa: N815

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that went away is no error of the test."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
