"""A clip that was submitted before with the same options."""

from __future__ import annotations

from small_notebooks import Bench
from test_ledger import finish

from cricksy_lib.corrections import Corrections
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.resubmit import existing
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.view import read_view
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.video import sha256_of


def found(bench: Bench, **options: object) -> str | None:
    """The id of the job that would be offered."""
    asked = AnalysisOptions.checked(**{"mode": "batting", **options})
    job = existing(bench.store, sha256_of(bench.clip), asked)
    return job.id if job is not None else None


def test_the_newest_job_of_the_same_clip_and_options_is_found(bench: Bench) -> None:
    assert found(bench) is None
    bench.submit()
    newest = bench.submit()
    bench.submit(mode="bowling")
    assert found(bench) == newest


def test_other_options_are_another_job(bench: Bench) -> None:
    bench.submit(player="Pat Example")
    assert found(bench) is None
    assert found(bench, player="Pat Example", hand="left") is None
    assert found(bench, player="Pat Example") is not None


def test_a_player_s_name_in_another_case_or_spacing_is_the_same_and_stays_as_typed(bench: Bench) -> None:
    job_id = bench.submit(player="Zoë  van der Example")
    assert found(bench, player=" zoë VAN der example") == job_id
    assert found(bench, player="Zoë vander Example") is None
    assert bench.ledger.read(job_id).player == "Zoë  van der Example"


def test_another_clip_is_another_job(bench: Bench) -> None:
    bench.submit()
    assert existing(bench.store, "0" * 64, AnalysisOptions(mode="batting")) is None


def test_a_cancelled_job_is_not_offered(bench: Bench) -> None:
    first = bench.submit()
    bench.ledger.cancel(bench.submit())
    assert found(bench) == first


def test_a_deleted_job_is_not_offered_and_forgotten(bench: Bench) -> None:
    kept, deleted = bench.submit(mode="bowling"), bench.submit()
    bench.ledger.cancel(deleted)
    bench.ledger.delete(deleted)
    assert found(bench) is None
    assert not [key for key in every_key(bench.store, "") if deleted in key]
    assert read_view(bench.store, kept) is not None


def test_a_damaged_job_is_not_offered_and_in_nobody_s_way(bench: Bench) -> None:
    good, damaged = bench.submit(), bench.submit()
    bench.store.put(layout.request(damaged), b"damaged")
    assert found(bench) == good


def test_a_correction_is_not_offered_for_what_it_corrects(bench: Bench) -> None:
    first = bench.submit()
    finish(bench.store, first, 1)
    bench.ledger.correct(first, Corrections(hand="left"))
    assert found(bench) == first
