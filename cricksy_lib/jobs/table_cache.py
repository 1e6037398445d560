"""The file that keeps the analyst's table between looks; nothing is believed that the store does not confirm.

One Parquet file in this user's cache folder for each store, written beside its place and moved in whole. Its
pages carry checksums. A file that is damaged, of another version or not readable counts as empty.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cricksy_lib.errors import StoreError
from cricksy_lib.jobs.store import Store
from cricksy_lib.settings import Settings, get_settings
from cricksy_lib.tables import METRIC_COLUMNS, NUMBERS

logger = logging.getLogger(__name__)

JOB_COLUMNS = {
    "job_id": "the job",
    "attempt": "the attempt whose results these are",
    "created_at": "when the job was submitted (UTC)",
    "player": "whose technique it is, as given",
    "title": "what the job is called",
    "mode": "discipline",
    "analysis_pass": "deep, or quick where no deep pass was asked for",
    "corrects": "the job of which this is a correction by hand",
    "first_job": "the job with which its chain of corrections began; where that was not kept, as `corrects`",
    "view": "where the camera stood: side, front, behind, oblique, unknown",
    "hand": "the hand that bats, bowls or throws",
    "frame_rate": "of the clip, frames a second",
    "slow_motion": "how many times slower than life the clip plays",
    "detection_rate": "share of the frames in which the athlete was found, 0 to 1",
    "overall_level": "how much there is to fix: not_assessed, none, low, medium, high",
    "cricksy_version": "the version that analysed it",
}
_KINDS = {
    "attempt": pa.int64(),
    "repetitions": pa.int64(),
    "created_at": pa.timestamp("us", tz="UTC"),
    **{name: pa.float64() for name in (*NUMBERS, "frame_rate", "slow_motion", "detection_rate")},
}
SCHEMA = pa.schema([(name, _KINDS.get(name, pa.string())) for name in (*JOB_COLUMNS, *METRIC_COLUMNS)])


def cache_path(store: Store, settings: Settings | None = None) -> Path:
    """Return where this user's table of a store is kept.

    Stores that share a file only cost time: rows are told apart by their job and attempt.
    """
    place = hashlib.sha256(store.place.encode()).hexdigest()[:16]
    return (settings or get_settings()).cache_dir / "tables" / f"{place}.parquet"


def forget(store: Store, settings: Settings | None = None) -> bool:
    """Delete this user's copy of a store's table at once, as every deletion of jobs does.

    Returns
    -------
    Whether there was one.

    Raises
    ------
    StoreError
        If the file cannot be deleted.
    """
    path = cache_path(store, settings)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(
            f"This user's table of the store's jobs could not be deleted ({error.strerror}).",
            f"Delete the file '{path}'.",
        ) from error
    return True


def read_cache(path: Path) -> pa.Table:
    """Return the rows kept, none if there is no such file or it cannot be trusted."""
    if not path.exists():
        return SCHEMA.empty_table()
    try:
        # Not `read_table`, which would look for a data set and guess at types.
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        logger.warning("The kept table is damaged and is made anew: %s", type(error).__name__)
        return SCHEMA.empty_table()
    if not table.schema.equals(SCHEMA):
        logger.info("The kept table is of another version and is made anew.")
        return SCHEMA.empty_table()
    return table


def write_cache(path: Path, table: pa.Table) -> None:
    """Keep the rows, for this user's eyes alone; a place that cannot be written costs time, nothing else."""
    staged = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        staged.touch(mode=0o600, exist_ok=False)
        pq.write_table(table, staged, compression="zstd", write_page_checksum=True)
        staged.replace(path)
    except OSError as error:
        logger.warning(
            "The table cannot be kept for the next time: %s", error.strerror or type(error).__name__
        )
    finally:
        with suppress(OSError):
            staged.unlink(missing_ok=True)


def as_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows as a table of the cache's schema."""
    return pa.Table.from_pylist(rows, schema=SCHEMA)
