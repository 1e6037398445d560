"""Small clips made with PyAV alone, independent of what is tested; each frame says its number."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 8
CORNERS = {"top left": (220, 30, 30), "top right": (30, 200, 30), "bottom left": (30, 30, 220)}


def picture(number: int, width: int, height: int) -> np.ndarray:
    """Upright RGB picture: red, green and blue corners, and ``number`` in binary across the middle."""
    image = np.full((height, width, 3), 128, dtype=np.uint8)
    h, w = height // 3, width // 3
    image[:h, :w] = CORNERS["top left"]
    image[:h, -w:] = CORNERS["top right"]
    image[-h:, :w] = CORNERS["bottom left"]
    edges = np.linspace(0, width, BITS + 1).astype(int)
    for bit in range(BITS):
        image[h + 2 : 2 * h - 2, edges[bit] : edges[bit + 1]] = 240 if number >> bit & 1 else 16
    return image


def number_of(image: np.ndarray) -> int:
    """Read the number off an upright picture."""
    height, width = image.shape[:2]
    edges = np.linspace(0, width, BITS + 1)
    centres = ((edges[:-1] + edges[1:]) / 2).astype(int)
    row = image[height // 2, centres].mean(axis=1)
    return int(sum(1 << bit for bit, value in enumerate(row) if value > 128))


def corners(image: np.ndarray) -> dict[str, tuple[int, int, int]]:
    """Colours of three corners, 1/8 inside the picture."""
    height, width = image.shape[:2]
    y, x = height // 8, width // 8
    places = {"top left": (y, x), "top right": (y, -x - 1), "bottom left": (-y - 1, x)}
    return {name: tuple(int(v) for v in image[place]) for name, place in places.items()}  # type: ignore[misc]


def make_clip(
    path: Path,
    *,
    times: Sequence[float] | None = None,
    width: int = 128,
    height: int = 96,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rotation: int = 0,
    mirrored: bool = False,
    pixel_aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
    audio: bool = False,
    format_options: dict[str, str] | None = None,
    container_format: str | None = None,
    gop: int = 10,
) -> Path:
    """Write a clip whose upright picture is ``width`` by ``height`` before the pixel aspect is applied."""
    times = [i / 30 for i in range(30)] if times is None else times
    quarter = rotation % 180 != 0
    with av.open(str(path), "w", format=container_format, options=format_options or {}) as container:
        stream = container.add_stream(codec, rate=30, options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = (height, width) if quarter else (width, height)
        stream.pix_fmt, stream.gop_size = pix_fmt, gop
        stream.codec_context.time_base = Fraction(1, 90_000)
        if pixel_aspect:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation or mirrored:
            stream.set_display_rotation(rotation, hflip=mirrored)
        sound = container.add_stream("aac", rate=48_000) if audio else None
        for number, time_s in enumerate(times):
            # FFmpeg turns the coded picture counter-clockwise by the rotation: turn it back here.
            upright = picture(number, width, height)
            coded = np.rot90(upright[:, ::-1] if mirrored else upright, k=-rotation // 90)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(coded), format="rgb24")
            frame.pts, frame.time_base = round(time_s * 90_000), Fraction(1, 90_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _write_silence(container, sound, times[-1])
    return path


def make_sound(path: Path) -> Path:
    """Write a second of silence in MP4."""
    with av.open(str(path), "w") as container:
        _write_silence(container, container.add_stream("aac", rate=48_000), 1.0)
    return path


def make_picture(path: Path) -> Path:
    """Write a PNG under whatever name is given."""
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("png")
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(0, 64, 48), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def _write_silence(container: av.container.OutputContainer, stream: object, seconds: float) -> None:
    assert isinstance(stream, av.AudioStream)
    for start in range(0, int(seconds * 48_000) + 1, 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), dtype=np.float32), format="fltp")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
