"""What a user asks of an analysis: the same model behind the command line, a job and the notebook."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from cricksy_lib.errors import UsageError
from cricksy_lib.results import Mode

HandChoice = Literal["right", "left", "auto"]
ViewChoice = Literal["side", "front", "behind", "auto"]
PassChoice = Literal["quick", "deep", "both"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]

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

    @classmethod
    def checked(cls, **fields: object) -> Self:
        """Build options, turning a schema error into a `UsageError` that names the field."""
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "options"
            option = "pass" if name == "passes" else name.replace("_", "-")
            raise UsageError(
                f"The option '{option}' cannot be used: {first['msg']}.",
                "See 'cricksy analyse --help' for what each option takes.",
            ) from error
