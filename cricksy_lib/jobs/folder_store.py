"""A store in a folder: one file an object, written beside its place and moved in whole."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.store import (
    NOT_CHANGED,
    PAGE_SIZE,
    Facts,
    Fetched,
    Page,
    Unchanged,
    Upload,
    check_key,
    is_key,
)

_STAGING = ".staging"
_ABANDONED_AFTER_S = 24 * 3600.0


class FolderStore:
    """Objects as files below ``root``.

    A new object is written to a hidden folder of the same file system and then moved to its place
    (`os.replace`) or, create-only, linked there (`os.link`, which fails if the name is taken).

    Parameters
    ----------
    root : the folder; made with its first object, for its owner alone, if it does not exist. Whoever only
        reads leaves no folder behind where a name was mistyped.

    Raises
    ------
    StoreError
        If there is a file in its place, it cannot be looked into, or it is missing and cannot be made.
    """

    creates_only = True

    def __init__(self, root: Path) -> None:
        self.root = Path(root).expanduser().absolute()
        self._refuse_what_cannot_be()
        with self._typed("opened"):
            self._sweep()

    @property
    def place(self) -> str:
        """The folder's whole path."""
        return str(self.root)

    def put(self, key: str, content: bytes | Path, *, create_only: bool = False) -> bool:
        """Write a whole object; see `Store.put`."""
        target = self._path(key)
        with self._typed("written"):
            if create_only and target.exists():
                return False
            staged = self._staging() / secrets.token_hex(12)
            try:
                _write_durably(staged, content)
                return self._move_in(staged, target, create_only)
            finally:
                staged.unlink(missing_ok=True)

    def get(self, key: str) -> bytes | None:
        """Return an object's content, or None."""
        with self._open(key) as opened:
            return opened.read() if opened is not None else None

    def fetch(self, key: str, etag: str | None = None) -> Fetched | Unchanged | None:
        """Return an object's content with its tag; see `Store.fetch`."""
        with self._open(key) as opened:
            if opened is None:
                return None
            facts = _facts(os.fstat(opened.fileno()))
            return NOT_CHANGED if facts.etag == etag else Fetched(opened.read(), facts.etag)

    def read_range(self, key: str, start: int, end: int) -> bytes | None:
        """Return some of an object's bytes; see `Store.read_range`."""
        with self._open(key) as opened:
            if opened is None:
                return None
            opened.seek(start)
            return opened.read(max(0, end - start))

    def facts(self, key: str) -> Facts | None:
        """Return an object's size and tag, or None."""
        path = self._path(key)
        with self._typed("read"):
            return _facts(path.stat()) if path.is_file() else None

    def size(self, key: str) -> int | None:
        """Return an object's size in bytes, or None."""
        facts = self.facts(key)
        return facts.size if facts is not None else None

    def list(
        self,
        prefix: str = "",
        *,
        after: str | None = None,
        delimiter: Literal["/"] | None = None,
        limit: int = PAGE_SIZE,
    ) -> Page:
        """List in the order of the keys; see `Store.list`."""
        with self._typed("listed"):
            keys: list[str] = []
            tags: list[str] = []
            folders: list[str] = []
            last: str | None = None
            for entry in self._walk(prefix.rpartition("/")[0], prefix, after or "", delimiter is None):
                if len(keys) + len(folders) == limit:
                    return Page(tuple(keys), tuple(folders), last, tuple(tags))
                if entry.endswith("/"):
                    folders.append(entry)
                else:
                    try:
                        tags.append(_facts((self.root / entry).stat()).etag)
                    except FileNotFoundError:  # deleted meanwhile
                        continue
                    keys.append(entry)
                last = entry
            return Page(tuple(keys), tuple(folders), None, tuple(tags))

    def delete(self, key: str) -> bool:
        """Delete an object and the folders that it leaves empty."""
        path = self._path(key)
        with self._typed("deleted from"):
            try:
                path.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return False
            for folder in path.parents:
                if folder == self.root:
                    break
                try:
                    folder.rmdir()
                except OSError:  # not empty, or another deleted it first
                    break
            return True

    def local(self, key: str, scratch: Path) -> Path | None:
        """Return the object's own path: nothing is copied."""
        path = self._path(key)
        return path if self.size(key) is not None else None

    def url(self, key: str) -> str:
        """Return a ``file://`` URL."""
        return self._path(key).as_uri()

    def put_url(self, key: str, size: int) -> Upload | None:
        """Return None: a folder takes no uploads from elsewhere."""
        check_key(key)
        return None

    @contextmanager
    def _open(self, key: str) -> Iterator[BinaryIO | None]:
        path = self._path(key)
        with self._typed("read"):
            try:
                opened = path.open("rb")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                yield None
                return
            with opened:
                yield opened

    def _refuse_what_cannot_be(self) -> None:
        with self._typed("opened"):
            there = next(path for path in (self.root, *self.root.parents) if path.exists())
            if not there.is_dir():
                wrong = f"'{there}' is a file, not a folder"
            elif there != self.root and not _can_hold_a_folder(there):
                wrong = f"'{self.root}' is not there and cannot be made"
            else:
                return
        raise StoreError(
            f"The store could not be opened: {wrong}.",
            "Set CRICKSY_STORE to a folder, or to one that can be made.",
        )

    def _staging(self) -> Path:
        folder = self.root / _STAGING
        if not folder.is_dir():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _sweep(self) -> None:
        """Remove what a writer that was killed left half-written, long ago."""
        folder = self.root / _STAGING
        for left in folder.iterdir() if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _ABANDONED_AFTER_S:
                    left.unlink()

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    def _move_in(self, staged: Path, target: Path, create_only: bool) -> bool:
        for _ in range(100):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                if create_only:
                    os.link(staged, target)
                else:
                    staged.replace(target)
            except FileExistsError:
                return False
            except FileNotFoundError:  # a delete took the empty folder away in between
                continue
            return True
        raise StoreError(
            "An object could not be placed in the store.", "Try again when nothing else is deleting."
        )

    def _walk(self, folder: str, prefix: str, after: str, deep: bool) -> Iterator[str]:
        """Yield keys in order, reading only the folders needed; unless ``deep``, a folder is one entry."""
        path = self.root / check_key(folder) if folder else self.root
        try:
            names = sorted(_names(path))
        except (FileNotFoundError, NotADirectoryError):
            return
        base = f"{folder}/" if folder else ""
        wanted = prefix[len(base) :] if prefix.startswith(base) else ""
        passed = after[len(base) :] if after.startswith(base) else ""
        # Only the one name before the place of `after` can be a folder in which that key lies.
        start = max(bisect_left(names, wanted), bisect_left(names, passed) - 1)
        for name in islice(names, start, None):
            if not name.startswith(wanted):
                return
            key = base + name
            if not is_key(key.rstrip("/")):
                continue
            if not name.endswith("/"):
                if key > after:
                    yield key
            elif not deep:
                if key > after and _holds_any(path / name):
                    yield key
            elif key > after or after.startswith(key):
                yield from self._walk(key[:-1], prefix, after, deep)

    @contextmanager
    def _typed(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.EPERM, errno.ENOTSUP) and error.filename2 is not None:
                raise StoreError(
                    "The store's file system cannot create a file exactly once (it has no hard links).",
                    "Set CRICKSY_STORE to a folder on another disk.",
                ) from error
            raise StoreError(
                f"The store could not be {doing} ({error.strerror or type(error).__name__}).",
                "Check the folder that CRICKSY_STORE names: that it is there, writable and not full.",
            ) from error


