"""``report.html``: one file that opens anywhere, on a phone or on paper, and asks nothing of the network."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cricksy_lib.coaching import filming, wording
from cricksy_lib.coaching.charts import BOTTOM, HEIGHT, LEFT, NAME_ROW, TOP, WIDTH, Chart, chart_of
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.report import moment_of
from cricksy_lib.coaching.schema import Common, Discipline, Knowledge
from cricksy_lib.results import KEPT_METRICS, SERIES_UNITS, Finding, Metric, Results

# Drawn in the page; the rest is in the results and in the dashboard.
CHART_SERIES = ("front_knee_angle", "trunk_lean", "front_elbow_angle")
_OVERLAY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*(/[A-Za-z0-9][A-Za-z0-9 ._-]*)*")
# As the template writes it; text in the page is escaped, so that none of it can look like this.
_MOMENT_LINK = re.compile(r'<a class="moment" href="[^"#]*#(t=[0-9.]+)">([^<]*)</a>')
_SIGNATURES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


@dataclass(frozen=True)
class StillImage:
    """A frame to show.

    Attributes
    ----------
    data : the encoded picture.
    caption : what it shows, plain text.
    time_s : when in the clip, seconds.
    code : code of the finding it belongs to; ``None`` for a picture of the whole clip.
    media_type : what `data` is.
    """

    data: bytes
    caption: str
    time_s: float | None = None
    code: str | None = None
    media_type: Literal["image/jpeg", "image/png"] = "image/jpeg"

    def __post_init__(self) -> None:
        signature = _SIGNATURES.get(self.media_type)
        if signature is None or not self.data.startswith(signature):
            raise ValueError(f"the picture is not {self.media_type}")

    @property
    def uri(self) -> str:
        """The picture as a ``data:`` address."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode('ascii')}"


@dataclass(frozen=True)
class MetricRow:
    """A line of the table of numbers."""

    label: str
    value: str | None
    event: str
    status: str
    status_words: str
    reason: str | None
    reference: str | None


@dataclass(frozen=True)
class AngleTable:
    """Angles at the events: one row a series, one column an event; reasons beside it, each once."""

    events: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MetricRow | None, ...]], ...]
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FindingCard:
    """A finding with its pictures and moments."""

    finding: Finding
    stills: tuple[StillImage, ...]
    moment_s: float | None
    moments: tuple[float, ...]
    stretches: tuple[tuple[float, float], ...]
    confidence_percent: int


def render_page(
    results: Results,
    *,
    still_images: Sequence[StillImage] = (),
    figures_html: Sequence[str] = (),
    overlay_href: str | None = None,
    knowledge: Knowledge | None = None,
    player: str | None = None,
    series_of: Mapping[str, Sequence[str]],
) -> str:
    """Render the results of one pass as a self-contained page.

    Parameters
    ----------
    results : what the analysis says; every text in it is escaped.
    still_images : frames, put beside the finding whose code they carry.
    figures_html : trusted markup made by this library (further figures); the only thing not escaped.
    overlay_href : relative name of a video beside the page, for links to the moments.
    knowledge : other wording than the one that ships.
    player : name as the coach typed it, for the page's head; results do not hold it.
    series_of : the series that each metric is read off, by its key: charts of findings stand open, others are
        folded away.

    Raises
    ------
    ValueError
        If `overlay_href` is not a plain relative name.
    """
    if overlay_href is not None:
        _check_overlay_name(overlay_href)
    book = knowledge or load_knowledge()
    common, discipline = book.common, book.of(results.mode)
    cards = [_card(finding, results, still_images) for finding in results.findings.findings]
    codes = {card.finding.code for card in cards}
    found = _found_series(results, series_of)
    charts = [
        (chart, _chart_title(chart, common))
        for name in CHART_SERIES
        if (chart := chart_of(results, name, lambda code: wording.event_words(code, discipline))) is not None
    ]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            results=results,
            report=results.report,
            mode_title=wording.sentence(results.mode),
            cards=cards,
            top_cards=cards[: len(results.report.top_issues)],
            other_cards=cards[len(results.report.top_issues) :],
            loose_stills=[image for image in still_images if image.code not in codes],
            main_rows=[_row(results.metrics[k], discipline, common) for k in _main_keys(results)],
            angles=_angle_table(results, discipline, common),
            charts=[(chart, title) for chart, title in charts if chart.name in found],
            folded_charts=[(chart, title) for chart, title in charts if chart.name not in found],
            folded_names=wording.listed(
                [common.series[chart.name] for chart, _ in charts if chart.name not in found]
            ),
            figures=[Markup(html) for html in figures_html],
            overlay=overlay_href,
            player=" ".join((player or "").split()),
            view=filming.view_words(results.capture, common),
            checks=filming.facts_of(results.capture, discipline, common),
            words=common.report,
            found_percent=wording.percent(results.pose.detection_rate),
            event_name=lambda code: wording.event_words(code, discipline),
            training_minutes=sum(day.duration_min for day in results.report.one_week_plan),
            nothing=wording.nothing_found(results.findings, common),
            name_row=NAME_ROW,
            chart_width=WIDTH,
            chart_height=HEIGHT,
            chart_left=LEFT,
            chart_top=TOP,
            chart_bottom=BOTTOM,
        )
    )


