"""The analyst's table: every job that is done by its metrics, each with unit, ± and status.

The store is the database. What is read of it is kept in a Parquet file of this user (`table_cache`), because
results never change once an attempt is done: a row is known by (job, attempt). At every look the store's keys
are listed, and the keys alone say which attempt of which job is done. Rows of jobs that are gone, or of an
attempt that no longer counts, are dropped from the file; results that it does not hold yet are read.

The file lies with the user and not in the store, so that every object of the store keeps its one writer,
reading needs no right to write, and erasing a player has no further object to look through. What was erased
leaves the file at the next look; whoever deletes jobs deletes the own file at once (`forget`).
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from cricksy_lib.errors import DamagedObjectError, ResultsError, UsageError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import read_limited
from cricksy_lib.jobs.outputs import check_results
from cricksy_lib.jobs.record import JobRequest
from cricksy_lib.jobs.store import Store, every_key
from cricksy_lib.jobs.superseded import superseded as superseded_of
from cricksy_lib.jobs.table_cache import (
    JOB_COLUMNS,
    as_table,
    cache_path,
    read_cache,
    write_cache,
)
from cricksy_lib.jobs.table_cache import forget as forget
from cricksy_lib.jobs.view import load_request, numbers_of, title_of
from cricksy_lib.progress import Progress, silent
from cricksy_lib.results import MAX_RESULTS_BYTES, MODES, AnalysisPass, Results, results_name
from cricksy_lib.tables import METRIC_COLUMNS, metric_rows

logger = logging.getLogger(__name__)

Shape = Literal["long", "wide"]
COLUMNS = {
    **JOB_COLUMNS,
    "superseded": "whether a newer job is of the same movements, corrected (only shown when asked for)",
    **METRIC_COLUMNS,
}
"""Every column of the long table, with its meaning and unit."""

WIDE_FIELDS = {"": "value", "_uncertainty": "uncertainty", "_unit": "unit", "_status": "status"}
_JOB_FIELDS = (*JOB_COLUMNS, "superseded")
_READERS = 8


@dataclass(frozen=True)
class _Ended:
    """A job that is done: the attempt that counts, and the pass whose results are its deepest."""

    job_id: str
    attempt: int
    analysis_pass: AnalysisPass


def load(
    store: Store,
    player: str | None = None,
    mode: str | None = None,
    since: datetime | date | str | None = None,
    until: datetime | date | str | None = None,
    *,
    shape: Shape = "long",
    superseded: bool = False,
    cache: Path | None = None,
    rebuild: bool = False,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Return the jobs that are done by their metrics, brought up to date with the store.

    One list request for each thousand keys (a job has about a dozen), and two objects for each job that was
    not read before; nothing else.

    Parameters
    ----------
    store : where the jobs lie.
    player : only this player's; letters' case and spaces do not matter.
    mode : only this discipline.
    since, until : only jobs submitted from the one on and before the other, UTC unless they say otherwise.
        A day without a time is meant whole, so ``until="2026-05-31"`` takes in that day. Which job a newer
        correction stands for is told among the jobs of those days.
    shape : ``long``, a row for each metric of each job with the columns of `COLUMNS`; ``wide``: see `wide`.
    superseded : keep jobs in whose place a newer correction stands, with a column that says which; they are
        of the same movements, so that a mean would count those twice. See `cricksy_lib.jobs.superseded`.
    cache : the file that keeps what was read; this user's own for the store if not given.
    rebuild : read everything anew.
    progress : told how far the reading is.

    Returns
    -------
    Newest job first, its metrics in the catalogue's order. Jobs whose results are damaged are left out, with
    a warning in the log.

    Raises
    ------
    UsageError
        If discipline, dates or shape are not such.
    StoreError
        If the store cannot be read.
    """
    if shape not in ("long", "wide"):
        raise UsageError(f"A table cannot be {shape!r}.", "Ask for 'long' or 'wide'.")
    if mode is not None and mode not in MODES:
        raise UsageError(f"'{mode}' is not a discipline.", f"Give one of {', '.join(MODES)}.")
    first, end = instant(since, "since"), instant(until, "until", whole_day=True)
    rows = _brought_up_to_date(store, cache or cache_path(store), first, end, rebuild, progress)
    frame = rows.to_pandas()
    # By what is asked for alone: jobs of other days are there or not, as they were read before.
    asked = [_is_between(when, first, end) for when in frame["created_at"]]
    frame = frame[pd.Series(asked, index=frame.index, dtype=bool)]
    frame.insert(len(JOB_COLUMNS), "superseded", frame["job_id"].isin(_superseded(frame)))
    wanted = pd.Series(True, index=frame.index)
    if player is not None:
        wanted &= player_ids(frame) == layout.player_id(player)
    if mode is not None:
        wanted &= frame["mode"] == mode
    if not superseded:
        wanted &= ~frame["superseded"]
    frame = frame[wanted].sort_values("job_id", ascending=False, kind="stable", ignore_index=True)
    if not superseded:
        frame = frame.drop(columns="superseded")
    return wide(frame) if shape == "wide" else frame.dropna(subset=["metric"], ignore_index=True)


