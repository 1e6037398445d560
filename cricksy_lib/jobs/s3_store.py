"""A store in a bucket of S3, or of whatever speaks its language."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.s3_client import make_client
from cricksy_lib.jobs.s3_errors import code_of, is_absent, retried, status_of, typed
from cricksy_lib.jobs.s3_probe import Conditions, probe_conditions
from cricksy_lib.jobs.s3_upload import PART_BYTES, upload
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
from cricksy_lib.settings import Settings

_WRITER = "cricksy-writer"
_READ_TRIES = 3
_CONFLICT_TRIES = 5
_BROKEN_OFF = (ResponseStreamingError, IncompleteReadError, ReadTimeoutError)
_AFTER_ANY_KEY = "~"  # sorts after every character that a key may have
_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".ipynb": "application/x-ipynb+json",
    ".yaml": "application/yaml",
}
_DOWNLOAD = TransferConfig(
    multipart_threshold=4 * PART_BYTES,
    multipart_chunksize=PART_BYTES,
    max_concurrency=4,
    preferred_transfer_client="classic",
)


class S3Store:
    """Objects below a prefix of a bucket.

    **Creating exactly once.** On a server that compares and writes in one step (`creates_only`), exactly one
    of several creators wins: the server says so. One whose first request was carried out although its answer
    was lost is told from one that came second by a mark on the object.

    Other servers (OpenStack Swift checks first and writes later, so that several creators of one race pass)
    are found out by a probe before the first creation. There a creator looks whether the object is there,
    writes it with its mark, waits, and wins only if its own mark is still on it. Guaranteed then, whatever
    the timing: *at most* one creator wins, as long as what was written is read afterwards. For one who needed
    longer for looking and writing together than all must wait, or whose request had to be sent again, has
    lost; so every other who may still overwrite the object has done so when a winner looks, and only one mark
    can be found. *Exactly* one wins as long as the last to write was quick enough. What differs: nobody may
    win (a claim without a holder, which ends with its lease); a loser's content may be read until the winner
    is found, and stay in the place of the winner's if the loser was too slow; each creation takes the delay
    (`Settings.s3_settle_seconds`).

    Parameters
    ----------
    location : ``s3://bucket`` or ``s3://bucket/prefix``.
    settings : encryption, storage class, lifetime of URLs and the delay above.
    clock, sleep : for the delay.
    part_bytes : files larger than this are sent in parts.

    Raises
    ------
    StoreError
        If the bucket cannot be listed.
    """

    def __init__(
        self,
        location: str,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._bucket, self._prefix = _split(location)
        self._place = f"s3://{self._bucket}/{self._prefix}".rstrip("/")
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._part_bytes = part_bytes
        self._conditions: Conditions | None = None
        self._probing = threading.Lock()
        with typed("opened", self._place):
            self._client = make_client(self._bucket)
            # Rights may end at the prefix; a listing there also tells a missing bucket from a missing object.
            self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)

    @property
    def place(self) -> str:
        """The bucket and prefix, as the setting names them."""
        return self._place

    @property
    def creates_only(self) -> bool:
        """Whether the server itself creates an object exactly once; found out at the first question."""
        return self._ability().atomic

    def put(self, key: str, content: bytes | Path, *, create_only: bool = False) -> bool:
        """Write a whole object; see `Store.put`, and above for ``create_only``."""
        target = self._target(key)
        with typed("written", self._place):
            try:
                if create_only:
                    return self._create(key, content)
                upload(self._client, target, content, self._attributes(key, content), {}, self._part_bytes)
            except OSError as error:
                if isinstance(error, BotoCoreError):  # some of boto3's errors are both
                    raise
                raise StoreError(
                    f"A file could not be read to store it ({error.strerror or type(error).__name__}).",
                    "Check that it is still there.",
                ) from error
        return True

    def get(self, key: str) -> bytes | None:
        """Return an object's content, or None."""
        fetched = self.fetch(key)
        return fetched.content if isinstance(fetched, Fetched) else None

    def fetch(self, key: str, etag: str | None = None) -> Fetched | Unchanged | None:
        """Return an object's content with its tag; an object whose tag is ``etag`` is not sent."""
        return self._read(key, {"IfNoneMatch": f'"{etag}"'} if etag is not None else {})

    def read_range(self, key: str, start: int, end: int) -> bytes | None:
        """Return some of an object's bytes; see `Store.read_range`."""
        if end <= start:
            return None if self.facts(key) is None else b""
        try:
            found = self._read(key, {"Range": f"bytes={start}-{end - 1}"})
        except _PastEndError:
            return b""
        return found.content if isinstance(found, Fetched) else None

    def facts(self, key: str) -> Facts | None:
        """Return an object's size and tag, or None."""
        with typed("read", self._place):
            found = self._head(key)
        return Facts(int(found["ContentLength"]), _plain(found["ETag"])) if found is not None else None

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
        """List in the order of the keys, one request a page; see `Store.list`."""
        query: dict[str, Any] = {"Bucket": self._bucket, "Prefix": self._prefix + prefix}
        query["MaxKeys"] = min(limit, PAGE_SIZE)
        if delimiter is not None:
            query["Delimiter"] = delimiter
        if after is not None:
            # A folder that was listed is over with all that lies in it.
            passed = after + _AFTER_ANY_KEY if delimiter and after.endswith(delimiter) else after
            query["StartAfter"] = self._prefix + passed
        with typed("listed", self._place):
            found = self._client.list_objects_v2(**query)
        ours = len(self._prefix)
        tags = {entry["Key"][ours:]: _plain(entry["ETag"]) for entry in found.get("Contents", ())}
        folders = [entry["Prefix"][ours:] for entry in found.get("CommonPrefixes", ())]
        more = found.get("IsTruncated", False) and (tags or folders)
        keys = tuple(key for key in tags if is_key(key))
        return Page(
            keys,
            tuple(folder for folder in folders if is_key(folder[:-1])),
            max((*tags, *folders)) if more else None,
            tuple(tags[key] for key in keys),
        )

    def delete(self, key: str) -> bool:
        """Delete an object; S3 does not tell whether there was one, so that is asked first."""
        target = self._target(key)
        with typed("deleted from", self._place):
            if self._head(key) is None:
                return False
            self._client.delete_object(**target)
            return True

    def local(self, key: str, scratch: Path) -> Path | None:
        """Return a copy in ``scratch``: whole, or none at all."""
        target = self._target(key)
        name = f"{hashlib.sha256(key.encode()).hexdigest()[:12]}-{PurePosixPath(key).name}"
        path = scratch / name
        with typed("read", self._place):
            try:
                # Written beside its place, and moved there when all of it has come.
                self._client.download_file(
                    target["Bucket"], target["Key"], str(path.absolute()), Config=_DOWNLOAD
                )
            except ClientError as error:
                if is_absent(error):
                    return None
                raise
        return path

    def url(self, key: str) -> str:
        """Return a presigned URL for reading, good for `Settings.url_lifetime_seconds`."""
        with typed("reached", self._place):
            return str(
                self._client.generate_presigned_url(
                    "get_object", Params=self._target(key), ExpiresIn=self._settings.url_lifetime_seconds
                )
            )

    def put_url(self, key: str, size: int) -> Upload | None:
        """Return a presigned URL for putting an object of ``size`` bytes that must not be there yet."""
        wanted = {"ContentLength": size, "IfNoneMatch": "*", "ContentType": _type_of(key)}
        if not self._ability().refuses:
            del wanted["IfNoneMatch"]
        with typed("reached", self._place):
            url = self._client.generate_presigned_url(
                "put_object",
                Params={**self._target(key), **wanted},
                ExpiresIn=self._settings.url_lifetime_seconds,
            )
        names = {"ContentLength": "Content-Length", "IfNoneMatch": "If-None-Match"}
        headers = {names.get(name, "Content-Type"): str(value) for name, value in wanted.items()}
        return Upload(str(url), headers)

    def _target(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + check_key(key)}

    def _ability(self) -> Conditions:
        with self._probing:
            if self._conditions is None:
                with typed("written", self._place):
                    self._conditions = probe_conditions(self._client, self._bucket, self._prefix)
            return self._conditions

    def _attributes(self, key: str, content: bytes | Path) -> dict[str, Any]:
        settings = self._settings
        wanted: dict[str, Any] = {"ContentType": _type_of(key)}
        if settings.s3_sse is not None:
            wanted["ServerSideEncryption"] = settings.s3_sse
            if settings.s3_sse_kms_key_id is not None and settings.s3_sse != "AES256":
                wanted["SSEKMSKeyId"] = settings.s3_sse_kms_key_id
        # The cheaper classes bill a month even for a state that is written again after a second.
        if settings.s3_storage_class is not None and isinstance(content, Path):
            wanted["StorageClass"] = settings.s3_storage_class
        return wanted

    def _create(self, key: str, content: bytes | Path) -> bool:
        ability = self._ability()
        mark = secrets.token_hex(16)
        began = self._clock()
        # Before a file this saves sending it; where the server does not refuse in time, it is the check.
        if (isinstance(content, Path) or not ability.atomic) and self._head(key) is not None:
            return False
        once = self._write_new(key, content, mark, {"IfNoneMatch": "*"} if ability.refuses else {})
        if once is None or ability.atomic:
            return once is not None
        if not once or self._clock() - began >= self._settings.s3_settle_seconds:
            return False
        self._sleep(self._settings.s3_settle_seconds)
        return self._bears(key, mark)

    def _write_new(
        self, key: str, content: bytes | Path, mark: str, condition: dict[str, str]
    ) -> bool | None:
        """Write an object with a mark: whether it was sent once only, or None if it was there already."""
        attributes = {**self._attributes(key, content), "Metadata": {_WRITER: mark}}
        for left in reversed(range(_CONFLICT_TRIES)):
            try:
                return upload(
                    self._client, self._target(key), content, attributes, condition, self._part_bytes
                )
            except ClientError as error:
                if status_of(error) == 409 and code_of(error) == "ConditionalRequestConflict" and left:
                    continue  # someone is writing or deleting it just now
                if status_of(error) != 412 and not (code_of(error) == "NoSuchUpload" and retried(error)):
                    raise
                # The first of several requests may have been carried out although its answer was lost.
                if retried(error) and self._bears(key, mark):
                    return False
                if status_of(error) != 412:
                    raise
                return None
        return None

    def _bears(self, key: str, mark: str) -> bool:
        found = self._head(key)
        return found is not None and found.get("Metadata", {}).get(_WRITER) == mark

    def _head(self, key: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.head_object(**self._target(key))
            return found
        except ClientError as error:
            if is_absent(error):
                return None
            raise

    def _read(self, key: str, options: dict[str, str]) -> Fetched | Unchanged | None:
        """Read an object, again if the connection breaks in the middle of it (boto3 does not)."""
        target = self._target(key)
        with typed("read", self._place):
            for left in reversed(range(_READ_TRIES)):
                try:
                    answer = self._client.get_object(**target, **options)
                except ClientError as error:
                    if is_absent(error):
                        return None
                    if status_of(error) == 304:
                        return NOT_CHANGED
                    if status_of(error) == 416:
                        raise _PastEndError from error
                    raise
                try:
                    with closing(answer["Body"]) as body:  # its own "with" would skip the check of its length
                        return Fetched(body.read(), _plain(answer["ETag"]))
                except _BROKEN_OFF:
                    if not left:
                        raise
        return None


class _PastEndError(Exception):
    """A range begins beyond the object's end."""


def _plain(etag: str) -> str:
    return etag.strip('"')


def _type_of(key: str) -> str:
    return _TYPES.get(PurePosixPath(key).suffix.lower(), "application/octet-stream")


def _split(location: str) -> tuple[str, str]:
    """Return bucket and prefix, the prefix with its slash."""
    parts = urlsplit(location)
    prefix = parts.path.strip("/")
    if not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc or ":" in parts.netloc:
        raise StoreError(
            "The store's address is not that of a bucket.",
            "Set CRICKSY_STORE to s3://bucket/prefix; everything else comes from the usual AWS settings.",
        )
    return parts.netloc, f"{check_key(prefix)}/" if prefix else ""
