"""The pieces that the notebook's views share: a job to choose, a figure, a table, a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import pandas as pd
import plotly.graph_objects as go

from cricksy_lib.explore.words import escaped, job_label
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.table import player_ids

MOST_OFFERED = 500
EVERYBODY = "everybody"
ALL_MODES = "all disciplines"


def sentence(text: str) -> widgets.HTML:
    """Return plain text as a widget."""
    return widgets.HTML(f"<p>{escaped(text)}</p>")


def figure_outputs(figure: go.Figure, text: str) -> tuple[dict[str, Any], ...]:
    """Return what an `Output` shows for a figure; a `FigureWidget` would send megabytes of script along."""
    content = json.loads(figure.to_json())
    content["config"] = {"responsive": True, "displaylogo": False}
    # White whatever the theme of JupyterLab, for the ink is dark.
    content["layout"] |= {"dragmode": "zoom", "paper_bgcolor": "#ffffff"}
    data = {"application/vnd.plotly.v1+json": content, "text/plain": text}
    return ({"output_type": "display_data", "data": data, "metadata": {}},)


def dropdown(label: str, options: Any, value: Any = None) -> widgets.Dropdown:
    """Return a list to choose from."""
    chosen = {} if value is None else {"value": value}
    # A layout is an object of its own: shared, hiding one list would hide them all.
    layout = widgets.Layout(width="max-content", max_width="100%")
    return widgets.Dropdown(options=options, description=label, layout=layout, **chosen)


def set_options(control: widgets.Dropdown, options: list[Any]) -> None:
    """Offer other options, and keep the choice if it is still among them."""
    values = [option[1] if isinstance(option, tuple) else option for option in options]
    kept = control.value
    if tuple(options) == tuple(control.options):
        return
    control.options = options
    control.value = kept if kept in values else (values[0] if values else None)


def players_of(jobs: pd.DataFrame) -> list[str]:
    """Return every player once, each as their newest job writes the name, by the alphabet.

    Parameters
    ----------
    jobs : newest first.
    """
    named = jobs[jobs["player"].notna()]
    return sorted(named[~player_ids(named).duplicated()]["player"])


def of_player(jobs: pd.DataFrame, chosen: str) -> pd.DataFrame:
    """Return the rows of a player, however the name is written in them; all of them for `EVERYBODY`."""
    return jobs if chosen == EVERYBODY else jobs[player_ids(jobs) == layout.player_id(chosen)]


class JobChooser:
    """Discipline, player and then one of their jobs, newest first.

    Parameters
    ----------
    jobs : one row a job, newest first: `cricksy_lib.explore.session.Session.one_a_job`.
    on_change : called when another job is chosen.
    start : which job to begin with, counted from the newest.
    label : what stands before the list.
    """

    def __init__(
        self, jobs: pd.DataFrame, on_change: Callable[[], None], *, start: int = 0, label: str = "Job"
    ) -> None:
        self._jobs = jobs
        self.mode = dropdown("Discipline", [ALL_MODES, *sorted(jobs["mode"].unique())])
        self.player = dropdown("Player", [EVERYBODY, *players_of(jobs)])
        offered = self._offered()
        self.job = dropdown(label, offered, offered[min(start, len(offered) - 1)][1])
        self.box = widgets.VBox([widgets.HBox([self.mode, self.player]), self.job])
        for control in (self.mode, self.player):
            control.observe(self._narrow, "value")
        self.job.observe(lambda _: on_change(), "value")

    @property
    def job_id(self) -> str | None:
        """The job chosen; None while no job has the discipline and player chosen."""
        chosen: str | None = self.job.value
        return chosen

    @property
    def name(self) -> str:
        """The chosen job in one line."""
        return str(self.job.label)

    def _offered(self) -> list[tuple[str, str]]:
        jobs = self._jobs
        if self.mode.value != ALL_MODES:
            jobs = jobs[jobs["mode"] == self.mode.value]
        rows = of_player(jobs, self.player.value).head(MOST_OFFERED).to_dict("records")
        return _told_apart([(job_label(row), row["job_id"]) for row in rows])

    def _narrow(self, _: Any) -> None:
        set_options(self.job, self._offered())


def _told_apart(options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Add the end of its id to every label that stands for several jobs."""
    labels = [label for label, _ in options]
    return [
        (f"{label} · …{job_id[-6:]}" if labels.count(label) > 1 else label, job_id)
        for label, job_id in options
    ]
