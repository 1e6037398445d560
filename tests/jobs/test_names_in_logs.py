"""No name of a player, clip or title stands in a log line at INFO, whatever happens to a job."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from small_notebooks import SUCCEED, Bench, make_clip

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.erasure import erase_player
from cricksy_lib.jobs.retention import let_go, old_jobs
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.trend import read_trend
from cricksy_lib.jobs.verify import verify

PLAYER, TITLE, CLIP = "Zebedee Quux", "Wibble before tea", "Frobnitz net"
WORDS = ("zebedee", "quux", "wibble", "frobnitz")
FAIL = f"raise ValueError('{PLAYER} was not found in {CLIP}.mp4')"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A store, and a clip that is named after the player."""
    return Bench(tmp_path, make_clip(tmp_path / f"{CLIP}.mp4"))


def check(caplog: pytest.LogCaptureFixture) -> None:
    """Look at every line that any library logged at INFO or above."""
    lines = [record.getMessage() + (record.exc_text or "") for record in caplog.records]
    assert any(line.startswith("Worker started") for line in lines)
    for line in lines:
        assert not [word for word in WORDS if word in line.casefold()], line


def submit(bench: Bench) -> str:
    return bench.submit(player=PLAYER, title=TITLE)


def test_a_job_from_submission_to_erasure_is_logged_without_names(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench.pipeline(SUCCEED)
    job_id = submit(bench)
    assert bench.drain() == 0
    assert bench.ledger.read(job_id).status == "done"
    bench.ledger.summaries()
    assert len(read_trend(bench.store, PLAYER)) == 1
    assert verify(bench.store, 60, sleep=lambda _: None).agrees
    bench.pipeline(FAIL)
    failed = submit(bench)
    assert bench.drain() == 0
    assert bench.ledger.read(failed).status == "failed"
    assert len(let_go(bench.store, old_jobs(bench.store, -1)).deleted) > 0
    submit(bench)
    assert erase_player(bench.store, PLAYER, sleep=lambda _: None).still_named == ()
    assert list(every_key(bench.store, "")) == []
    check(caplog)


def test_damage_is_logged_without_names(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    job_id = submit(bench)
    request = bench.store.get(layout.request(job_id))
    assert request is not None
    bench.store.put(layout.request(job_id), request[:-3])
    bench.store.put(layout.player_job(PLAYER, job_id), f'{{"player": "{PLAYER}"}}'.encode())
    assert bench.ledger.summaries() == []
    assert read_trend(bench.store, PLAYER) == []
    verify(bench.store, 60, mend=True, sleep=lambda _: None)
    bench.pipeline(SUCCEED)
    assert bench.drain() == 0
    check(caplog)
