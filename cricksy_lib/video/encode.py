"""Write clips that a browser plays: H.264 or VP9 in MP4, playable from the start, seekable to the second."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from cricksy_lib.errors import AnalysisError, NoDecodableFrameError
from cricksy_lib.progress import Progress, silent
from cricksy_lib.video.container import RECORD_AGAIN
from cricksy_lib.video.convert import plane_pixels, reformat
from cricksy_lib.video.decode import decode_frames
from cricksy_lib.video.geometry import Geometry
from cricksy_lib.video.timeline import read_timeline

MAX_SIDE = 1280
# 90 kHz holds every usual frame rate (24, 25, 30, 50, 60, 120, 240 and their NTSC forms) within 6 µs.
_TICKS = 90_000
# No B-frames: every frame's decoding time is its own time, so players need no edit list to start at 0.
_ENCODERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("libx264", {"preset": "veryfast", "bf": "0", "forced-idr": "1"}),
    ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "b": "0"}),
)


def make_proxy(
    source: str | Path, target: str | Path, *, max_side: int = MAX_SIDE, progress: Progress = silent
) -> None:
    """Write a copy of a clip that every browser plays, on the same timeline.

    The copy is upright, 8-bit, at most ``max_side`` pixels long, with even sides and a keyframe each second;
    each frame keeps its own time (variable frame rate included), the first at 0. Sound is left out: it adds
    nothing to the analysis, and carries the voices of players and bystanders, many of them minors.

    Parameters
    ----------
    source : clip to copy.
    target : file to write; it appears only when it is whole.
    max_side : longest side in pixels; smaller clips are not enlarged.
    progress : told the number of frames done.

    Raises
    ------
    VideoError
        If the clip cannot be used (see `cricksy_lib.video.probe`).
    AnalysisError
        If the copy cannot be written.
    """
    timeline = read_timeline(source)
    size = fit(timeline.geometry.width, timeline.geometry.height, max_side)
    total = timeline.pts.size
    frames = decode_frames(source)
    first = next(frames, None)
    if first is None:
        raise NoDecodableFrameError(f"No frame of '{Path(source).name}' can be decoded.", RECORD_AGAIN)
    with _Writer.create(Path(target), size, timeline.frame_rate or 1.0, crf=23) as writer:
        for decoded in chain((first,), frames):
            writer.write(decoded.time_s, _upright_yuv(decoded.av_frame, timeline.geometry, size))
            progress("proxy", decoded.index + 1, total)
    progress("proxy", total, total)


def write_mp4(
    target: str | Path, frames: Iterable[tuple[float, np.ndarray]], *, frame_rate: float, crf: int = 23
) -> None:
    """Write RGB frames at their own times.

    Parameters
    ----------
    target : file to write; it appears only when it is whole.
    frames : pairs of time in seconds (increasing) and uint8 (H, W, 3) RGB image, all of one size; an odd last
        row or column is left out.
    frame_rate : nominal frames per second; it sets how long the last frame is shown.
    crf : quality, lower is better (H.264's scale).

    Raises
    ------
    ValueError
        If there is no frame, or sizes or times do not fit together.
    AnalysisError
        If the file cannot be written.
    """
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise ValueError("no frames to write")
    height, width = (side // 2 * 2 for side in first[1].shape[:2])
    shape = first[1].shape
    with _Writer.create(Path(target), (width, height), frame_rate, crf=crf) as writer:
        for time_s, image in chain((first,), iterator):
            if image.shape != shape:
                raise ValueError(f"frame of shape {image.shape} among frames of shape {shape}")
            rgb = VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="rgb24")
            writer.write(time_s, _to_yuv(rgb, width, height))


def fit(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Return even (width, height) of the same shape whose longer side is at most ``max_side``."""
    scale = min(1.0, max_side / max(width, height))
    even_width, even_height = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    return even_width, even_height


def _to_yuv(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    """Scale to 8-bit 4:2:0 of limited range; colours that name no matrix are written as BT.709."""
    known = frame.colorspace in (Colorspace.ITU709, Colorspace.ITU601, 6, 9)
    return reformat(
        frame,
        width,
        height,
        "yuv420p",
        dst_colorspace=None if known else Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )


def _upright_yuv(frame: VideoFrame, geometry: Geometry, size: tuple[int, int]) -> VideoFrame:
    width, height = size[::-1] if geometry.transpose else size
    small = _to_yuv(frame, width, height)
    if not (geometry.transpose or geometry.flip_x or geometry.flip_y):
        return small
    upright = VideoFrame(*size, "yuv420p")
    for plane, target in zip(small.planes, upright.planes, strict=True):
        pixels = geometry.turn(np.ascontiguousarray(plane_pixels(plane)[:, : plane.width]))
        plane_pixels(target)[:, : target.width] = pixels
    for name in ("colorspace", "color_range", "color_trc", "color_primaries"):
        setattr(upright, name, getattr(small, name))
    return upright


class _Writer:
    """One output file: frames in, each at its own time, a keyframe at least each second."""

    def __init__(
        self,
        container: OutputContainer,
        stream: VideoStream,
        frame_rate: float,
        target: Path,
    ) -> None:
        self._target = target
        self._container = container
        self._stream = stream
        self._usual_ticks = max(1, round(_TICKS / frame_rate))
        self._last_ticks: int | None = None
        self._key_ticks: int | None = None

    @classmethod
    @contextmanager
    def create(cls, target: Path, size: tuple[int, int], frame_rate: float, *, crf: int) -> Iterator[_Writer]:
        """Open a file beside the target; it takes the target's name when all went well, else it goes."""
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        name, options = _encoder()
        with _reported(target):
            container = av.open(
                f"file:{part.absolute()}", mode="w", format="mp4", options={"movflags": "+faststart"}
            )
        try:
            rate = Fraction(frame_rate).limit_denominator(1001)
            stream = container.add_stream(name, rate=rate, options={**options, "crf": str(crf)})
            assert isinstance(stream, VideoStream)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = Fraction(1, _TICKS)
            # An upper bound; the times themselves place the keyframes.
            stream.gop_size = max(1, round(frame_rate)) * 2
            writer = cls(container, stream, frame_rate, target)
            yield writer
            with _reported(target):
                writer.finish()
                container.close()
                part.replace(target)
        finally:
            with suppress(FFmpegError, OSError):
                container.close()
            part.unlink(missing_ok=True)

    def write(self, time_s: float, frame: VideoFrame) -> None:
        """Append a frame shown at ``time_s``."""
        ticks = round(time_s * _TICKS)
        if self._last_ticks is None:
            context = self._stream.codec_context
            for name in ("colorspace", "color_range", "color_trc", "color_primaries"):
                setattr(context, name, getattr(frame, name))
        elif ticks <= self._last_ticks:
            raise ValueError(f"the time {time_s} s does not follow the one before")
        self._last_ticks = ticks
        frame.pts, frame.time_base = ticks, Fraction(1, _TICKS)
        if self._key_ticks is None or ticks - self._key_ticks >= _TICKS:
            frame.pict_type = PictureType.I
            self._key_ticks = ticks
        else:
            frame.pict_type = PictureType.NONE
        with _reported(self._target):
            self._mux(frame)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._mux(None)

    def _mux(self, frame: VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            # Only the last one's counts: the others end where the next begins.
            packet.duration = self._usual_ticks
            self._container.mux(packet)


@contextmanager
def _reported(target: Path) -> Iterator[None]:
    try:
        yield
    except (FFmpegError, OSError) as error:
        raise AnalysisError(
            f"The video '{target.name}' could not be written ({type(error).__name__}).",
            "Check the free space and the permissions of its folder.",
        ) from error


def _encoder() -> tuple[str, dict[str, str]]:
    for name, options in _ENCODERS:
        try:
            av.Codec(name, "w")
        except UnknownCodecError:
            continue
        return name, options
    raise AnalysisError(
        "This installation of PyAV has no encoder for H.264 or VP9.", "Install PyAV from its official wheel."
    )
