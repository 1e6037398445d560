"""The coach's page: models on one side, widgets on the other, and who tells whom."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

import ipywidgets as widgets

from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.dashboard import media, views
from cricksy_lib.dashboard.curves import Curve, curves_of
from cricksy_lib.dashboard.guard import guarded
from cricksy_lib.dashboard.models import JobModel, ListModel
from cricksy_lib.dashboard.source import JobSource
from cricksy_lib.dashboard.widgets import Page, Player, Section
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.store import open_store
from cricksy_lib.results import Results
from cricksy_lib.settings import Settings, get_settings

NO_VIDEO = "The video is shown here as soon as a copy that a browser plays has been made."
PATIENCE_TICKS = 5
CHARTS_A_TICK = 3


class CoachPage:
    """The list of jobs, or one job; everything on the page follows the two models.

    Parameters
    ----------
    source : where jobs come from.
    settings : poll period, the clock of "taking longer than expected", the store's place.
    query : the query string that the page was opened with (``job=ID``, and ``t=SECONDS`` to play a moment).
    base_url : the path under which the server is reached.
    """

    def __init__(
        self, source: JobSource, settings: Settings, *, query: str = "", base_url: str = "/"
    ) -> None:
        self._source = source
        self._root = media.store_root(settings.store)
        self._base_url = base_url
        self.jobs = ListModel(source)
        self.job = JobModel(source, slow_after_s=settings.dashboard_slow_after_seconds)
        self.clock = Page(period_ms=int(settings.dashboard_poll_seconds * 1000), patience=PATIENCE_TICKS)
        self.player = Player(empty_text=NO_VIDEO)
        self._list = Section()
        self._head, self._summary, self._findings, self._capture = Section(), Section(), Section(), Section()
        self._events, self._practice, self._table, self._foot = Section(), Section(), Section(), Section()
        self._charts_heading, self._charts, self._folds = Section(), _box("cr-charts"), _box("cr-folds")
        self._charts_to_draw: list[Curve] = []
        self._body = _box("cr-body")
        self._job_parts = self._lay_out()
        self.root = _box("cr-app", self.clock, self._body)
        guard = guarded(self._say)
        self.clock.observe(guard(self._tick), "tick")
        self.clock.on_msg(guard(self._message))
        self._wire(guard)
        guard(self._start)(parse_qs(query))

    def _lay_out(self) -> list[widgets.Widget]:
        left = _box("cr-cols-left", self.player, self._events)
        right = _box("cr-cols-right", self._findings, self._capture)
        self._columns = _box("cr-cols", self._summary, left, right)
        return [
            self._head,
            self._columns,
            self._practice,
            self._table,
            self._charts_heading,
            self._charts,
            self._folds,
            self._foot,
        ]

    def _wire(self, guard: Any) -> None:
        self.jobs.observe(guard(lambda _: self._draw_list()), ["summaries", "problem", "loaded"])
        self.job.observe(guard(lambda _: self._draw_head()), ["job", "slow", "problem"])
        self.job.observe(guard(lambda _: self._draw_job()), ["job"])
        self.job.observe(guard(lambda _: self._draw_results()), ["results"])

    def _start(self, query: Mapping[str, list[str]]) -> None:
        self._open(query.get("job", [""])[0])
        at = query.get("t", [""])[0]
        if at.replace(".", "", 1).isdigit() and self.job.job_id:
            self.player.jump(float(at))

    def _tick(self, _: Any) -> None:
        """Answer the browser's clock, also when reading fails: that is said, not mistaken for silence."""
        try:
            if self.job.job_id:
                self.job.tick()
                self._draw_some_charts()
            else:
                self.jobs.tick()
        finally:
            self.clock.tock = self.clock.tick

    def _message(self, _: Any, content: dict[str, Any], __: Any) -> None:
        self._say("")
        if "open" in content:
            self._open(str(content["open"]))
        elif content.get("action") in ("cancel", "retry"):
            job_id = str(content.get("job", ""))
            try:
                if content["action"] == "cancel":
                    self._source.cancel(job_id)
                else:
                    self._source.retry(job_id)
            finally:  # also after a refusal, which means that the state in view was old
                if job_id == self.job.job_id:
                    self.job.refresh()
                    self._draw_head(again=True)

    def _open(self, job_id: str) -> None:
        self.player.show(
            src="",
            overlay_src="",
            marks=[],
            duration_s=0.0,
            slow_motion=1.0,
            seek={"time_s": 0.0, "nonce": 0},
        )
        if job_id:
            self.job.open(job_id)
            self._draw_head()
            self._draw_job()
            self._body.children = self._job_parts
        else:
            self.job.close()
            self.jobs.open()
            self._draw_list()
            self._body.children = [self._list]

    def _say(self, text: str) -> None:
        self.clock.note = text

    def _draw_list(self) -> None:
        model = self.jobs
        self._list.html = views.list_page(model.summaries, loaded=model.loaded, problem=model.problem)

    def _draw_head(self, *, again: bool = False) -> None:
        model = self.job
        if again:  # a pressed button was disabled in the browser; the same text must be drawn once more
            self._head.html = ""
        self._head.html = views.job_head(
            model.job, slow=model.slow, problem=model.problem, shown_pass=model.shown_pass
        )

    def _draw_job(self) -> None:
        model, job = self.job, self.job.job
        self._summary.html = views.summary(model.report, model.findings)
        self._findings.html = views.findings_section(model.findings, model.report)
        self._practice.html = views.practice_section(model.report)
        self._columns.layout.display = None if job is not None else "none"
        if job is None:
            self._foot.html = ""
            return
        self.player.show(
            src=media.browser_url(job.video_url, self._root, self._base_url) or "",
            overlay_src=media.browser_url(job.overlay_url, self._root, self._base_url) or "",
        )
        self._foot.html = views.foot(job, model.results, self._links())

    def _draw_results(self) -> None:
        results = self.job.results
        self._capture.html = views.capture_section(results)
        self._events.html = views.events_section(results)
        self._table.html = views.metrics_section(results)
        if results is not None:
            self.player.show(
                frame_rate=results.video.frame_rate,
                slow_motion=results.video.slow_motion,
                duration_s=results.video.duration_s,
                marks=views.marks(results, results.findings),
            )
        self._charts.children = ()
        self._charts_to_draw = [] if results is None else curves_of(results, load_knowledge().common)
        note = "Click in a chart to play that moment."
        self._charts_heading.html = views.heading("Movement over time", note) if self._charts_to_draw else ""
        self._make_folds()

    def _make_folds(self) -> None:
        """Make a fold for each part of the body whose charts belong to no finding, before they are drawn.

        Each says at once how many charts it will hold. One that is in view stays, so that it stays open when
        the full analysis replaces the quick look.
        """
        common = load_knowledge().common
        counts = Counter(curve.part(common) for curve in self._charts_to_draw if not curve.of_finding)
        known = {fold.part: fold for fold in self._folds.children}
        folds = [known.get(part) or _Fold(part) for part in counts]
        for fold in folds:
            fold.expect(counts[fold.part])
        self._folds.children = tuple(folds)

    def _draw_some_charts(self) -> None:
        """Draw a few more charts at each tick: the words are there before all figures are made."""
        results, due = self.job.results, self._charts_to_draw[:CHARTS_A_TICK]
        if results is None or not due:
            return
        del self._charts_to_draw[: len(due)]
        made = [_chart(results, curve) for curve in due if curve.of_finding]
        self._charts.children = (*self._charts.children, *made)
        common = load_knowledge().common
        for fold in self._folds.children:
            fold.add(
                _chart(results, curve)
                for curve in due
                if not curve.of_finding and curve.part(common) == fold.part
            )

    def _links(self) -> dict[str, str]:
        """Return the downloads that are there, by label."""
        job = self.job.job
        if job is None:
            return {}
        named = {
            "Report to keep": media.key_of_url(job.report_url, self._root) if job.deep_report else None,
            "Results (JSON)": job.deep_results_s3_key or job.quick_results_s3_key,
            "Lab book": media.key_of_url(job.notebook_url, self._root),
        }
        return {
            label: media.served_path(key, self._base_url)
            for label, key in named.items()
            if key is not None and (self._root is None or media.path_of_key(self._root, key) is not None)
        }


