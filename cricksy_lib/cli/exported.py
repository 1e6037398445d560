"""What ``cricksy export`` reads: a job of the store, or a folder that ``cricksy analyse`` wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cricksy_lib.cli import given

if TYPE_CHECKING:
    from cricksy_lib.pose.track import PoseTrack
    from cricksy_lib.results import Results


@dataclass(frozen=True)
class Analysis:
    """One analysis that can be exported.

    Attributes
    ----------
    name : what the names of the files begin with.
    results : of its deepest pass.
    artefact : returns what the pass left beside the results, by name; None if there is no such thing.
    short : why it is less than was asked for, in cause and advice; None if it is all.
    player : whose technique it is, where that is known: results do not hold it.
    """

    name: str
    results: Results
    artefact: Callable[[str], bytes | None]
    short: tuple[str, str] | None = None
    player: str | None = None


def find_analysis(job: str) -> Analysis:
    """Return the analysis that a user named by a job's id or a folder.

    Raises
    ------
    UsageError
        If there is none, or it has no results.
    ResultsError
        If its results are damaged.
    StoreError
        If the store cannot be read.
    """
    from cricksy_lib.errors import JobNotFoundError
    from cricksy_lib.jobs.layout import is_job_id

    if is_job_id(job):
        return _of_job(job)
    if not Path(job).is_dir():
        raise JobNotFoundError(
            f"'{job[:60]}' is neither the identifier of a job nor a folder.",
            "See 'cricksy jobs list' for the jobs there are.",
        )
    return _of_folder(Path(job))


def read_track(analysis: Analysis) -> PoseTrack:
    """Return where the body is in an analysis: the cleaned landmarks, in the frames of its deep pass.

    Raises
    ------
    JobStateError
        If it keeps none.
    AnalysisError
        If they are damaged.
    """
    from cricksy_lib.errors import JobStateError
    from cricksy_lib.jobs.scratch import scratch_folder

    content = analysis.artefact("pose.parquet")
    if content is None:
        cause, advice = analysis.short or ("", "Have the clip analysed with --pass both.")
        raise JobStateError(f"There are no positions: they come with a deep pass. {cause}".rstrip(), advice)
    from cricksy_lib.pose.track import PoseTrack

    with scratch_folder() as scratch:
        file = Path(scratch) / "pose.parquet"
        file.write_bytes(content)
        return PoseTrack.from_parquet(file)


def _of_job(job: str) -> Analysis:
    from cricksy_lib.errors import JobStateError
    from cricksy_lib.jobs.record import said_of
    from cricksy_lib.jobs.view import require_view

    ledger = given.ledger()
    view = require_view(ledger.store, job)
    results = ledger.latest_results(job)
    if results is None:
        if view.error is not None:
            raise JobStateError(f"The job has failed: {view.error.message}", view.error.advice)
        raise JobStateError("The job has no results yet.", "See its status with 'cricksy jobs show'.")
    # Of a deep pass that did not end nothing is taken, though some of it may be stored. The job may have
    # ended between two looks: what is in hand says which pass it is.
    whole = results.analysis_pass == "deep"
    short = None
    if not whole and view.error is not None:
        short = f"The job has failed: {view.error.message}", view.error.advice
    elif not whole and view.status != "done":
        short = f"The job {said_of(view.status)}.", f"See its status with 'cricksy jobs show {job}'."
    return Analysis(
        job if short is None else f"{job}_quick",  # the files say it too, once they are passed on
        results,
        lambda name: ledger.artefact(job, name) if whole else None,
        short,
        view.request.options.player,
    )


def _of_folder(folder: Path) -> Analysis:
    from cricksy_lib.errors import ResultsError, UsageError
    from cricksy_lib.results import (
        MAX_RESULTS_BYTES,
        AnalysisPass,
        InvalidResultsError,
        parse_results,
        results_name,
    )

    files = [folder / results_name(which) for which in reversed(get_args(AnalysisPass))]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise UsageError(
            f"The folder '{folder}' holds no results.",
            "Give a job's id, or the folder that 'cricksy analyse' was given with --out.",
        )

    def read(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise UsageError(f"'{path}' cannot be read ({error.strerror}).", "Check its rights.") from error

    try:
        if file.stat().st_size > MAX_RESULTS_BYTES:
            raise InvalidResultsError("too large")
        results = parse_results(read(file))
    except InvalidResultsError as error:
        raise ResultsError(f"'{file}' is damaged.", "Analyse the clip again.") from error
    # Pose, page and overlay are a deep pass's: beside quick results they are of another analysis.
    whole = results.analysis_pass == "deep"
    return Analysis(
        folder.resolve().name or "analysis",
        results,
        lambda name: read(folder / name) if whole and (folder / name).is_file() else None,
    )
