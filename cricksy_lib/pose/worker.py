"""A process that runs the pose model for its parent: ``python -m cricksy_lib.pose.worker MODEL``.

It reads pickled requests from standard input and answers on standard output, in order. It ends when its
input does, so it cannot outlive its parent. A process of our own, and not one of `multiprocessing`, because
it starts the same way from a script, a notebook's kernel or a thread, and never imports the caller's main
module again.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from cricksy_lib.errors import PoseModelError

_RENEW_AFTER = 3000


class _Models:
    """The models of one worker, each loaded when first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._detector: Any = None
        self._tracker: Any = None
        self._tracked = 0

    def detect(self, image: np.ndarray) -> np.ndarray:
        if self._detector is None:
            from cricksy_lib.pose.landmarker import PeopleDetector

            self._detector = PeopleDetector(self.path)
        people: np.ndarray = self._detector(image)
        return people

    def detect_again(self, image: np.ndarray) -> np.ndarray:
        from cricksy_lib.pose.peel import detect_again

        return detect_again(self.detect, image)

    def track(self, crop: np.ndarray, first: bool) -> np.ndarray | None:
        if self._tracker is None:
            from cricksy_lib.pose.landmarker import PersonTracker

            self._tracker = PersonTracker(self.path)
        self._tracked += 1
        if first and self._tracked > _RENEW_AFTER:
            # Growth of memory has been reported for long use; loading anew costs little after so many frames.
            self._tracker.close()
            self._tracker, self._tracked = None, 0
            return self.track(crop, first)
        if first:
            self._tracker.forget(crop.shape)
        pose: np.ndarray | None = self._tracker(crop)
        if pose is not None and not _central(pose, crop.shape):
            # Somebody else stands in the crop; the next crop gets a fresh look.
            self._tracker.forget(crop.shape)
            return None
        return pose

    def close(self) -> None:
        for model in (self._detector, self._tracker):
            if model is not None:
                model.close()


def _central(pose: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Whether a pose is the person whom the crop was centred on."""
    hips = pose[23:25, :2].mean(axis=0)
    offset = hips / (shape[1], shape[0]) - 0.5
    return bool(np.abs(offset).max() < 0.22)


def serve(model: Path, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until the input ends.

    Requests are ``("detect", image)``, ``("detect_again", image)`` for those who stand close to somebody too,
    and ``("track", crop, first)``; an answer is a pair: True and the result, or False and an error as
    (type name, cause, advice).
    """
    models = _Models(model)
    try:
        while True:
            try:
                name, *arguments = pickle.load(requests)
            except EOFError:
                return
            try:
                answer: tuple[bool, Any] = (True, getattr(models, name)(*arguments))
            except PoseModelError as error:
                answer = (False, (error.cause, error.advice))
            except (RuntimeError, ValueError) as error:
                answer = (
                    False,
                    (f"The pose model stopped ({type(error).__name__}).", "Run the analysis again."),
                )
            pickle.dump(answer, answers, protocol=5)
            answers.flush()
    finally:
        models.close()


def main() -> None:
    """Serve the parent; only answers go to standard output, whatever the libraries print."""
    # Ctrl-C goes to the whole process group; the parent decides, and closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(Path(sys.argv[1]), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
