"""The catalogue of metrics (YAML), checked by a schema and read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cricksy_lib.motion.events import EVENTS
from cricksy_lib.results import KEPT_METRICS, SERIES_UNITS, Grade, Mode, View


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(_Entry):
    """A number with where it comes from."""

    value: float
    source: str
    grade: Grade | None = None


class ScoreLimits(_Entry):
    """Values at which the score bar is full and empty."""

    one_at: float
    zero_at: float


class MetricEntry(_Entry):
    """One metric: what it is, from where it can be seen, when it is taken."""

    label: str
    unit: str
    joint: str
    definition: str
    series: tuple[str, ...]
    views: tuple[View, ...]
    score: ScoreLimits | None = None
    low_confidence_in: Mapping[Mode, str] = Field(default_factory=dict)
    window: Mapping[Mode, tuple[str, str]]
    acting_arm: Mapping[Mode, str] | None = None


class _AngleEntry(_Entry):
    label: str
    joint: str
    definition: str
    views: tuple[View, ...]
    low_confidence_in: Mapping[Mode, str] = Field(default_factory=dict)


class Catalogue(_Entry):
    """Everything that is measured.

    `angles` are metrics at one event each, expanded to ``<series>_at_<event>``.
    """

    least_athlete_px: Sourced
    good_athlete_px: Sourced
    widest_useful_deg: Mapping[str, float]
    angles: Mapping[str, _AngleEntry]
    footage: Mapping[str, Mapping[str, Sourced]]
    scores: Mapping[str, MetricEntry]

    @model_validator(mode="after")
    def _names_are_known(self) -> Catalogue:
        if tuple(self.scores) != KEPT_METRICS:
            raise ValueError(f"scores must be {KEPT_METRICS}")
        unknown = set(self.angles) - set(SERIES_UNITS)
        for entry in self.scores.values():
            unknown |= set(entry.series) - set(SERIES_UNITS)
            for mode, window in entry.window.items():
                unknown |= set(window) - set(EVENTS[mode])
        joints = {a.joint for a in self.angles.values()} | {s.joint for s in self.scores.values()}
        unknown |= joints - set(self.footage)
        if unknown:
            raise ValueError(f"names without a meaning: {sorted(unknown)}")
        return self

    def metrics(self, mode: Mode) -> dict[str, MetricEntry]:
        """All metrics of a discipline by key, the kept scores first."""
        entries = dict(self.scores)
        for event in EVENTS[mode]:
            for series, angle in self.angles.items():
                entries[f"{series}_at_{event}"] = MetricEntry(
                    label=f"{angle.label} at {event.replace('_', ' ')}",
                    unit="deg",
                    joint=angle.joint,
                    definition=angle.definition,
                    series=(series,),
                    views=angle.views,
                    low_confidence_in=angle.low_confidence_in,
                    window={mode: (event, event)},
                )
        return entries

    def footage_term(self, joint: str, view: View) -> float | None:
        """What real footage adds to a metric's ± (95 %), or ``None`` where that is not known for the view."""
        views = self.footage[joint]
        term = views.get(view) or views.get("any")
        return term.value if term else None


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """Read and check ``catalogue.yaml``."""
    text = files(__package__).joinpath("catalogue.yaml").read_text(encoding="utf-8")
    return Catalogue.model_validate(yaml.safe_load(text))
