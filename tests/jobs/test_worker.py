"""A worker at work on real notebook runs: what it leaves, and every way in which a job ends."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import sys
import threading
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import nbformat
import pytest
from small_notebooks import SUCCEED, Background, Bench, until

from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import AttemptState, Claim
from cricksy_lib.jobs.record import Job
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.worker import run_worker
from cricksy_lib.video import probe

pytestmark = pytest.mark.notebook

# Half of a pass lasts until it was seen, each at its part of the whole job.
TELL_HALF = "tell(0.5)\nwhile not pathlib.Path({seen!r}, analysis_pass).exists(): time.sleep(0.05)"
HALF_PCT = {"quick": (14, 16), "deep": (60, 75)}
HANG = "tell(0.5)\ntime.sleep(600)"


class Recorded:
    """A job that a worker did, and what could be seen meanwhile."""

    def __init__(self, bench: Bench, job_id: str, seen: list[Job], lines: list[str]) -> None:
        self.bench = bench
        self.job_id = job_id
        self.job = bench.ledger.read(job_id)
        self.seen = seen
        self.lines = lines


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Recorded:
    """A job with both passes, worked to its end while it was watched."""
    bench = Bench(tmp_path_factory.mktemp("done"), clip)
    half_seen = tmp_path_factory.mktemp("seen")
    bench.pipeline(TELL_HALF.format(seen=str(half_seen)), SUCCEED)
    job_id = bench.submit(player="Pat Example", hand="left")
    seen: list[Job] = []
    logger = logging.getLogger("cricksy_lib")
    handler, level = _Lines(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        worker = Background(lambda stop: run_worker(bench.store, True, 0.1, bench.settings, stop=stop))
        while worker.thread.is_alive():
            seen.append(bench.ledger.read(job_id))
            for which, (low, high) in HALF_PCT.items():
                if low < seen[-1].progress_pct < high:
                    (half_seen / which).touch()
            worker.thread.join(0.05)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return Recorded(bench, job_id, seen, handler.lines)


def test_a_job_ends_done_with_findings_and_reports_of_both_passes(done: Recorded) -> None:
    job = done.job
    assert (job.status, job.stage, job.progress_pct, job.error) == ("done", "DONE", 100.0, None)
    assert None not in (job.quick_findings, job.quick_report, job.deep_findings, job.deep_report)
    times = [job.created_at, job.started_at, job.quick_completed_at, job.deep_completed_at, job.completed_at]
    assert times == sorted(times, key=lambda time: time or datetime.max.replace(tzinfo=UTC))


def test_a_list_does_not_call_a_clip_good_that_could_not_be_assessed(done: Recorded) -> None:
    (row,) = done.bench.ledger.summaries()
    assert row.top_finding == load_knowledge().common.report["not_assessed_in_lists"]
    assert "could not be assessed" in row.top_finding


def test_statuses_come_in_their_order(done: Recorded) -> None:
    order = ["queued", "quick_running", "quick_done", "deep_running", "done"]
    seen = [order.index(job.status) for job in done.seen]
    assert seen == sorted(seen)
    assert {1, 3} <= set(seen)


def test_progress_comes_from_the_run_and_never_falls(done: Recorded) -> None:
    seen = [job.progress_pct for job in done.seen]
    assert seen == sorted(seen)
    for low, high in HALF_PCT.values():
        assert any(low < pct < high for pct in seen)


def test_versions_never_fall(done: Recorded) -> None:
    versions = [(job.attempt, job.revision) for job in done.seen]
    assert versions == sorted(versions)


def test_results_of_the_quick_pass_are_readable_while_the_deep_pass_runs(done: Recorded) -> None:
    running = [job for job in done.seen if job.status == "deep_running"]
    assert running
    assert all(job.quick_report is not None and job.deep_report is None for job in running)


def test_the_store_holds_what_the_layout_names(done: Recorded) -> None:
    store, job_id = done.bench.store, done.job_id
    names = {
        key.removeprefix(layout.attempt_folder(job_id, 1))
        for key in every_key(store, f"jobs/{job_id}/attempts/")
    }
    assert names == {
        "state.json",
        "done.json",
        "quick_results.json",
        "deep_results.json",
        "quick_analysis.ipynb",
        "deep_analysis.ipynb",
        "overlay.mp4",
        "report.html",
    }
    assert store.get(layout.queue(job_id)) is None
    assert store.get(layout.player_job("pat  EXAMPLE", job_id)) is not None
    assert list((store.root / ".staging").iterdir()) == []


def test_done_json_names_the_results(done: Recorded) -> None:
    content = done.bench.store.get(layout.artefact(done.job_id, 1, "done.json"))
    assert content is not None
    assert json.loads(content)["artefacts"]["deep_results.json"] == done.job.deep_results_s3_key


def test_each_finished_pass_is_proved_in_one_line(done: Recorded) -> None:
    lines = [line for line in done.lines if line.startswith("[PERSISTED]")]
    assert len(lines) == 2
    keys = re.escape(str(sorted(type(done.job.deep_report).model_fields)))
    for line, what, status, stage, pct, name in (
        (lines[0], "Quick pass", "quick_done", "QUICK_DONE", 30, "quick"),
        (lines[1], "Deep job", "done", "DONE", 100, "deep"),
    ):
        assert re.fullmatch(
            rf"\[PERSISTED\] {what} completed: job_id={done.job_id} status_after={status} stage={stage} "
            rf"progress={pct}% {name}_results_s3_key=jobs/{done.job_id}/attempts/1/{name}_results.json "
            rf"{name}_findings='present' {name}_report='present' findings_len=0 report_summary_len=30 "
            rf"report_keys={keys}",
            line,
        )


def test_the_log_holds_no_name(done: Recorded) -> None:
    log = "\n".join(done.lines)
    assert "Pat" not in log
    assert "net session" not in log


def test_the_results_name_the_clip_as_its_owner_did(done: Recorded) -> None:
    assert done.job.deep_results_s3_key is not None
    assert done.bench.ledger.results(done.job.deep_results_s3_key).video.filename == "net session.mp4"


def test_the_proxy_is_a_video_of_the_same_length(done: Recorded, clip: Path) -> None:
    key = next(key for key in every_key(done.bench.store, "videos/") if key.endswith("/proxy.mp4"))
    path = done.bench.store.local(key, Path())
    assert path is not None
    proxy = probe(path)
    assert proxy.codec == "h264"
    assert proxy.duration_s == pytest.approx(probe(clip).duration_s, abs=0.05)
    assert done.job.video_url == done.bench.store.url(key)


def test_the_executed_notebook_is_kept_with_its_parameters(done: Recorded) -> None:
    content = done.bench.store.get(layout.artefact(done.job_id, 1, "deep_analysis.ipynb"))
    assert content is not None
    cells = nbformat.reads(content.decode(), as_version=4).cells
    injected = next(cell.source for cell in cells if "injected-parameters" in cell.metadata.get("tags", []))
    assert f'job_id = "{done.job_id}"' in injected
    assert 'analysis_pass = "deep"' in injected


def test_results_name_the_notebook_that_made_them_by_its_hash(done: Recorded) -> None:
    notebook = done.bench.settings.notebooks_dir / "analysis.ipynb"
    results = done.bench.ledger.latest_results(done.job_id)
    assert results is not None
    assert results.provenance.notebook_sha256 == sha256(notebook.read_bytes()).hexdigest()


def test_the_worker_passes_what_the_notebook_takes(done: Recorded) -> None:
    from cricksy_lib.analysis_parameters import PassParameters

    content = done.bench.store.get(layout.artefact(done.job_id, 1, "quick_analysis.ipynb"))
    assert content is not None
    given = json.loads(content)["metadata"]["papermill"]["parameters"]
    assert set(given) == set(PassParameters.model_fields)
    assert PassParameters.model_validate(given).options.hand == "left"


def test_a_failing_job_says_why_and_does_not_stop_the_next(bench: Bench) -> None:
    bench.pipeline(
        "from cricksy_lib.errors import PoseModelError\n"
        "if options['mode'] == 'bowling': raise PoseModelError('No model.', 'Install it.')",
        SUCCEED,
    )
    bad, good = bench.submit(mode="bowling", passes="quick"), bench.submit(passes="quick")
    assert bench.drain() == 0
    job = bench.ledger.read(bad)
    assert (job.status, job.stage) == ("failed", "FAILED")
    assert job.error is not None
    assert job.error.model_dump() == {
        "code": "pose_model_unusable",
        "message": "No model.",
        "advice": "Install it.",
    }
    assert job.notebook_url is not None
    assert (bench.ledger.read(good).status, bench.ledger.read(good).attempt) == ("done", 1)


def test_a_run_without_results_fails_the_job(bench: Bench) -> None:
    bench.pipeline("print('nothing to show')")
    job_id = bench.submit(passes="deep")
    bench.drain()
    job = bench.ledger.read(job_id)
    assert job.status == "failed"
    assert job.error is not None
    assert job.error.code == "results_invalid"


def test_a_cancelled_run_stops_and_leaves_the_queue(bench: Bench) -> None:
    bench.pipeline(HANG)
    job_id = bench.submit(passes="quick")
    worker = Background(lambda stop: run_worker(bench.store, True, 0.1, bench.settings, stop=stop))
    until(lambda: bench.ledger.read(job_id).progress_pct > 0)
    bench.ledger.cancel(job_id)
    worker.join()
    job = bench.ledger.read(job_id)
    assert (job.status, job.stage, job.error) == ("cancelled", "CANCELLED", None)
    assert bench.store.get(layout.queue(job_id)) is None


def test_a_job_deleted_while_its_worker_stops_leaves_nothing(bench: Bench) -> None:
    bench.pipeline(HANG)
    job_id = bench.submit(passes="quick")
    worker = Background(lambda stop: run_worker(bench.store, True, 0.1, bench.settings, stop=stop))
    until(lambda: bench.ledger.read(job_id).progress_pct > 0)
    bench.ledger.cancel(job_id)
    for key in list(every_key(bench.store, "")):  # as a delete does, however quickly it comes after
        bench.store.delete(key)
    worker.join()
    assert list(every_key(bench.store, "")) == []


def test_a_stopped_worker_hands_its_job_back_at_once(bench: Bench) -> None:
    bench.pipeline(HANG)
    job_id = bench.submit(passes="quick")
    process = bench.worker_process()
    until(lambda: bench.ledger.read(job_id).progress_pct > 0, seconds=60)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert bench.ledger.read(job_id).status == "queued"
    bench.pipeline(SUCCEED)
    bench.settings.lease_seconds = 3600
    bench.drain()
    assert (bench.ledger.read(job_id).status, bench.ledger.read(job_id).attempt) == ("done", 2)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_worker_s_job_is_taken_over_after_the_lease(bench: Bench) -> None:
    bench.pipeline(HANG)
    job_id = bench.submit(passes="quick")
    process = bench.worker_process()
    until(lambda: bench.ledger.read(job_id).progress_pct > 0, seconds=60)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    bench.pipeline(SUCCEED)
    bench.drain()
    job = bench.ledger.read(job_id)
    assert (job.status, job.attempt, job.progress_pct) == ("done", 2, 100.0)


def test_a_living_worker_s_job_is_left_alone_and_waited_for(bench: Bench) -> None:
    bench.settings.lease_seconds = 4  # on a busy machine a heart may stand still for a second
    job_id = bench.submit(passes="quick")
    key = layout.artefact(job_id, 1, "state.json")
    now = datetime.now(UTC)
    bench.store.put(layout.claim(job_id, 1), Claim(worker="other", claimed_at=now).as_bytes())
    beating = threading.Event()
    worker = Background(lambda stop: run_worker(bench.store, True, 0.05, bench.settings, stop=stop))
    for beat in range(1, 80):  # twice the lease
        state = AttemptState(status="quick_running", started_at=now, heartbeat=beat)
        bench.store.put(key, state.as_bytes())
        beating.wait(0.1)
    assert worker.thread.is_alive()
    assert bench.ledger.read(job_id).attempt == 1
    worker.stop.set()
    worker.join()


def test_a_job_whose_workers_keep_dying_is_given_up(bench: Bench) -> None:
    job_id = bench.submit()
    now = datetime.now(UTC)
    for attempt in (1, 2, 3):
        bench.store.put(layout.claim(job_id, attempt), Claim(worker="dead", claimed_at=now).as_bytes())
        state = AttemptState(status="deep_running", started_at=now, heartbeat=1)
        bench.store.put(layout.artefact(job_id, attempt, "state.json"), state.as_bytes())
    bench.settings.lease_seconds = 0.3
    bench.drain()
    job = bench.ledger.read(job_id)
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "abandoned")
    assert bench.store.get(layout.queue(job_id)) is None


DIE = "os.kill(os.getpid(), 9)"


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_lost_workers_and_dead_kernels_count_together(bench: Bench) -> None:
    job_id = bench.submit()
    now = datetime.now(UTC)
    for attempt in (1, 2):
        bench.store.put(layout.claim(job_id, attempt), Claim(worker="dead", claimed_at=now).as_bytes())
    bench.pipeline(DIE)
    bench.settings.lease_seconds = 0.3
    bench.drain()
    job = bench.ledger.read(job_id)
    assert job.error is not None
    assert (job.status, job.attempt, job.error.code) == ("failed", 3, "kernel_died")
    assert job.error.advice.startswith("The job was tried 3 times.")
    assert bench.store.get(layout.queue(job_id)) is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_kernel_that_dies_at_the_only_try_fails_the_job_at_once(bench: Bench) -> None:
    bench.pipeline(DIE)
    bench.settings.max_attempts = 1
    job_id = bench.submit()
    bench.drain()
    job = bench.ledger.read(job_id)
    assert job.error is not None
    assert (job.status, job.attempt, job.error.code) == ("failed", 1, "kernel_died")
    assert "times" not in job.error.advice


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_after_its_kernel_died_a_job_waits_as_if_its_worker_had_and_can_be_cancelled(bench: Bench) -> None:
    bench.pipeline(DIE)
    bench.settings.lease_seconds = 3600
    job_id = bench.submit()
    told: list[str] = []
    worker = Background(
        lambda stop: run_worker(bench.store, True, 0.05, bench.settings, stop=stop, ended=told.append)
    )
    folder = layout.attempt_folder(job_id, 1)
    until(lambda: bench.store.size(f"{folder}quick_analysis.ipynb") is not None)
    job = bench.ledger.read(job_id)
    assert (job.status, job.attempt, job.error) == ("quick_running", 1, None)
    assert bench.store.size(f"{folder}failed.json") is None
    bench.ledger.cancel(job_id)
    worker.join()  # drained: nothing is left to do
    assert told == []
    assert bench.ledger.read(job_id).status == "cancelled"
    assert list(every_key(bench.store, layout.QUEUE)) == []


def test_a_video_that_is_gone_fails_the_job(bench: Bench) -> None:
    job_id = bench.submit()
    bench.store.delete(next(every_key(bench.store, "videos/")))
    bench.drain()
    assert bench.ledger.read(job_id).status == "failed"


def test_draining_an_empty_store_ends(bench: Bench) -> None:
    assert bench.drain() == 0


@pytest.mark.parametrize("waits", ["none", "a damaged job", "what another did", "none, and it is stopped"])
def test_that_none_waited_is_told_of_an_empty_queue_alone(bench: Bench, waits: str) -> None:
    told: list[str] = []
    stop = threading.Event()
    if waits == "a damaged job":
        bench.store.put(layout.request(bench.submit()), b"{")
    elif waits == "what another did":
        job_id = bench.submit()
        bench.ledger.cancel(job_id)
        bench.store.put(layout.queue(job_id), b"")
    elif waits == "none, and it is stopped":
        stop.set()
    code = run_worker(
        bench.store, True, 0.05, bench.settings, stop=stop, none_waited=lambda: told.append("none")
    )
    assert (code, told) == (0, ["none"] if waits == "none" else [])


def test_a_marker_without_a_job_is_removed(bench: Bench) -> None:
    job_id = bench.submit()
    for key in every_key(bench.store, f"jobs/{job_id}/"):
        bench.store.delete(key)
    assert bench.drain() == 0
    assert list(every_key(bench.store, "queue/")) == []


def test_an_organisation_s_own_rules_reach_the_analysis(tmp_path: Path, clip: Path) -> None:
    bench = Bench(tmp_path, clip)
    bench.pipeline("assert house_rules == 'batting: {HEAD_MOVEMENT: {enabled: false}}'", SUCCEED)
    bench.store.put(layout.HOUSE_RULES, b"batting: {HEAD_MOVEMENT: {enabled: false}}")
    job_id = bench.submit()
    run_worker(bench.store, drain=True, poll_s=0.05, settings=bench.settings)
    assert bench.ledger.read(job_id).status == "done"
