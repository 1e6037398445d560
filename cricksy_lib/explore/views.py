"""The four views of the first notebook: controls above, what they ask for below."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pandas as pd

from cricksy_lib.coaching.schema import Rule
from cricksy_lib.coaching.wording import sentence as capital
from cricksy_lib.errors import CricksyError
from cricksy_lib.explore import compared, thresholds, words
from cricksy_lib.explore.controls import (
    EVERYBODY,
    JobChooser,
    dropdown,
    figure_outputs,
    of_player,
    players_of,
    sentence,
    set_options,
)
from cricksy_lib.jobs.table import instant, player_ids
from cricksy_lib.plots import Style, kinematics_figure, unit_label
from cricksy_lib.results import Results

if TYPE_CHECKING:
    from cricksy_lib.explore.session import Session

_LEGEND = "? low confidence; – not measurable from this clip. Every ± is the half width of a 95 % interval."


class View:
    """Controls and what they show.

    Attributes
    ----------
    box : the widget to display.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.figure = widgets.Output()
        self.words = widgets.HTML()
        self._offering = False
        self.box = widgets.VBox([*self._controls(), self.figure, self.words])
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Offer what can be chosen now, then show what is chosen."""
        self._show(self._offer)

    def draw(self, *_: Any) -> None:
        """Show what the controls ask for, or in words why it cannot be shown."""
        self._show(None)

    def _show(self, before: Callable[[], None] | None) -> None:
        if self._offering:  # a control that is being changed from here: what follows shows it
            return
        try:
            if before is not None:
                self._offering = True
                before()
            self._draw()
        except CricksyError as error:
            self.figure.outputs = ()
            self.words.value = sentence(str(error)).value
        finally:
            self._offering = False

    def _offer(self) -> None:
        """Bring what can be chosen up to date; some views have nothing to do."""

    def _controls(self) -> list[widgets.Widget]:
        raise NotImplementedError

    def _draw(self) -> None:
        raise NotImplementedError


class TableView(View):
    """The jobs by their numbers."""

    def _controls(self) -> list[widgets.Widget]:
        jobs = self.session.one_a_job
        self.mode = dropdown("Discipline", sorted(jobs["mode"].unique()), jobs["mode"].iloc[0])
        self.player = dropdown("Player", [EVERYBODY, *players_of(jobs)])
        self.since = widgets.DatePicker(description="Since")
        self.until = widgets.DatePicker(description="Until")
        controls = (self.mode, self.player, self.since, self.until)
        for control in controls:
            control.observe(self.draw, "value")
        return [widgets.HBox(controls[:2]), widgets.HBox(controls[2:])]

    def _draw(self) -> None:
        jobs = self.session.jobs
        jobs = jobs[(jobs["mode"] == self.mode.value) & ~jobs["superseded"]]
        jobs = of_player(jobs, self.player.value)
        first = instant(self.since.value, "since")
        end = instant(self.until.value, "until", whole_day=True)
        if first is not None:
            jobs = jobs[jobs["created_at"] >= first]
        if end is not None:
            jobs = jobs[jobs["created_at"] < end]
        if jobs.empty:
            self.words.value = sentence("No job is like that.").value
            return
        frame = words.overview(jobs, self.session.knowledge.common)
        self.words.value = words.as_html(frame, f"{words.counted(len(frame), 'job')}. {_LEGEND}")


class SeriesView(View):
    """Any series of one job, with its events and ±."""

    def _controls(self) -> list[widgets.Widget]:
        self.chooser = JobChooser(self.session.one_a_job, self.refresh)
        self.names = widgets.SelectMultiple(description="Series", rows=8)
        self.names.observe(self.draw, "value")
        return [self.chooser.box, self.names]

    def _offer(self) -> None:
        if self.chooser.job_id is None:
            return
        results = self.session.results(self.chooser.job_id)
        names = list(results.kinematics.series)
        if names != list(self.names.options):
            self.names.options = names
            self.names.value = names[:1]

    def _draw(self) -> None:
        if self.chooser.job_id is None or not self.names.value:
            self.figure.outputs = ()
            self.words.value = sentence("Choose a job and at least one series.").value
            return
        results = self.session.results(self.chooser.job_id)
        names = list(self.names.value)
        units = {results.kinematics.series[name].unit for name in names}
        label_of = words.event_names(results, self.session.knowledge)
        style = Style(height=160 + 240 * len(units))
        figure = kinematics_figure(results, names, style, bands=True, label_of=label_of)
        self.figure.outputs = figure_outputs(figure, ", ".join(names))
        self.words.value = sentence(_about(results)).value


class CompareView(View):
    """One series of two jobs, aligned at an event, and the difference of every number."""

    def _controls(self) -> list[widgets.Widget]:
        jobs = self.session.one_a_job
        older, newer = _pair(jobs)
        self.first = JobChooser(jobs, self.refresh, label="First", start=older)
        self.second = JobChooser(jobs, self.refresh, label="Second", start=newer)
        self.series = dropdown("Series", [])
        self.event = dropdown("Align at", [])
        self.repetitions = (dropdown("Movement", [1], 1), dropdown("Movement", [1], 1))
        for control in (self.series, self.event, *self.repetitions):
            control.observe(self.draw, "value")
        sides = zip((self.first, self.second), self.repetitions, strict=True)
        return [
            *(widgets.VBox([chooser.box, which]) for chooser, which in sides),
            widgets.HBox([self.series, self.event]),
        ]

    def _both(self) -> tuple[Results, Results] | None:
        first, second = self.first.job_id, self.second.job_id
        if first is None or second is None:
            return None
        return self.session.results(first), self.session.results(second)

    def _offer(self) -> None:
        both = self._both()
        if both is None:
            return
        events = compared.shared_events(*both)
        set_options(self.series, [n for n in both[0].kinematics.series if n in both[1].kinematics.series])
        label_of = words.event_names(both[0], self.session.knowledge)
        set_options(self.event, [(capital(label_of(name)), name) for name in events])
        for control, results in zip(self.repetitions, both, strict=True):
            set_options(control, compared.repetitions(results) or [1])
            control.layout.display = "none" if len(control.options) == 1 else None

    def _draw(self) -> None:
        both = self._both()
        if both is None or self.series.value is None or self.event.value is None:
            self.figure.outputs = ()
            text = "These two have no event and series in common: choose two jobs of one discipline."
            self.words.value = sentence(text).value
            return
        figure = compared.laid_over(
            both,
            (f"First: {self.first.name}", f"Second: {self.second.name}"),
            self.series.value,
            self.event.value,
            (self.repetitions[0].value, self.repetitions[1].value),
            label_of=words.event_names(both[0], self.session.knowledge),
        )
        self.figure.outputs = figure_outputs(figure, f"{self.series.value} of two jobs")
        self.words.value = self._table(both)

    def _table(self, both: tuple[Results, Results]) -> str:
        common = self.session.knowledge.common
        differences = compared.differences(*both)
        if differences.empty:
            return sentence("They have no number in common.").value
        frame = differences.sort_values("beyond", ascending=False, kind="stable")
        rows = frame.to_dict("records")
        shown = frame[["label"]].rename(columns={"label": "Number"})
        for name in ("first", "second", "difference"):
            shown[name.capitalize()] = [
                words.shown(
                    row[name], row[f"{name}_uncertainty"], row["unit"], row.get(f"{name}_status", ""), common
                )
                for row in rows
            ]
        shown["More than its ±"] = ["yes" if row["beyond"] else "" for row in rows]
        note = "Both are the same job: choose another to compare. " if self._same() else ""
        return words.as_html(shown, f"{note}Difference: second less first. {_LEGEND}")

    def _same(self) -> bool:
        return self.first.job_id == self.second.job_id


class ThresholdView(View):
    """A rule's limit moved."""

    def _controls(self) -> list[widgets.Widget]:
        self.book = self.session.knowledge
        jobs = self.session.one_a_job
        self.mode = dropdown("Discipline", sorted(jobs["mode"].unique()), jobs["mode"].iloc[0])
        self.player = dropdown("Player", [EVERYBODY, *players_of(jobs)])
        self.code = dropdown("Rule", [])
        self.limit = widgets.FloatText(description="Limit", layout=widgets.Layout(width="200px"))
        self.unit = widgets.HTML()
        self.mode.observe(self.refresh, "value")
        self.code.observe(lambda _: self._show(self._take_limit), "value")
        for control in (self.player, self.limit):
            control.observe(self.draw, "value")
        return [
            widgets.HBox([self.mode, self.player]),
            self.code,
            widgets.HBox([self.limit, self.unit]),
        ]

    def _rules(self) -> dict[str, Rule]:
        """Return the rules on numbers that the jobs have."""
        measured = set(self.session.jobs["metric"])
        rules = self.book.of(self.mode.value).rules
        return {rule.code: rule for rule in rules if rule.metric in measured}

    def _offer(self) -> None:
        set_options(self.code, [(rule.title, code) for code, rule in self._rules().items()])
        self._take_limit()

    def _take_limit(self) -> None:
        rule = self._rules().get(self.code.value)
        if rule is not None:
            self.limit.step = rule.clear_deviation / 10
            side = "above" if rule.direction == "above" else "below"
            self.unit.value = f"{unit_label(rule.unit)}; a finding {side} it"
            self.limit.value = rule.threshold

    def _draw(self) -> None:
        rule = self._rules().get(self.code.value)
        if rule is None:
            self.figure.outputs = ()
            self.words.value = sentence("There is no rule on a number that these jobs have.").value
            return
        jobs = self.session.jobs
        jobs = jobs[(jobs["mode"] == self.mode.value) & ~jobs["superseded"]]
        jobs = of_player(jobs, self.player.value)
        common = self.book.common
        judged = thresholds.what_if(jobs, rule, self.limit.value, common.assessment)
        self.figure.outputs = figure_outputs(
            thresholds.threshold_figure(judged, rule, self.limit.value), rule.title
        )
        text = thresholds.in_words(judged, rule, self.limit.value, self.mode.value)
        changed = judged[judged["change"].isin(["new", "gone"])]
        listed = thresholds.listed(changed, common)
        self.words.value = sentence(text).value + (words.as_html(listed) if len(listed) else "")


