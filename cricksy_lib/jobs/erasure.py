"""Erasing a player: every job that is theirs, every key that names them, and a search that proves it."""

from __future__ import annotations

import html
import json
import re
import time
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from cricksy_lib.errors import DamagedObjectError, UsageError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.deletion import Deletion, Doomed, delete_jobs
from cricksy_lib.jobs.documents import Asked
from cricksy_lib.jobs.parallel import in_parallel
from cricksy_lib.jobs.record import JobRequest
from cricksy_lib.jobs.scratch import sweep_scratch
from cricksy_lib.jobs.store import WALK_SIZE, Store, every_folder, every_key
from cricksy_lib.jobs.view import load_request, read_view

_READ_BYTES = 64 * 1024 * 1024
# What a name can be read in. Pictures and raw poses hold none.
_TEXTS = frozenset({".json", ".ipynb", ".html", ".yaml", ".yml", ".csv", ".txt", ".parquet", ".log"})
# A worker that was told to stop may write for some seconds more.
_TRIES = 10


@dataclass(frozen=True)
class Erasure:
    """The proof that a player was erased.

    Attributes
    ----------
    jobs : the jobs that went.
    deletion : what went with them, and beside them.
    still_named : the keys in which the name is still found: of other players' jobs, say, whose title has it.
    """

    jobs: tuple[str, ...]
    deletion: Deletion
    still_named: tuple[str, ...]


def jobs_of(store: Store, name: str) -> list[str]:
    """Return the jobs that `erase_player` would delete.

    Raises
    ------
    UsageError
        If the name is empty.
    StoreError
        If the store cannot be read.
    """
    return [request.id for request in _requests_of(store, name)]


def erase_player(store: Store, name: str, *, sleep: Callable[[float], None] = time.sleep) -> Erasure:
    """Delete every job of a player, running ones too, and what trends keep; then search for the name.

    What killed workers left in this machine's temporary folder goes too.

    Names are the same in any case, spacing and form of the letters. Jobs that another player's name is on are
    not deleted, even if title or file name mentions this one: they are named in the proof.

    Raises
    ------
    UsageError
        If the name is empty.
    StoreError
        If the store fails, or something is still there in the end.
    """
    theirs = _requests_of(store, name)
    for request in theirs:
        _stop(store, request.id)
    deletion = delete_jobs(store, [Doomed.of(request) for request in theirs], tries=_TRIES, sleep=sleep)
    besides = [key for key in every_key(store, layout.player_folder(name)) if store.delete(key)]
    sweep_scratch()
    spellings = {name, *(request.options.player or name for request in theirs)}
    return Erasure(
        tuple(request.id for request in theirs),
        Deletion((*deletion.deleted, *besides), deletion.videos_deleted, deletion.videos_kept),
        tuple(search(store, spellings)),
    )


def search(store: Store, names: Collection[str]) -> list[str]:
    """Return the keys in or under which a name stands, as a word of its own.

    Every text in the store is read. What a user wrote (``job.json``) is searched in any case of the letters;
    other texts in the case of the names, as a name can be a word.
    """
    anywhere, exactly = _pattern(names, re.IGNORECASE), _pattern(names, 0)
    folders = {layout.player_folder(name) for name in names}

    def found(key: str) -> bool:
        if any(key.startswith(folder) for folder in folders) or anywhere.search(key):
            return True
        if not _is_text(key):
            return False
        content = store.read_range(key, 0, _READ_BYTES)
        text = (content or b"").decode(errors="replace")
        return (anywhere if key.endswith("/job.json") else exactly).search(text) is not None

    keys = list(every_key(store, "", WALK_SIZE))
    return [key for key, named in zip(keys, in_parallel(found, keys), strict=True) if named]


def _is_text(key: str) -> bool:
    name = PurePosixPath(key)
    raw_pose = key.startswith(layout.POSES) or name.name == "pose.parquet"
    return name.suffix in _TEXTS and not raw_pose


def _pattern(names: Collection[str], flags: int) -> re.Pattern[str]:
    """Match a name however it may be written: composed or not, in JSON, in HTML, with other spaces."""
    forms: set[str] = set()
    for name in names:
        for form in ("NFC", "NFD"):
            plain = " ".join(unicodedata.normalize(form, name).split())
            escaped = html.escape(plain)
            forms |= {plain, json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]}
            forms |= {escaped, escaped.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")}
    either = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in sorted(forms, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", flags)


def _requests_of(store: Store, name: str) -> list[JobRequest]:
    """Ask every job whose it is: queued and failed ones have left nothing under the player's own keys."""
    if not name.strip():
        raise UsageError("The player's name is empty.", "Give it with --player NAME.")
    wanted = layout.player_id(name)

    def read(job_id: str) -> JobRequest | None:
        try:
            return load_request(store, job_id)
        except DamagedObjectError:  # the search finds it, if it holds the name
            return None

    requests = in_parallel(read, every_folder(store, layout.JOBS, WALK_SIZE))
    return [
        request
        for request in requests
        if request is not None
        and request.options.player is not None
        and layout.player_id(request.options.player) == wanted
    ]


def _stop(store: Store, job_id: str) -> None:
    """Tell whoever works on a job to stop."""
    try:
        view = read_view(store, job_id)
    except DamagedObjectError:
        return
    if view is not None and view.held:
        store.put(layout.cancel(job_id, view.attempt), Asked(asked_at=datetime.now(UTC)).as_bytes())
