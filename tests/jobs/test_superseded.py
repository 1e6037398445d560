"""Of a job and its corrections the newest that is done counts, in the table as in a trend."""

from __future__ import annotations

from pathlib import Path

import pytest

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.outputs import PlayerJob
from cricksy_lib.jobs.superseded import superseded
from cricksy_lib.jobs.trend import read_trend

# By age, the oldest first.
A, B, C, D, E = (f"018f3c5e-000{number}-7000-8000-000000000000" for number in range(5))
CASES: list[tuple[dict[str, str | None], set[str]]] = [
    ({}, set()),
    ({A: None, B: None}, {A, B}),
    ({A: None, B: A}, {B}),
    ({A: None, B: A, C: B}, {C}),
    ({A: None, B: A, C: A}, {C}),
    ({A: None, B: A, C: B, D: A, E: None}, {D, E}),
    ({A: None, B: A, C: A, D: B}, {D}),
    ({B: A, C: A}, {C}),  # the job itself is gone
    ({A: None, C: B, D: B}, {A, D}),  # how B hung on A went with B
]


@pytest.mark.parametrize(("corrects", "count"), CASES)
def test_the_newest_of_the_same_movements_counts(
    corrects: dict[str, str | None], count: set[str], tmp_path: Path
) -> None:
    assert set(corrects) - superseded(corrects) == count
    assert superseded(dict(reversed(corrects.items()))) == superseded(corrects)
    store = FolderStore(tmp_path)
    for job_id, corrected in corrects.items():
        job = PlayerJob(job_id=job_id, corrects=corrected, mode="batting", metrics={})
        store.put(layout.player_job("Pat", job_id), job.as_bytes())
    assert [point.job.job_id for point in read_trend(store, "Pat")] == sorted(count)


def test_a_circle_of_corrections_has_an_end() -> None:
    assert superseded({A: B, B: C, C: A, D: A, E: E}) == {A, B, C}
