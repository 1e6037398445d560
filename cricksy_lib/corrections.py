"""What an analyst sets right by hand, as docs/corrections.md describes it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Protocol, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from cricksy_lib.errors import CorrectionsError, first_fault
from cricksy_lib.options import AnalysisOptions, AthletePoint, HandChoice, ViewChoice
from cricksy_lib.results import Event, Mode
from cricksy_lib.vocabulary import EVENTS, KEYPOINTS

MAX_BYTES = 1024 * 1024
# Of the clip's mean time from frame to frame: up to here a landmark's time is that of a frame.
HALF_A_FRAME = 0.51
_ADVICE = "See docs/corrections.md for what a file of corrections may hold."


def _known_keypoint(name: str) -> str:
    if name not in KEYPOINTS:
        raise ValueError(f"'{name[:40]}' is not a landmark")
    return name


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Moment(_Part):
    """A moment of the clip: a native frame number, or seconds in the clip."""

    frame: int | None = Field(default=None, ge=0)
    time_s: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        if (self.frame is None) == (self.time_s is None):
            raise ValueError("give either 'frame' or 'time_s'")
        return self


class LandmarkCorrection(_Moment):
    """One landmark in one frame.

    Attributes
    ----------
    keypoint : the landmark's name; left and right are the athlete's own.
    frame, time_s : native frame number, or seconds in the clip: one of the two.
    x, y : pixels of the upright picture.
    """

    keypoint: Annotated[str, AfterValidator(_known_keypoint)]
    x: float = Field(ge=0)
    y: float = Field(ge=0)

    @property
    def place(self) -> tuple[str, int | None, float | None]:
        """Which landmark it is about, and when."""
        return self.keypoint, self.frame, self.time_s

    def at_frame(self, times_s: Sequence[float], frame_rate: float) -> LandmarkCorrection:
        """Return the same by frame, where its time is that of one of the clip's frames."""
        time_s = self.time_s
        if time_s is None:
            return self
        after = bisect_left(times_s, time_s)
        near = range(max(after - 1, 0), min(after + 1, len(times_s)))
        nearest = min(near, key=lambda frame: abs(times_s[frame] - time_s))
        if abs(times_s[nearest] - time_s) > HALF_A_FRAME / frame_rate:
            return self
        return self.model_copy(update={"frame": nearest, "time_s": None})


class EventCorrection(_Part):
    """When an event was, in seconds in the clip."""

    name: str
    repetition: int = Field(default=1, ge=1)
    time_s: float = Field(ge=0)

    @property
    def place(self) -> tuple[str, int]:
        """Which event it is about."""
        return self.name, self.repetition


class GivenEvent(_Moment):
    """When an event was as an analyst says it: by ``frame`` or ``time_s``."""

    name: str
    repetition: int = Field(default=1, ge=1)

    @property
    def place(self) -> tuple[str, int]:
        """Which event it is about."""
        return self.name, self.repetition

    def at_time(self, times_s: Sequence[float]) -> GivenEvent:
        """Return the same by time, where its frame is one of the clip's."""
        if self.frame is None or self.frame >= len(times_s):
            return self
        return self.model_copy(update={"frame": None, "time_s": times_s[self.frame]})


_PlacedT = TypeVar("_PlacedT", LandmarkCorrection, GivenEvent)


class Clip(Protocol):
    """What corrections must know of a clip, as `cricksy_lib.video.VideoInfo` says it."""

    @property
    def width(self) -> int:
        """Pixels of the upright picture."""

    @property
    def height(self) -> int:
        """Pixels of the upright picture."""

    @property
    def duration_s(self) -> float:
        """Seconds."""

    @property
    def frame_rate(self) -> float:
        """Mean frames per second."""


def _landmarks_in_order(landmarks: tuple[LandmarkCorrection, ...]) -> tuple[LandmarkCorrection, ...]:
    return tuple(sorted(landmarks, key=lambda one: (KEYPOINTS.index(one.keypoint), *_when(one))))


def _events_in_order(events: tuple[GivenEvent, ...]) -> tuple[GivenEvent, ...]:
    return tuple(sorted(events, key=lambda one: (one.repetition, *_when(one), one.name)))


def _when(one: _Moment) -> tuple[bool, float]:
    return one.frame is None, one.time_s if one.frame is None and one.time_s is not None else one.frame or 0


def _check_once(placed: Iterable[LandmarkCorrection] | Iterable[GivenEvent]) -> None:
    counted: Counter[tuple[object, ...]] = Counter(one.place for one in placed)
    twice = next((place for place, count in counted.items() if count > 1), None)
    if twice is not None:
        raise ValueError(f"'{twice[0]}' is corrected twice at the same place")


