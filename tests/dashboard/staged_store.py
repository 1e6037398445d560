"""A real store whose jobs stand where a test wants them, written with the worker's own documents."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from dashboard.sample_results import sample_results, write_clip

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import AttemptState, Claim, Done, Failed
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.record import JobError
from cricksy_lib.jobs.store import Store
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import AnalysisPass, Results, dump_json


def now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


class StagedStore:
    """A store, in a folder unless given, its ledger, and a hand that moves attempts on as a worker does."""

    def __init__(self, root: Path, store: Store | None = None) -> None:
        self.store = store or FolderStore(root / "store")
        self.ledger = Ledger(self.store)
        self._clip = write_clip(root / "net session.mp4")
        self._states: dict[str, AttemptState] = {}

    def submit(self, player: str | None = "Right-hander 7", title: str | None = None) -> str:
        """Submit the clip as a user does."""
        options = AnalysisOptions(mode="batting", player=player, title=title)
        return self.ledger.submit(self._clip, options)

    def claim(self, job_id: str, *, started_at: datetime | None = None) -> None:
        """Claim the next attempt and start it."""
        attempt = self._attempt(job_id) + 1
        claim = Claim(worker="staged", claimed_at=now())
        assert self.store.put(layout.claim(job_id, attempt), claim.as_bytes(), create_only=True)
        self._states[job_id] = AttemptState(started_at=started_at or now())
        self.move(job_id, status="quick_running")

    def move(self, job_id: str, **changes: object) -> None:
        """Write the attempt's next state; the heartbeat grows as a worker's does."""
        state = self._states[job_id]
        state = state.model_copy(update={**changes, "heartbeat": state.heartbeat + 1})
        self._states[job_id] = state
        self.store.put(self._key(job_id, "state.json"), state.as_bytes())

    def finish_pass(self, job_id: str, which: AnalysisPass, results: Results | None = None) -> None:
        """Store a pass's results and say so, the proxy too."""
        results = results or sample_results(which, job_id=job_id)
        self.store.put(self._key(job_id, f"{which}_results.json"), dump_json(results).encode())
        top = results.findings.findings[0].title if results.findings.findings else None
        if which == "quick":
            self.move(
                job_id, status="quick_done", progress_pct=30.0, quick_completed_at=now(), top_finding=top
            )
            return
        self.store.put(self._key(job_id, "overlay.mp4"), self._overlay())
        self.store.put(self._key(job_id, "report.html"), b"<!DOCTYPE html><title>Report</title><p>Report")
        self.move(job_id, deep_completed_at=now(), progress_pct=98.0, top_finding=top)

    def finish(self, job_id: str) -> None:
        """End an attempt as done."""
        done = Done(completed_at=now(), artefacts={})
        self.store.put(self._key(job_id, "done.json"), done.as_bytes(), create_only=True)
        self.store.delete(layout.queue(job_id))

    def fail(self, job_id: str, error: JobError) -> None:
        """End an attempt as failed."""
        failed = Failed(failed_at=now(), error=error)
        self.store.put(self._key(job_id, "failed.json"), failed.as_bytes(), create_only=True)
        self.store.delete(layout.queue(job_id))

    def proxy(self, job_id: str) -> None:
        """Store the copy that a browser plays."""
        sha256 = next(key for key in self.store.list("videos/").keys).removeprefix("videos/")[:64]
        self.store.put(layout.proxy(sha256), self._clip, create_only=True)

    def done_job(self, player: str | None = "Right-hander 7", **kwargs: str) -> str:
        """Submit a job and bring it all the way."""
        job_id = self.submit(player, **kwargs)
        self.claim(job_id)
        self.finish_pass(job_id, "quick")
        self.proxy(job_id)
        self.move(job_id, status="deep_running")
        self.finish_pass(job_id, "deep")
        self.finish(job_id)
        return job_id

    def _overlay(self) -> Path:
        path = self._clip.with_name("overlay.mp4")
        return path if path.exists() else write_clip(path, marked=True)

    def _attempt(self, job_id: str) -> int:
        return self.ledger.read(job_id).attempt

    def _key(self, job_id: str, name: str) -> str:
        return layout.artefact(job_id, self._attempt(job_id), name)
