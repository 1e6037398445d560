"""The holder of a claim tells where it is: ``state.json``, rewritten about once a second by a thread."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import AttemptState
from cricksy_lib.jobs.small_files import read_json
from cricksy_lib.jobs.store import Store
from cricksy_lib.progress import Progress, silent

logger = logging.getLogger(__name__)


_PASS_WORDS = {
    "quick_running": "quick pass",
    "deep_running": "deep pass",
    "quick_done": "after the quick pass",
}


def _where(state: AttemptState) -> str:
    """Return the pass and the stage in words."""
    words = _PASS_WORDS.get(state.status, state.status.replace("_", " "))
    return f"{words}, {state.step}" if state.step else words


class Heartbeat:
    """Writes an attempt's state while it is entered; progress never falls.

    Parameters
    ----------
    store, job_id, attempt : whose state.
    state : the first state, written on entering.
    every_s : seconds between two beats.
    progress : told the same, for a bar on a terminal.
    beats : the same store for beats, which need no patience; ``store`` if not given.
    """

    def __init__(
        self,
        store: Store,
        job_id: str,
        attempt: int,
        state: AttemptState,
        every_s: float = 1.0,
        progress: Progress = silent,
        *,
        beats: Store | None = None,
    ) -> None:
        self._store = store
        self._beats = beats or store
        self._job_id = job_id
        self._key = layout.artefact(job_id, attempt, "state.json")
        self._every_s = every_s
        self._progress = progress
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._watched: tuple[Path, float, float] | None = None
        self.state = state

    def __enter__(self) -> Self:
        self.update()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Beat no more: nothing is written after an attempt's end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def watch(self, progress_path: Path | None, start_pct: float = 0.0, end_pct: float = 0.0) -> None:
        """Take progress from a run's file from now on: its fraction maps to ``start_pct``…``end_pct``."""
        with self._lock:
            self._watched = (progress_path, start_pct, end_pct) if progress_path is not None else None

    def update(self, **changes: Any) -> None:
        """Change the state and write it at once."""
        with self._lock:
            self._write(changes, self._store)

    def _beat(self) -> None:
        while not self._stop.wait(self._every_s):
            with self._lock:
                try:
                    self._write(self._from_run(), self._beats)
                except StoreError as error:
                    # The lease is longer than a beat: one that is missed does no harm.
                    logger.warning("Heartbeat not written: job_id=%s %s", self._job_id, error.cause)

    def _from_run(self) -> dict[str, Any]:
        if self._watched is None:
            return {}
        path, start_pct, end_pct = self._watched
        told = read_json(path) or {}
        fraction, step = told.get("fraction"), told.get("stage")
        if not isinstance(fraction, int | float) or not isinstance(step, str):
            return {}
        done = min(max(float(fraction), 0.0), 1.0)
        return {"progress_pct": start_pct + done * (end_pct - start_pct), "step": step}

    def _write(self, changes: dict[str, Any], store: Store) -> None:
        old = self.state
        new = {**old.model_dump(), **changes}
        new["heartbeat"] = old.heartbeat + 1
        new["progress_pct"] = round(max(old.progress_pct, min(new["progress_pct"], 100.0)), 1)
        self.state = AttemptState.model_validate(new)
        store.put(self._key, self.state.as_bytes())
        self._progress(_where(self.state), self.state.progress_pct, 100.0)
