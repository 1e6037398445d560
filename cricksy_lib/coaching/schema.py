"""What the knowledge files may say: rules, drills, plans and wording, checked before anything uses them.

All entries are immutable, so that nothing written for one athlete can leak into the next report.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from cricksy_lib.results import Basis, Grade, Mode, Severity
from cricksy_lib.vocabulary import EVENTS

HOUSE_RULE_LABEL = "coaching convention, no published reference"
RESEARCH_GRADES: tuple[Grade, ...] = ("A", "B")
# Drawn as shapes only: one camera does not give these as values that anybody may be judged by.
SHAPES_ONLY = ("hip_shoulder_separation_at_", "head_speed", "hand_speed")
MESSAGE_FIELDS = frozenset({"value", "threshold", "event"})

T = TypeVar("T")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]+$")]
DrillId = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z0-9]+)+$")]
EventName = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$")]
FrozenMap = Annotated[Mapping[str, T], AfterValidator(lambda m: MappingProxyType(dict(m)))]


class Entry(BaseModel):
    """Strict and immutable base."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RuleReference(Entry):
    """A published range: where it comes from, on whom it was measured, and how well that was checked."""

    low: float | None
    high: float | None
    source: Text
    cohort: Text
    grade: Grade


class Strength(Entry):
    """When a rule's metric may be called a strength: inside the threshold by `margin` and by the error."""

    margin: float = Field(ge=0)
    text: Text


class Rule(Entry):
    """One thing that may be found, on one metric, in one direction.

    `threshold` and `clear_deviation` are in the metric's own unit. `clear_deviation` is the distance
    beyond the threshold that counts as clear (medium); for research it is the reference's spread.
    `awaits_metric` marks a rule whose metric is not in the catalogue yet: it stays silent until it is.
    `shipped_threshold` is set where a club has put its own limit in the place of the one that ships.
    """

    code: Code
    title: Text
    metric: Text
    awaits_metric: bool = False
    unit: Text
    event: EventName | None
    direction: Literal["above", "below"]
    threshold: float
    shipped_threshold: float | None = None
    clear_deviation: float = Field(gt=0)
    max_severity: Severity
    basis: Basis
    label: Text | None = None
    reference: RuleReference | None = None
    context: Text | None = None
    message: Text
    why_it_matters: Text
    cues: tuple[Text, ...] = Field(min_length=1, max_length=4)
    drills: tuple[DrillId, ...] = Field(min_length=1)
    strength: Strength | None = None
    caveat: Text | None = None

    @model_validator(mode="after")
    def _says_what_it_rests_on(self) -> Self:
        if self.basis == "research":
            if self.reference is None or self.reference.grade not in RESEARCH_GRADES:
                raise ValueError(f"{self.code}: research needs a reference of grade A or B")
            if self.reference.grade == "B" and (
                self.max_severity == "high" or "reported by" not in self.message.lower()
            ):
                raise ValueError(f"{self.code}: grade B is worded 'reported by' and is at most medium")
        else:
            if self.reference is not None:
                raise ValueError(f"{self.code}: a house rule has no reference; use 'context'")
            if self.label != HOUSE_RULE_LABEL:
                raise ValueError(f"{self.code}: a house rule is labelled '{HOUSE_RULE_LABEL}'")
            if self.max_severity == "high":
                raise ValueError(f"{self.code}: a house rule is at most medium")
        return self

    @model_validator(mode="after")
    def _can_be_judged(self) -> Self:
        if self.metric.startswith(SHAPES_ONLY):
            raise ValueError(
                f"{self.code}: '{self.metric}' is drawn as a shape and never judged by its value"
            )
        _, at, event = self.metric.partition("_at_")
        if at and event != self.event:
            raise ValueError(f"{self.code}: '{self.metric}' is not at the event '{self.event}'")
        return self

    @model_validator(mode="after")
    def _fills_in(self) -> Self:
        check_fields(self.code, self.message, MESSAGE_FIELDS)
        if self.strength is None:
            return self
        check_fields(self.code, self.strength.text, frozenset({"value"}))
        # A straight or braced front leg is never praised without saying that it carries more load.
        straight = "front_knee" in self.metric and self.direction == "below"
        if straight and "load" not in self.strength.text.lower():
            raise ValueError(f"{self.code}: praise for a front leg needs the load caveat")
        return self


class HouseRuleChange(Entry):
    """What a club changes in one house rule: another limit, or that it is left out."""

    threshold: float | None = Field(default=None, strict=True)
    enabled: bool = Field(default=True, strict=True)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.threshold is None and self.enabled:
            raise ValueError("give a threshold, or enabled: false")
        return self


class DrillEntry(Entry):
    """A drill with its dose, equipment, level and safety, and the event that it trains."""

    id: DrillId
    title: Text
    how: Text
    dose: Text
    equipment: tuple[Text, ...]
    level: Literal["all", "beginner", "club", "advanced"]
    safety: Text
    event: EventName | None


class PlanTemplate(Entry):
    """One day of a week: `trains` says which finding's drills it holds, if any."""

    focus: Text
    trains: Literal["first", "second", "third", "rest", "none"]
    duration_min: int = Field(ge=0, le=90)
    activities: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _rests_on_rest_days(self) -> Self:
        if self.trains == "rest" and self.duration_min > 0:
            raise ValueError("a rest day has no training minutes")
        return self


class Film(Entry):
    """How to film, and what it is about: a capture check's name or a subject of its own.

    Of several pieces of advice about one thing only the first is given, and none about a check that passed.
    """

    about: Text
    advice: Text