class Corrections(_Part):
    """All that is corrected in one analysis; in whatever order it was given, the same is equal.

    Attributes
    ----------
    landmarks : landmarks that are elsewhere.
    events : events at another time, or that were not seen.
    athlete : a point on the athlete. The landmarks of another person were never stored, so the pose is looked
        for again.
    hand, view : instead of those declared or found.
    """

    landmarks: Annotated[tuple[LandmarkCorrection, ...], AfterValidator(_landmarks_in_order)] = ()
    events: Annotated[tuple[GivenEvent, ...], AfterValidator(_events_in_order)] = ()
    athlete: AthletePoint | None = None
    hand: HandChoice | None = None
    view: ViewChoice | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _check_once(self.landmarks)
        _check_once(self.events)
        return self

    @property
    def empty(self) -> bool:
        """Whether nothing is corrected."""
        return not self.events and not self.changes_what_is_found

    @property
    def changes_what_is_found(self) -> bool:
        """Whether other events may be found than without it: landmarks, athlete, hand or view differ."""
        return bool(self.landmarks) or bool(self._declared())

    @property
    def timed_events(self) -> tuple[EventCorrection, ...]:
        """The events by their times, of corrections that are `fitted_to` a clip.

        Raises
        ------
        ValueError
            If an event is only given by its frame.
        """
        timed = []
        for one in self.events:
            if one.time_s is None:
                raise ValueError("the corrections are not fitted to a clip")
            timed.append(EventCorrection(name=one.name, repetition=one.repetition, time_s=one.time_s))
        return tuple(timed)

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

    def fitted_to(self, mode: Mode, clip: Clip, times_s: Sequence[float]) -> Corrections:
        """Return these as they hold for a clip: the same, however its moments were given, is then equal.

        Parameters
        ----------
        mode : the discipline.
        clip : what the corrections must lie in.
        times_s : (N,) seconds of all frames of the clip, ascending.

        Returns
        -------
        Landmarks by frame, where their time is one's; events by time.

        Raises
        ------
        CorrectionsError
            If one is not about this discipline, does not lie in the clip, or stands at the place of another.
        """
        self._check(mode, clip, len(times_s))
        landmarks = [one.at_frame(times_s, clip.frame_rate) for one in self.landmarks]
        try:
            _check_once(landmarks)
        except ValueError as error:
            raise CorrectionsError(f"{error}.", "Frame and time may name the same place.") from error
        return self.resolved(clip, times_s)

    def resolved(self, clip: Clip, times_s: Sequence[float]) -> Corrections:
        """Return what `fitted_to` does, without a check: what lies outside the clip stays as it is."""
        return self.model_copy(
            update={
                "landmarks": _landmarks_in_order(
                    _laid_over(one.at_frame(times_s, clip.frame_rate) for one in self.landmarks)
                ),
                "events": _events_in_order(tuple(one.at_time(times_s) for one in self.events)),
            }
        )

    def _check(self, mode: Mode, clip: Clip, frames: int) -> None:
        for event in self.events:
            if event.name not in EVENTS[mode]:
                raise CorrectionsError(
                    f"'{event.name[:40]}' is not an event of {mode}.",
                    f"The events of {mode} are {', '.join(EVENTS[mode])}.",
                )
        for name, moment in self._moments():
            if moment.time_s is not None:
                _check_time(name, moment.time_s, clip.duration_s)
            if moment.frame is not None and moment.frame >= frames:
                raise CorrectionsError(
                    f"The correction of '{name}' in frame {moment.frame} lies after the clip's end.",
                    f"The last frame of the clip is {frames - 1}.",
                )
        points = [(one.keypoint, one.x, one.y) for one in self.landmarks]
        if self.athlete is not None:
            points.append(("athlete", self.athlete.x, self.athlete.y))
            _check_time("athlete", self.athlete.time_s, clip.duration_s)
        for name, x, y in points:
            if x > clip.width or y > clip.height:
                raise CorrectionsError(
                    f"The correction of '{name}' at {x:g}, {y:g} lies outside the picture.",
                    f"The upright picture has {clip.width} by {clip.height} pixels.",
                )

    def _moments(self) -> Iterator[tuple[str, _Moment]]:
        yield from ((one.name, one) for one in self.events)
        yield from ((one.keypoint, one) for one in self.landmarks)

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
        fault = first_fault(error, "the file")
        raise CorrectionsError(f"The corrections cannot be used: {fault}.", _ADVICE) from error
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


def _laid_over(older: Iterable[_PlacedT], newer: Iterable[_PlacedT] = ()) -> tuple[_PlacedT, ...]:
    return tuple({one.place: one for placed in (older, newer) for one in placed}.values())


def _check_time(name: str, time_s: float, duration_s: float) -> None:
    if time_s > duration_s:
        raise CorrectionsError(
            f"The correction of '{name}' at {time_s:g} s lies after the clip's end.",
            f"The clip is {duration_s:.2f} s long.",
        )
