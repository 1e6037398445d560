"""A store that counts what is asked of it, each call as the requests that a bucket would bill."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Literal

from cricksy_lib.jobs.store import PAGE_SIZE, Facts, Fetched, Page, Store, Unchanged, Upload


class CountingStore:
    """Another store, with a note of each thing asked of it: the verb and the key or prefix.

    A read of a folder is over before a busy machine begins the next: for so long (``meet_s``) the first one
    waits for another to come, so that those asked for at once are seen to be.
    """

    def __init__(self, store: Store) -> None:
        self.inner = store
        self.asked: list[tuple[str, str]] = []
        self.most_at_once = 0
        self.meet_s = 0.0
        self._met = threading.Event()
        self._now = 0
        self._lock = threading.Lock()

    def take(self) -> list[tuple[str, str]]:
        """Return what was asked since the last take."""
        with self._lock:
            taken, self.asked = self.asked, []
            return taken

    def _note(self, verb: str, key: str) -> None:
        with self._lock:
            self.asked.append((verb, key))

    @property
    def creates_only(self) -> bool:
        """As the other store."""
        return self.inner.creates_only

    @property
    def place(self) -> str:
        """As the other store."""
        return self.inner.place

    def put(self, key: str, content: bytes | Path, *, create_only: bool = False) -> bool:
        """Count a put."""
        self._note("put", key)
        return self.inner.put(key, content, create_only=create_only)

    def get(self, key: str) -> bytes | None:
        """Count a get."""
        self._note("get", key)
        return self.inner.get(key)

    def fetch(self, key: str, etag: str | None = None) -> Fetched | Unchanged | None:
        """Count a get."""
        self._note("get", key)
        return self.inner.fetch(key, etag)

    def read_range(self, key: str, start: int, end: int) -> bytes | None:
        """Count a get, and how many are on their way at the same time."""
        self._note("get", key)
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            if self._now > 1:
                self._met.set()
        try:
            self._met.wait(self.meet_s)
            self._met.set()
            return self.inner.read_range(key, start, end)
        finally:
            with self._lock:
                self._now -= 1

    def facts(self, key: str) -> Facts | None:
        """Count a head."""
        self._note("head", key)
        return self.inner.facts(key)

    def size(self, key: str) -> int | None:
        """Count a head."""
        self._note("head", key)
        return self.inner.size(key)

    def list(
        self,
        prefix: str = "",
        *,
        after: str | None = None,
        delimiter: Literal["/"] | None = None,
        limit: int = PAGE_SIZE,
    ) -> Page:
        """Count a list: a page is never larger than a bucket's."""
        self._note("list", prefix)
        return self.inner.list(prefix, after=after, delimiter=delimiter, limit=min(limit, PAGE_SIZE))

    def delete(self, key: str) -> bool:
        """Count a delete."""
        self._note("delete", key)
        return self.inner.delete(key)

    def local(self, key: str, scratch: Path) -> Path | None:
        """Count a get."""
        self._note("get", key)
        return self.inner.local(key, scratch)

    def url(self, key: str) -> str:
        """Ask nothing of the server."""
        return self.inner.url(key)

    def put_url(self, key: str, size: int) -> Upload | None:
        """Ask nothing of the server."""
        return self.inner.put_url(key, size)
