"""The clip's frames at a working size: decoded once where they fit into memory, and cut before colour.

The model looks at 256 x 256 pixels of a person, so a frame is kept at no more than 1280 pixels a side; only
for an athlete who would be too small in that are the native frames read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from cricksy_lib.pose.camera import CameraWatch
from cricksy_lib.video import DecodedFrame, Timeline, VideoInfo, decode_frames, to_rgb
from cricksy_lib.video.convert import reformat
from cricksy_lib.video.geometry import Crop

WORKING_SIDE = 1280
KEPT_BYTES = 512 * 1024**2
# A pause between wanted frames worth a seek: a keyframe is seldom further away than two seconds.
_SEEK_OVER_S = 4.0
# Lines up to half as wide go, in the small pictures that the model is shown.
_LINES_PX = 7


class Picture(Protocol):
    """A frame that can be looked at in parts."""

    @property
    def index(self) -> int:
        """Native frame number."""

    @property
    def time_s(self) -> float:
        """Seconds in the clip."""

    def look(self, crop: Crop, size: tuple[int, int]) -> np.ndarray:
        """Return ``crop``, pixels of the upright frame, as RGB (h, w, 3) of ``size`` (w, h)."""


@dataclass(frozen=True)
class WholePicture:
    """A whole frame, native or reduced, still in the decoder's colours."""

    frame: DecodedFrame

    @property
    def index(self) -> int:
        """Native frame number."""
        return self.frame.index

    @property
    def time_s(self) -> float:
        """Seconds in the clip."""
        return self.frame.time_s

    def look(self, crop: Crop, size: tuple[int, int]) -> np.ndarray:
        """Return a part of the frame as RGB."""
        return to_rgb(self.frame, crop=crop, size=size)


@dataclass(frozen=True)
class CutPicture:
    """The part of a native frame around a small athlete, RGB; the rest of the frame is forgotten."""

    index: int
    time_s: float
    image: np.ndarray
    origin: tuple[int, int]
    scale: float

    @classmethod
    def of(cls, frame: DecodedFrame, crop: Crop, side_px: int) -> CutPicture:
        """Cut a square out of a frame; never enlarged."""
        side = min(side_px, crop[2] - crop[0])
        image = to_rgb(frame, crop=crop, size=(side, side))
        return cls(frame.index, frame.time_s, image, crop[:2], side / (crop[2] - crop[0]))

    def look(self, crop: Crop, size: tuple[int, int]) -> np.ndarray:
        """Return a part of the frame as RGB."""
        sx, sy = size[0] / (crop[2] - crop[0]), size[1] / (crop[3] - crop[1])
        dx, dy = self.origin[0] - crop[0], self.origin[1] - crop[1]
        matrix = np.array([[sx / self.scale, 0, dx * sx], [0, sy / self.scale, dy * sy]])
        return cv2.warpAffine(self.image, matrix, size, flags=cv2.INTER_LINEAR)


@dataclass(frozen=True)
class ClearedPicture:
    """A picture without its thin lines, for the model sees nobody behind the meshes of a net."""

    picture: Picture

    @property
    def index(self) -> int:
        """Native frame number."""
        return self.picture.index

    @property
    def time_s(self) -> float:
        """Seconds in the clip."""
        return self.picture.time_s

    def look(self, crop: Crop, size: tuple[int, int]) -> np.ndarray:
        """Return a part of the frame as RGB."""
        return cv2.medianBlur(np.ascontiguousarray(self.picture.look(crop, size)), _LINES_PX)


