"""Jobs that are done, written into a store as a worker leaves them, and a store that counts requests."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from dashboard.sample_results import sample_results
from uuid6 import UUID, uuid7

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import AttemptState, Claim, Done, Failed
from cricksy_lib.jobs.record import JobError, JobRequest, Status
from cricksy_lib.jobs.store import Store
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import AnalysisPass, Kinematics, Results, dump_json, results_name

NOW = datetime(2026, 5, 4, 18, tzinfo=UTC)


def small_results(**changes: Any) -> Results:
    """Return the sample's results without their series."""
    whole = sample_results("deep").model_copy(update={"kinematics": Kinematics(time_s=[], series={})})
    return whole.model_copy(update=changes)


SMALL = small_results()


def id_at(when: datetime) -> str:
    """Return a job id that was made at some instant."""
    made = uuid7().int & ((1 << 80) - 1) | (int(when.timestamp() * 1000) << 80)
    return str(UUID(int=made))


def done_job(
    store: Store,
    job_id: str | None = None,
    *,
    attempt: int = 1,
    player: str | None = "Right-hander 7",
    results: Results = SMALL,
    analysis_pass: AnalysisPass = "deep",
    corrects: str | None = None,
    content: bytes | None = None,
) -> str:
    """Write a job that is done; returns its id."""
    job_id = job_id or str(uuid7())
    request = JobRequest(
        id=job_id,
        created_at=layout.created_at(job_id),
        options=AnalysisOptions(mode=results.mode, player=player),
        video_sha256="0" * 64,
        video_key=layout.video("0" * 64, ".mp4"),
        video_filename="net.mp4",
        video_bytes=1,
        corrects=corrects,
    )
    store.put(layout.request(job_id), request.model_dump_json().encode(), create_only=attempt == 1)
    own = results.model_copy(update={"job_id": job_id, "analysis_pass": analysis_pass})
    put_attempt(store, job_id, attempt, analysis_pass, content or dump_json(own).encode())
    return job_id


def put_attempt(store: Store, job_id: str, attempt: int, analysis_pass: AnalysisPass, content: bytes) -> None:
    """Write a finished attempt."""
    store.put(layout.claim(job_id, attempt), Claim(worker="test", claimed_at=NOW).as_bytes())
    store.put(layout.artefact(job_id, attempt, results_name(analysis_pass)), content)
    deep = NOW if analysis_pass == "deep" else None
    state = AttemptState(status="done", started_at=NOW, quick_completed_at=NOW, deep_completed_at=deep)
    store.put(layout.artefact(job_id, attempt, "state.json"), state.as_bytes())
    done = Done(completed_at=NOW, artefacts={}).as_bytes()
    store.put(layout.artefact(job_id, attempt, "done.json"), done)


def ended_early(
    store: Store, results: Results, *, status: Status, error: JobError | None = None, quick: bool = True
) -> str:
    """Write a job whose deep pass did not end, though it had stored some of what it makes; returns its id."""
    job_id = done_job(store, results=results, analysis_pass="quick")
    store.delete(layout.artefact(job_id, 1, "done.json"))
    store.put(layout.artefact(job_id, 1, "overlay.mp4"), b"of a pass that did not end")
    store.put(layout.artefact(job_id, 1, "report.html"), b"of a pass that did not end")
    state = AttemptState(status=status, started_at=NOW, quick_completed_at=NOW if quick else None)
    store.put(layout.artefact(job_id, 1, "state.json"), state.as_bytes())
    if error is not None:
        failed = Failed(failed_at=NOW, error=error)
        store.put(layout.artefact(job_id, 1, "failed.json"), failed.as_bytes())
    return job_id


class Counting:
    """A store that counts what is asked of it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        given = getattr(self.store, name)
        if not callable(given):
            return given

        def count(*arguments: Any, **options: Any) -> Any:
            self.asked[name] += 1
            return given(*arguments, **options)

        return count
