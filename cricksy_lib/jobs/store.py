"""What jobs need of a store: bytes and files in, create-only, lists in order; no rename, no lock, no query.

A folder and an S3 bucket both give exactly this, so the jobs above cannot tell them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final, Literal, Protocol
from urllib.parse import unquote, urlsplit

from cricksy_lib.errors import StoreError
from cricksy_lib.settings import Settings, get_settings

PAGE_SIZE = 1000
# For walks over a whole store: a folder gives so many at once, a bucket its own page of 1000.
WALK_SIZE = 50_000
MAX_KEY_LENGTH = 512
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9._=-]*"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")


@dataclass(frozen=True)
class Page:
    """One page of a listing, in the order of the keys.

    Objects under names that `check_key` refuses are not ours, and left out.

    Attributes
    ----------
    keys : the keys found.
    folders : with a delimiter, the common prefixes (each ends with it), listed once each.
    after : where the next page starts, or None when this was the last.
    tags : of each key, in their order, what changes whenever its content is written again. To be compared
        with the tags of other listings alone.
    """

    keys: tuple[str, ...]
    folders: tuple[str, ...]
    after: str | None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a store says of an object without its content.

    Attributes
    ----------
    size : bytes.
    etag : changes whenever the content is written again; means nothing else.
    """

    size: int
    etag: str


@dataclass(frozen=True)
class Fetched:
    """An object's content and the tag under which it was read."""

    content: bytes
    etag: str


class Unchanged(Enum):
    """The type of `NOT_CHANGED`."""

    NOT_CHANGED = "not changed"


NOT_CHANGED: Final = Unchanged.NOT_CHANGED


@dataclass(frozen=True)
class Upload:
    """Leave to put one object from elsewhere.

    Attributes
    ----------
    url : where to send a PUT; whoever has it can use it, so it is kept out of logs.
    headers : sent along exactly as they are, or the store refuses.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str]


class Store(Protocol):
    """Objects by key. Every failure of the store itself is a `StoreError`."""

    @property
    def creates_only(self) -> bool:
        """Whether the store itself sees to it that of several ``create_only`` writers exactly one wins.

        Where it does not, `put` makes up for it as far as it can be made up for: see the store in question.
        """
        ...

    @property
    def place(self) -> str:
        """Where it is: a bucket as the setting names it, a folder by its whole path."""
        ...

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

    def fetch(self, key: str, etag: str | None = None) -> Fetched | Unchanged | None:
        """Return content and tag; `NOT_CHANGED` if the tag is the one given, None if there is no object."""
        ...

    def read_range(self, key: str, start: int, end: int) -> bytes | None:
        """Return the bytes from ``start`` up to but not including ``end``; None if there is no object.

        What lies beyond the object's end is left out.
        """
        ...

    def facts(self, key: str) -> Facts | None:
        """Return an object's size and tag, or None if there is none."""
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
        """Return a URL under which a browser on this machine can fetch the object, made for this moment.

        It may stop working after `Settings.url_lifetime_seconds`, and is never stored or logged.
        """
        ...

    def put_url(self, key: str, size: int) -> Upload | None:
        """Return leave to put an object of exactly ``size`` bytes from elsewhere, once only if the store can.

        None where nothing but this program can write to the store.
        """
        ...


def is_key(key: str) -> bool:
    """Say whether every kind of store can hold an object under this name."""
    return len(key) <= MAX_KEY_LENGTH and ".." not in key and _KEY.fullmatch(key) is not None


def check_key(key: str) -> str:
    """Return the key if it is one that every kind of store can hold.

    Raises
    ------
    StoreError
        If it is empty, too long, absolute, hidden, or would leave the store.
    """
    if not is_key(key):
        raise StoreError(
            "The store was asked for an object under a name that it does not allow.",
            "Use the identifiers as 'cricksy jobs list' prints them.",
        )
    return key


def every_key(store: Store, prefix: str, page_size: int = PAGE_SIZE) -> Iterator[str]:
    """Yield all keys under a prefix, over as many pages as there are."""
    after: str | None = None
    while True:
        page = store.list(prefix, after=after, limit=page_size)
        yield from page.keys
        after = page.after
        if after is None:
            return


def every_folder(store: Store, prefix: str, page_size: int = PAGE_SIZE) -> Iterator[str]:
    """Yield the names directly under ``prefix`` (which ends with ``/``) that hold objects."""
    after: str | None = None
    while True:
        page = store.list(prefix, after=after, delimiter="/", limit=page_size)
        for folder in page.folders:
            yield folder[len(prefix) : -1]
        after = page.after
        if after is None:
            return


def open_store(location: str, settings: Settings | None = None) -> Store:
    """Open the store that a setting names: ``s3://bucket/prefix``, or a folder.

    Raises
    ------
    StoreError
        If the place is of a kind that is not supported, or cannot be used.
    """
    if location.startswith("s3://"):
        from cricksy_lib.jobs.s3_store import S3Store

        return S3Store(location, settings or get_settings())
    kind, colon, _ = location.partition(":")
    if colon and len(kind) > 1 and kind.isalnum() and not location.startswith("file://"):  # C: is a disk
        raise StoreError(
            f"A store of the kind '{kind}' is not supported.",
            "Set CRICKSY_STORE to the path of a folder, or to s3://bucket/prefix.",
        )
    from cricksy_lib.jobs.folder_store import FolderStore

    return FolderStore(Path(unquote(urlsplit(location).path) if location.startswith("file://") else location))
