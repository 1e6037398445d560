"""What an analyst sets right by hand, as docs/corrections.md describes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from cricksy_lib.errors import CorrectionsError
from cricksy_lib.options import AnalysisOptions, AthletePoint, HandChoice, ViewChoice
from cricksy_lib.results import Event, Mode
from cricksy_lib.vocabulary import EVENTS, KEYPOINTS

MAX_BYTES = 1024 * 1024
_ADVICE = "See docs/corrections.md for what a file of corrections may hold."


def _known_keypoint(name: str) -> str:
    if name not in KEYPOINTS:
        raise ValueError(f"'{name[:40]}' is not a landmark")
    return name


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LandmarkCorrection(_Part):
    """One landmark in one frame.

    Attributes
    ----------
    keypoint : the landmark's name; left and right are the athlete's own.
    frame, time_s : native frame number, or seconds in the clip: one of the two.
    x, y : pixels of the upright picture.
    """

    keypoint: Annotated[str, AfterValidator(_known_keypoint)]
    frame: int | None = Field(default=None, ge=0)
    time_s: float | None = Field(default=None, ge=0)
    x: float = Field(ge=0)
    y: float = Field(ge=0)

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        if (self.frame is None) == (self.time_s is None):
            raise ValueError("give either 'frame' or 'time_s'")
        return self

    @property
    def place(self) -> tuple[str, int | None, float | None]:
        """Which landmark it is about, and when."""
        return self.keypoint, self.frame, self.time_s


class EventCorrection(_Part):
    """When an event was, in seconds in the clip."""

    name: str
    repetition: int = Field(default=1, ge=1)
    time_s: float = Field(ge=0)

    @property
    def place(self) -> tuple[str, int]:
        """Which event it is about."""
        return self.name, self.repetition


_PlacedT = TypeVar("_PlacedT", LandmarkCorrection, EventCorrection)


class Corrections(_Part):
    """All that is corrected in one analysis.

    Attributes
    ----------
    landmarks : landmarks that are elsewhere.
    events : events at another time, or that were not seen.
    athlete : a point on the athlete. The landmarks of another person were never stored, so the pose is looked
        for again.
    hand, view : instead of those declared or found.
    """

    landmarks: tuple[LandmarkCorrection, ...] = ()
    events: tuple[EventCorrection, ...] = ()
    athlete: AthletePoint | None = None
    hand: HandChoice | None = None
    view: ViewChoice | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        counted: Counter[tuple[object, ...]] = Counter(one.place for one in self.landmarks)
        counted.update(one.place for one in self.events)
        twice = next((place for place, count in counted.items() if count > 1), None)
        if twice is not None:
            raise ValueError(f"'{twice[0]}' is corrected twice at the same place")
        return self

    @property
    def empty(self) -> bool:
        """Whether nothing is corrected."""
        return not self.events and not self.changes_what_is_found

    @property
    def changes_what_is_found(self) -> bool:
        """Whether other events may be found than without it: landmarks, athlete, hand or view differ."""
        return bool(self.landmarks) or bool(self._declared())

    def applied_to(self, options: AnalysisOptions) -> AnalysisOptions:
        """Return the options with athlete, hand and view as corrected."""
        return options.model_copy(update=self._declared())

    def followed_by(self, newer: Corrections) -> Corrections:
        """Return these with a newer set laid over them.

        The newer one counts where both speak of the same landmark and moment, or of the same event. Where it
        marks another athlete, landmarks, events and hand of the older one go: they were somebody else's.
        """
        if newer.athlete is not None:
            return newer.model_copy(update={"view": newer.view or self.view})
        return Corrections(
            landmarks=_laid_over(self.landmarks, newer.landmarks),
            events=_laid_over(self.events, newer.events),
            athlete=self.athlete,
            hand=newer.hand or self.hand,
            view=newer.view or self.view,
        )

    def check(self, mode: Mode, *, width: int, height: int, duration_s: float, frames: int) -> None:
        """Check that every correction is about this discipline and lies within the clip.

        Parameters
        ----------
        mode : the discipline.
        width, height : pixels of the upright picture.
        duration_s : seconds.
        frames : native frames in the clip.

        Raises
        ------
        CorrectionsError
            If one is not.
        """
        for event in self.events:
            if event.name not in EVENTS[mode]:
                raise CorrectionsError(
                    f"'{event.name[:40]}' is not an event of {mode}.",
                    f"The events of {mode} are {', '.join(EVENTS[mode])}.",
                )
            _check_time(event.name, event.time_s, duration_s)
        points: list[tuple[str, float, float, float | None]] = [
            (one.keypoint, one.x, one.y, one.time_s) for one in self.landmarks
        ]
        if self.athlete is not None:
            points.append(("athlete", self.athlete.x, self.athlete.y, self.athlete.time_s))
        for name, x, y, time_s in points:
            if x > width or y > height:
                raise CorrectionsError(
                    f"The correction of '{name}' at {x:g}, {y:g} lies outside the picture.",
                    f"The upright picture has {width} by {height} pixels.",
                )
            if time_s is not None:
                _check_time(name, time_s, duration_s)
        for one in self.landmarks:
            if one.frame is not None and one.frame >= frames:
                raise CorrectionsError(
                    f"The correction of '{one.keypoint}' in frame {one.frame} lies after the clip's end.",
                    f"The last frame of the clip is {frames - 1}.",
                )

    def _declared(self) -> dict[str, object]:
        values = {"athlete": self.athlete, "hand": self.hand, "view": self.view}
        return {name: value for name, value in values.items() if value is not None}


NONE = Corrections()


def read_corrections(path: Path) -> Corrections:
    """Read a file of corrections.

    Raises
    ------
    CorrectionsError
        If it cannot be read, is not such a file, or corrects nothing.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CorrectionsError(
            f"The file of corrections cannot be read ({error.strerror or type(error).__name__}).",
            "Check its path.",
        ) from error
    if len(content) > MAX_BYTES:
        raise CorrectionsError("The file of corrections is larger than one megabyte.", _ADVICE)
    try:
        corrections = Corrections.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        message = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise CorrectionsError(f"The corrections cannot be used: {where}: {message}.", _ADVICE) from error
    if corrections.empty:
        raise CorrectionsError("The file of corrections corrects nothing.", _ADVICE)
    return corrections


