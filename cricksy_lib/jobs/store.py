"""What jobs need of a store: bytes and files in, create-only, lists in order; no rename, no lock, no query.

A folder and an S3 bucket both give exactly this, so the jobs above cannot tell them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from cricksy_lib.errors import StoreError

PAGE_SIZE = 1000
MAX_KEY_LENGTH = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=-]*")


@dataclass(frozen=True)
class Page:
    """One page of a listing, in the order of the keys.

    Attributes
    ----------
    keys : the keys found.
    folders : with a delimiter, the common prefixes (each ends with it), listed once each.
    after : where the next page starts, or None when this was the last.
    """

    keys: tuple[str, ...]
    folders: tuple[str, ...]
    after: str | None


class Store(Protocol):
    """Objects by key. Every failure of the store itself is a `StoreError`."""

    def put(self, key: str, content: bytes | Path, *, create_only: bool = False) -> bool:
        """Write a whole object, from bytes or from a file.

        Readers see the old content or the new, never a part. With ``create_only`` exactly one of several
        writers wins and the others change nothing.

        Returns
        -------
        Whether this call wrote the object (False only for a ``create_only`` that came second).
        """
        ...

    def get(self, key: str) -> bytes | None:
        """Return an object's content, or None if there is none."""
        ...

    def size(self, key: str) -> int | None:
        """Return an object's size in bytes, or None if there is none."""
        ...

    def list(
        self,
        prefix: str = "",
        *,
        after: str | None = None,
        delimiter: Literal["/"] | None = None,
        limit: int = PAGE_SIZE,
    ) -> Page:
        """List keys that start with ``prefix`` and come after ``after``, at most ``limit`` entries.

        With a delimiter, keys that hold another one after the prefix are listed as one folder.
        """
        ...

    def delete(self, key: str) -> bool:
        """Delete an object; False if there was none."""
        ...

    def local(self, key: str, scratch: Path) -> Path | None:
        """Return a path to read the object from, a copy made in ``scratch`` if need be; None if absent."""
        ...

    def url(self, key: str) -> str:
        """Return a URL under which a browser on this machine can fetch the object, made for this moment."""
        ...


def check_key(key: str) -> str:
    """Return the key if it is one that every kind of store can hold.

    Raises
    ------
    StoreError
        If it is empty, too long, absolute, hidden, or would leave the store.
    """
    segments = key.split("/")
    if len(key) > MAX_KEY_LENGTH or not all(
        _SEGMENT.fullmatch(part) and ".." not in part for part in segments
    ):
        raise StoreError(
            "The store was asked for an object under a name that it does not allow.",
            "Use the identifiers as 'cricksy jobs list' prints them.",
        )
    return key


def every_key(store: Store, prefix: str) -> Iterator[str]:
    """Yield all keys under a prefix, over as many pages as there are."""
    after: str | None = None
    while True:
        page = store.list(prefix, after=after)
        yield from page.keys
        after = page.after
        if after is None:
            return


def every_folder(store: Store, prefix: str) -> Iterator[str]:
    """Yield the names directly under ``prefix`` (which ends with ``/``) that hold objects."""
    after: str | None = None
    while True:
        page = store.list(prefix, after=after, delimiter="/")
        for folder in page.folders:
            yield folder[len(prefix) : -1]
        after = page.after
        if after is None:
            return


def open_store(location: str) -> Store:
    """Open the store that a setting names: a folder today.

    Raises
    ------
    StoreError
        If the place is of a kind that is not supported, or cannot be used.
    """
    from cricksy_lib.jobs.folder_store import FolderStore

    if "://" in location and not location.startswith("file://"):
        kind = location.split("://", 1)[0]
        raise StoreError(
            f"A store of the kind '{kind}' is not supported.", "Set CRICKSY_STORE to the path of a folder."
        )
    return FolderStore(Path(location.removeprefix("file://")))