def _facts(stat: os.stat_result) -> Facts:
    """Tag by time, place and size: objects are moved in whole, so another content is another file."""
    return Facts(stat.st_size, f"{stat.st_mtime_ns:x}-{stat.st_ino:x}-{stat.st_size:x}")


def _can_hold_a_folder(folder: Path) -> bool:
    """Say whether a folder can be made there; the one made to find out is hidden, and goes at once."""
    # Not `os.access`: it allows root everything, also where nothing can be made (`/proc`).
    try:
        Path(tempfile.mkdtemp(prefix=".cricksy-", dir=folder)).rmdir()
    except OSError:
        return False
    return True


def _names(path: Path) -> list[str]:
    """Return the names in a folder, folders with a slash: so they sort as whole keys do."""
    with os.scandir(path) as scan:
        return [e.name + "/" * e.is_dir(follow_symlinks=False) for e in scan if not e.name.startswith(".")]


def _holds_any(path: Path) -> bool:
    return any(files for _, _, files in os.walk(path))


def _write_durably(path: Path, content: bytes | Path) -> None:
    with path.open("xb") as out:
        if isinstance(content, bytes):
            out.write(content)
        else:
            with content.open("rb") as source:
                shutil.copyfileobj(source, out, 1024 * 1024)
        out.flush()
        os.fsync(out.fileno())
