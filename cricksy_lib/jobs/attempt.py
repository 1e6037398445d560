"""One attempt at a job, from its claim to its end: the passes, what they leave, and every way to stop."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cricksy_lib.analysis_parameters import PassParameters
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.errors import AnalysisError, CricksyError, DamagedObjectError, KnowledgeError, StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.claims import end_failed
from cricksy_lib.jobs.deletion import sweep_deleted
from cricksy_lib.jobs.documents import AttemptState, Done, read_limited
from cricksy_lib.jobs.heartbeat import Heartbeat
from cricksy_lib.jobs.notebook_run import RunSpec, run_notebook
from cricksy_lib.jobs.outputs import log_persisted, player_job, store_pass
from cricksy_lib.jobs.patience import PatientStore
from cricksy_lib.jobs.record import JobError, JobRequest, Status
from cricksy_lib.jobs.scratch import scratch_folder
from cricksy_lib.jobs.store import Store
from cricksy_lib.jobs.view import read_numbers, read_view
from cricksy_lib.options import AnalysisOptions, PassChoice
from cricksy_lib.pose_identity import LOOKS_FILE, RAW_POSE_FILE, configured_model_sha256, pose_name
from cricksy_lib.processes import ChildProcess
from cricksy_lib.progress import Progress, silent
from cricksy_lib.results import AnalysisPass, Results
from cricksy_lib.settings import Settings

logger = logging.getLogger(__name__)

NOTEBOOK = "analysis.ipynb"
AttemptEnd = Literal["done", "failed", "handed_back", "gone", "lost"]
_LOOK_EVERY_S = 1.0
_MAX_HOUSE_RULES_BYTES = 1024 * 1024

# Per cent of the job at which each part ends.
_ENDS: dict[PassChoice, dict[str, float]] = {
    "both": {"quick": 30.0, "proxy": 36.0, "deep": 100.0},
    "quick": {"quick": 80.0, "proxy": 100.0},
    "deep": {"proxy": 8.0, "deep": 100.0},
}
# Below the end until the part's outputs are stored and read back.
_UNTIL_STORED = 0.98


class StoppedError(Exception):
    """The attempt must end without a verdict.

    ``handed_back`` on request, ``gone`` for good, ``lost`` as if this worker had died.
    """

    def __init__(self, end: AttemptEnd) -> None:
        super().__init__(end)
        self.end = end


class FailedError(Exception):
    """The attempt failed for a reason that came from a run."""

    def __init__(self, error: JobError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass
class Attempt:
    """A claimed attempt.

    Attributes
    ----------
    store, settings : where, and with which limits.
    request : what was asked.
    number : the attempt's number; its claim is held by this process.
    stop : set when this process was asked to end.
    progress : told how far the job is.
    lost_before : how many attempts were lost since the job was last asked for.
    """

    store: Store
    settings: Settings
    request: JobRequest
    number: int
    stop: threading.Event
    progress: Progress = silent
    lost_before: int = 0

    def __post_init__(self) -> None:
        self._looked_at = float("-inf")
        self._gone = False
        self._pose_key: str | None = None
        # Looking whether to stop, and beating, must not wait: they come again by themselves.
        self._plain = self.store
        self.store = PatientStore(self.store, self.settings.store_patience_seconds, self.stop)

    def run(self) -> AttemptEnd:
        """Work the attempt to its end.

        Returns
        -------
        How it ended; ``gone`` when it was cancelled, deleted or taken over; ``lost`` when its kernel died and
        another try is left, which begins when this attempt's heartbeat has stood still for long enough.

        Raises
        ------
        StoreError
            If the store fails while results or the end are written; the lease then brings the job back.
        """
        try:
            with scratch_folder() as scratch:
                return self._run_in(Path(scratch))
        except StoreError:
            raise
        except CricksyError as error:
            return self._end_failed(JobError(code=error.code, message=error.cause, advice=error.advice))
        except FailedError as failed:
            return self._end_failed(failed.error)
        except OSError as error:
            return self._end_failed(_local_disk(error))

    def _run_in(self, scratch: Path) -> AttemptEnd:
        first: Status = "deep_running" if self.request.options.passes == "deep" else "quick_running"
        state = AttemptState(status=first, started_at=datetime.now(UTC))
        every_s = self.settings.heartbeat_seconds
        with Heartbeat(
            self.store, self.request.id, self.number, state, every_s, self.progress, beats=self._plain
        ) as heartbeat:
            try:
                last = self._work(scratch, heartbeat)
                heartbeat.stop()
                self._end_done(last)
            except StoppedError as stopped:
                if stopped.end == "handed_back":
                    heartbeat.update(handed_back=True)
                heartbeat.stop()
                self._sweep_if_deleted()
                return stopped.end
        return "done"

    def _work(self, scratch: Path, heartbeat: Heartbeat) -> Results:
        self._stop_if_asked()
        video = self._video(scratch)
        ends = _ENDS[self.request.options.passes]
        reached, results = 0.0, None
        for part, end in ends.items():
            if part == "proxy":
                heartbeat.watch(scratch / "proxy_progress.json", reached, end)
                self._make_proxy(video, scratch)
            elif part == "quick":
                results = self._pass("quick", None, video, scratch, heartbeat, reached, end)
            else:
                results = self._pass("deep", results, video, scratch, heartbeat, reached, end)
            heartbeat.watch(None)
            reached = end
            if part != "deep":
                heartbeat.update(progress_pct=end)
        if results is None:
            raise AnalysisError(
                "The job asks for no pass.", "Submit it again with --pass quick, deep or both."
            )
        return results

    def _pass(
        self,
        which: AnalysisPass,
        before: Results | None,
        video: Path,
        scratch: Path,
        heartbeat: Heartbeat,
        start_pct: float,
        end_pct: float,
    ) -> Results:
        out_dir = scratch / which
        out_dir.mkdir()
        progress_path = scratch / f"{which}_progress.json"
        heartbeat.update(status="quick_running" if which == "quick" else "deep_running", step="start")
        heartbeat.watch(progress_path, start_pct, start_pct + _UNTIL_STORED * (end_pct - start_pct))
        notebook = self.settings.notebooks_dir / NOTEBOOK
        parameters = PassParameters(
            video_path=video,
            out_dir=out_dir,
            analysis_pass=which,
            options=self.request.options,
            job_id=self.request.id,
            progress_path=progress_path,
            corrects=self.request.corrects,
            corrections=self.request.corrections,
            pose_path=self._stored_pose(scratch),
            looks_path=scratch / LOOKS_FILE,
            first_view=before.capture.view if before is not None else None,
            house_rules=self._house_rules(),
            notebook_sha256=_sha256(notebook),
        )
        spec = RunSpec(
            notebook=notebook,
            parameters=parameters.as_notebook_parameters(),
            executed=scratch / layout.notebook_name(which),
            scratch=out_dir,
            timeout_s=self.settings.pass_timeout_seconds,
            memory_bytes=self.settings.memory_limit_bytes,
        )
        outcome = run_notebook(spec, self._why_stop)
        self._keep_notebook(which, spec.executed)
        logger.info(
            "Pass ended: job_id=%s attempt=%d pass=%s outcome=%s wall_s=%.1f",
            self.request.id,
            self.number,
            which,
            outcome.status,
            outcome.wall_s,
        )
        if outcome.status == "stopped":
            raise StoppedError("handed_back" if outcome.reason == "handed_back" else "gone")
        if outcome.error is not None:
            raise self._lost(outcome.error) if outcome.status == "kernel_died" else FailedError(outcome.error)
        results = store_pass(self.store, self.request.id, self.number, which, out_dir)
        self._keep_pose(out_dir / RAW_POSE_FILE, results)
        top = _comes_first(results)
        heartbeat.watch(None)
        now = datetime.now(UTC)
        if which == "deep":
            heartbeat.update(deep_completed_at=now, top_finding=top)
        else:
            heartbeat.update(
                status="quick_done", progress_pct=end_pct, quick_completed_at=now, top_finding=top, step=""
            )
            self._prove(results, "quick")
        return results

    def _lost(self, error: JobError) -> StoppedError | FailedError:
        """Say what follows when the kernel died: whatever killed it need not be there at the next try."""
        self._stop_if_asked()
        tries = self.lost_before + 1
        if tries < self.settings.max_attempts:
            logger.warning(
                "Analysis died, to be tried again: job_id=%s attempt=%d code=%s",
                self.request.id,
                self.number,
                error.code,
            )
            return StoppedError("lost")
        if tries == 1:
            return FailedError(error)
        advice = f"The job was tried {tries} times. {error.advice}"
        return FailedError(error.model_copy(update={"advice": advice}))

    def _video(self, scratch: Path) -> Path:
        """Return a path to the video under the name that its owner gave it, which results repeat."""
        stored = self.store.local(self.request.video_key, scratch)
        if stored is None:
            raise AnalysisError("The job's video is no longer in the store.", "Submit the clip again.")
        folder = scratch / "video"
        folder.mkdir()
        named = folder / Path(self.request.video_filename).name
        try:
            named.symlink_to(stored)
        except OSError as error:  # a file system or an account without symbolic links
            logger.debug("The video keeps its name in the store: %s", error)
            return stored
        return named

    @property
    def _options(self) -> AnalysisOptions:
        """The options as corrected."""
        corrections = self.request.corrections
        return corrections.applied_to(self.request.options) if corrections else self.request.options

    def _stored_pose(self, scratch: Path) -> Path | None:
        """Return a raw pose that need not be looked for: the corrected job's, or one of the same choices."""
        keys = [self.request.pose_key] if self.request.pose_key is not None else []
        model = configured_model_sha256(self.settings)
        if model is not None:
            keys.append(layout.pose(self.request.video_sha256, pose_name(model, self._options)))
        for key in keys:
            path = self.store.local(key, scratch)
            if path is not None:
                self._pose_key = key
                return path
        return None

    def _keep_pose(self, made: Path, results: Results) -> None:
        """Store the raw pose that a deep pass made. Of several makers the first wins: theirs are the same."""
        if not made.is_file():
            return
        self._stop_if_gone()
        name = pose_name(results.pose.model_sha256, self._options)
        self._pose_key = layout.pose(self.request.video_sha256, name)
        self.store.put(self._pose_key, made, create_only=True)

    def _house_rules(self) -> str | None:
        """Return the organisation's own limits, as the store carries them; None where it has none."""
        try:
            content = read_limited(self.store, layout.HOUSE_RULES, _MAX_HOUSE_RULES_BYTES)
        except DamagedObjectError as error:
            raise KnowledgeError(
                "The club's own house rules are too large to be house rules.",
                "docs/knowledge.md says what the file may hold.",
            ) from error
        # Bytes that are no text stand out as such: the analysis refuses the file and says why.
        return content.decode(errors="replace") if content is not None else None

    def _make_proxy(self, video: Path, scratch: Path) -> None:
        key = layout.proxy(self.request.video_sha256)
        if self.store.size(key) is not None:
            return
        target = scratch / "proxy.mp4"
        arguments = [str(video), str(target), str(scratch / "proxy_progress.json")]
        started = time.monotonic()
        child = ChildProcess("cricksy_lib.jobs.proxy_child", arguments, scratch / "proxy.log")
        how = child.wait(self.settings.pass_timeout_seconds, self._why_stop)
        if how not in ("exited", "timeout"):
            raise StoppedError("handed_back" if how == "handed_back" else "gone")
        if how == "exited" and child.process.returncode == 0 and target.is_file():
            logger.info(
                "Proxy made: job_id=%s attempt=%d wall_s=%.1f",
                self.request.id,
                self.number,
                time.monotonic() - started,
            )
            self.store.put(key, target, create_only=True)
        else:
            # The numbers do not need it, and a browser may play the original.
            logger.warning("No proxy could be made: job_id=%s", self.request.id)

    def _keep_notebook(self, which: AnalysisPass, executed: Path) -> None:
        """Store the executed notebook, also after a failure, unless it was cut off in mid-write."""
        self._stop_if_gone()
        try:
            json.loads(executed.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            logger.warning("No executed notebook to keep: job_id=%s pass=%s", self.request.id, which)
            return
        self.store.put(layout.artefact(self.request.id, self.number, layout.notebook_name(which)), executed)

    def _why_stop(self) -> str | None:
        if self.stop.is_set():
            return "handed_back"
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = now
            try:
                self._gone = not read_numbers(self._plain, self.request.id).is_current(self.number)
            except StoreError as error:
                logger.warning("Store not readable: job_id=%s %s", self.request.id, error.cause)
        return "gone" if self._gone else None

    def _stop_if_gone(self) -> None:
        numbers = read_numbers(self.store, self.request.id)
        if not numbers.keys or numbers.attempt != self.number:
            raise StoppedError("gone")

    def _stop_if_asked(self) -> None:
        reason = self._why_stop()
        if reason is not None:
            raise StoppedError("handed_back" if reason == "handed_back" else "gone")

    def _end_done(self, last: Results) -> None:
        job_id = self.request.id
        numbers = read_numbers(self.store, job_id)
        if not numbers.is_current(self.number):
            raise StoppedError("gone")
        folder = layout.attempt_folder(job_id, self.number)
        named = {key.removeprefix(folder): key for key in sorted(numbers.keys) if key.startswith(folder)}
        named.pop("state.json", None)
        if self._pose_key is not None:
            named[RAW_POSE_FILE] = self._pose_key
        if self.request.options.player is not None:
            key = layout.player_job(self.request.options.player, job_id)
            self.store.put(key, player_job(last, self.request).as_bytes())
        done = Done(completed_at=datetime.now(UTC), artefacts=named)
        self.store.put(layout.artefact(job_id, self.number, "done.json"), done.as_bytes(), create_only=True)
        self._sweep_if_deleted()
        if last.analysis_pass == "deep":
            self._prove(last, "deep")

    def _end_failed(self, error: JobError) -> AttemptEnd:
        job_id = self.request.id
        if not read_numbers(self.store, job_id).is_current(self.number):
            self._sweep_if_deleted()
            return "gone"
        end_failed(self.store, job_id, self.number, error)
        return "failed"

    def _prove(self, results: Results, which: AnalysisPass) -> None:
        """Log that a pass is in the store, but only if everybody who reads the job now sees it so."""
        view = read_view(self.store, self.request.id)
        expected = "done" if which == "deep" else "quick_done"
        if view is not None and view.attempt == self.number and view.status == expected:
            log_persisted(results, self.request.id, self.number, view.status, view.progress_pct)

    def _sweep_if_deleted(self) -> None:
        """Leave nothing behind for a job that was deleted while this attempt was still stopping."""
        if not read_numbers(self.store, self.request.id).keys:
            sweep_deleted(self.store, self.request)


def _sha256(notebook: Path) -> str | None:
    """Return the hash of the notebook; None if it is not there, which running it will say."""
    return hashlib.sha256(notebook.read_bytes()).hexdigest() if notebook.is_file() else None


def _comes_first(results: Results) -> str | None:
    """Return what a list says of the job in a few words; None where there is nothing to work on."""
    if results.findings.overall_level == "not_assessed":
        return load_knowledge().common.report["not_assessed_in_lists"]
    if results.findings.little_judged:
        return load_knowledge().common.report["little_in_lists"]
    return results.findings.findings[0].title if results.findings.findings else None


def _local_disk(error: OSError) -> JobError:
    return JobError(
        code="worker_disk",
        message=f"The worker's own disk failed it ({error.strerror or type(error).__name__}).",
        advice="Make room in its folder for temporary files, then try the job again.",
    )
