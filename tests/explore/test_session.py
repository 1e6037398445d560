"""The analyst's views: what the controls ask for is what is shown."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import ipywidgets as widgets
import pytest
from dashboard.sample_results import sample_results

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "jobs"))

from done_jobs import done_job, id_at

from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.explore import views
from cricksy_lib.explore.session import Session
from cricksy_lib.explore.thresholds import in_words, what_if
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.results import Results
from cricksy_lib.settings import Settings

FIRST_DAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
KNEES = (90.0, 104.0, 112.0, 124.0, 150.0)  # each ± 13; the rule's limit is 120, a finding below


def with_knee(value: float | None, **changes: object) -> Results:
    results = sample_results()
    knee = results.metrics["front_knee_brace_score"].model_copy(update={"value": value})
    metrics = {**results.metrics, "front_knee_brace_score": knee}
    return results.model_copy(update={"metrics": metrics, **changes})


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """An empty store."""
    return FolderStore(tmp_path / "store")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a cache of their own."""
    return Settings(cache_dir=tmp_path / "cache")


@pytest.fixture
def ids(store: FolderStore) -> list[str]:
    """Five sessions of two players, ten days apart, and one of bowling."""
    bowling = sample_results().model_copy(update={"mode": "bowling"})
    done_job(store, id_at(FIRST_DAY - timedelta(days=10)), player="Zoë", results=bowling)
    return [
        done_job(
            store,
            id_at(FIRST_DAY + timedelta(days=10 * place)),
            player="Zoë" if place % 2 else "<i>Seven</i>",
            results=with_knee(value),
        )
        for place, value in enumerate(KNEES)
    ]


@pytest.fixture
def session(store: FolderStore, settings: Settings, ids: list[str]) -> Session:
    """A look at that store."""
    return Session(store, settings)


def drawn(view: views.View) -> dict[str, object]:
    (output,) = view.figure.outputs
    content: dict[str, object] = output["data"]["application/vnd.plotly.v1+json"]
    return content


def test_an_empty_store_says_what_to_do(store: FolderStore, settings: Settings) -> None:
    session = Session(store, settings)
    for show in (session.table, session.series, session.compare, session.threshold):
        shown = show()
        assert isinstance(shown, widgets.HTML)
        assert "cricksy submit" in shown.value


def test_the_table_follows_discipline_player_and_days(session: Session) -> None:
    view = views.TableView(session)
    assert "5 jobs." in view.words.value
    assert "124° ± 13°" in view.words.value
    assert "&lt;i&gt;Seven" in view.words.value
    assert "<i>" not in view.words.value
    view.player.value = "Zoë"
    assert "2 jobs." in view.words.value
    view.until.value = date(2026, 5, 11)
    assert "1 job." in view.words.value
    view.since.value = date(2026, 5, 12)
    assert "No job" in view.words.value
    view.since.value = view.until.value = None
    view.mode.value = "bowling"
    assert "1 job." in view.words.value


def test_any_series_of_any_job_is_drawn_with_its_band_and_events(session: Session, ids: list[str]) -> None:
    view = views.SeriesView(session)
    assert view.chooser.job_id == ids[-1]
    view.chooser.job.value = ids[0]
    view.names.value = ("trunk_lean", "hand_speed")
    figure = drawn(view)
    bands = [trace for trace in figure["data"] if trace.get("fill") == "toself"]  # type: ignore[attr-defined]
    assert len({band["yaxis"] for band in bands}) == 2
    texts = [note["text"] for note in figure["layout"]["annotations"]]  # type: ignore[index]
    assert texts == ["Top of the backlift", "Front foot plant", "Impact"]
    view.names.value = ()
    assert view.figure.outputs == ()
    assert "Choose" in view.words.value


def test_a_player_is_one_however_the_name_is_written(store: FolderStore, settings: Settings) -> None:
    older = done_job(store, player="Zoë  EXAMPLE")
    done_job(store, player="Pat")
    newer = done_job(store, player="zoë Example")
    session = Session(store, settings)
    table = views.TableView(session)
    assert table.player.options == ("everybody", "Pat", "zoë Example")
    table.player.value = "zoë Example"
    assert "2 jobs" in table.words.value
    chooser = views.SeriesView(session).chooser
    chooser.player.value = "zoë Example"
    assert [job_id for _, job_id in chooser.job.options] == [newer, older]
    compared = views.CompareView(session)
    assert (compared.first.job_id, compared.second.job_id) == (older, newer)


def test_two_jobs_that_name_no_player_are_compared(store: FolderStore, settings: Settings) -> None:
    older, newer = (done_job(store, player=None) for _ in range(2))
    view = views.CompareView(Session(store, settings))
    assert (view.first.job_id, view.second.job_id) == (older, newer)


def test_a_player_and_discipline_without_a_job_say_so(session: Session) -> None:
    view = views.SeriesView(session)
    view.chooser.mode.value = "bowling"
    view.chooser.player.value = "<i>Seven</i>"
    assert view.chooser.job_id is None
    assert "Choose" in view.words.value
    view.chooser.player.value = "Zoë"
    assert view.chooser.job_id is not None
    assert len(view.figure.outputs) == 1


