"""What a pass leaves: checked against the schema and the job, stored, read back, and proved in the log."""

from __future__ import annotations

import logging
from pathlib import Path

from cricksy_lib.errors import ResultsError, StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Document
from cricksy_lib.jobs.record import STAGE_OF, FirstJob, JobRequest, Status
from cricksy_lib.jobs.store import Store
from cricksy_lib.results import (
    MAX_RESULTS_BYTES,
    AnalysisPass,
    InvalidResultsError,
    MetricStatus,
    Mode,
    Results,
    parse_results,
    results_name,
)

logger = logging.getLogger(__name__)

# Besides the results, which come last.
KEPT: dict[AnalysisPass, tuple[str, ...]] = {
    "quick": (),
    "deep": ("overlay.mp4", "report.html", "pose.parquet"),
}
_ADVICE = "Try the job again; if it stays like this, open its executed notebook to see why."


class TrendMetric(Document):
    """One metric as a player's trend takes it."""

    value: float | None
    uncertainty: float | None
    unit: str
    status: MetricStatus


class PlayerJob(Document):
    """``players/<player id>/…json``: the few numbers that a trend needs.

    Where it ``corrects`` a job, it is of the same movements: a trend takes it instead, not as well.
    ``first_job`` is the one with which the chain of corrections began, where that was kept.
    """

    job_id: str
    corrects: str | None = None
    first_job: FirstJob = None
    mode: Mode
    metrics: dict[str, TrendMetric]

    @property
    def same_movements_as(self) -> str | None:
        """The job whose movements these are, as `JobRequest.same_movements_as`."""
        return self.first_job or self.corrects


def check_results(content: bytes, job_id: str, analysis_pass: AnalysisPass) -> Results:
    """Check that a results file is this job's and this pass's, and whole.

    Raises
    ------
    ResultsError
        If it is not.
    """
    try:
        results = parse_results(content)
    except InvalidResultsError as error:
        raise ResultsError(f"The {analysis_pass} pass wrote no valid results ({error}).", _ADVICE) from error
    if results.job_id != job_id or results.analysis_pass != analysis_pass:
        raise ResultsError(f"The results of the {analysis_pass} pass belong to another run.", _ADVICE)
    return results


def store_pass(
    store: Store, job_id: str, attempt: int, analysis_pass: AnalysisPass, out_dir: Path
) -> Results:
    """Store what a pass wrote, results last, and return the results as the store gives them back.

    Raises
    ------
    ResultsError
        If the results are missing, damaged or another run's.
    """
    name = results_name(analysis_pass)
    path = out_dir / name
    if not path.is_file():
        raise ResultsError(f"The {analysis_pass} pass ended without results.", _ADVICE)
    if path.stat().st_size > MAX_RESULTS_BYTES:
        raise ResultsError(f"The results of the {analysis_pass} pass are too large.", _ADVICE)
    check_results(path.read_bytes(), job_id, analysis_pass)
    for kept in KEPT[analysis_pass]:
        if (out_dir / kept).is_file():
            store.put(layout.artefact(job_id, attempt, kept), out_dir / kept)
    key = layout.artefact(job_id, attempt, name)
    store.put(key, path)
    content = store.get(key)
    if content is None:
        raise StoreError(
            "Results just stored cannot be read back.", "Check the store, then try the job again."
        )
    return check_results(content, job_id, analysis_pass)


def player_job(results: Results, request: JobRequest) -> PlayerJob:
    """Return what a player's trend takes from a job's results."""
    metrics = {
        key: TrendMetric(value=m.value, uncertainty=m.uncertainty, unit=m.unit, status=m.status)
        for key, m in results.metrics.items()
    }
    return PlayerJob(
        job_id=request.id,
        corrects=request.corrects,
        first_job=request.first_job,
        mode=results.mode,
        metrics=metrics,
    )


def log_persisted(results: Results, job_id: str, attempt: int, status: Status, progress_pct: float) -> None:
    """Log the one line that proves a finished pass; called after reading back what was stored."""
    which = results.analysis_pass
    what = "Deep job" if which == "deep" else "Quick pass"
    key = layout.artefact(job_id, attempt, results_name(which))
    logger.info(
        "[PERSISTED] %s completed: job_id=%s status_after=%s stage=%s progress=%d%% %s_results_s3_key=%s "
        "%s_findings='present' %s_report='present' findings_len=%d report_summary_len=%d report_keys=%s",
        what,
        job_id,
        status,
        STAGE_OF[status],
        progress_pct,
        which,
        key,
        which,
        which,
        len(results.findings.findings),
        len(results.report.summary),
        sorted(type(results.report).model_fields),
    )
