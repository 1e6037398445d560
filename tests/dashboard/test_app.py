"""What the page draws from tick to tick."""

import pytest
from dashboard.staged_store import StagedStore

from cricksy_lib.dashboard.app import CoachPage
from cricksy_lib.settings import Settings


@pytest.fixture
def staged(tmp_path):
    return StagedStore(tmp_path)


def page_of(staged, job_id):
    return CoachPage(staged.ledger, Settings(), query=f"job={job_id}")


def folds(page):
    """Return the folds, each with what its button says and how many charts are in it."""
    children = {fold.part: fold.children for fold in page._folds.children}
    return {part: (heading.html, len(charts.children)) for part, (heading, charts) in children.items()}


def tick(page, times=1):
    for _ in range(times):
        page.clock.tick += 1


def test_a_fold_says_from_the_first_how_many_charts_it_will_hold(staged):
    page = page_of(staged, staged.done_job())
    first = folds(page)
    assert first
    tick(page, 10)
    last = folds(page)
    assert {part: said for part, (said, _) in first.items()} == {
        part: said for part, (said, _) in last.items()
    }
    for said, count in last.values():
        assert f"{count} chart{'s' * (count != 1)}<" in said


def test_folds_outlive_the_quick_look_and_hold_the_full_analysis_charts_alone(staged):
    job_id = staged.submit()
    staged.claim(job_id)
    staged.finish_pass(job_id, "quick")
    page = page_of(staged, job_id)
    tick(page, 10)
    before = {fold.part: fold for fold in page._folds.children}
    assert [folds(page)[part][1] for part in ("Knees", "Trunk and turn", "Head and hands")] == [1, 2, 1]
    staged.finish_pass(job_id, "deep")
    staged.finish(job_id)
    tick(page, 10)
    assert {part: count for part, (_, count) in folds(page).items()} == {"Knees": 1, "Trunk and turn": 1}
    assert all(before[fold.part] is fold for fold in page._folds.children)


def test_folds_of_another_job_are_its_own(staged):
    page = page_of(staged, staged.done_job())
    before = set(page._folds.children)
    page._message(None, {"open": staged.done_job()}, None)
    assert page._folds.children
    assert before.isdisjoint(page._folds.children)
