"""What the detector saw in parts of frames, kept for another pass over the same clip."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cricksy_lib.errors import PoseFileError
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

    def as_bytes(self, video_sha256: str) -> bytes:
        """Return the content of a file with all answers."""
        every = [look for people in self._answers.values() for look in people]
        content = io.BytesIO()
        np.savez(
            content,
            of=np.array([video_sha256, self.model_sha256]),
            questions=np.array(list(self._answers), dtype=str),
            counts=np.array([len(people) for people in self._answers.values()], dtype=int),
            poses=np.array([look.pose for look in every], dtype=float).reshape(-1, 33, 7),
            colours=np.array([look.colour for look in every], dtype=float).reshape(-1, 3),
        )
        return content.getvalue()

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