def relink(page: str, overlay_href: str | None) -> str:
    """Let the moments of a page that `render_page` made link to another video beside it, or to none.

    Raises
    ------
    ValueError
        If `overlay_href` is not a plain relative name.
    """
    if overlay_href is None:
        return _MOMENT_LINK.sub(r'<b class="moment">\2</b>', page)
    _check_overlay_name(overlay_href)
    return _MOMENT_LINK.sub(rf'<a class="moment" href="{overlay_href}#\1">\2</a>', page)


def _check_overlay_name(name: str) -> None:
    if not _OVERLAY_NAME.fullmatch(name):
        raise ValueError("overlay_href must be the plain relative name of a video beside the page")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = lambda value: f"{value:.2f} s"
    environment.filters["sentence"] = wording.sentence
    environment.filters["rounded"] = wording.rounded
    return environment


def _found_series(results: Results, series_of: Mapping[str, Sequence[str]]) -> set[str]:
    """Names of the series that findings are about."""
    found = [finding.metric for finding in results.findings.findings if finding.metric]
    return {name for key in found for name in (*series_of.get(key, ()), key.partition("_at_")[0])}


def _main_keys(results: Results) -> list[str]:
    named = [key for key in KEPT_METRICS if key in results.metrics]
    angles = _angle_keys(results)
    return named + [key for key in results.metrics if key not in named and key not in angles]


def _angle_keys(results: Results) -> list[str]:
    return [key for key in results.metrics if key.partition("_at_")[0] in SERIES_UNITS]


def _angle_table(results: Results, discipline: Discipline, common: Common) -> AngleTable | None:
    """Angles with one row a series and one column an event, and each reason once."""
    cells: dict[str, dict[str, MetricRow]] = {}
    by_reason: dict[str, list[str]] = {}
    for key in _angle_keys(results):
        series, _, event = key.partition("_at_")
        metric = results.metrics[key]
        cells.setdefault(series, {})[event] = _row(metric, discipline, common)
        if metric.status != "measured" and metric.reason:
            by_reason.setdefault(metric.reason, []).append(key)
    if not cells:
        return None
    events = [e for e in discipline.events if any(e in row for row in cells.values())]
    return AngleTable(
        events=tuple(wording.event_words(event, discipline) for event in events),
        rows=tuple(
            (
                common.series.get(series, wording.sentence(series.replace("_", " "))),
                tuple(row.get(event) for event in events),
            )
            for series, row in cells.items()
        ),
        reasons=tuple(
            (
                wording.sentence(wording.listed(wording.names_of(results.metrics, keys, discipline, common))),
                reason,
            )
            for reason, keys in by_reason.items()
        ),
    )


def _row(metric: Metric, discipline: Discipline, common: Common) -> MetricRow:
    reference = metric.reference
    shown = None
    if reference is not None:
        ends = [
            wording.number(end, metric.unit, common)
            for end in (reference.low, reference.high)
            if end is not None
        ]
        shown = f"{' to '.join(ends)} ({reference.source}; grade {reference.grade})"
    value = None
    if metric.value is not None:
        value = wording.with_error(metric.value, metric.uncertainty, metric.unit, common)
    return MetricRow(
        label=metric.label,
        value=value,
        event=wording.event_words(metric.event, discipline),
        status=metric.status,
        status_words=common.statuses[metric.status],
        reason=metric.reason,
        reference=shown,
    )


def _card(finding: Finding, results: Results, images: Sequence[StillImage]) -> FindingCard:
    return FindingCard(
        finding=finding,
        stills=tuple(image for image in images if image.code == finding.code),
        moment_s=moment_of(finding, results.metrics),
        moments=tuple(dict.fromkeys(frame.time_s for frame in finding.evidence.worst_frames)),
        stretches=tuple((s.start_s, s.end_s) for s in finding.evidence.segments),
        confidence_percent=min(99, int(100 * finding.confidence)),
    )


def _chart_title(chart: Chart, common: Common) -> str:
    return f"{common.series.get(chart.name, chart.name.replace('_', ' '))} ({_unit_words(chart.unit)})"


def _unit_words(unit: str) -> str:
    return {"deg": "degrees", "body_heights/s": "body heights per second"}.get(unit, unit)
