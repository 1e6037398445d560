"""Who holds an attempt, and the end that gives a job up."""

from __future__ import annotations

import logging

import pytest
from small_notebooks import Bench

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.claims import claim_attempt, end_failed
from cricksy_lib.jobs.documents import Claim, load
from cricksy_lib.jobs.record import JobError

FIRST = JobError(code="first", message="The first reason.", advice="Do this.")
SECOND = JobError(code="second", message="The second reason.", advice="Do that.")


def test_an_attempt_is_held_by_the_first_who_claims_it(bench: Bench) -> None:
    job_id = bench.submit()
    assert claim_attempt(bench.store, job_id, 1, "first")
    assert not claim_attempt(bench.store, job_id, 1, "second")
    claim = load(bench.store, layout.claim(job_id, 1), Claim)
    assert claim is not None
    assert claim.worker == "first"


def test_a_job_is_given_up_once_with_one_reason_and_no_name_in_the_log(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = bench.submit(player="Pat Example")
    claim_attempt(bench.store, job_id, 1, "first")
    with caplog.at_level(logging.INFO):
        end_failed(bench.store, job_id, 1, FIRST)
        end_failed(bench.store, job_id, 1, SECOND)
    job = bench.ledger.read(job_id)
    assert (job.status, job.error) == ("failed", FIRST)
    assert f"Job failed: job_id={job_id} attempt=1 code=first" in caplog.text
    assert "Pat" not in caplog.text