def _about(results: Results) -> str:
    rate = f"{results.video.frame_rate:.4g} frames a second"
    slow = results.video.slow_motion
    slowed = f", {slow:g} times slower than life" if slow != 1 else ""
    return (
        f"{results.mode.capitalize()}, {results.analysis_pass} pass; filmed from {_side(results)}; "
        f"{rate}{slowed}. Coloured bands are the ± of each sample and grey ones that of each event; dotted "
        "stretches are of low confidence, gaps are unknown."
    )


def _side(results: Results) -> str:
    view = results.capture.view
    words_of = {"side": "the side", "front": "the front", "behind": "behind", "oblique": "an oblique angle"}
    return words_of.get(view, "where is not known")


def _pair(jobs: pd.DataFrame) -> tuple[int, int]:
    """Return the places of two jobs to begin with, the older first.

    The newest two of one player in one discipline; or of one discipline; or the newest job twice.
    """
    columns = (jobs["mode"] + " " + player_ids(jobs), jobs["mode"])  # no player: not in the first
    for alike in columns:
        places: dict[str, list[int]] = {}
        for place, key in enumerate(alike):
            if not pd.isna(key):
                places.setdefault(str(key), []).append(place)
        pairs = [(found[1], found[0]) for found in places.values() if len(found) > 1]
        if pairs:
            return min(pairs, key=lambda pair: pair[1])
    return 0, 0
