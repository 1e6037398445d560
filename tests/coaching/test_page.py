"""The page: one file, nothing from outside, every text escaped, everything on it that the results say."""

from __future__ import annotations

import re
from functools import partial
from html.parser import HTMLParser

import pytest
from coaching_clips import (
    capture,
    faulty_metrics,
    good_metrics,
    kinematics,
    pose,
    refused_metrics,
    results_of,
    rules_of,
)

from cricksy_lib.coaching import page as page_of_results
from cricksy_lib.coaching.charts import chart_of
from cricksy_lib.coaching.page import StillImage, relink
from cricksy_lib.results import MODES, Kinematics, Mode, Reference, Results

render_page = partial(page_of_results.render_page, series_of={})
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 8
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}'
VOID = {"meta", "img", "br", "link", "input", "hr", "line", "rect", "path"}


class _Reader(HTMLParser):
    """Collects tags, addresses and text, and checks that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "poster", "action")
        ]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    reader.text = " ".join(reader.text.split())
    return reader


def _empty(mode: Mode) -> Results:
    return results_of(mode, refused_metrics(mode), seen=pose(0), filmed=capture("unknown"))


@pytest.mark.parametrize("mode", MODES)
def test_page_shows_all_that_the_report_says(mode: Mode) -> None:
    results = results_of(mode, faulty_metrics(mode), player="A Player")
    text = _read(render_page(results)).text
    report = results.report
    assert report.summary in text
    for finding in results.findings.findings:
        assert finding.title in text
        assert finding.message in text
        assert finding.why_it_matters in text
        assert f"severity: {finding.severity}" in text
    for drill in report.drills:
        assert drill.how in text
        assert drill.safety in text
    for day in report.one_week_plan:
        assert f"Day {day.day}" in text
    for note in report.notes:
        assert note in text
    assert results.provenance.cricksy_version in text
    assert "1.17 s" in text


@pytest.mark.parametrize("mode", MODES)
def test_page_asks_nothing_of_the_network(mode: Mode) -> None:
    html = render_page(
        results_of(mode, faulty_metrics(mode)),
        still_images=[StillImage(PNG, "A frame", media_type="image/png")],
    )
    reader = _read(html)
    assert all(address.startswith("data:image/") for address in reader.addresses)
    assert not {"script", "link", "iframe", "object", "form"} & set(reader.tags)
    assert "@import" not in html
    assert "url(" not in html
    assert "http:" not in html
    assert "https:" not in html
    assert "default-src 'none'" in html


@pytest.mark.parametrize("mode", MODES)
def test_empty_clip_gives_filming_advice_and_no_table(mode: Mode) -> None:
    reader = _read(render_page(_empty(mode)))
    assert "What to film differently" in reader.text
    assert "What to fix first" not in reader.text
    assert "table" not in reader.tags
    assert "svg" not in reader.tags


@pytest.mark.parametrize("mode", MODES)
def test_what_to_film_differently_lists_advice_and_no_missing_numbers(mode: Mode) -> None:
    reason = "The release was not seen in the clip."
    results = results_of(mode, refused_metrics(mode, reason), seen=pose(60))
    assert results.findings.overall_level == "not_assessed"
    assert results.report.notes
    assert not any(note.startswith("Not measured") for note in results.report.notes)
    text = _read(render_page(results)).text
    assert reason in text[text.index("Every number") :]
    assert reason.rstrip(".").lower() not in text[: text.index("Every number")].lower()


@pytest.mark.parametrize("mode", MODES)
def test_good_clip_gives_a_full_page(mode: Mode) -> None:
    text = _read(render_page(results_of(mode, good_metrics(mode)))).text
    for heading in ("What held up", "The week", "Every number", "Over time", "How it was filmed", "Notes"):
        assert heading in text
    assert "What to fix first" not in text


def test_a_clip_of_which_little_was_judged_has_no_clean_bill_anywhere_on_the_page() -> None:
    good = good_metrics("bowling")
    few = {rule.metric: good[rule.metric] for rule in rules_of("bowling")[:2]}
    results = results_of("bowling", refused_metrics("bowling") | few)
    assert results.findings.little_judged
    text = _read(render_page(results)).text
    assert "Little could be judged; nothing stood out: an ordinary week" in text
    assert "nothing to work on" not in text.lower()
    whole = results_of("bowling", good)
    assert not whole.findings.little_judged
    assert "Nothing to work on was found: an ordinary week" in _read(render_page(whole)).text


def test_hostile_names_are_only_text() -> None:
    results = results_of("batting", faulty_metrics("batting"), player=HOSTILE, filename=f"{HOSTILE}.mp4")
    metric = results.metrics["balance_drift_score"]
    metric.label, metric.reason = HOSTILE, HOSTILE
    metric.reference = Reference(low=1, high=2, source=HOSTILE, grade="A")
    results.metrics["trunk_lean_at_impact"].reason = HOSTILE
    results.capture.checks[0].name = HOSTILE
    results.provenance.cricksy_version = HOSTILE
    still = StillImage(PNG, HOSTILE, 1.0, "HEAD_MOVEMENT", "image/png")
    reader = _read(render_page(results, still_images=[still]))
    assert "script" not in reader.tags
    assert reader.handlers == []
    assert all(address.startswith("data:image/") for address in reader.addresses)
    assert reader.text.count("{{ 7*7 }}") >= 5


def test_the_head_names_the_player_where_there_is_one() -> None:
    results = results_of("bowling", faulty_metrics("bowling"))
    assert "<h1>Number 7</h1>" in render_page(results, player=" Number  7")
    assert "<h1>Bowling</h1>" in render_page(results)
    assert "<script>alert" not in render_page(results, player=HOSTILE)


def test_every_metric_has_its_value_status_and_reason() -> None:
    metrics = good_metrics("bowling") | {
        "front_knee_brace_score": refused_metrics("bowling", "The view is front.")["front_knee_brace_score"]
    }
    metrics["balance_drift_score"].reference = Reference(low=0.1, high=0.4, source="A paper", grade="A")
    text = _read(render_page(results_of("bowling", metrics))).text
    assert "0.30 ± 0.02 body heights" in text
    assert "not measuredThe view is front." in text
    assert "low confidence" in text
    assert "0.10 body heights to 0.40 body heights (A paper; grade A)" in text


def test_stills_stand_by_their_finding() -> None:
    results = results_of("batting", faulty_metrics("batting"))
    mine = StillImage(PNG, "By the finding", 1.17, "BALANCE_DRIFT", "image/png")
    other = StillImage(PNG, "Of the clip", None, None, "image/png")
    text = _read(render_page(results, still_images=[mine, other])).text
    assert text.index("Head goes past the feet") < text.index("By the finding") < text.index("Also found")
    assert text.index("Moments") < text.index("Of the clip")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(b"GIF89a", "image/png"), (PNG, "image/jpeg"), (b"<svg/>", "image/svg+xml"), (b"", "image/jpeg")],
)
def test_stills_are_pictures(data: bytes, media_type: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        StillImage(data, "x", media_type=media_type)  # type: ignore[arg-type]


def test_moments_link_into_the_video_beside_the_page() -> None:
    reader = _read(render_page(results_of("batting", faulty_metrics("batting")), overlay_href="overlay.mp4"))
    assert set(reader.addresses) == {"overlay.mp4#t=0.87"}


@pytest.mark.parametrize(
    "href",
    [
        "https://example.org/a.mp4",
        "//host/a.mp4",
        "/etc/a.mp4",
        "../a.mp4",
        "javascript:x",
        "",
        'a"b',
        "a.mp4\n",
    ],
)
def test_video_must_lie_beside_the_page(href: str) -> None:
    with pytest.raises(ValueError, match="relative name"):
        render_page(results_of("batting", good_metrics("batting")), overlay_href=href)


def test_own_figures_are_markup() -> None:
    html = render_page(results_of("batting", good_metrics("batting")), figures_html=["<b id='mine'>x</b>"])
    assert "<b id='mine'>x</b>" in html


def test_page_is_small_and_prints_on_a4() -> None:
    html = render_page(results_of("batting", faulty_metrics("batting")))
    assert len(html.encode()) < 150_000
    assert "size: A4" in html
    assert 'name="viewport"' in html


def test_chart_breaks_at_gaps_and_dots_low_confidence() -> None:
    chart = chart_of(results_of("batting", good_metrics("batting")), "front_knee_angle")
    assert chart is not None
    assert len(chart.lines) == 3
    assert len(chart.weak_lines) == 1
    assert [line.code for line in chart.events] == ["backlift_top", "front_foot_plant", "impact"]
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", " ".join([*chart.lines, *chart.bands]))]
    assert all(0 <= n <= 640 for n in numbers)


@pytest.mark.parametrize("gap_s", [0.01, 0.03, 0.1, 0.4])
def test_names_of_events_never_meet_and_stay_in_the_chart(gap_s: float) -> None:
    results = results_of("batting", good_metrics("batting"))
    again = [event.model_copy(update={"repetition": 2}) for event in results.events]
    results.events = [
        event.model_copy(update={"time_s": 0.9 + i * gap_s})
        for i, event in enumerate([*results.events, *again])
    ]
    chart = chart_of(results, "front_knee_angle")
    assert chart is not None
    taken: dict[int, list[tuple[float, float]]] = {}
    for line in (line for line in chart.events if line.shown):
        wide = 9.0 * len(line.code)  # on a phone
        left = {"start": line.at, "middle": line.at - wide / 2, "end": line.at - wide}[line.anchor]
        assert left >= 0
        assert left + wide <= 640
        assert all(left >= end or left + wide <= start for start, end in taken.get(line.row, []))
        taken.setdefault(line.row, []).append((left, left + wide))
    shown = [line.code for line in chart.events if line.shown]
    assert shown == ["backlift_top", "front_foot_plant", "impact"]


def test_of_names_that_meet_those_without_room_are_left_out_and_every_line_stays() -> None:
    results = results_of("batting", good_metrics("batting"))
    event = results.events[0]
    results.events = [
        event.model_copy(update={"name": f"moment_number_{i}", "time_s": 1.2 + i / 100}) for i in range(5)
    ]
    chart = chart_of(results, "front_knee_angle")
    assert chart is not None
    assert [line.shown for line in chart.events] == [True, True, True, False, False]
    assert len({line.row for line in chart.events if line.shown}) == 3


def test_charts_of_no_finding_are_folded_away() -> None:
    results = results_of("bowling", faulty_metrics("bowling"))
    results.findings.findings = [f for f in results.findings.findings if f.code == "KNEE_COLLAPSE"]
    series_of = {"front_knee_brace_score": ["front_knee_angle"]}
    open_part, folded = render_page(results, series_of=series_of).split("<details")
    assert "Front knee (degrees) by seconds" in open_part
    assert "Trunk lean (degrees) by seconds" not in open_part
    assert "Trunk lean (degrees) by seconds" in folded
    assert "More charts: Trunk lean and Front elbow" in folded


def test_chart_of_a_long_clip_stays_small() -> None:
    results = results_of("batting", good_metrics("batting"))
    results.events, results.kinematics = [], kinematics(seconds=120)
    chart = chart_of(results, "front_knee_angle")
    assert chart is not None
    assert sum(len(line) for line in chart.lines) < 10_000


@pytest.mark.parametrize("name", ["front_knee_angle", "not_a_series"])
def test_nothing_to_draw_is_no_chart(name: str) -> None:
    results = results_of("batting", good_metrics("batting"))
    results.kinematics = Kinematics(time_s=[], series={})
    assert chart_of(results, name) is None


def test_nothing_known_is_no_chart() -> None:
    results = results_of("batting", good_metrics("batting"))
    series = results.kinematics.series["trunk_lean"]
    series.values = [None] * len(series.values)
    assert chart_of(results, "trunk_lean") is None


def test_still_picture_of_one_value_is_drawn() -> None:
    results = results_of("batting", good_metrics("batting"))
    series = results.kinematics.series["trunk_lean"]
    series.values = [10.0] * len(series.values)
    chart = chart_of(results, "trunk_lean")
    assert chart is not None
    assert chart.low == chart.high == 10.0


def test_moments_can_be_linked_to_another_video_or_to_none() -> None:
    results = results_of("batting", faulty_metrics("batting"))
    page = render_page(results, overlay_href="overlay.mp4")
    assert relink(page, "job_overlay.mp4") == render_page(results, overlay_href="job_overlay.mp4")
    assert relink(page, None) == render_page(results)
    with pytest.raises(ValueError, match="plain relative name"):
        relink(page, "https://elsewhere.example/overlay.mp4")
