"""A store that is asked again while it cannot be used: minutes of analysis outlast a minute's outage."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.store import PAGE_SIZE, Facts, Fetched, Page, Store, Unchanged, Upload

logger = logging.getLogger(__name__)

T = TypeVar("T")
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0


class PatientStore:
    """A store for the holder of a claim.

    A write that was carried out although its answer was lost is written again, the same. So what it says of
    a ``create_only`` may be that another was first where this writer was: claims are not made through it.

    Parameters
    ----------
    store : the store itself.
    patience_s : seconds after which its error is raised.
    stop : set when there is no time for patience.
    """

    def __init__(self, store: Store, patience_s: float, stop: threading.Event) -> None:
        self._store = store
        self._patience_s = patience_s
        self._stop = stop

    @property
    def creates_only(self) -> bool:
        """See `Store.creates_only`."""
        return self._asked(lambda: self._store.creates_only)

    @property
    def place(self) -> str:
        """See `Store.place`."""
        return self._store.place

    def put(self, key: str, content: bytes | Path, *, create_only: bool = False) -> bool:
        """See `Store.put`."""
        return self._asked(lambda: self._store.put(key, content, create_only=create_only))

    def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        return self._asked(lambda: self._store.get(key))

    def fetch(self, key: str, etag: str | None = None) -> Fetched | Unchanged | None:
        """See `Store.fetch`."""
        return self._asked(lambda: self._store.fetch(key, etag))

    def read_range(self, key: str, start: int, end: int) -> bytes | None:
        """See `Store.read_range`."""
        return self._asked(lambda: self._store.read_range(key, start, end))

    def facts(self, key: str) -> Facts | None:
        """See `Store.facts`."""
        return self._asked(lambda: self._store.facts(key))

    def size(self, key: str) -> int | None:
        """See `Store.size`."""
        return self._asked(lambda: self._store.size(key))

    def list(
        self,
        prefix: str = "",
        *,
        after: str | None = None,
        delimiter: Literal["/"] | None = None,
        limit: int = PAGE_SIZE,
    ) -> Page:
        """See `Store.list`."""
        return self._asked(lambda: self._store.list(prefix, after=after, delimiter=delimiter, limit=limit))

    def delete(self, key: str) -> bool:
        """See `Store.delete`."""
        return self._asked(lambda: self._store.delete(key))

    def local(self, key: str, scratch: Path) -> Path | None:
        """See `Store.local`."""
        return self._asked(lambda: self._store.local(key, scratch))

    def url(self, key: str) -> str:
        """See `Store.url`."""
        return self._store.url(key)

    def put_url(self, key: str, size: int) -> Upload | None:
        """See `Store.put_url`."""
        return self._store.put_url(key, size)

    def _asked(self, ask: Callable[[], T]) -> T:
        deadline = time.monotonic() + self._patience_s
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return ask()
            except StoreError as error:
                left_s = deadline - time.monotonic()
                if left_s <= 0 or self._stop.is_set():
                    raise
                logger.warning("Store not usable, trying again: %s", error.cause)
                self._stop.wait(min(pause_s, left_s))
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