def wide(long: pd.DataFrame) -> pd.DataFrame:
    """Turn a long table into one row a job.

    Returns
    -------
    The columns of the job, then four for each metric: ``KEY`` (the value), ``KEY_uncertainty``, ``KEY_unit``
    and ``KEY_status``. Empty where a job's discipline has no such metric.
    """
    facts = [name for name in _JOB_FIELDS if name in long.columns]
    jobs = long.drop_duplicates("job_id")[facts].set_index("job_id", drop=False)
    parts = [jobs]
    measured = long.dropna(subset=["metric"])
    for key, of_metric in measured.groupby("metric", sort=False):
        by_job = of_metric.set_index("job_id")
        parts.append(
            pd.DataFrame({f"{key}{end}": by_job[field] for end, field in WIDE_FIELDS.items()}).reindex(
                jobs.index
            )
        )
    return pd.concat(parts, axis=1).reset_index(drop=True)


def player_ids(frame: pd.DataFrame) -> pd.Series:
    """Return who each row is about: the same for every way to write a name, empty where there is none."""
    # Where nobody is named, nothing is mapped, and the column would turn into numbers.
    return frame["player"].map(layout.player_id, na_action="ignore").astype("str")


def instant(given: datetime | date | str | None, name: str, *, whole_day: bool = False) -> datetime | None:
    """Return a date or time as an instant in UTC; the end of a ``whole_day`` if it has no time.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if given is None:
        return None
    try:
        if isinstance(given, str):
            given = date.fromisoformat(given) if len(given) == 10 else datetime.fromisoformat(given)
        if not isinstance(given, datetime):
            given = datetime.combine(given, time(), UTC) + timedelta(days=int(whole_day))
        return given.replace(tzinfo=given.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, TypeError) as error:
        raise UsageError(
            f"'{str(given)[:40]}' is not a date for '{name}'.",
            "Write it like 2026-05-31 or 2026-05-31T18:00.",
        ) from error


def _brought_up_to_date(
    store: Store,
    path: Path,
    first: datetime | None,
    end: datetime | None,
    rebuild: bool,
    progress: Progress,
) -> pa.Table:
    """Return all rows that are true now, those of jobs between two instants complete; and keep them."""
    held = read_cache(path).slice(0, 0) if rebuild else read_cache(path)
    ended = {one.job_id: one for one in _ended_jobs(store)}
    pairs = list(zip(held["job_id"].to_pylist(), held["attempt"].to_pylist(), strict=True))
    true = [job_id in ended and ended[job_id].attempt == attempt for job_id, attempt in pairs]
    kept = held.filter(pa.array(true, pa.bool_()))
    known = {job_id for (job_id, _), good in zip(pairs, true, strict=True) if good}
    missing = [
        one
        for one in ended.values()
        if one.job_id not in known and _is_between(layout.created_at(one.job_id), first, end)
    ]
    rows: list[dict[str, Any]] = []
    try:
        with closing(_read(store, missing)) as reading:
            for done, of_job in enumerate(reading, start=1):
                rows.extend(of_job)
                progress("results", done, len(missing))
    finally:  # what was read before an interruption need not be read again
        whole = pa.concat_tables([kept, as_table(rows)])
        if rows or kept.num_rows < held.num_rows:
            write_cache(path, whole)
    return whole


def _superseded(frame: pd.DataFrame) -> frozenset[str]:
    jobs = frame.drop_duplicates("job_id")
    earlier = jobs["first_job"].astype(object).where(jobs["first_job"].notna(), None)
    return superseded_of(dict(zip(jobs["job_id"], earlier, strict=True)))


def _is_between(when: datetime, first: datetime | None, end: datetime | None) -> bool:
    return (first is None or when >= first) and (end is None or when < end)


def _ended_jobs(store: Store) -> Iterator[_Ended]:
    """Yield the jobs that are done, from the keys alone."""
    start = len(layout.JOBS)
    for job_id, group in groupby(every_key(store, layout.JOBS), lambda key: key[start:].split("/", 1)[0]):
        keys = frozenset(group)
        numbers = numbers_of(keys, job_id)
        attempt = numbers.attempt
        if not layout.is_job_id(job_id):  # written by none of ours
            continue
        if numbers.is_current(attempt) and layout.artefact(job_id, attempt, "done.json") in keys:
            deep = layout.artefact(job_id, attempt, results_name("deep")) in keys
            yield _Ended(job_id, attempt, "deep" if deep else "quick")


def _read(store: Store, missing: list[_Ended]) -> Generator[list[dict[str, Any]]]:
    """Yield the rows of jobs in their order, several read at a time."""
    pool = ThreadPoolExecutor(_READERS)
    try:
        yield from pool.map(lambda one: _rows_of(store, one), missing)
    finally:
        pool.shutdown(cancel_futures=True)


def _rows_of(store: Store, ended: _Ended) -> list[dict[str, Any]]:
    """Read one job's rows; none if what lies there cannot be believed, or went while it was read."""
    key = layout.artefact(ended.job_id, ended.attempt, results_name(ended.analysis_pass))
    try:
        request, content = load_request(store, ended.job_id), read_limited(store, key, MAX_RESULTS_BYTES)
        if request is None or content is None:
            return []
        results = check_results(content, ended.job_id, ended.analysis_pass)
        if request.options.mode != results.mode:
            raise ResultsError("The job's request is another job's.", "Submit the clip again.")
    except (DamagedObjectError, ResultsError) as error:
        logger.warning("Job left out of the table: job_id=%s (%s)", ended.job_id, type(error).__name__)
        return []
    facts = _facts(request, results, ended.attempt)
    # A job without any metric keeps one row, or it would be read again at every look.
    nothing = dict.fromkeys(METRIC_COLUMNS) | {"repetitions": 0}
    return [facts | row for row in metric_rows(results) or [nothing]]


def _facts(request: JobRequest, results: Results, attempt: int) -> dict[str, Any]:
    return {
        "job_id": request.id,
        "attempt": attempt,
        "created_at": request.created_at,
        "player": request.options.player,
        "title": title_of(request),
        "mode": results.mode,
        "analysis_pass": results.analysis_pass,
        "corrects": request.corrects,
        "first_job": request.same_movements_as,
        "view": results.capture.view,
        "hand": results.capture.hand,
        "frame_rate": results.video.frame_rate,
        "slow_motion": results.video.slow_motion,
        "detection_rate": results.findings.detection_rate,
        "overall_level": results.findings.overall_level,
        "cricksy_version": results.provenance.cricksy_version,
    }
