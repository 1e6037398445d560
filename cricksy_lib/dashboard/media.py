"""Which objects of a store a browser may fetch, and under which address.

Only inputs (original and proxy) and the products of attempts that a coach looks at are public; whatever is
not named here is refused, so a new kind of object in the store stays private until somebody adds it.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

_VIDEO = r"videos/[0-9a-f]{64}(?:/proxy\.mp4|\.[a-z0-9]{1,8})"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PRODUCT = (
    rf"jobs/{_UUID}/attempts/[1-9][0-9]{{0,5}}/"
    r"(?:overlay\.mp4|report\.html|(?:quick|deep)_results\.json|(?:quick|deep)_analysis\.ipynb|pose\.parquet)"
)
PUBLIC_KEY = re.compile(rf"(?:{_VIDEO}|{_PRODUCT})")
_KEY_AT_END = re.compile(rf"/({_VIDEO}|{_PRODUCT})\Z")
JOB_ID = re.compile(_UUID)
MEDIA_PATH = "media/"


def is_public_key(key: str) -> bool:
    """Say whether a store key may be served to a signed-in user."""
    return PUBLIC_KEY.fullmatch(key) is not None


def store_root(store: str) -> Path | None:
    """Return the folder of a folder store (a path or a ``file://`` address), or None for any other store."""
    parts = urlsplit(store)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if "://" in store:
        return None
    return Path(store).expanduser()


def path_of_key(root: Path, key: str) -> Path | None:
    """Return the file behind a public key; None if it is not public, is absent or lies outside ``root``."""
    if not is_public_key(key):
        return None
    base = root.resolve()
    path = (base / key).resolve()
    if not path.is_relative_to(base) or not path.is_file():
        return None
    return path


def key_of_url(url: str | None, root: Path | None) -> str | None:
    """Return the public key behind an address of the read model, or None if it has none.

    Parameters
    ----------
    url : ``file://`` in a folder store; in a bucket presigned, with the key at the end of its path.
    root : the folder of a folder store; None if the store is a bucket.
    """
    parts = urlsplit(url or "")
    if root is None:
        found = _KEY_AT_END.search(unquote(parts.path)) if parts.scheme in ("http", "https") else None
        return found[1] if found is not None else None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = Path(unquote(parts.path))
    if ".." in path.parts:
        return None
    for base in (root.absolute(), root.resolve()):
        if path.is_relative_to(base):
            key = path.relative_to(base).as_posix()
            return key if is_public_key(key) else None
    return None


def browser_url(url: str | None, root: Path | None, base_url: str) -> str | None:
    """Turn an address of the read model into a path of this server, which never expires."""
    key = key_of_url(url, root)
    return None if key is None else served_path(key, base_url)


def served_path(key: str, base_url: str) -> str:
    """Return the path of this server for a public key."""
    return f"{base_url.rstrip('/')}/{MEDIA_PATH}{quote(key)}"
