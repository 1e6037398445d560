"""What an enemy may lay into the bucket: it is refused or left out, runs nothing, and hides no other job."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from counting_store import CountingStore
from made_jobs import Made, results
from small_notebooks import SUCCEED, Bench

from cricksy_lib.errors import JobNotFoundError, ResultsError, StoreError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import MAX_DOCUMENT_BYTES
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.trend import read_trend
from cricksy_lib.jobs.verify import verify
from cricksy_lib.results import MAX_RESULTS_BYTES

GOOD, BAD = Made(1, player="Pat"), Made(2, player="Pat")
CONTENTS = {
    "huge": b'{"id": "' + b"a" * MAX_DOCUMENT_BYTES + b'"}',
    "deep": b'{"a":' * 200_000,
    "deep list": b"[" * 200_000 + b"]" * 200_000,
    "another kind": b'{"name": "no such document"}',
    "more than asked": b'{"__class__": "os.system", "asked_at": "2026-01-01T00:00:00Z"}',
    "a page": b"<html><script>alert(1)</script></html>",
    "code": b"__import__('os').system('touch /tmp/hacked')",
    "not text": bytes(range(256)) * 40,
    "nothing": b"",
    "numbers out of bounds": b'{"progress_pct": 1e999, "heartbeat": -1}',
}
KEYS = {
    "job.json": layout.request(BAD.id),
    "state.json": layout.artefact(BAD.id, 1, "state.json"),
    "done.json": layout.artefact(BAD.id, 1, "done.json"),
}


@pytest.fixture(autouse=True)
def jobs(store: FolderStore) -> None:
    """One job that stays as it is, and one that is tampered with."""
    GOOD.put(store)
    BAD.put(store)


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", KEYS)
def test_a_hostile_document_hides_its_own_job_alone(
    store: FolderStore, ledger: Ledger, caplog: pytest.LogCaptureFixture, name: str, content: str
) -> None:
    store.put(KEYS[name], CONTENTS[content])
    assert [row.id for row in ledger.summaries()] == [GOOD.id]
    assert KEYS[name] in caplog.text
    assert len(caplog.text) < 1000  # the key is named; what lies there is not repeated
    with pytest.raises(StoreError) as refused:
        ledger.read(BAD.id)
    assert len(str(refused.value)) < 400
    assert ledger.read(GOOD.id).status == "done"


@pytest.mark.parametrize("content", CONTENTS)
def test_hostile_results_are_no_results(store: FolderStore, ledger: Ledger, content: str) -> None:
    store.put(layout.artefact(BAD.id, 1, "deep_results.json"), CONTENTS[content])
    job = ledger.read(BAD.id)
    assert job.status == "failed"
    assert job.error is not None
    assert job.error.code == "results_invalid"
    with pytest.raises(ResultsError):
        ledger.latest_results(BAD.id)


@pytest.mark.parametrize("content", CONTENTS)
def test_a_trend_leaves_out_what_is_hostile(store: FolderStore, content: str) -> None:
    store.put(layout.player_job("Pat", BAD.id), CONTENTS[content])
    assert [point.job.job_id for point in read_trend(store, "Pat")] == [GOOD.id]


def test_no_more_is_read_than_a_document_may_hold(store: FolderStore) -> None:
    """A bucket is asked for a range; of an object of terabytes no more comes over the wire."""
    ranges: list[int] = []

    class Watched(CountingStore):
        def get(self, key: str) -> bytes | None:
            raise AssertionError(f"{key} is read without a limit")

        def read_range(self, key: str, start: int, end: int) -> bytes | None:
            ranges.append(end - start)
            return super().read_range(key, start, end)

    ledger = Ledger(Watched(store))
    ledger.summaries()
    ledger.read(GOOD.id)
    assert max(ranges) <= MAX_RESULTS_BYTES + 1


def test_a_job_that_says_it_is_another_is_damaged(store: FolderStore, ledger: Ledger) -> None:
    """Or deleting the one would delete the other."""
    request = store.get(layout.request(GOOD.id))
    assert request is not None
    store.put(layout.request(BAD.id), request)
    assert [row.id for row in ledger.summaries()] == [GOOD.id]
    ledger.delete(BAD.id)
    assert ledger.read(GOOD.id).status == "done"
    assert {key for key, _ in GOOD.objects()} <= set(every_key(store, ""))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("video_key", "settings/house_rules.yaml"),
        ("video_key", "../../etc/passwd"),
        ("video_key", layout.video(GOOD.sha256, ".mp4")),
        ("video_sha256", "../x"),
        ("video_sha256", ""),
        ("pose_key", "settings/house_rules.yaml"),
    ],
)
def test_a_job_cannot_name_what_is_not_a_video_of_its_own(
    store: FolderStore, ledger: Ledger, name: str, value: str
) -> None:
    request = json.loads(store.get(layout.request(BAD.id)) or b"")
    store.put(layout.request(BAD.id), json.dumps({**request, name: value}).encode())
    assert [row.id for row in ledger.summaries()] == [GOOD.id]


def test_results_that_name_another_job_are_not_taken_for_its_trend(store: FolderStore) -> None:
    store.delete(layout.player_job("Pat", BAD.id))
    store.put(layout.artefact(BAD.id, 1, "deep_results.json"), results(GOOD.id))
    verdict = verify(store, 60, mend=True, sleep=lambda _: None)
    assert "results_invalid" in [fault.kind for fault in verdict.faults]
    assert [point.job.job_id for point in read_trend(store, "Pat")] == [GOOD.id]


@pytest.mark.parametrize(
    "key",
    [
        "recent/nonsense",
        "recent/0-018f3c5e-0000-4000-8000-000000000000",
        f"recent/0-{Made(99).id}",
        f"queue/{Made(99).id}",
        "queue/nonsense",
        "jobs/nonsense/job.json",
        layout.artefact(BAD.id, 1, "state.json") + ".part",
        f"jobs/{BAD.id}/claims/{'9' * 200}.json",
        f"jobs/{BAD.id}/claims/0.json",
        f"jobs/{BAD.id}/claims/-1.json".replace("-", "_"),
        f"jobs/{BAD.id}/cancel/none.json",
    ],
)
def test_a_name_that_means_nothing_changes_nothing(
    store: FolderStore, ledger: Ledger, bench: Bench, key: str
) -> None:
    before = ledger.summaries()
    store.put(key, b"{}")
    assert ledger.summaries() == before
    assert Ledger(store).summaries() == before
    assert bench.drain() == 0


@pytest.mark.parametrize(
    "name",
    ["recent/<script>alert(1)<", "queue/ä", "queue/..a", "jobs/<img>/job.json", "videos/a b.mp4", "jobs/-/x"],
)
def test_files_under_names_that_no_store_has_are_not_seen(
    store: FolderStore, ledger: Ledger, bench: Bench, name: str
) -> None:
    path = store.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"{}")
    assert name not in list(every_key(store, ""))
    assert len(ledger.summaries()) == 2
    assert bench.drain() == 0
    assert verify(store, 60, sleep=lambda _: None).agrees


def test_no_notebook_of_the_store_is_ever_run_or_read(
    store: FolderStore, ledger: Ledger, tmp_path: Path
) -> None:
    """The code of a stored notebook would leave a mark; reading, listing and verifying leave none."""
    mark = tmp_path / "hacked"
    code = f"import pathlib; pathlib.Path({str(mark)!r}).touch()"
    cell = {"cell_type": "code", "source": code, "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    key = layout.artefact(BAD.id, 1, "deep_analysis.ipynb")
    store.put(key, json.dumps(notebook).encode())
    watched = CountingStore(store)
    ledger = Ledger(watched)
    ledger.summaries()
    job = ledger.read(BAD.id)
    ledger.latest_results(BAD.id)
    assert verify(watched, 60, sleep=lambda _: None).agrees
    assert not mark.exists()
    assert ("get", key) not in watched.take()
    assert job.notebook_url is not None  # a download, and nothing else


def test_the_worker_runs_its_own_notebook_whatever_the_store_holds(bench: Bench, tmp_path: Path) -> None:
    mark = tmp_path / "hacked"
    bench.pipeline(SUCCEED)
    job_id = bench.submit()
    for name in ("quick_analysis.ipynb", "deep_analysis.ipynb", "analysis.ipynb"):
        bench.store.put(layout.artefact(job_id, 1, name), b'{"cells": "not a notebook"}')
        bench.store.put(f"notebooks/{name}", f"open({str(mark)!r}, 'w')".encode())
    assert bench.drain() == 0
    assert bench.ledger.read(job_id).status == "done"
    assert not mark.exists()


def test_house_rules_that_are_too_large_fail_the_job_and_not_the_worker(bench: Bench) -> None:
    bench.pipeline(SUCCEED)
    bench.store.put(layout.HOUSE_RULES, b"#" * (2 * 1024 * 1024))
    job_id = bench.submit()
    assert bench.drain() == 0
    error = bench.ledger.read(job_id).error
    assert error is not None
    assert error.code == "knowledge_invalid"


def test_a_hostile_identifier_is_no_job(ledger: Ledger) -> None:
    asked: list[Callable[[str], object]] = [ledger.read, ledger.delete, ledger.cancel, ledger.retry]
    for ask in asked:
        with pytest.raises(JobNotFoundError):
            ask("<script>alert(1)</script>")
