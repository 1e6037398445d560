"""What the page says: every text escaped, reasons and advice shown, nothing invented."""

from typing import get_args

import pytest
from dashboard.sample_results import catalogue_results, sample_results
from dashboard.staged_store import StagedStore

from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.dashboard import views, words
from cricksy_lib.dashboard.curves import curves_of
from cricksy_lib.jobs.record import JobError
from cricksy_lib.results import MODES, Findings, Level
from cricksy_lib.vocabulary import EVENTS

HOSTILE = '<img src=x onerror="hacked()">'


@pytest.fixture
def staged(tmp_path):
    return StagedStore(tmp_path)


def list_of(staged):
    return views.list_page(tuple(staged.ledger.summaries()), loaded=True, problem="")


def head_of(job, **changes):
    return views.job_head(job, **{"slow": False, "problem": "", "shown_pass": None, **changes})


def test_names_are_escaped_wherever_they_stand(staged):
    job_id = staged.submit(HOSTILE, title=HOSTILE)
    for html in (list_of(staged), head_of(staged.ledger.read(job_id))):
        assert "<img" not in html
        assert "&lt;img" in html


def test_texts_of_results_are_escaped():
    results = sample_results()
    report = results.report.model_copy(
        update={"summary": HOSTILE, "strengths": [HOSTILE], "notes": [HOSTILE]}
    )
    finding = results.findings.findings[0].model_copy(update={"title": HOSTILE, "cues": [HOSTILE]})
    findings = results.findings.model_copy(update={"findings": [finding]})
    metric = results.metrics["elbow_drop_score"].model_copy(update={"label": HOSTILE, "reason": HOSTILE})
    named = results.model_copy(update={"metrics": {HOSTILE: metric}})
    pages = (
        views.summary(report, findings),
        views.findings_section(findings, report),
        views.practice_section(report),
        views.metrics_section(named),
        views.chart_heading(named, HOSTILE, [HOSTILE]),
    )
    assert "<img" not in "".join(pages)


def test_an_empty_list_says_how_to_submit():
    assert "cricksy submit" in views.list_page((), loaded=True, problem="")


def test_a_list_that_was_not_read_does_not_claim_to_be_empty():
    html = views.list_page((), loaded=False, problem="The store could not be read.")
    assert "No clips yet" not in html
    assert "could not be read" in html


def test_a_failed_job_shows_reason_and_advice_in_list_and_page(staged):
    job_id = staged.submit()
    staged.claim(job_id)
    staged.fail(job_id, JobError(code="not_a_video", message="It holds no video.", advice="Film again."))
    for html in (list_of(staged), head_of(staged.ledger.read(job_id))):
        assert "It holds no video." in html
        assert "Film again." in html


def test_a_failed_job_can_be_tried_again_and_a_running_one_cancelled(staged):
    job_id = staged.submit()
    assert 'data-action="cancel"' in head_of(staged.ledger.read(job_id))
    staged.claim(job_id)
    staged.fail(job_id, JobError(code="x", message="m", advice="a"))
    assert 'data-action="retry"' in head_of(staged.ledger.read(job_id))


def test_a_queued_job_shows_no_progress_whatever_an_attempt_before_it_reached(staged):
    job = staged.ledger.read(staged.submit()).model_copy(update={"progress_pct": 36.0})
    assert "36 %" not in head_of(job)
    assert "36 %" in head_of(job.model_copy(update={"status": "deep_running"}))


def test_a_correction_says_so_and_leads_to_what_it_corrects(staged):
    queued = staged.ledger.read(staged.submit())
    assert "corrections" not in head_of(queued)
    html = head_of(queued.model_copy(update={"corrects": "older"}))
    assert "With corrections by hand" in html
    assert 'data-open="older"' in html


def test_slow_is_said(staged):
    job = staged.ledger.read(staged.submit())
    assert "taking longer than expected" in head_of(job, slow=True)
    assert "taking longer than expected" not in head_of(job)


def test_the_reliability_warning_comes_before_the_summary():
    results = sample_results(warning="Only half the frames showed the player.")
    html = views.summary(results.report, results.findings)
    assert html.index("Only half the frames") < html.index("Work on the landing first")


def test_findings_are_ranked_and_point_at_their_moments():
    results = sample_results()
    html = views.findings_section(results.findings, results.report)
    titles = [html.index(f.title) for f in results.findings.findings]
    assert titles == sorted(titles)
    assert 'data-jump="1.62"' in html
    assert 'data-until="1.82"' in html
    assert "Brace and hold" in html


def test_how_grave_a_finding_is_does_not_read_like_how_sure_it_is():
    results = sample_results()
    for html in (
        views.findings_section(results.findings, results.report),
        views.summary(results.report, results.findings),
    ):
        assert f">Severity: {results.findings.findings[0].severity}</span>" in html


def test_a_moment_at_the_very_first_frame_has_its_button():
    results = sample_results()
    issue = results.report.top_issues[0].model_copy(update={"time_s": 0.0})
    report = results.report.model_copy(update={"top_issues": [issue]})
    assert 'data-jump="0.0"' in views.summary(report, results.findings)


def test_every_metric_is_in_the_table_and_a_refused_one_says_why():
    results = sample_results()
    html = views.metrics_section(results)
    assert all(metric.label in html for metric in results.metrics.values())
    assert results.metrics["elbow_drop_score"].reason in html
    assert "Not measurable" in html


