"""Which of a job and its corrections counts."""

import pytest
from uuid6 import uuid7

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.outputs import PlayerJob
from cricksy_lib.jobs.superseded import superseded
from cricksy_lib.jobs.trend import read_trend


@pytest.mark.parametrize(
    ("corrects", "gone"),
    [
        ({"1": None, "2": None}, set()),
        ({"1": None, "2": "1"}, {"1"}),
        ({"1": None, "2": "1", "3": "1"}, {"1", "2"}),
        ({"1": None, "2": "1", "3": "2", "4": "1"}, {"1", "2", "3"}),
        ({"2": "1", "3": "1"}, {"2"}),
        ({"1": "2", "2": "1"}, set()),
    ],
    ids=["others", "one", "two of one", "a chain and another", "of one that is gone", "a ring"],
)
def test_the_newest_of_the_same_movements_counts_alone(
    corrects: dict[str, str | None], gone: set[str]
) -> None:
    assert superseded(corrects) == gone


def test_a_trend_takes_the_newest_correction_alone(tmp_path) -> None:
    store = FolderStore(tmp_path)
    first, one, two, other = (str(uuid7()) for _ in range(4))
    for job_id, corrects in ((first, None), (one, first), (two, first), (other, None)):
        job = PlayerJob(job_id=job_id, corrects=corrects, mode="batting", metrics={})
        store.put(layout.player_job("Pat", job_id), job.as_bytes())
    assert [point.job.job_id for point in read_trend(store, "pat")] == [two, other]
