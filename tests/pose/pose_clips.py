"""Clips made from a clip: copies of the athlete side by side, a picture that stands still, a sudden step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cricksy_lib.video import read_frames, write_mp4


def moved_copies(
    source: Path,
    target: Path,
    *,
    shifts: tuple[int, ...],
    frames: int,
    still: bool = False,
    step_at: int = 0,
    step_px: int = 0,
) -> Path:
    """Write ``frames`` frames, divided into as many upright strips as there are ``shifts``.

    Each strip shows the source's picture shifted sideways by its number of pixels; from frame
    ``step_at`` on by ``step_px`` more. With ``still`` every frame is the source's first.
    """

    def pictures() -> Iterator[tuple[float, np.ndarray]]:
        first = None
        for number, frame in enumerate(read_frames(source)):
            if number == frames:
                return
            first = frame.image if first is None else first
            image = first if still else frame.image
            width = image.shape[1] // len(shifts)
            out = np.empty_like(image)
            for strip, shift in enumerate(shifts):
                moved = np.roll(image, shift + (step_px if step_at and number >= step_at else 0), axis=1)
                part = slice(strip * width, (strip + 1) * width)
                out[:, part] = moved[:, part]
            yield number / 30, out

    write_mp4(target, pictures(), frame_rate=30)
    return target