def test_a_score_says_what_it_is_out_of_and_only_a_table_with_scores_explains_them():
    results = sample_results()
    scored = {key: m for key, m in results.metrics.items() if m.score is not None}
    with_scores = views.metrics_section(results)
    assert scored
    assert with_scores.count(" of 1</span>") == len(scored)
    assert with_scores.count("Of a score 0 is the worst") == 1
    bare = {key: m.model_copy(update={"score": None}) for key, m in results.metrics.items()}
    assert "Of a score" not in views.metrics_section(results.model_copy(update={"metrics": bare}))


def test_metrics_refused_for_one_reason_stand_together():
    results = sample_results()
    reason = results.metrics["elbow_drop_score"].reason
    other = results.metrics["balance_drift_score"].model_copy(
        update={"status": "not_measurable", "value": None, "uncertainty": None, "reason": reason}
    )
    html = views.metrics_section(
        results.model_copy(update={"metrics": {**results.metrics, "balance_drift_score": other}})
    )
    assert html.count(reason) == 1
    assert html.count('<th scope="row">') == len(results.metrics) - 1


def test_a_fact_of_the_filming_says_what_it_means_before_its_figure():
    results = sample_results()
    dark = results.capture.checks[0].model_copy(
        update={"name": "light", "value": 31.0, "unit": "0-255", "ok": False}
    )
    capture = results.capture.model_copy(update={"checks": [dark]})
    html = views.capture_section(results.model_copy(update={"capture": capture}))
    assert html.index("Light: too dark or too bright") < html.index("brightness 31 of 255")
    assert "Film in daylight" in html


def test_a_clip_that_was_not_assessed_still_has_its_notes():
    report = sample_results().report.model_copy(update={"drills": [], "one_week_plan": []})
    assert report.notes[0] in views.practice_section(report)
    assert views.practice_section(report.model_copy(update={"notes": []})) == ""


def test_no_findings_make_no_section():
    results = sample_results()
    none = results.findings.model_copy(update={"findings": []})
    assert views.findings_section(none, results.report) == ""


@pytest.mark.parametrize(
    ("value", "uncertainty", "unit", "text"),
    [
        (None, None, "deg", "–"),
        (152.34, 12.5, "deg", "152° ± 13°"),
        (0.4123, 0.06, "body_heights/s", "0.41 ± 0.06 body heights/s"),
        (0.0512, 0.014, "s", "0.05 ± 0.02 s"),
        (240.0, None, "px", "240 px"),
        (0.0, None, "", "0"),
        (0.85, None, "probability", "0.85"),
        (-0.001, None, "probability", "0.00"),
        (-0.001, 0.04, "s", "0.00 ± 0.04 s"),
        (-0.001, None, "px", "0 px"),
        (-0.4, 6.0, "deg", "0° ± 6°"),
    ],
)
def test_quantities_are_written_as_in_the_report(value, uncertainty, unit, text):
    assert words.quantity(value, uncertainty, unit) == text


def test_marks_name_findings_and_events():
    results = sample_results()
    kinds = {mark["kind"] for mark in views.marks(results, results.findings)}
    assert kinds >= {"segment cr-high", "moment cr-high", "event cr-event"}


@pytest.mark.parametrize("mode", MODES)
def test_an_event_has_one_name_on_buttons_marks_table_and_charts(mode):
    results = catalogue_results(mode)
    book = load_knowledge()
    names = {words.event_name(event, mode) for event in EVENTS[mode]}
    marks = [mark["label"] for mark in views.marks(results, results.findings) if "event" in mark["kind"]]
    assert set(marks) == names
    for html in (views.events_section(results), views.metrics_section(results)):
        assert all(name in html for name in names)
    for curve in curves_of(results, book.common):
        labels = [a for a in curve.figure(results, book.of(mode)).layout.annotations if a.yanchor == "bottom"]
        events = {a.text.removeprefix("<b>").removesuffix("</b>") for a in labels if a.yshift}
        assert events == names
        levels = [a.text.partition(", ")[2] for a in labels if a.text.startswith("house threshold")]
        assert {level[:1].upper() + level[1:] for level in levels if level} <= names


def test_a_clip_without_findings_is_said_so_in_one_wording(staged):
    job_id = staged.done_job()
    results = sample_results()
    none = results.findings.model_copy(update={"findings": [], "overall_level": "none"})
    row = next(row for row in staged.ledger.summaries() if row.id == job_id)
    listed = views.list_page((row.model_copy(update={"top_finding": None}),), loaded=True, problem="")
    assert "Nothing to work on was found" in listed
    assert "Nothing to work on was found" in views.summary(results.report, none)


def test_every_level_has_words_of_its_own_and_an_unknown_one_is_no_good_news():
    def said(level, little=False):
        return words.level_word(
            Findings.model_construct(overall_level=level, findings=[], little_judged=little)
        )

    levels = get_args(Level)
    assert len({*map(said, levels), said("none", little=True)}) == len(levels) + 1
    with pytest.raises(KeyError):
        said("grave")


def test_a_clip_of_which_little_was_judged_is_not_called_good():
    results = sample_results()
    changes = {"findings": [], "overall_level": "none", "little_judged": True}
    summary = views.summary(results.report, results.findings.model_copy(update=changes))
    assert "Little could be judged" in summary
    assert "Nothing to work on" not in summary
    assert "cr-level-none" not in summary
