"""Sequential decode with true times: frames that are not wanted are decoded but never converted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame

from cricksy_lib.video.container import iterate_packets, open_video
from cricksy_lib.video.convert import DecodedFrame, to_rgb
from cricksy_lib.video.timeline import Timeline, read_timeline

_log = logging.getLogger(__name__)


class _DamagedError(Exception):
    """A packet could not be decoded."""


@dataclass(frozen=True)
class Frame:
    """An upright frame.

    Attributes
    ----------
    index : native frame number.
    time_s : seconds in the clip, 0 at the first frame shown.
    image : uint8 (H, W, 3), RGB.
    """

    index: int
    time_s: float
    image: np.ndarray


def decode_frames(
    path: str | Path, start_s: float = 0.0, stop_s: float | None = None, *, threads: int = 0
) -> Iterator[DecodedFrame]:
    """Decode the frames shown in ``[start_s, stop_s)`` in order, without converting any.

    Reading starts at the last keyframe before ``start_s``, so parts of a clip can be read by several
    processes; frame numbers and times are those of the whole clip. Damaged packets are skipped: their frame
    numbers are missing.

    Parameters
    ----------
    path : clip.
    start_s, stop_s : seconds in the clip; ``stop_s`` None for the end.
    threads : threads that decode (0: one for each core; 1 where processes already share the cores).

    Raises
    ------
    VideoNotFoundError, NotAVideoError, NoDecodableFrameError, VideoTooLargeError
        See `cricksy_lib.video.probe`.
    """
    timeline = read_timeline(path)
    times = timeline.times_s
    # Half a tick of slack: a start taken from `times_s` finds its own frame whatever the rounding.
    slack = 0.5 * float(timeline.time_base)
    begin = int(np.searchsorted(times, start_s - slack))
    end = times.size if stop_s is None else int(np.searchsorted(times, stop_s - slack))
    if begin >= end:
        return
    expected = begin
    for threads_now in (threads, 1):
        try:
            for index, frame in _decode_from(path, timeline, expected, threads_now):
                if index >= end:
                    return
                if index < expected:
                    continue
                expected = index + 1
                yield DecodedFrame(index, float(times[index]), frame, timeline.geometry)
        except _DamagedError:
            # Decoders that work on several frames at once lose good frames beside a bad one: go on with one.
            continue
        return


def read_frames(
    path: str | Path,
    *,
    start_s: float = 0.0,
    stop_s: float | None = None,
    rate: float | None = None,
    width: int | None = None,
    threads: int = 0,
) -> Iterator[Frame]:
    """Read upright RGB frames in order.

    Parameters
    ----------
    path : clip.
    start_s, stop_s : seconds in the clip, ``stop_s`` excluded (None: to the end).
    rate : wanted frames per second; frames between are decoded but never converted. None: all.
    width : width of the result in pixels (None: native); the height follows.
    threads : threads that decode (0: one for each core).

    Raises
    ------
    VideoNotFoundError, NotAVideoError, NoDecodableFrameError, VideoTooLargeError
        See `cricksy_lib.video.probe`.
    """
    timeline = read_timeline(path)
    wanted = timeline.sampled(rate)
    geometry = timeline.geometry
    size = None
    if width is not None and width != geometry.width:
        size = (width, max(1, round(width * geometry.height / geometry.width)))
    for decoded in decode_frames(path, start_s, stop_s, threads=threads):
        if wanted[decoded.index]:
            yield Frame(decoded.index, decoded.time_s, to_rgb(decoded, size=size))


def _decode_from(
    path: str | Path, timeline: Timeline, begin: int, threads: int
) -> Iterator[tuple[int, VideoFrame]]:
    """Decode from the best keyframe for frame ``begin``; from the start of the file if that lands late."""
    usable = timeline.keyframes <= begin
    if usable.any() and timeline.keyframes[usable][-1] > 0:
        at = int(timeline.keyframe_dts[usable][-1])
        landed = False
        for index, frame in _decode_all(path, timeline, at, threads):
            if not landed and index > begin:
                break
            landed = True
            yield index, frame
        if landed:
            return
    yield from _decode_all(path, timeline, None, threads)


def _decode_all(
    path: str | Path, timeline: Timeline, seek_dts: int | None, threads: int
) -> Iterator[tuple[int, VideoFrame]]:
    """Decode to the end; a damaged packet raises `_DamagedError`, or is left out with one thread."""
    with open_video(path, threads=threads) as (container, stream):
        if seek_dts is not None:
            try:
                container.seek(seek_dts, stream=stream, backward=True)
            except FFmpegError:
                return
        counted = skipped = 0
        for packet in chain(iterate_packets(container, stream), (None,)):
            frames: list[VideoFrame] = []
            try:
                if packet is None or not packet.is_corrupt:
                    frames = stream.decode(packet)
            except FFmpegError as error:
                if threads != 1:
                    raise _DamagedError from error
                skipped += 1
            for frame in frames:
                index = _index(timeline, frame, counted)
                counted += 1
                if index is not None and not frame.is_corrupt:
                    yield index, frame
        if skipped:
            _log.info("%d damaged packets were skipped", skipped)


def _index(timeline: Timeline, frame: VideoFrame, counted: int) -> int | None:
    if timeline.clock != "presentation":
        return counted if counted < timeline.pts.size else None
    if frame.pts is None:
        return None
    index = int(np.searchsorted(timeline.pts, frame.pts))
    return index if index < timeline.pts.size and timeline.pts[index] == frame.pts else None
