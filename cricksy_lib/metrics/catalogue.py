"""The catalogue of metrics (YAML), checked by a schema and read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Literal, Self, TypeVar

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cricksy_lib.motion.events import EVENTS
from cricksy_lib.results import KEPT_METRICS, MODES, SERIES_UNITS, Grade, Mode, View
from cricksy_lib.vocabulary import event_words

Better = Literal["higher", "lower", "description"]
Number = TypeVar("Number", float, np.ndarray)
# Views that have a row of their own, or the row of all of them.
_VIEWS: tuple[str, ...] = ("side", "front", "behind", "oblique", "unknown", "any")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Sourced(_Entry):
    """A number with where it comes from."""

    value: float
    source: str
    grade: Grade | None = None


class Calibration(_Entry):
    """How the measured part of a ± is mended after holding it against truth: hypot(scale * raw, floor)."""

    scale: float = Field(default=1.0, gt=0)
    floor: float = Field(default=0.0, ge=0)
    source: str


class PublishedRange(_Entry):
    """What a study found: on whom, and how well that was checked. Nobody is judged by it here."""

    low: float | None
    high: float | None
    source: str
    cohort: str
    grade: Grade


class ScoreLimits(_Entry):
    """Values at which the score bar is full and empty."""

    one_at: float
    zero_at: float


class MetricEntry(_Entry):
    """One metric: what it is, from where it can be seen, when it is taken, and which way is better.

    ``window`` holds its first and last event by discipline (the same twice: at one instant). ``series`` are
    the kinematic series that belong to it, if any. ``needs_hand``: not to be had without knowing the hand.
    ``context`` is what is published but is no range for this number.
    """

    label: str
    unit: str
    joint: str
    definition: str
    direction: Better = "description"
    series: tuple[str, ...] = ()
    views: tuple[View, ...] = Field(min_length=1)
    score: ScoreLimits | None = None
    low_confidence_in: Mapping[Mode, str] = Field(default_factory=dict)
    window: Mapping[Mode, tuple[str, str]]
    acting_arm: Mapping[Mode, Literal["front", "rear"]] | None = None
    needs_hand: bool = False
    reference: PublishedRange | None = None
    context: str | None = None

    @property
    def sided(self) -> bool:
        """Whether front and rear must be told apart."""
        return self.needs_hand or any(s.startswith(("front_", "rear_")) for s in self.series)

    def kept_under(self, key: str) -> tuple[str, ...]:
        """Names of its rows in `Catalogue.measured`, most particular first; an angle has its series too."""
        angle = self.series if self.unit == "deg" and len(self.series) == 1 else ()
        return (key, *angle, self.joint)

    def of_acting_arm(self, mode: Mode) -> MetricEntry:
        """Return the entry with the elbow of the arm that acts in a discipline as its series."""
        if self.acting_arm is None:
            return self
        return self.model_copy(update={"series": (f"{self.acting_arm[mode]}_elbow_angle",)})


class _AngleEntry(_Entry):
    label: str
    joint: str
    definition: str
    views: tuple[View, ...]
    low_confidence_in: Mapping[Mode, str] = Field(default_factory=dict)


class _DisciplineEntry(_Entry):
    """A metric of one discipline; ``events`` are its first and last, or its only one."""

    label: str
    unit: str
    joint: str
    definition: str
    direction: Better
    events: tuple[str, ...] = Field(min_length=1, max_length=2)
    views: tuple[View, ...]
    series: tuple[str, ...] = ()
    needs_hand: bool = False
    low_confidence: str | None = None
    reference: PublishedRange | None = None
    context: str | None = None

    def of(self, mode: Mode) -> MetricEntry:
        shared = self.model_dump(exclude={"events", "low_confidence"})
        weak = {} if self.low_confidence is None else {mode: self.low_confidence}
        return MetricEntry(**shared, window={mode: (self.events[0], self.events[-1])}, low_confidence_in=weak)


class Catalogue(_Entry):
    """Everything that is measured.

    `angles` are metrics at one event each, expanded to ``<series>_at_<event>``; `scores` belong to every
    discipline, `metrics` to one each.

    `widest_useful` is by joint (or kind of number): what may be farther off is of low confidence, and in
    `rough_at_own_size` also what may be off by as much as it is. An angle that may be off by more than
    `widest_shown_deg` is refused.

    `standing_height` is the share (95 %) by which the athlete's own height may be off, which every length
    in body heights carries: ``measured`` in the clip, ``footage`` between people. `footage` and `measured`
    are kept by joint (or kind of number) and view; ``any`` stands for all views. A row of `measured` may
    also be kept by metric key or series, which then goes before its joint's, and for one discipline
    (``batting.trunk_lean``), which goes before the row of all.
    """

    least_athlete_px: Sourced
    good_athlete_px: Sourced
    least_tracked: Sourced
    widest_useful: Mapping[str, float]
    widest_shown_deg: float
    rough_at_own_size: tuple[str, ...]
    standing_height: Mapping[Literal["measured", "footage"], Sourced]
    angles: Mapping[str, _AngleEntry]
    footage: Mapping[str, Mapping[str, Sourced]]
    measured: Mapping[str, Mapping[str, Calibration]] = Field(default_factory=dict)
    scores: Mapping[str, MetricEntry]
    disciplines: Mapping[Mode, Mapping[str, _DisciplineEntry]]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        if tuple(self.scores) != KEPT_METRICS:
            raise ValueError(f"scores must be {KEPT_METRICS}")
        if set(self.disciplines) != set(MODES):
            raise ValueError(f"disciplines must be {MODES}")
        unknown = set(self.angles) - set(SERIES_UNITS)
        joints: set[str] = set()
        keys: set[str] = set()
        for mode in MODES:
            for key, entry in self.metrics(mode).items():
                unknown |= set(entry.series) - set(SERIES_UNITS)
                unknown |= set(entry.window[mode]) - set(EVENTS[mode])
                joints.add(entry.joint)
                keys.add(key)
        unknown |= joints - set(self.footage) | joints - set(self.widest_useful)
        unknown |= set(self.rough_at_own_size) - joints
        known = keys | set(SERIES_UNITS) | joints
        unknown |= set(self.measured) - known - {f"{mode}.{name}" for mode in MODES for name in known}
        for table in (self.footage, self.measured):
            for views in table.values():
                unknown |= set(views) - set(_VIEWS)
        if unknown:
            raise ValueError(f"names without a meaning: {sorted(unknown)}")
        return self

    def metrics(self, mode: Mode) -> dict[str, MetricEntry]:
        """All metrics of a discipline by key, the kept scores first, then the discipline's own."""
        entries = {key: entry.of_acting_arm(mode) for key, entry in self.scores.items()}
        entries |= {key: entry.of(mode) for key, entry in self.disciplines[mode].items()}
        for event in EVENTS[mode]:
            for series, angle in self.angles.items():
                entries[f"{series}_at_{event}"] = MetricEntry(
                    label=f"{angle.label} at {event_words(event)}",
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
        term = _of_view(self.footage[joint], view)
        return term.value if term else None

    def calibrated(self, names: tuple[str, ...], mode: Mode, view: View, raw: Number) -> Number:
        """The measured part of a ± after calibration: the only place where that is applied.

        Parameters
        ----------
        names : what the number is kept under, the most particular first (key, series, joint); of each the
            row of the discipline goes before the row of all.
        mode : discipline.
        view : from where it was filmed.
        raw : 95 % half widths as the clip shows them, a number or an array.
        """
        for row in (row for name in names for row in (f"{mode}.{name}", name)):
            known = _of_view(self.measured.get(row, {}), view)
            if known is not None:
                return np.hypot(known.scale * raw, known.floor)
        return raw


Row = TypeVar("Row")


def _of_view(rows: Mapping[str, Row], view: View) -> Row | None:
    return rows.get(view) or rows.get("any")


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """Read and check ``catalogue.yaml``."""
    text = files(__package__).joinpath("catalogue.yaml").read_text(encoding="utf-8")
    return Catalogue.model_validate(yaml.safe_load(text))
