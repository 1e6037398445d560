"""Jobs as workers leave them, made object by object: as many as are wanted, without a run."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from small_notebooks import example_results

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Asked, AttemptState, Claim, Done, Failed
from cricksy_lib.jobs.outputs import player_job
from cricksy_lib.jobs.record import JobError, JobRequest
from cricksy_lib.jobs.store import Store
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import AnalysisPass, dump_json

NOW = datetime(2026, 1, 1, tzinfo=UTC)
START_MS = int(NOW.timestamp() * 1000)


def job_id(number: int, start_ms: int = START_MS) -> str:
    """Return the id of the job made in second ``number``: later numbers are newer."""
    low = int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:10], "big")
    bits = (start_ms + 1000 * number) << 80 | low
    return str(uuid.UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))


def sha256(name: object) -> str:
    """Return the hash of a made-up video."""
    return hashlib.sha256(str(name).encode()).hexdigest()


@cache
def _results(which: AnalysisPass) -> str:
    blank = example_results().model_copy(update={"job_id": "JOB", "analysis_pass": which})
    return dump_json(blank)


def results(of: str, which: AnalysisPass = "deep") -> bytes:
    """Return a job's results."""
    return _results(which).replace('"JOB"', f'"{of}"').encode()


@dataclass(frozen=True)
class Made:
    """What a job is to look like.

    Attributes
    ----------
    number : its place in time.
    status : ``done``, ``failed``, ``cancelled``, ``deep_running`` or ``queued``.
    player, video : whose, and of which made-up video; each job has its own unless given.
    """

    number: int
    status: str = "done"
    player: str | None = None
    video: object = None
    start_ms: int = START_MS
    title: str | None = None

    @property
    def id(self) -> str:
        """The job's id."""
        return job_id(self.number, self.start_ms)

    @property
    def sha256(self) -> str:
        """The hash of its video."""
        return sha256(self.video if self.video is not None else self.number)

    @property
    def request(self) -> JobRequest:
        """What was asked."""
        return JobRequest(
            id=self.id,
            created_at=layout.created_at(self.id),
            options=AnalysisOptions(mode="batting", player=self.player, title=self.title),
            video_sha256=self.sha256,
            video_key=layout.video(self.sha256, ".mp4"),
            video_filename="net session.mp4",
            video_bytes=5,
        )

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """Yield every object of the job, markers and video included."""
        of = self.id
        yield self.request.video_key, b"video"
        yield layout.request(of), self.request.model_dump_json(indent=1).encode()
        yield layout.job_of_video(self.sha256, of), b""
        yield layout.recent(of), b""
        if self.status in ("queued", "deep_running"):
            yield layout.queue(of), b""
        if self.status != "queued":
            yield from self._attempt()
        if self.status == "cancelled":
            yield layout.cancel(of, 1), Asked(asked_at=NOW).as_bytes()

    def _attempt(self) -> Iterator[tuple[str, bytes]]:
        of, ended = self.id, self.status == "done"
        yield layout.claim(of, 1), Claim(worker="w", claimed_at=NOW).as_bytes()
        state = AttemptState(
            status="deep_running",
            progress_pct=98.0 if ended else 40.0,
            heartbeat=7,
            started_at=NOW,
            quick_completed_at=NOW,
            deep_completed_at=NOW if ended else None,
        )
        folder = layout.attempt_folder(of, 1)
        yield folder + "state.json", state.as_bytes()
        named = {"quick_results.json": results(of, "quick"), "quick_analysis.ipynb": b"{}"}
        if ended:
            named |= {
                "deep_results.json": results(of),
                "deep_analysis.ipynb": b"{}",
                "overlay.mp4": b"overlay",
                "report.html": b"<p>page</p>",
            }
            if self.player is not None:
                trend = player_job(example_results(), self.request).as_bytes()
                yield layout.player_job(self.player, of), trend
        for name, content in named.items():
            yield folder + name, content
        if ended:
            done = Done(completed_at=NOW, artefacts={name: folder + name for name in sorted(named)})
            yield folder + "done.json", done.as_bytes()
        if self.status == "failed":
            error = JobError(code="kernel_died", message="It died.", advice="Try again.")
            yield folder + "failed.json", Failed(failed_at=NOW, error=error).as_bytes()

    def put(self, store: Store) -> str:
        """Write the job; returns its id."""
        for key, content in self.objects():
            store.put(key, content)
        return self.id
