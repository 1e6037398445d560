"""Decoded frames to upright RGB: crop, scale while still in planes, and only then change colours."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter

from cricksy_lib.video.geometry import Crop, Geometry

# Formats whose planes can be cut by rows and columns (planar and semi-planar; the rest is converted first).
_PLANAR = ("yuv", "yuvj", "gray", "nv12", "nv21", "p010", "p016", "gbrp")
_YUV = ("yuv", "nv12", "nv21", "p010", "p016")
_REFORMATTERS_KEPT = 16
_local = threading.local()


@dataclass(frozen=True)
class DecodedFrame:
    """A frame as the decoder gave it: convert only what is needed, with `to_rgb`.

    Attributes
    ----------
    index : native frame number, the rank of the frame's time among all frames of the clip.
    time_s : seconds in the clip, 0 at the first frame shown.
    av_frame : PyAV frame in coded orientation and colours.
    geometry : how the coded picture becomes the upright one.
    """

    index: int
    time_s: float
    av_frame: VideoFrame
    geometry: Geometry


def to_rgb(
    frame: DecodedFrame, *, crop: Crop | None = None, size: tuple[int, int] | None = None
) -> np.ndarray:
    """Convert a decoded frame, or a part of it, to upright RGB.

    Only the part inside ``crop`` is read and converted, so a small crop of a 4K frame costs little.

    Parameters
    ----------
    frame : decoded frame.
    crop : (x0, y0, x1, y1) in pixels of the upright picture, x1 and y1 excluded; None for the whole
        picture. What lies outside the picture is black.
    size : (width, height) of the result in pixels; None for the crop's own size.

    Returns
    -------
    numpy.ndarray
        (height, width, 3) uint8, RGB, contiguous.

    Raises
    ------
    ValueError
        If the crop or the size is empty.
    """
    geometry = frame.geometry
    whole: Crop = (0, 0, geometry.width, geometry.height)
    x0, y0, x1, y1 = crop or whole
    width, height = size or (x1 - x0, y1 - y0)
    if x1 <= x0 or y1 <= y0 or width <= 0 or height <= 0:
        raise ValueError(f"empty crop or size: {crop}, {size}")
    inside = (max(x0, 0), max(y0, 0), min(x1, geometry.width), min(y1, geometry.height))
    if inside == (x0, y0, x1, y1):
        return _convert(frame.av_frame, geometry, inside, width, height)
    canvas = np.zeros((height, width, 3), dtype=np.uint8)
    if inside[2] <= inside[0] or inside[3] <= inside[1]:
        return canvas
    sx, sy = width / (x1 - x0), height / (y1 - y0)
    left, right = round((inside[0] - x0) * sx), round((inside[2] - x0) * sx)
    top, bottom = round((inside[1] - y0) * sy), round((inside[3] - y0) * sy)
    if right > left and bottom > top:
        canvas[top:bottom, left:right] = _convert(
            frame.av_frame, geometry, inside, right - left, bottom - top
        )
    return canvas


def _convert(source: VideoFrame, geometry: Geometry, crop: Crop, width: int, height: int) -> np.ndarray:
    x0, y0, x1, y1 = geometry.to_coded(crop, source.width, source.height)
    left, top = math.floor(x0 + 1e-6), math.floor(y0 + 1e-6)
    right, bottom = math.ceil(x1 - 1e-6), math.ceil(y1 - 1e-6)
    if (left, top, right, bottom) != (0, 0, source.width, source.height):
        source = _cut(source, left, top, right, bottom)
    if geometry.transpose:
        width, height = height, width
    if (width, height) != (source.width, source.height) and source.format.name.startswith(_YUV):
        # swscale scales planes two to four times faster than it scales and turns to RGB in one go.
        source = reformat(source, width, height, "yuv420p")
    rgb = reformat(source, width, height, "rgb24")
    return np.ascontiguousarray(geometry.turn(rgb.to_ndarray()))


def reformat(
    source: VideoFrame,
    width: int,
    height: int,
    pixel_format: str,
    *,
    dst_colorspace: int | None = None,
    dst_color_range: int | None = None,
) -> VideoFrame:
    """Scale and convert in one step, with a scaler that is kept between frames of the same kind."""
    # Means of areas where much is left out, so that no pixel is skipped; they are the faster way there too.
    shrunk = 2 * width <= source.width and 2 * height <= source.height
    key: Hashable = (source.width, source.height, source.format.name, width, height, pixel_format)
    kept: OrderedDict[Hashable, VideoReformatter] = _local.__dict__.setdefault("kept", OrderedDict())
    reformatter = kept.pop(key, None) or VideoReformatter()
    kept[key] = reformatter
    if len(kept) > _REFORMATTERS_KEPT:
        kept.popitem(last=False)
    return reformatter.reformat(
        source,
        width,
        height,
        pixel_format,
        dst_colorspace=dst_colorspace,
        dst_color_range=dst_color_range,
        interpolation="AREA" if shrunk else "BILINEAR",
        threads=1,
    )


def _cut(source: VideoFrame, left: int, top: int, right: int, bottom: int) -> VideoFrame:
    """Copy a rectangle out of a frame, plane by plane, without converting it."""
    if not source.format.name.startswith(_PLANAR):
        source = source.reformat(format="yuv444p", threads=1)
    target = VideoFrame(right - left, bottom - top, source.format.name)
    for number, (plane, part) in enumerate(zip(source.planes, target.planes, strict=True)):
        components = [c for c in source.format.components if c.plane == number]
        step = len(components) * ((components[0].bits + 7) // 8)
        # Chroma planes are smaller by a power of two; an odd edge moves colour by half a chroma sample.
        shift_x = round(math.log2(source.width / components[0].width))
        shift_y = round(math.log2(source.height / components[0].height))
        rows, columns = -(-(bottom - top) >> shift_y), -(-(right - left) >> shift_x)
        x, y = (left >> shift_x) * step, top >> shift_y
        taken = plane_pixels(plane)[y : y + rows, x : x + columns * step]
        plane_pixels(part)[: taken.shape[0], : taken.shape[1]] = taken
    target.colorspace, target.color_range = source.colorspace, source.color_range
    return target


def plane_pixels(plane: VideoPlane) -> np.ndarray:
    """View a plane's bytes as rows (H, line size), top row first; rows may be longer than the picture."""
    flat = np.frombuffer(plane, dtype=np.uint8)  # type: ignore[call-overload]
    rows: np.ndarray = flat.reshape(-1, abs(plane.line_size))[: plane.height]
    return rows[::-1] if plane.line_size < 0 else rows
