"""The small JSON objects that make up a job's state, each written by one hand."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cricksy_lib.errors import DamagedObjectError
from cricksy_lib.jobs.record import AnyStatus, JobError
from cricksy_lib.jobs.store import Store
from cricksy_lib.moments import Moment

DocumentT = TypeVar("DocumentT", bound=BaseModel)
# A request with corrections of every frame stays below; what is larger was not written by this program.
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024


class Document(BaseModel):
    """Base of stored documents: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def as_bytes(self) -> bytes:
        """Return the document as it is stored."""
        return self.model_dump_json(indent=1).encode()


class Claim(Document):
    """``claims/<n>.json``: which worker may work as attempt n, and since when."""

    worker: str
    claimed_at: Moment


class Asked(Document):
    """``cancel/<n>.json`` and ``retries/<k>.json``: when it was asked for."""

    asked_at: Moment


class AttemptState(Document):
    """``state.json``: where an attempt is. Its heartbeat grows with every write, and is its revision."""

    status: AnyStatus = "queued"
    progress_pct: float = Field(default=0.0, ge=0, le=100)
    step: str = ""
    heartbeat: int = Field(default=0, ge=0)
    handed_back: bool = False
    started_at: Moment
    quick_completed_at: Moment | None = None
    deep_completed_at: Moment | None = None
    top_finding: str | None = None


class Done(Document):
    """``done.json``: the attempt's last object; names what it produced."""

    completed_at: Moment
    artefacts: dict[str, str]


class Failed(Document):
    """``failed.json``: why the attempt ended without results."""

    failed_at: Moment
    error: JobError


def damaged(key: str) -> DamagedObjectError:
    """Return the error that an object is not what belongs there."""
    error = DamagedObjectError(
        f"The store's object '{key}' is damaged.",
        "Restore it from a backup, or delete the job and submit again.",
    )
    error.key = key
    return error


def read_limited(store: Store, key: str, max_bytes: int) -> bytes | None:
    """Return an object's content, or None if there is none; a larger one is not read into memory.

    Raises
    ------
    DamagedObjectError
        If it is larger than ``max_bytes``.
    """
    content = store.read_range(key, 0, max_bytes + 1)
    if content is not None and len(content) > max_bytes:
        raise damaged(key)
    return content


def load(store: Store, key: str, kind: type[DocumentT]) -> DocumentT | None:
    """Read a document, or None if there is none.

    Raises
    ------
    DamagedObjectError
        If what lies there is not such a document.
    """
    content = read_limited(store, key, MAX_DOCUMENT_BYTES)
    if content is None:
        return None
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise damaged(key) from error