def check_sequence(mode: Mode, found: Sequence[Event], set_by_hand: Sequence[EventCorrection]) -> None:
    """Check events that are set by hand against those they stand among.

    Parameters
    ----------
    mode : the discipline.
    found : events of the clip as they are without those set.
    set_by_hand : events that stand instead of some of them, or are added.

    Raises
    ------
    CorrectionsError
        If one is of a repetition that is neither there nor the next one, or leaves the order of repetitions
        or, within one, of the discipline, where what was found did not.
    """
    before = {(event.name, event.repetition): event.time_s for event in found}
    after = before | {one.place: one.time_s for one in set_by_hand}
    last = max((event.repetition for event in found), default=0)
    for one in sorted(set_by_hand, key=lambda one: one.repetition):
        if one.repetition > last + 1:
            raise CorrectionsError(
                f"'{one.name}' is set in repetition {one.repetition}, which the clip does not have.",
                f"The next one that may be added is repetition {last + 1}.",
            )
        last = max(last, one.repetition)
        for place, time_s in after.items():
            if _in_order(mode, one.place, one.time_s, place, time_s):
                continue
            both_found = one.place in before and place in before
            if both_found and not _in_order(mode, one.place, before[one.place], place, before[place]):
                continue
            wrong = "with" if time_s == one.time_s else "after" if time_s < one.time_s else "before"
            other = f"'{place[0]}' of repetition {place[1]} at {time_s:.3f} s"
            raise CorrectionsError(
                f"'{one.name}' of repetition {one.repetition} at {one.time_s:g} s lies {wrong} {other}.",
                "Check the moment and the repetition, or set that event too.",
            )


def _in_order(mode: Mode, one: tuple[str, int], one_s: float, other: tuple[str, int], other_s: float) -> bool:
    """Whether two events come one after the other as repetitions and, within one, the discipline have it."""
    ranks = [(repetition, EVENTS[mode].index(name)) for name, repetition in (one, other)]
    return ranks[0] == ranks[1] or (one_s != other_s and (ranks[0] < ranks[1]) == (one_s < other_s))


def _laid_over(older: tuple[_PlacedT, ...], newer: tuple[_PlacedT, ...]) -> tuple[_PlacedT, ...]:
    merged = {one.place: one for one in older}
    merged.update({one.place: one for one in newer})
    return tuple(merged.values())


def _check_time(name: str, time_s: float, duration_s: float) -> None:
    if time_s > duration_s:
        raise CorrectionsError(
            f"The correction of '{name}' at {time_s:g} s lies after the clip's end.",
            f"The clip is {duration_s:.2f} s long.",
        )
