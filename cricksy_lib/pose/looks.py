"""What the detector saw in parts of frames, kept for another pass over the same clip."""

from __future__ import annotations

import itertools
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cricksy_lib.errors import AnalysisError, PoseFileError
from cricksy_lib.pose.athlete import Look
from cricksy_lib.video.geometry import Crop


@dataclass(frozen=True)
class Question:
    """One look at a frame.

    Attributes
    ----------
    frame : native frame number.
    crops : the parts to look at, pixels of the upright frame.
    closely : whether those who stand close to somebody are looked for too.
    without_lines : whether thin lines were taken out of the picture before.
    """

    frame: int
    crops: tuple[Crop, ...]
    closely: bool
    without_lines: bool

    def written(self) -> str:
        """Return the question as one line of text, the same for the same question."""
        return json.dumps([self.frame, [list(crop) for crop in self.crops], self.closely, self.without_lines])


@dataclass
class Looks:
    """Answers of the detector by question, all of one clip and one model.

    The detector has no memory: an answer that was kept is the one that it would give again.
    """

    model_sha256: str = ""
    _answers: dict[str, list[Look]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._answers)

    def keep_to(self, model_sha256: str) -> None:
        """Forget what another model saw."""
        if self.model_sha256 != model_sha256:
            self.model_sha256 = model_sha256
            self._answers.clear()

    def known(self, question: Question) -> list[Look] | None:
        """Return the people seen, or None where nobody has looked yet."""
        return self._answers.get(question.written())

    def keep(self, question: Question, people: Sequence[Look]) -> None:
        """Keep what was seen."""
        self._answers[question.written()] = list(people)

    def write(self, path: Path, video_sha256: str) -> None:
        """Write all answers to a file, whole or not at all.

        Raises
        ------
        AnalysisError
            If the file cannot be written.
        """
        every = [look for people in self._answers.values() for look in people]
        partial = path.with_name(f".{path.name}.tmp")
        try:
            with partial.open("wb") as file:
                np.savez(
                    file,
                    of=np.array([video_sha256, self.model_sha256]),
                    questions=np.array(list(self._answers), dtype=str),
                    counts=np.array([len(people) for people in self._answers.values()], dtype=int),
                    poses=np.array([look.pose for look in every], dtype=float).reshape(-1, 33, 7),
                    colours=np.array([look.colour for look in every], dtype=float).reshape(-1, 3),
                )
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise AnalysisError(
                f"'{path.name}' cannot be written ({error.strerror or type(error).__name__}).",
                "Check that the folder can be written to and that the disk has room.",
            ) from error

    @classmethod
    def read(cls, path: Path, video_sha256: str) -> Looks:
        """Read what an earlier pass over the same clip wrote.

        Raises
        ------
        PoseFileError
            If the file cannot be read, or is of another clip.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                clip, model = held["of"].tolist()
                questions, ends = held["questions"].tolist(), np.cumsum(held["counts"]).tolist()
                people = [Look(*seen) for seen in zip(held["poses"], held["colours"], strict=True)]
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise PoseFileError(
                "The file of what an earlier pass saw cannot be read.",
                "Leave it out; the clip is looked at anew.",
            ) from error
        if clip != video_sha256:
            raise PoseFileError(
                "The file of what an earlier pass saw is of another clip.",
                "Leave it out; the clip is looked at anew.",
            )
        return cls(model, dict(zip(questions, _cut(people, ends), strict=True)))


def _cut(people: list[Look], ends: list[int]) -> list[list[Look]]:
    return [people[start:end] for start, end in itertools.pairwise([0, *ends])]