class NotJudged(Entry):
    """Something that is seen but never called a fault, and why."""

    what: Text
    why: Text


class Discipline(Entry):
    """Everything that is said about one discipline."""

    discipline: Mode
    words: FrozenMap[Text]
    notes: tuple[Text, ...]
    load_caveat: Text | None = None
    film: tuple[Film, ...] = Field(min_length=1)
    rules: tuple[Rule, ...] = Field(min_length=1)
    not_judged: tuple[NotJudged, ...]
    drills: tuple[DrillEntry, ...] = Field(min_length=1)
    film_next: FilmNext
    plan_with_findings: tuple[PlanTemplate, ...] = Field(min_length=7, max_length=7)
    plan_without_findings: tuple[PlanTemplate, ...] = Field(min_length=7, max_length=7)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        missing = {"player", "movement", "movements", "front", "behind"} - set(self.words)
        if missing:
            raise ValueError(f"{self.discipline}: words for {sorted(missing)} are missing")
        ids = [drill.id for drill in self.drills]
        codes = [rule.code for rule in self.rules]
        for kind, names in (("drill", ids), ("rule", codes)):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{self.discipline}: {kind} {twice[0]} is there twice")
        for rule in self.rules:
            unknown = sorted(set(rule.drills) - set(ids))
            if unknown:
                raise ValueError(f"{self.discipline}: {rule.code} names the unknown drill '{unknown[0]}'")
            if rule.event is not None and rule.event not in self.events:
                raise ValueError(f"{self.discipline}: {rule.code} names the unknown event '{rule.event}'")
        for drill in self.drills:
            if drill.event is not None and drill.event not in self.events:
                raise ValueError(f"{self.discipline}: {drill.id} names the unknown event '{drill.event}'")
        for plan in (self.plan_with_findings, self.plan_without_findings):
            for activity in (activity for day in plan for activity in day.activities):
                check_fields(self.discipline, activity, frozenset({"film_next"}))
            if not any(day.trains == "rest" for day in plan):
                raise ValueError(f"{self.discipline}: a week's plan has a rest day")
        return self

    @property
    def events(self) -> tuple[str, ...]:
        """The discipline's events in their order; what they are called is in `cricksy_lib.vocabulary`."""
        return EVENTS[self.discipline]

    def drill(self, drill_id: str) -> DrillEntry:
        """The drill of that id (every id in a rule is known: see `_holds_together`)."""
        return next(drill for drill in self.drills if drill.id == drill_id)


class Assessment(Entry):
    """When a clip is good enough to be assessed at all, and when a reader must be warned."""

    min_frames_with_pose: int = Field(ge=1)
    min_detection_rate: float = Field(gt=0, le=1)
    min_measured: int = Field(ge=1)
    warn_detection_rate: float = Field(gt=0, le=1)
    warn_repaired_fraction: float = Field(gt=0, le=1)
    blocking_checks: tuple[Text, ...]
    low_confidence_cap: float = Field(gt=0.5, le=1)
    confidence_cap: float = Field(gt=0.5, lt=1)
    medium_from_errors: float = Field(gt=1)
    high_from_errors: float = Field(gt=1)
    high_from_spreads: float = Field(gt=1)


class Unit(Entry):
    """How a unit is printed, and with how many decimals."""

    text: str
    decimals: int = Field(ge=0, le=3)


class CheckWords(Entry):
    """What a capture check is about and means, and what to film differently (``None``: its own advice).

    `number` is the figure behind it, with ``{value}``, ``{fine}`` (a decimal where it matters) or the
    ``{percent}`` of a share; empty for none.
    """

    label: Text
    good: Text
    poor: Text
    number: str
    advice: Text | None

    @model_validator(mode="after")
    def _fills_in(self) -> Self:
        check_fields(self.label, self.number, frozenset({"value", "fine", "percent"}))
        return self


class FilmNext(Entry):
    """What to film next, by the view of this clip."""

    side: Text
    otherwise: Text


class Reason(Entry):
    """What to film differently when the reason of a refusal holds these words; see `Film` for `about`."""

    words: Text
    about: Text
    advice: Text


class Wording(Entry):
    """Words that no text may hold, anywhere or in one discipline; a final ``*`` stands for any ending."""

    never: tuple[Text, ...] = Field(min_length=1)
    not_in: FrozenMap[tuple[Text, ...]]


class Common(Entry):
    """What all disciplines share: limits, units, capture advice and the report's sentences."""

    assessment: Assessment
    units: FrozenMap[Unit]
    series: FrozenMap[Text]
    chart_groups: FrozenMap[tuple[Text, ...]]
    statuses: FrozenMap[Text]
    checks: FrozenMap[CheckWords]
    views: FrozenMap[Text]
    reasons: tuple[Reason, ...]
    warnings: FrozenMap[Text]
    report: FrozenMap[Text]
    wording: Wording


class Knowledge(Entry):
    """All knowledge files together."""

    common: Common
    disciplines: FrozenMap[Discipline]

    def of(self, mode: Mode) -> Discipline:
        """The discipline's own knowledge; there is no default discipline."""
        return self.disciplines[mode]


def check_fields(where: str, template: str, known: frozenset[str]) -> None:
    """Refuse a template with a placeholder that nothing fills in."""
    for _, name, _, _ in Formatter().parse(template):
        if name is not None and name not in known:
            raise ValueError(f"{where}: '{{{name}}}' is not one of {', '.join(sorted(known))}")
