"""All that a validation found, as one JSON document."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cricksy_lib.errors import ResultsError
from cricksy_lib.passrun import write_text
from cricksy_lib.results import Mode
from cricksy_lib.validation.record import Row, SceneRecord

SCHEMA = "cricksy.validation/1"
_DIGITS = 4


class Evidence(BaseModel):
    """What was assessed and what came of it.

    Attributes
    ----------
    set_name, modes : which scenes. ``skipped``: what was left out, in words.
    scenes : records of the truth set. ``traps``: of the clips that show no technique.
    filmed : scene's name -> way of filming -> record, for invariance.
    real : rows of the comparison with reference data, or the reason why there is none.
    made_with : versions and hashes.
    """

    model_config = ConfigDict(extra="forbid")
    schema_name: str = SCHEMA
    set_name: str
    modes: list[Mode]
    skipped: list[str] = Field(default_factory=list)
    scenes: list[SceneRecord]
    traps: list[SceneRecord] = Field(default_factory=list)
    filmed: dict[str, dict[str, SceneRecord]] = Field(default_factory=dict)
    real: list[Row] | str = "not asked for"
    made_with: dict[str, str] = Field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write as JSON; numbers are rounded to what they are worth."""
        content = _rounded(self.model_dump(mode="json"))
        write_text(path, json.dumps(content, allow_nan=False, ensure_ascii=False))

    @classmethod
    def read(cls, path: Path) -> Evidence:
        """Read what `write` wrote.

        Raises
        ------
        ResultsError
            If the file is not such a document.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ResultsError(
                f"'{path.name}' is not the outcome of a validation.", "Run 'cricksy validate' again."
            ) from error


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, _DIGITS) if abs(value) < 1e12 else None
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value
