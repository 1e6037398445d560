"""What reading costs does not grow with the store: counted in requests, in a folder and on moto."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "jobs"))

from counting_store import CountingStore
from made_jobs import NOW, Made

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import AttemptState, Claim
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.store import Store
from cricksy_lib.jobs.trend import read_trend
from cricksy_lib.jobs.view import read_view
from cricksy_lib.jobs.worker import run_worker

JOBS, OTHER, RUNNING = 64, 3, 4


@pytest.fixture(params=["folder", "moto"])
def counted(request: pytest.FixtureRequest, tmp_path: Path) -> CountingStore:
    """A store that counts, with more jobs than a list shows; the newest are running."""
    inner: Store
    if request.param == "folder":
        inner = FolderStore(tmp_path / "store")
    else:
        inner = request.getfixturevalue("on_moto")()
    made = [Made(number) for number in range(JOBS - OTHER)]
    made += [Made(JOBS - OTHER + number, status) for number, status in enumerate(("failed", "cancelled"))]
    made += [Made(JOBS + number, "deep_running") for number in range(RUNNING)]
    objects = [found for job in made for found in job.objects()]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda found: inner.put(*found), objects))
    return CountingStore(inner)


def test_the_newest_fifty_cost_few_requests_and_most_of_them_at_once(counted: CountingStore) -> None:
    counted.meet_s = 10.0
    rows = Ledger(counted).summaries(50)
    asked = counted.take()
    assert [row.id for row in rows] == [
        layout.job_of_marker(key) for key in counted.inner.list(layout.RECENT, limit=50).keys
    ]
    assert [verb for verb, _ in asked].count("list") == 2
    assert len(asked) <= 200
    assert {row.status for row in rows} == {"done", "failed", "cancelled", "deep_running"}
    assert counted.most_at_once > 1


def test_a_row_says_what_the_job_itself_says(counted: CountingStore) -> None:
    for row in Ledger(counted).summaries(50):
        view = read_view(counted, row.id)
        assert view is not None
        assert row == view.summary()


def test_when_nothing_changed_only_two_lists_are_asked_for(counted: CountingStore) -> None:
    ledger = Ledger(counted)
    before = ledger.summaries(50)
    counted.take()
    assert ledger.summaries(50) == before
    assert counted.take() == [("list", layout.RECENT), ("list", layout.JOBS)]


def test_a_running_job_costs_one_request_for_each_beat(counted: CountingStore) -> None:
    ledger = Ledger(counted)
    running = [row.id for row in ledger.summaries(50) if row.status == "deep_running"]
    assert len(running) == RUNNING
    for of in running:
        state = AttemptState(status="deep_running", progress_pct=55.0, heartbeat=8, started_at=NOW)
        counted.put(layout.artefact(of, 1, "state.json"), state.as_bytes())
    counted.take()
    rows = ledger.summaries(50)
    assert len(counted.take()) == 2 + RUNNING
    assert [row.progress_pct for row in rows if row.id in running] == [55.0] * RUNNING


def test_an_ended_job_that_is_asked_for_again_is_seen_at_the_next_look(counted: CountingStore) -> None:
    ledger = Ledger(counted)
    of = next(row.id for row in ledger.summaries(50) if row.status == "failed")

    def status() -> str:
        return next(row.status for row in ledger.summaries(50) if row.id == of)

    ledger.retry(of)
    assert status() == "queued"
    counted.put(layout.claim(of, 2), Claim(worker="w", claimed_at=NOW).as_bytes(), create_only=True)
    state = AttemptState(status="quick_running", started_at=NOW)
    counted.put(layout.artefact(of, 2, "state.json"), state.as_bytes())
    assert status() == "quick_running"
    ledger.cancel(of)
    assert status() == "cancelled"
    ledger.delete(of)
    assert of not in [row.id for row in ledger.summaries(50)]


def test_jobs_that_lost_their_markers_are_not_walked_over(counted: CountingStore) -> None:
    """The two jobs that still have markers lie at both ends of the others: their pages, not all of them."""
    ids = [layout.job_of_marker(key) for key in counted.inner.list(layout.RECENT).keys]
    for of in ids[1:-1]:
        counted.inner.delete(layout.recent(of))
    rows = Ledger(counted).summaries(50)
    assert [row.id for row in rows] == [ids[0], ids[-1]]
    assert [verb for verb, _ in counted.take()].count("list") <= 3


def test_finding_work_costs_in_proportion_to_what_is_queued(counted: CountingStore, tmp_path: Path) -> None:
    """An empty queue costs two lists, awaited videos included; one queued job costs its own objects."""
    for key in counted.inner.list(layout.QUEUE).keys:
        counted.inner.delete(key)
    assert run_worker(counted, drain=True) == 0
    assert counted.take() == [("list", layout.AWAITING), ("list", layout.QUEUE)]
    queued = Made(JOBS + 50, "cancelled").put(counted.inner)
    counted.inner.put(layout.queue(queued), b"")
    assert run_worker(counted, drain=True) == 0
    asked = counted.take()
    assert len(asked) <= 25
    assert {key for _, key in asked if queued not in key} == {layout.AWAITING, layout.QUEUE}


def test_a_trend_reads_only_the_keys_of_its_player(counted: CountingStore) -> None:
    ids = [Made(1000 + number, player="Pat Example").put(counted.inner) for number in range(5)]
    Made(2000, player="Someone Else").put(counted.inner)
    counted.take()
    points = read_trend(counted, "pat  EXAMPLE")
    assert [point.job.job_id for point in points] == ids
    asked = counted.take()
    assert len(asked) == 1 + len(ids)
    assert all(key.startswith(layout.player_folder("Pat Example")) for _, key in asked)
    assert len(read_trend(counted, "Pat Example", limit=2)) == 2
    assert len(counted.take()) == 1 + 2


def test_a_list_longer_than_a_page_is_whole(tmp_path: Path) -> None:
    """Keys of more than one page, and jobs whose markers lead nowhere among them."""
    store = CountingStore(FolderStore(tmp_path / "store"))
    ids = [Made(number).put(store.inner) for number in range(130)]
    for number in range(130, 140):
        store.inner.put(layout.recent(Made(number).id), b"")
    store.take()
    assert [row.id for row in Ledger(store).summaries(120)] == ids[:9:-1]
