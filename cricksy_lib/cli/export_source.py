"""Where an export's numbers come from: a job of the store, or a folder that ``cricksy analyse`` wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cricksy_lib.cli import given, terminal
from cricksy_lib.errors import JobStateError, ResultsError, UsageError
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import AnalysisPass, InvalidResultsError, Results, read_results, results_name


@dataclass(frozen=True)
class Source:
    """One analysis.

    Attributes
    ----------
    name : what its files are called after.
    results : of its deepest pass.
    artefact : content of one of its other files by name, or ``None`` where it keeps none.
    """

    name: str
    results: Results
    artefact: Callable[[str], bytes | None]

    def pose(self) -> PoseTrack | None:
        """Return the cleaned pose with what was moved by hand; ``None`` where none was kept."""
        from cricksy_lib.jobs.scratch import scratch_folder

        content = self.artefact("pose.parquet")
        if content is None:
            return None
        with scratch_folder() as scratch:
            file = Path(scratch) / "pose.parquet"
            file.write_bytes(content)
            return PoseTrack.from_parquet(file)


def find(job_or_folder: str) -> Source:
    """Find what is to be exported.

    Raises
    ------
    JobStateError
        If the job has no results yet.
    UsageError
        If the folder holds no analysis.
    ResultsError
        If the folder's results are damaged.
    """
    folder = Path(job_or_folder)
    return _of_folder(folder) if folder.is_dir() else _of_job(job_or_folder)


def _of_job(job: str) -> Source:
    ledger = given.ledger()
    results = ledger.latest_results(job)
    if results is None:
        raise JobStateError("The job has no results yet.", "See its status with 'cricksy jobs show'.")
    status = ledger.read(job).status
    if status in ("failed", "cancelled") and results.analysis_pass == "quick":
        terminal.say(f"The job is {status}: these are the numbers of its quick pass alone.")
    return Source(job, results, lambda name: ledger.artefact(job, name))


def _of_folder(folder: Path) -> Source:
    passes: tuple[AnalysisPass, ...] = ("deep", "quick")
    file = next((path for which in passes if (path := folder / results_name(which)).is_file()), None)
    if file is None:
        raise UsageError(
            "The folder holds no results of an analysis.",
            "Give a job's id, or the folder that 'cricksy analyse --out' wrote.",
        )
    try:
        results = read_results(file)
    except (OSError, InvalidResultsError) as error:
        raise ResultsError("The folder's results are damaged.", "Analyse the clip again.") from error

    def artefact(name: str) -> bytes | None:
        path = folder / name
        return path.read_bytes() if path.is_file() else None

    return Source(folder.resolve().name, results, artefact)
