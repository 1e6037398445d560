"""The store's public objects for signed-in users, with byte ranges and validators, from a folder or a bucket.

A bucket's objects pass through this server: a page that stays open never holds a URL that expires, the
browser needs no way to the bucket, and the page may go on fetching from here alone.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado import ioloop, iostream, web

from cricksy_lib.dashboard.media import is_public_key, path_of_key
from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.store import Facts, Store

BLOCK_BYTES = 1024 * 1024

_log = logging.getLogger(__name__)
_DOWNLOADS = {
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".parquet": "application/octet-stream",
}
_VIDEOS = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm"}
_REPORT_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; media-src data: 'self'; "
    "font-src data:"
)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def content_type(suffix: str) -> str:
    """Name the type by the suffix alone; what is not shown is a download."""
    if suffix == ".html":
        return "text/html; charset=utf-8"
    return _VIDEOS.get(suffix) or _DOWNLOADS.get(suffix, "application/octet-stream")


def _describe(handler: JupyterHandler, name: str) -> None:
    """Keep copies private and checked, and let a report do nothing but be read."""
    handler.set_header("Cache-Control", "private, no-cache")
    handler.set_header("X-Content-Type-Options", "nosniff")
    if PurePosixPath(name).suffix in _DOWNLOADS or handler.get_argument("download", ""):
        handler.set_header("Content-Disposition", f'attachment; filename="{name}"')
    if name.endswith(".html"):
        handler.set_header("Content-Security-Policy", _REPORT_POLICY)


class FolderMediaHandler(JupyterHandler, web.StaticFileHandler):
    """Serve the public objects of a folder store."""

    def initialize(self, root: Path) -> None:  # type: ignore[override]
        """Remember the store's folder."""
        self._store = root
        super().initialize(path=str(root))

    @web.authenticated
    async def get(self, path: str, include_body: bool = True) -> None:  # type: ignore[override]
        """Serve one object, whole or in ranges."""
        await web.StaticFileHandler.get(self, path, include_body)

    @web.authenticated
    async def head(self, path: str) -> None:  # type: ignore[override]
        """Answer as `get` does, without the content."""
        await web.StaticFileHandler.get(self, path, include_body=False)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Refuse whatever is not a public key, wherever a path may have led."""
        key = Path(absolute_path).relative_to(Path(root).absolute()).as_posix()
        path = path_of_key(self._store, key)
        if path is None:
            raise web.HTTPError(404)
        return str(path)

    def get_content_type(self) -> str:
        """Name the type by the suffix alone."""
        return content_type(Path(self.absolute_path or "").suffix)

    def set_extra_headers(self, path: str) -> None:
        """Say how the object may be kept and shown."""
        _describe(self, Path(path).name)

    def compute_etag(self) -> str | None:
        """Tag by size and time of writing: objects are written once, and hashing a clip takes long."""
        if self.absolute_path is None:
            return None
        facts = Path(self.absolute_path).stat()
        return f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'


class BucketMediaHandler(JupyterHandler):
    """Serve the public objects of any store, read in blocks as the browser takes them."""

    def initialize(self, store: Store) -> None:
        """Remember the store."""
        self._store = store

    @web.authenticated
    async def get(self, key: str) -> None:
        """Serve one object, whole or one range of it."""
        await self._serve(key, with_content=True)

    @web.authenticated
    async def head(self, key: str) -> None:
        """Answer as `get` does, without the content."""
        await self._serve(key, with_content=False)

    def compute_etag(self) -> str | None:
        """Return None: the tag is the store's, set with the other headers."""
        return None

    async def _serve(self, key: str, *, with_content: bool) -> None:
        if not is_public_key(key):
            raise web.HTTPError(404)
        facts: Facts | None = await self._ask(self._store.facts, key)
        if facts is None:
            raise web.HTTPError(404)
        name = PurePosixPath(key).name
        self.set_header("Content-Type", content_type(PurePosixPath(name).suffix))
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("Etag", f'"{facts.etag}"')
        _describe(self, name)
        if self.check_etag_header():
            self.set_status(304)
            return
        wanted = self._range(facts)
        if wanted is None:
            self.set_status(416)
            self.set_header("Content-Range", f"bytes */{facts.size}")
            return
        start, end = wanted
        if end - start < facts.size:
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {start}-{end - 1}/{facts.size}")
        self.set_header("Content-Length", str(end - start))
        if with_content:
            await self._send(key, start, end)

    def _range(self, facts: Facts) -> tuple[int, int] | None:
        """Return which bytes are asked for, from and up to: all but for one range; None if it is outside."""
        asked = _RANGE.fullmatch(self.request.headers.get("Range", ""))
        known = self.request.headers.get("If-Range", f'"{facts.etag}"') == f'"{facts.etag}"'
        if asked is None or asked[0] == "bytes=-" or not known:
            return 0, facts.size
        if not asked[1]:
            start, end = max(0, facts.size - int(asked[2])), facts.size
        else:
            start, end = int(asked[1]), facts.size
            if asked[2]:
                end = min(int(asked[2]) + 1, facts.size)
        return (start, end) if start < end else None

    async def _send(self, key: str, start: int, end: int) -> None:
        for at in range(start, end, BLOCK_BYTES):
            until = min(at + BLOCK_BYTES, end)
            block = await self._ask(self._store.read_range, key, at, until)
            if block is None or len(block) != until - at:  # deleted while it was sent
                raise web.HTTPError(502)
            self.write(block)
            try:
                await self.flush()
            except iostream.StreamClosedError:  # the browser has enough
                return

    async def _ask(self, what: Any, *arguments: Any) -> Any:
        """Ask the store on a thread, so that a slow one holds nobody else up."""
        try:
            return await ioloop.IOLoop.current().run_in_executor(None, partial(what, *arguments))
        except StoreError as error:
            _log.error("media not readable: %s", error.cause)
            raise web.HTTPError(502) from error
