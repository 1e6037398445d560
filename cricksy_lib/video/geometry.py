"""From coded to upright pixels: rotation, mirroring and the shape of a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from av.video.frame import VideoFrame

Crop = tuple[int, int, int, int]


@dataclass(frozen=True)
class Geometry:
    """How coded pictures become upright ones.

    Attributes
    ----------
    coded_width, coded_height : size as the decoder gives it.
    width, height : upright size in square pixels, as a player shows it.
    rotation_deg : counter-clockwise turn (0, 90, 180 or -90) from coded to upright, FFmpeg's convention.
    transpose, flip_x, flip_y : the same turn (and a mirroring, if any): first transpose, then flip.
    """

    coded_width: int
    coded_height: int
    width: int
    height: int
    rotation_deg: int
    transpose: bool
    flip_x: bool
    flip_y: bool

    @classmethod
    def of(cls, frame: VideoFrame, pixel_aspect: Fraction | None = None) -> Geometry:
        """Read the geometry off a decoded frame and its stream's pixel aspect ratio (None: square)."""
        a, b, c, d = _matrix(frame)
        transpose = abs(b) > abs(a)
        flip_x, flip_y = (c < 0, b < 0) if transpose else (a < 0, d < 0)
        mirrored = transpose != (flip_x != flip_y)
        rotation = frame.rotation if not mirrored else 0
        rotation = round(rotation / 90) * 90 % 360
        aspect = float(pixel_aspect) if pixel_aspect and 1 / 8 <= pixel_aspect <= 8 else 1.0
        # Players widen or heighten, never shrink, so that no detail is lost.
        width = round(frame.width * max(aspect, 1.0))
        height = round(frame.height / min(aspect, 1.0))
        if transpose:
            width, height = height, width
        rotation = rotation - 360 if rotation > 180 else rotation
        return cls(frame.width, frame.height, width, height, rotation, transpose, flip_x, flip_y)

    def to_coded(self, crop: Crop, coded_width: int, coded_height: int) -> tuple[float, float, float, float]:
        """Map a rectangle of the upright picture to one of a coded picture of the given size."""
        x0, y0, x1, y1 = crop
        if self.flip_x:
            x0, x1 = self.width - x1, self.width - x0
        if self.flip_y:
            y0, y1 = self.height - y1, self.height - y0
        width, height = self.width, self.height
        if self.transpose:
            x0, y0, x1, y1 = y0, x0, y1, x1
            width, height = height, width
        sx, sy = coded_width / width, coded_height / height
        return x0 * sx, y0 * sy, x1 * sx, y1 * sy

    def turn(self, image: np.ndarray) -> np.ndarray:
        """Turn an image (H, W, C) from coded to upright orientation."""
        if self.transpose:
            image = cv2.transpose(image)
        if self.flip_x or self.flip_y:
            image = cv2.flip(image, -1 if self.flip_x and self.flip_y else int(self.flip_x))
        return image


def _matrix(frame: VideoFrame) -> tuple[int, int, int, int]:
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return 1, 0, 0, 1
    values = np.frombuffer(data, dtype=np.int32)  # type: ignore[call-overload]
    a, b, c, d = (int(values[i]) for i in (0, 1, 3, 4))
    if values.size != 9 or (a * d - b * c) == 0:
        return 1, 0, 0, 1
    return a, b, c, d