class Footage:
    """Read a clip's frames; the last ones that fit into memory are kept, reduced, for a second reading."""

    def __init__(
        self, info: VideoInfo, timeline: Timeline, wanted: np.ndarray, watch: CameraWatch | None = None
    ) -> None:
        """Prepare to read the frames for which ``wanted`` (frames in the clip,) is true.

        ``watch`` is shown every frame that is decoded on the way. Set ``without_lines`` to see through a net.
        """
        self._info, self._timeline = info, timeline
        self._watch = watch
        self.without_lines = False
        self._wanted = wanted
        scale = min(1.0, WORKING_SIDE / max(info.width, info.height))
        self.scale = scale if scale < 0.95 else 1.0
        frame_bytes = info.width * info.height * self.scale**2 * 1.5
        room = int(KEPT_BYTES / frame_bytes)
        # Of a clip that is much longer little would be saved.
        self._room = room if wanted.sum() <= 2 * room else 0
        self._kept: dict[int, WholePicture] = {}

    def read(self, numbers: np.ndarray) -> Iterator[Picture]:
        """Read wanted frames by number, in increasing order, at the working size.

        What is passed on the way is kept while there is room, so that it need not be decoded again.
        """
        numbers = np.unique(numbers)
        held = {n: self._kept[n] for n in numbers.tolist() if n in self._kept}
        decoded = self._decode(np.array([n for n in numbers.tolist() if n not in held], dtype=int))
        ahead: WholePicture | None = None
        for number in numbers.tolist():
            # What is handed out is not held: the reader decides how long it lives.
            picture = held.pop(number, None)
            if picture is None:
                while ahead is None or ahead.index < number:
                    ahead = next(decoded, None)
                    if ahead is None:
                        break
                # A damaged clip lacks frames that its timeline has.
                if ahead is not None and ahead.index == number:
                    picture, ahead = ahead, None
            if picture is not None:
                yield self._shown(picture)
        for _ in decoded:
            pass

    def read_cut(self, numbers: np.ndarray, crops: dict[int, Crop], side_px: int) -> Iterator[Picture]:
        """Read frames by number, in increasing order, only the given square of each, in native detail."""
        times = self._timeline.times_s
        for start, stop in _windows(times, np.unique(numbers)):
            for frame in decode_frames(self._info.path, start, stop):
                if frame.index in crops:
                    yield self._shown(CutPicture.of(frame, crops[frame.index], side_px))

    def _shown(self, picture: Picture) -> Picture:
        return ClearedPicture(picture) if self.without_lines else picture

    def _decode(self, numbers: np.ndarray) -> Iterator[WholePicture]:
        asked = set(numbers.tolist())
        for start, stop in _windows(self._timeline.times_s, numbers):
            for frame in decode_frames(self._info.path, start, stop):
                if self._watch is not None:
                    self._watch.see(frame)
                # The last are kept, not the first: the others are then read again from the clip's start,
                # where a keyframe is sure to be.
                keep = self._wanted[frame.index] and self._room > 0
                if not keep and frame.index not in asked:
                    continue
                picture = WholePicture(self._reduced(frame))
                if keep:
                    self._kept[frame.index] = picture
                    if len(self._kept) > self._room:
                        self._kept.pop(next(iter(self._kept)))
                if frame.index in asked:
                    yield picture

    def _reduced(self, frame: DecodedFrame) -> DecodedFrame:
        if self.scale == 1.0:
            return frame
        width = round(frame.av_frame.width * self.scale / 2) * 2
        height = round(frame.av_frame.height * self.scale / 2) * 2
        return replace(frame, av_frame=reformat(frame.av_frame, width, height, "yuv420p"))


def _windows(times: np.ndarray, numbers: np.ndarray) -> list[tuple[float, float | None]]:
    """Group frame numbers into stretches (start, stop) of the clip, in seconds, that are read in one go."""
    if numbers.size == 0:
        return []
    breaks = np.flatnonzero(np.diff(times[numbers]) > _SEEK_OVER_S)
    firsts, lasts = numbers[np.r_[0, breaks + 1]], numbers[np.r_[breaks, numbers.size - 1]]
    stops = [float(times[n + 1]) if n + 1 < times.size else None for n in lasts]
    return [(float(times[first]), stop) for first, stop in zip(firsts, stops, strict=True)]
