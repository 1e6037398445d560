"""The analyst's table says what the store says, and reads of it only what is new."""

from __future__ import annotations

import logging
import stat
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from done_jobs import SMALL, Counting, done_job, id_at, put_attempt, small_results
from stores.s3_servers import BUCKET, lead_to

from cricksy_lib.errors import StoreError, UsageError
from cricksy_lib.jobs import layout, table
from cricksy_lib.jobs.deletion import delete_job
from cricksy_lib.jobs.documents import Asked, load
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.record import JobRequest
from cricksy_lib.jobs.s3_store import S3Store
from cricksy_lib.jobs.store import Store
from cricksy_lib.jobs.table_cache import cache_path
from cricksy_lib.results import dump_json
from cricksy_lib.settings import Settings


@pytest.fixture(params=["folder", "moto"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store of either kind."""
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    lead_to(request.getfixturevalue("moto_settings"), monkeypatch)
    return S3Store(f"s3://{BUCKET}/{uuid.uuid4()}", Settings())


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """An empty store in a folder."""
    return FolderStore(tmp_path / "store")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Where the table is kept."""
    return tmp_path / "cache" / "table.parquet"


def jobs_in(path: Path) -> set[str]:
    return set(pq.read_table(path)["job_id"].to_pylist())


def delete(store: Store, job_id: str) -> None:
    request = load(store, layout.request(job_id), JobRequest)
    assert request is not None
    delete_job(store, request)


def test_long_rows_carry_value_unit_uncertainty_and_status(anywhere: Store, cache: Path) -> None:
    job_id = done_job(anywhere)
    frame = table.load(anywhere, cache=cache)
    assert list(frame.columns) == [name for name in table.COLUMNS if name != "superseded"]
    assert list(frame["metric"]) == list(SMALL.metrics)
    for row in frame.itertuples():
        metric = SMALL.metrics[row.metric]
        assert (row.job_id, row.unit, row.status) == (job_id, metric.unit, metric.status)
        for seen, true in ((row.value, metric.value), (row.uncertainty, metric.uncertainty)):
            assert (pd.isna(seen) and true is None) or seen == true
    (brace,) = frame[frame["metric"] == "front_knee_brace_score"].itertuples()
    assert (brace.findings, brace.event, brace.player) == ("KNEE_COLLAPSE", "impact", "Right-hander 7")
    assert str(frame["created_at"].dtype) == "datetime64[us, UTC]"


def test_wide_has_one_row_a_job_and_four_columns_a_metric(store: FolderStore, cache: Path) -> None:
    other = small_results(mode="bowling", metrics={"head_stillness": SMALL.metrics["elbow_drop_score"]})
    nothing = small_results(metrics={})
    ids = [done_job(store), done_job(store, results=other), done_job(store, results=nothing)]
    frame = table.load(store, cache=cache, shape="wide")
    assert list(frame["job_id"]) == ids[::-1]
    by_job = frame.set_index("job_id")
    knee = SMALL.metrics["front_knee_brace_score"]
    seen = by_job.loc[ids[0], [f"front_knee_brace_score{end}" for end in table.WIDE_FIELDS]]
    assert list(seen) == [knee.value, knee.uncertainty, knee.unit, knee.status]
    assert by_job.loc[ids[1], "head_stillness_status"] == "not_measurable"
    assert by_job.loc[ids[1:], "front_knee_brace_score"].isna().all()


def test_an_empty_store_gives_an_empty_table_with_the_same_columns(anywhere: Store, cache: Path) -> None:
    assert table.load(anywhere, cache=cache).empty
    done_job(anywhere)
    assert list(table.load(anywhere, cache=cache, player="nobody").columns) == list(
        table.load(anywhere, cache=cache).columns
    )
    assert table.load(anywhere, cache=cache, player="nobody", shape="wide").empty


def test_a_second_look_reads_nothing_but_the_list_of_keys(anywhere: Store, cache: Path) -> None:
    for _ in range(3):
        done_job(anywhere)
    first = table.load(anywhere, cache=cache)
    counting = Counting(anywhere)
    second = table.load(counting, cache=cache)
    assert dict(counting.asked) == {"list": 1}
    pd.testing.assert_frame_equal(first, second)


def test_one_new_job_of_a_thousand_reads_that_job_alone(store: FolderStore, cache: Path) -> None:
    content = small_results(metrics={"elbow_drop_score": SMALL.metrics["elbow_drop_score"]})
    for _ in range(999):
        done_job(store, results=content)
    counting = Counting(store)
    assert len(table.load(counting, cache=cache)) == 999
    assert counting.asked["read_range"] == 2 * 999
    new = done_job(store, results=content)
    counting.asked.clear()
    assert set(table.load(counting, cache=cache)["job_id"]) >= {new}
    assert counting.asked["read_range"] == 2  # its request and its results
    assert counting.asked["list"] == 5  # five keys a job, a thousand a page
    assert set(counting.asked) == {"read_range", "list"}


def test_a_deleted_job_leaves_table_and_file(anywhere: Store, cache: Path) -> None:
    ids = {done_job(anywhere) for _ in range(2)}
    assert set(table.load(anywhere, cache=cache)["job_id"]) == ids
    gone = ids.pop()
    delete(anywhere, gone)
    assert set(table.load(anywhere, cache=cache)["job_id"]) == ids
    assert jobs_in(cache) == ids


def test_a_deleted_job_leaves_the_file_even_if_the_question_was_about_others(
    store: FolderStore, cache: Path
) -> None:
    old = done_job(store, id_at(datetime(2026, 1, 1, tzinfo=UTC)))
    table.load(store, cache=cache)
    delete(store, old)
    table.load(store, cache=cache, mode="fielding", since="2026-04-01")
    assert jobs_in(cache) == set()


def test_a_later_attempt_takes_the_earlier_one_s_place(store: FolderStore, cache: Path) -> None:
    job_id = done_job(store)
    table.load(store, cache=cache)
    asked = Asked(asked_at=datetime.now(UTC)).as_bytes()
    store.put(layout.retry(job_id, 1), asked)
    assert table.load(store, cache=cache).empty  # on its way again
    assert jobs_in(cache) == set()
    again = small_results(job_id=job_id, metrics={"elbow_drop_score": SMALL.metrics["elbow_drop_score"]})
    put_attempt(store, job_id, 2, "deep", dump_json(again).encode())
    frame = table.load(store, cache=cache)
    assert set(frame["attempt"]) == {2}
    assert list(frame["metric"]) == ["elbow_drop_score"]


def test_only_jobs_that_are_done_are_in_it(store: FolderStore, cache: Path) -> None:
    running, cancelled = done_job(store), done_job(store)
    store.delete(layout.artefact(running, 1, "done.json"))
    store.put(layout.cancel(cancelled, 1), Asked(asked_at=datetime.now(UTC)).as_bytes())
    assert table.load(store, cache=cache).empty


def test_a_job_asked_for_its_quick_pass_alone_shows_that_pass(store: FolderStore, cache: Path) -> None:
    done_job(store, analysis_pass="quick")
    assert set(table.load(store, cache=cache)["analysis_pass"]) == {"quick"}


def test_filters_by_player_discipline_and_days(store: FolderStore, cache: Path) -> None:
    day = datetime(2026, 5, 31, 23, 30, tzinfo=UTC)
    zoe = done_job(store, id_at(day), player="Zoë  Knight")
    nobody = done_job(store, id_at(day + timedelta(hours=1)), player=None)
    bowler = done_job(store, id_at(day + timedelta(days=2)), results=small_results(mode="bowling"))

    def seen(**filters: object) -> set[str]:
        return set(table.load(store, cache=cache, **filters)["job_id"])  # type: ignore[arg-type]

    assert seen() == {zoe, nobody, bowler}
    assert seen(player="zoë knight") == {zoe}
    assert seen(mode="bowling") == {bowler}
    assert seen(until="2026-05-31") == {zoe}
    assert seen(since="2026-06-01") == {nobody, bowler}
    assert seen(since=date(2026, 6, 1), until=date(2026, 6, 1)) == {nobody}
    assert seen(since=day + timedelta(seconds=1), until=day + timedelta(hours=2)) == {nobody}
    assert seen(since="2026-06-01T02:00:00+02:00", mode="batting") == {nobody}


def test_dates_spare_the_reading_of_older_jobs(store: FolderStore, cache: Path) -> None:
    done_job(store, id_at(datetime(2025, 1, 1, tzinfo=UTC)))
    new = done_job(store)
    counting = Counting(store)
    assert set(table.load(counting, cache=cache, since="2026-01-01")["job_id"]) == {new}
    assert counting.asked["read_range"] == 2
    assert len(set(table.load(store, cache=cache)["job_id"])) == 2


@pytest.mark.parametrize(
    "wrong", [{"since": "yesterday"}, {"until": "2026-13-01"}, {"mode": "golf"}, {"shape": "round"}]
)
def test_what_cannot_be_asked_is_refused_in_words(
    store: FolderStore, cache: Path, wrong: dict[str, str]
) -> None:
    with pytest.raises(UsageError):
        table.load(store, cache=cache, **wrong)  # type: ignore[arg-type]


def test_a_corrected_job_stands_in_its_correction_s_shadow(store: FolderStore, cache: Path) -> None:
    older = done_job(store)
    newer = done_job(store, corrects=older)
    assert set(table.load(store, cache=cache)["job_id"]) == {newer}
    both = table.load(store, cache=cache, superseded=True)
    assert set(both[both["superseded"]]["job_id"]) == {older}
    delete(store, newer)
    assert set(table.load(store, cache=cache)["job_id"]) == {older}


def test_of_several_corrections_of_one_job_the_newest_alone_is_in_it(store: FolderStore, cache: Path) -> None:
    first = done_job(store)
    second = done_job(store, corrects=first)
    third = done_job(store, corrects=second)
    sibling = done_job(store, corrects=first)
    other = done_job(store)
    assert set(table.load(store, cache=cache)["job_id"]) == {sibling, other}
    every = table.load(store, cache=cache, superseded=True)
    assert set(every[every["superseded"]]["job_id"]) == {first, second, third}
    delete(store, sibling)
    assert set(table.load(store, cache=cache)["job_id"]) == {third, other}


def test_a_table_until_a_day_is_that_of_the_day_whatever_was_read_before(
    store: FolderStore, cache: Path
) -> None:
    first = done_job(store, id_at(datetime(2026, 5, 1, tzinfo=UTC)))
    later = done_job(store, id_at(datetime(2026, 5, 9, tzinfo=UTC)), corrects=first)
    for _ in range(2):
        assert set(table.load(store, until="2026-05-02", cache=cache)["job_id"]) == {first}
        assert set(table.load(store, cache=cache)["job_id"]) == {later}


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(64, len(content) // 2, 97):  # within the pages, the footer stays whole
        content[place] ^= 0xFF
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def replace(path: Path) -> None:
    pd.DataFrame({"job_id": ["x"], "attempt": [1]}).to_parquet(path)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [flip, truncate, replace, empty])
def test_a_damaged_file_is_made_anew(
    store: FolderStore, cache: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    done_job(store)
    good = table.load(store, cache=cache)
    damage(cache)  # type: ignore[operator]
    with caplog.at_level(logging.INFO):
        pd.testing.assert_frame_equal(table.load(store, cache=cache), good)
    assert "made anew" in caplog.text
    counting = Counting(store)
    table.load(counting, cache=cache)
    assert counting.asked["read_range"] == 0


def test_rebuild_reads_everything_again(store: FolderStore, cache: Path) -> None:
    done_job(store)
    table.load(store, cache=cache)
    counting = Counting(store)
    assert not table.load(counting, cache=cache, rebuild=True).empty
    assert counting.asked["read_range"] == 2


def test_a_file_that_cannot_be_kept_costs_nothing_but_time(
    store: FolderStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done_job(store)
    (tmp_path / "file").write_text("in the way")
    assert not table.load(store, cache=tmp_path / "file" / "table.parquet").empty
    assert "cannot be kept" in caplog.text


@pytest.mark.parametrize("content", [b"not JSON", b'{"schema_version": "9"}'])
def test_results_that_cannot_be_believed_are_left_out_and_said_without_a_name(
    store: FolderStore, cache: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    good, bad = done_job(store), done_job(store, player="Zoë", content=content)
    assert set(table.load(store, cache=cache)["job_id"]) == {good}
    assert bad in caplog.text
    assert "Zoë" not in caplog.text


def test_keys_that_no_worker_wrote_break_nothing(store: FolderStore, cache: Path) -> None:
    good, odd = done_job(store), done_job(store)
    for key in ("job.json", "claims/1.json", "attempts/1/done.json", "attempts/1/deep_results.json"):
        store.put(f"jobs/not-a-job/{key}", b"{}")
    store.put("jobs/a-file", b"")
    store.put(f"jobs/{odd}/claims/{10**30}.json", b"{}")
    store.put(f"jobs/{odd}/attempts/{10**30}/done.json", b"{}")
    assert set(table.load(store, cache=cache)["job_id"]) == {good, odd}


def test_another_job_s_results_are_left_out(store: FolderStore, cache: Path) -> None:
    stranger = small_results(job_id="018f3c5e-0000-7000-8000-000000000000")
    done_job(store, content=dump_json(stranger).encode())
    assert table.load(store, cache=cache).empty


def test_what_was_read_before_the_store_failed_is_kept(store: FolderStore, cache: Path) -> None:
    for _ in range(30):
        done_job(store)

    def stop(stage: str, done: float, total: float) -> None:
        if done == 10:
            raise StoreError("The store went away.", "Wait.")

    with pytest.raises(StoreError):
        table.load(store, cache=cache, progress=stop)
    counting = Counting(store)
    assert len(set(table.load(counting, cache=cache)["job_id"])) == 30
    assert counting.asked["read_range"] == 2 * 20


def test_the_file_is_for_its_owner_s_eyes_and_can_be_forgotten(store: FolderStore, tmp_path: Path) -> None:
    done_job(store)
    path = cache_path(store, Settings(cache_dir=tmp_path / "own"))
    table.load(store, cache=path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    settings = Settings(cache_dir=tmp_path / "own")
    assert table.forget(store, settings)
    assert not path.exists()
    assert not table.forget(store, settings)
    assert cache_path(FolderStore(tmp_path / "other"), settings) != path