def test_a_job_deleted_meanwhile_is_said_in_words(
    session: Session, store: FolderStore, ids: list[str]
) -> None:
    view = views.SeriesView(session)
    for key in list(store.list(layout.job_folder(ids[0])).keys):
        store.delete(key)
    view.chooser.job.value = ids[0]
    assert "There is no job" in view.words.value
    assert view.figure.outputs == ()


def test_comparing_begins_with_two_jobs_of_one_player(session: Session, ids: list[str]) -> None:
    view = views.CompareView(session)
    assert (view.first.job_id, view.second.job_id) == (ids[2], ids[4])
    assert "38° ± 19°" in view.words.value  # 112 to 150
    view.event.value = "impact"
    view.series.value = "trunk_lean"
    assert drawn(view)["layout"]["xaxis"]["title"]["text"] == "Real time from impact (s)"  # type: ignore[index]
    assert [name for name, _ in view.event.options] == ["Top of the backlift", "Front foot plant", "Impact"]
    view.event.value = "backlift_top"
    layout = drawn(view)["layout"]
    assert layout["xaxis"]["title"]["text"] == "Real time from top of the backlift (s)"  # type: ignore[index]
    assert "Top of the backlift" in [note["text"] for note in layout["annotations"]]  # type: ignore[index]
    view.second.job.value = ids[2]
    assert "Both are the same job" in view.words.value


def test_jobs_with_nothing_in_common_say_so(store: FolderStore, settings: Settings) -> None:
    done_job(store, results=sample_results().model_copy(update={"events": []}))
    view = views.CompareView(Session(store, settings))
    assert "no event and series in common" in view.words.value
    assert view.figure.outputs == ()


def test_moving_a_limit_says_what_becomes_a_finding(session: Session) -> None:
    view = views.ThresholdView(session)
    view.code.value = "KNEE_COLLAPSE"
    assert view.limit.value == 120
    assert "1 of 5" not in view.words.value
    assert "5 of 5 jobs" in view.words.value
    assert "2 findings, 0 new and 0 gone" in view.words.value  # 90 and 104; 112 is within its ±
    view.limit.value = 130
    assert "3 findings, 1 new and 0 gone; at 120, as it is, the count is 2" in view.words.value
    assert "112° ± 13°" in view.words.value
    assert "{batting: {KNEE_COLLAPSE: {threshold: 130}}}" in view.words.value
    names = {trace["name"] for trace in drawn(view)["data"]}  # type: ignore[attr-defined]
    assert names == {"would become a finding", "a finding either way", "no finding"}
    view.limit.value = 110
    assert "1 finding, 0 new and 1 gone" in view.words.value


def test_a_club_s_own_limit_is_where_moving_begins(
    store: FolderStore, settings: Settings, ids: list[str]
) -> None:
    own = b"batting: {KNEE_COLLAPSE: {threshold: 111}}"
    store.put(layout.HOUSE_RULES, own)
    view = views.ThresholdView(Session(store, settings))
    view.code.value = "KNEE_COLLAPSE"
    assert view.limit.value == 111
    store.put(layout.HOUSE_RULES, b"batting: [")
    view = views.ThresholdView(Session(store, settings))
    view.code.value = "KNEE_COLLAPSE"
    assert view.limit.value == 120


def test_the_same_rule_judges_here_as_in_an_analysis(session: Session) -> None:
    """What the rules say of the table is what `find` says of the results."""
    from cricksy_lib.coaching.findings import find

    book = load_knowledge()
    results = {job_id: session.results(job_id) for job_id in session.one_a_job["job_id"]}
    found = {
        (job_id, finding.code): finding.severity
        for job_id, one in results.items()
        for finding in find(one.mode, one.metrics, one.capture, one.pose).findings
    }
    seen = {}
    for mode in ("batting", "bowling"):
        jobs = session.jobs[session.jobs["mode"] == mode]
        for rule in book.of(mode).rules:
            judged = what_if(jobs, rule, rule.threshold, book.common.assessment)
            assert set(judged["change"]) <= {"still", ""}
            for row in judged.dropna(subset=["now"]).itertuples():
                seen[(row.job_id, rule.code)] = row.now
    assert seen == found
    assert found


def test_a_clip_that_could_not_be_assessed_never_becomes_a_finding(
    store: FolderStore, settings: Settings
) -> None:
    found = sample_results().findings.model_copy(update={"overall_level": "not_assessed", "findings": []})
    done_job(store, results=with_knee(90.0, findings=found))
    book = load_knowledge()
    rule = next(rule for rule in book.of("batting").rules if rule.code == "KNEE_COLLAPSE")
    judged = what_if(Session(store, settings).jobs, rule, 170.0, book.common.assessment)
    assert list(judged["change"]) == [""]
    assert "0 findings" in in_words(judged, rule, 170.0, "batting")


def test_a_new_job_is_there_after_a_reload(session: Session, store: FolderStore) -> None:
    before = len(session.one_a_job)
    done_job(store, results=with_knee(None))
    session.reload()
    assert len(session.one_a_job) == before + 1
    assert "–" in views.TableView(session).words.value