class _Fold(widgets.Box):
    """A group of charts behind a button; the browser opens it (``page.js``)."""

    def __init__(self, part: str) -> None:
        self.part = part
        self._heading, self._charts = Section(), _box("cr-charts")
        super().__init__(children=(self._heading, self._charts))
        self.layout.display = None
        self.add_class("cr-fold")

    def expect(self, count: int) -> None:
        """Empty it, and say how many charts will be in it."""
        self._charts.children = ()
        self._heading.html = views.fold_heading(self.part, count)

    def add(self, charts: Iterable[widgets.Widget]) -> None:
        """Add charts."""
        self._charts.children = (*self._charts.children, *charts)


def _chart(results: Results, curve: Curve) -> widgets.Widget:
    title = curve.title(load_knowledge().common)
    heading = Section(html=views.chart_heading(results, title, curve.keys))
    return _box("cr-chart", heading, _figure_output(results, curve, title))


def _figure_output(results: Results, curve: Curve, title: str) -> widgets.Output:
    """Return a plain figure in an Output: every FigureWidget would send megabytes of script along."""
    figure = curve.figure(results, load_knowledge().of(results.mode))
    content = json.loads(figure.to_json())
    # Two quick clicks are two moments to play, no other stretch of time.
    content["config"] = {
        "displayModeBar": False,
        "responsive": True,
        "scrollZoom": False,
        "doubleClick": False,
    }
    output = widgets.Output()
    output.outputs = (
        {
            "output_type": "display_data",
            "data": {"application/vnd.plotly.v1+json": content, "text/plain": title},
            "metadata": {},
        },
    )
    return output


def _box(name: str, *children: widgets.Widget) -> widgets.Box:
    box = widgets.Box(children=children)
    box.layout.display = None
    box.add_class(name)
    return box


def coach_page(
    settings: Settings | None = None, environment: Mapping[str, str] | None = None
) -> widgets.Widget:
    """Return the page for the settings and, under Voila, for the address that it was opened with."""
    settings = settings or get_settings()
    environment = os.environ if environment is None else environment
    ledger = Ledger(open_store(settings.store, settings), settings)
    page = CoachPage(
        ledger,
        settings,
        query=environment.get("QUERY_STRING", ""),
        base_url=environment.get("VOILA_BASE_URL", "/"),
    )
    return page.root
