"""Landmarks kept beside their clip: the slow part, which changes only with the clip or the pose code."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cricksy_lib
from cricksy_lib.errors import AnalysisError
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.video import sha256_of

_PACKAGE = Path(cricksy_lib.__file__).parent
# Between a clip and its raw landmarks; cleaning comes after them and is none of it.
_POSE = ("pose/extract.py", "pose/worker.py")
# The rest of this package that they import says what is asked, not where a landmark lies.
_ROOMS = ("video", "pose")


@lru_cache(maxsize=1)
def pose_code() -> str:
    """Hash of the code between a clip and its raw landmarks: the pose stage and what of ours it imports."""
    seen: set[Path] = set()
    waiting = [_PACKAGE / name for name in _POSE]
    while waiting:
        path = waiting.pop()
        if path in seen or path.relative_to(_PACKAGE).parts[0] not in _ROOMS:
            continue
        seen.add(path)
        waiting += _imported(path)
    return _hash_of(sorted(seen))


def _imported(path: Path) -> list[Path]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cricksy_lib"):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            places = [_PACKAGE.joinpath(*name.split(".")[1:]) for name in names]
            found += [p for place in places for p in (place.with_suffix(".py"), place / "__init__.py")]
    return [place for place in found if place.is_file() and place != _PACKAGE / "__init__.py"]


@lru_cache(maxsize=1)
def plain_code() -> str:
    """Hash of the plain loop's code."""
    return _hash_of([Path(__file__).with_name("plain.py")])


def _hash_of(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def kept(
    clip: Path, kind: str, code: str, make: Callable[[Path], PoseTrack | None], folder: Path | None = None
) -> Path:
    """Find a track's file beside its clip, or make the track and keep it there.

    Parameters
    ----------
    clip : the clip. ``folder``: where to keep the track instead of beside it.
    kind : names the file: ``<clip>.<kind>-<hash>.parquet``.
    code : hash of everything else that the landmarks depend on.
    make : called with the path of the file; returns the track, or writes the file itself and returns None.

    Returns
    -------
    The file; it holds a whole track.
    """
    key = hashlib.sha256(f"{sha256_of(clip)} {code}".encode()).hexdigest()[:16]
    path = (folder or clip.parent) / f"{clip.stem}.{kind}-{key}.parquet"
    if path.exists():
        try:
            PoseTrack.from_parquet(path)
        except AnalysisError:
            path.unlink()  # cut short or of an older form: made again below
        else:
            return path
    track = make(path)
    if track is not None:
        partial = partial_of(path)
        track.to_parquet(partial)
        partial.replace(path)
    return path


def partial_of(path: Path) -> Path:
    """Where this process writes a file until it is whole."""
    return path.with_name(f"{path.name}.{os.getpid()}.tmp")


def drop_partial(folder: Path, process: int) -> None:
    """Remove what a process that has ended, or is about to, left unfinished: clips, truths and tracks."""
    for path in folder.glob(f"*.{process}.tmp*"):
        path.unlink(missing_ok=True)
