"""What a user asks of an analysis: the same model behind the command line, a job and the notebook."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from cricksy_lib.errors import UsageError
from cricksy_lib.results import Mode

HandChoice = Literal["right", "left", "auto"]
ViewChoice = Literal["side", "front", "behind", "auto"]
PassChoice = Literal["quick", "deep", "both"]
# What a terminal, a log or a page would obey instead of show: controls, line ends, halves of characters.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


# Pydantic's names for what `_printable` refuses, and for what it refuses itself.
_NOT_PLAIN = ("value_error", "string_unicode")


def _printable(text: str) -> str:
    if any(unicodedata.category(char) in _UNPRINTABLE for char in text):
        raise ValueError("control characters")
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(_printable),
]

MarkKind = Literal["stumps", "crease"]

_ATHLETE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*(?:@\s*(\d+(?:\.\d+)?)\s*)?$")


class AthletePoint(BaseModel):
    """A point on the athlete: pixels of the upright frame, at a time in the clip (0 when not given)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    x: float = Field(ge=0)
    y: float = Field(ge=0)
    time_s: float = Field(default=0.0, ge=0)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``X,Y`` or ``X,Y@T``.

        Raises
        ------
        UsageError
            If the text has another form.
        """
        match = _ATHLETE.match(text)
        if match is None:
            raise UsageError(
                f"'{text}' is not a point on the athlete.",
                "Give pixels of the upright picture as X,Y or X,Y@SECONDS, for example 640,360@1.5.",
            )
        return cls(x=float(match[1]), y=float(match[2]), time_s=float(match[3] or 0.0))


_MARK = re.compile(r"^\s*(stumps|crease)\s*:\s*" + r"\s*,\s*".join([r"(\d+(?:\.\d+)?)"] * 4) + r"\s*$")
_LEAST_MARK_PX = 10.0


class ScaleMark(BaseModel):
    """Two ends of something of known length, in pixels of the clip's first frame, upright.

    ``stumps``: foot and top of a stump, 0.711 m. ``crease``: a point on the popping crease and the one on the
    bowling crease straight behind it along the pitch, 1.22 m.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    kind: MarkKind
    x1: float = Field(ge=0)
    y1: float = Field(ge=0)
    x2: float = Field(ge=0)
    y2: float = Field(ge=0)

    @property
    def length_px(self) -> float:
        """Pixels from end to end."""
        return math.hypot(self.x2 - self.x1, self.y2 - self.y1)

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.length_px < _LEAST_MARK_PX:
            raise ValueError(f"the ends of a mark must be {_LEAST_MARK_PX:.0f} pixels apart or more")
        return self

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``stumps:X1,Y1,X2,Y2`` or ``crease:X1,Y1,X2,Y2``.

        Raises
        ------
        UsageError
            If the text has another form, or the two ends are too near each other.
        """
        match = _MARK.match(text)
        if match is None:
            raise UsageError(
                f"'{text}' is not a mark for the scale.",
                "Give both ends in pixels of the upright picture as stumps:X1,Y1,X2,Y2 (or crease:...), "
                "for example stumps:410,520,410,440.",
            )
        x1, y1, x2, y2 = (float(number) for number in match.groups()[1:])
        if math.hypot(x2 - x1, y2 - y1) < _LEAST_MARK_PX:
            raise UsageError(
                f"The ends of the mark '{text}' are less than {_LEAST_MARK_PX:.0f} pixels apart.",
                "Mark the whole length of a stump, or the whole way from crease to crease.",
            )
        return cls.model_validate({"kind": match[1], "x1": x1, "y1": y1, "x2": x2, "y2": y2})


class AnalysisOptions(BaseModel):
    """The options of one analysis. There is no default discipline: a silent one gives wrong reports."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    mode: Mode
    hand: HandChoice = "auto"
    view: ViewChoice = "auto"
    player: Name | None = None
    title: Name | None = None
    height_cm: float | None = Field(default=None, ge=50, le=250)
    slow_motion: float = Field(default=1.0, ge=1, le=64)
    passes: PassChoice = "both"
    athlete: AthletePoint | None = None
    scale_mark: ScaleMark | None = None

    @classmethod
    def checked(cls, **fields: object) -> Self:
        """Build options, turning a schema error into a `UsageError` that names the field."""
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "options"
            option = "pass" if name == "passes" else name.replace("_", "-")
            raise UsageError(f"--{option} cannot be {_given(first)}.", _wanted(first)) from error

    def check_fits(self, width: int, height: int, duration_s: float) -> None:
        """Check that the point on the athlete lies in a clip.

        Parameters
        ----------
        width, height : of the upright picture, pixels.
        duration_s : of the clip, seconds.

        Raises
        ------
        UsageError
            If it lies outside the picture, or after the end.
        """
        point = self.athlete
        if point is None:
            return
        if point.x >= width or point.y >= height:
            raise UsageError(
                f"--athlete names the point {point.x:g},{point.y:g}, but the upright picture is "
                f"{width} pixels wide and {height} high.",
                "Give a point on the athlete within the picture.",
            )
        if point.time_s >= duration_s:
            raise UsageError(
                f"--athlete names the time {point.time_s:g} s, but the clip is {duration_s:.2f} s long.",
                "Give a time within the clip, at which the athlete stands at that point.",
            )


def _given(error: Mapping[str, Any]) -> str:
    """What was given, shortened, in words."""
    given = error["input"]
    if error["type"] in _NOT_PLAIN:
        return "a text with control characters or line breaks"
    if isinstance(given, str) and not given.strip():
        return "empty"
    return f"{given:g}" if isinstance(given, float) else f"'{str(given)[:60]}'"


def _wanted(error: Mapping[str, Any]) -> str:
    """What may be given instead, in words: the validation library's are not for users."""
    limits = error.get("ctx", {})
    if error["type"] == "literal_error":
        return f"Give one of {limits['expected']}."
    if "ge" in limits or "le" in limits:
        field = AnalysisOptions.model_fields[str(error["loc"][0])]
        bounds = {k: getattr(part, k) for part in field.metadata for k in ("ge", "le") if hasattr(part, k)}
        return f"Give a number from {bounds['ge']} to {bounds['le']}."
    if "max_length" in limits:
        return f"Give at most {limits['max_length']} characters."
    if error["type"] in _NOT_PLAIN:
        return "Give one line of plain text."
    if error["type"] == "string_too_short":
        return "Give some text, or leave the option out."
    return (
        "Give a plain number." if "float" in error["type"] or "finite" in error["type"] else "Leave it out."
    )
