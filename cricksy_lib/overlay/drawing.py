"""Drawing on RGB pictures: sub-pixel lines with a dark edge, arcs, and text that can be read on grass."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

Colour = tuple[int, int, int]
Point = tuple[float, float]

EDGE: Colour = (18, 20, 24)
_SHIFT = 4  # OpenCV draws in sixteenths of a pixel, so that a skeleton does not shiver


@lru_cache(maxsize=1)
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


def _fixed(point: Point) -> tuple[int, int]:
    return round(point[0] * (1 << _SHIFT)), round(point[1] * (1 << _SHIFT))


def line(
    image: np.ndarray, start: Point, end: Point, colour: Colour, thickness: int, edge: bool = True
) -> None:
    """Draw a line, with a dark edge on both sides unless told otherwise."""
    if edge:
        cv2.line(image, _fixed(start), _fixed(end), EDGE, thickness + 2, cv2.LINE_AA, _SHIFT)
    cv2.line(image, _fixed(start), _fixed(end), colour, thickness, cv2.LINE_AA, _SHIFT)


def dot(image: np.ndarray, centre: Point, radius: float, colour: Colour) -> None:
    """Draw a filled circle with a dark edge."""
    for extra, fill in ((1.0, EDGE), (0.0, colour)):
        cv2.circle(
            image, _fixed(centre), round((radius + extra) * (1 << _SHIFT)), fill, -1, cv2.LINE_AA, _SHIFT
        )


def ring(image: np.ndarray, centre: Point, radius: float, colour: Colour, thickness: int) -> None:
    """Draw a circle with a dark edge."""
    for width, fill in ((thickness + 2, EDGE), (thickness, colour)):
        cv2.circle(image, _fixed(centre), round(radius * (1 << _SHIFT)), fill, width, cv2.LINE_AA, _SHIFT)


def arc(
    image: np.ndarray,
    corner: Point,
    first: Point,
    second: Point,
    radius: float,
    colour: Colour,
    thickness: int,
) -> Point:
    """Draw the arc of the included angle at ``corner``; return the point on its middle."""
    start = math.atan2(first[1] - corner[1], first[0] - corner[0])
    turn = math.atan2(second[1] - corner[1], second[0] - corner[0]) - start
    turn = (turn + math.pi) % (2 * math.pi) - math.pi
    angles = start + turn * np.linspace(0.0, 1.0, 24)
    points = np.stack([corner[0] + radius * np.cos(angles), corner[1] + radius * np.sin(angles)], axis=1)
    fixed = np.round(points * (1 << _SHIFT)).astype(np.int32).reshape(-1, 1, 2)
    for width, fill in ((thickness + 2, EDGE), (thickness, colour)):
        cv2.polylines(image, [fixed], False, fill, width, cv2.LINE_AA, _SHIFT)
    middle = start + turn / 2
    return corner[0] + radius * math.cos(middle), corner[1] + radius * math.sin(middle)


def text_size(text: str, size: int, weight: int = 600) -> tuple[int, int]:
    """Width and height in pixels of a label of one line, its margins included."""
    _, _, width, _ = cv2.getTextSize((10_000, 10_000), text, (0, 0), _font(), size, weight)
    return width + 2 * margin(size), size + 2 * margin(size)


def margin(size: int) -> int:
    """Space around a label's text."""
    return max(3, size // 3)


def label(
    image: np.ndarray,
    text: str,
    corner: tuple[float, float],
    size: int,
    colour: Colour,
    *,
    weight: int = 600,
    ground: Colour = EDGE,
    opacity: float = 0.72,
) -> None:
    """Draw text on a plate whose top left is at ``corner``, moved inside the picture where need be."""
    height, width = image.shape[:2]
    plate_width, plate_height = text_size(text, size, weight)
    x = round(min(max(corner[0], 0), max(width - plate_width, 0)))
    y = round(min(max(corner[1], 0), max(height - plate_height, 0)))
    plate(image, x, y, x + plate_width, y + plate_height, ground, opacity)
    base = (x + margin(size), y + margin(size) + round(0.82 * size))
    cv2.putText(image, text, base, colour, _font(), size, weight)


def plate(image: np.ndarray, x0: int, y0: int, x1: int, y1: int, colour: Colour, opacity: float) -> None:
    """Blend a rectangle into the picture."""
    part = image[max(y0, 0) : y1, max(x0, 0) : x1]
    if part.size:
        cv2.addWeighted(part, 1 - opacity, np.full_like(part, colour), opacity, 0.0, dst=part)
