"""When each frame is shown: a table of true timestamps, read from the packets without decoding them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from cricksy_lib.errors import NoDecodableFrameError, VideoTooLargeError
from cricksy_lib.settings import Settings, get_settings
from cricksy_lib.video.container import RECORD_AGAIN, check_file, iterate_packets, open_video
from cricksy_lib.video.geometry import Geometry

_USUAL_FRAME_RATE = Fraction(30)


Clock = Literal["presentation", "decoding", "nominal"]


class _Row(NamedTuple):
    """What the timeline needs of a packet."""

    pts: int | None
    dts: int | None
    duration: int
    key: bool


@dataclass(frozen=True, eq=False)
class Timeline:
    """The frames of a clip in the order in which they are shown.

    Attributes
    ----------
    pts : int64 (N,), strictly increasing: container timestamps of the frames.
    time_base : seconds for each unit of ``pts``.
    clock : where the times are from: ``presentation`` times as they should be; else frames are counted, at
        their ``decoding`` times (AVI) or, where a file has none, at the ``nominal`` frame rate.
    keyframes : int (K,): numbers of frames at which decoding can start.
    keyframe_dts : int64 (K,): decoding timestamps of those frames, for seeking.
    last_duration_s : how long the last frame is shown.
    geometry : of the first frame that decodes.
    codec : FFmpeg's name of it.
    nominal_rate : frames per second as the container states or FFmpeg guesses it.
    announced_frames, announced_s : what the container claims to hold (0: nothing claimed).
    packets, damaged_packets : packets present, and those of them that are incomplete.
    """

    pts: np.ndarray
    time_base: Fraction
    clock: Clock
    keyframes: np.ndarray
    keyframe_dts: np.ndarray
    last_duration_s: float
    geometry: Geometry
    codec: str
    nominal_rate: Fraction
    announced_frames: int
    announced_s: float
    packets: int
    damaged_packets: int

    @property
    def times_s(self) -> np.ndarray:
        """Seconds (N,), 0 at the first frame shown."""
        return (self.pts - self.pts[0]) * float(self.time_base)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame shown to the end of the last one."""
        return float(self.times_s[-1]) + self.last_duration_s

    @property
    def frame_rate(self) -> float:
        """Mean frames per second; 0 for a single frame."""
        times = self.times_s
        if times.size < 2:
            return 0.0
        mean = (times.size - 1) / float(times[-1])
        # Some containers round their times to a millisecond; the stated rate is then the better number.
        stated = float(self.nominal_rate)
        return stated if abs(mean - stated) * times[-1] < 0.1 else mean

    @property
    def variable(self) -> bool:
        """Whether frame number divided by frame rate is a wrong time for some frame."""
        times = self.times_s
        if times.size < 3:
            return False
        steps = np.diff(times)
        usual = float(np.median(steps))
        uneven = np.abs(steps - usual).max() > max(0.25 * usual, 2 * float(self.time_base))
        drift = np.abs(times - np.arange(times.size) * float(times[-1]) / (times.size - 1)).max()
        return bool(uneven or drift > 0.5 * usual)

    def sampled(self, rate: float | None) -> np.ndarray:
        """Boolean (N,): the frames to take for a wanted number per second (None: all).

        The grid starts at 0 of the clip, so that parts of a clip read separately agree.
        """
        if rate is None:
            return np.ones(self.pts.size, dtype=bool)
        if rate <= 0:
            raise ValueError(f"rate must be positive, not {rate}")
        slot = np.floor(self.times_s * rate + 1e-6)
        return np.diff(slot, prepend=-1) > 0


def read_timeline(path: str | Path, settings: Settings | None = None) -> Timeline:
    """Read a clip's timeline; kept in memory for as long as the file does not change.

    Raises
    ------
    VideoNotFoundError, NotAVideoError, NoDecodableFrameError, VideoTooLargeError
        See `cricksy_lib.video.probe`.
    """
    settings = settings or get_settings()
    path = Path(path).absolute()
    check_file(path, settings)
    status = path.stat()
    return _read(
        path, status.st_size, status.st_mtime_ns, settings.max_video_seconds, settings.max_video_pixels
    )


@lru_cache(maxsize=8)
def _read(path: Path, _size: int, _modified: int, max_seconds: float, max_pixels: int) -> Timeline:
    with open_video(path, threads=1) as (container, stream):
        _check_pixels(path, stream.codec_context.width * stream.codec_context.height, max_pixels)
        if container.duration:
            _check_seconds(path, container.duration / 1e6, max_seconds)
        rows: list[_Row] = []
        packets = damaged = 0
        first: VideoFrame | None = None
        time_base = stream.time_base or Fraction(1, 90_000)
        for packet in iterate_packets(container, stream):
            packets += 1
            if packet.is_corrupt:
                damaged += 1
                continue
            if first is None:
                first = _first_frame(stream, packet)
            if packet.is_discard:
                continue
            rows.append(_Row(packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe))
            _check_seconds(path, _span_s(rows, time_base), max_seconds)
        first = first or _first_frame(stream, None)
        if first is None or not rows:
            raise NoDecodableFrameError(
                f"'{path.name}' opens as a video ({stream.codec.canonical_name}), but none of its "
                "frames can be decoded.",
                RECORD_AGAIN,
            )
        _check_pixels(path, first.width * first.height, max_pixels)
        rate = _nominal_rate(stream)
        # AVI stores no presentation times; what FFmpeg puts in their place does not match its frames'.
        first_pts = None if container.format.name == "avi" else first.pts
        table = _by_presentation(rows, first_pts, time_base) or _by_counting(rows, time_base, rate)
        timeline = Timeline(
            *table,
            geometry=Geometry.of(first, stream.sample_aspect_ratio),
            codec=stream.codec.canonical_name,
            nominal_rate=rate,
            announced_frames=stream.frames if "mp4" in container.format.name else 0,
            announced_s=_announced_s(container, stream),
            packets=packets,
            damaged_packets=damaged,
        )
        _check_seconds(path, timeline.duration_s, max_seconds)
        return timeline


def _first_frame(stream: VideoStream, packet: Packet[VideoStream] | None) -> VideoFrame | None:
    """Decode a packet (None: flush) and return the first frame that comes out, if any."""
    try:
        frames = stream.decode(packet)
    except FFmpegError:
        return None
    return next((frame for frame in frames if not frame.is_corrupt), None)


# The timeline's fields from `pts` to `last_duration_s`.
_Table = tuple[np.ndarray, Fraction, Clock, np.ndarray, np.ndarray, float]


def _by_presentation(rows: list[_Row], first_pts: int | None, time_base: Fraction) -> _Table | None:
    if first_pts is None:
        return None
    shown: dict[int, _Row] = {}
    for row in rows:
        if row.pts is None:
            return None
        # Frames before the first that decodes (the file starts inside a group of pictures) are never shown.
        if row.pts >= first_pts:
            shown.setdefault(row.pts, row)
    if not shown:
        return None
    pts = np.array(sorted(shown), dtype=np.int64)
    ordered = [shown[int(t)] for t in pts]
    starts = [(i, row.dts) for i, row in enumerate(ordered) if row.key and row.dts is not None]
    keyframes, dts = np.array(starts, dtype=np.int64).reshape(-1, 2).T
    return pts, time_base, "presentation", keyframes, dts, _last(pts, ordered[-1].duration, time_base)


def _by_counting(rows: list[_Row], time_base: Fraction, rate: Fraction) -> _Table:
    none = np.empty(0, dtype=np.int64)
    start = next((i for i, row in enumerate(rows) if row.key), 0)
    rows = rows[start:]
    known = [row.dts for row in rows if row.dts is not None]
    pts = np.array(known, dtype=np.int64)
    if len(known) == len(rows) and (np.diff(pts) > 0).all():
        return pts, time_base, "decoding", none, none, _last(pts, 0, time_base)
    return np.arange(len(rows), dtype=np.int64), 1 / rate, "nominal", none, none, float(1 / rate)


def _last(pts: np.ndarray, duration: int, time_base: Fraction) -> float:
    """Return how long the last frame is shown: as stated, or like the others where that is absurd."""
    if pts.size < 2:
        return float(duration * time_base)
    step = float(np.median(np.diff(pts)))
    return (duration if 0 < duration < 10 * step else step) * float(time_base)


def _span_s(rows: list[_Row], time_base: Fraction) -> float:
    first, last = rows[0], rows[-1]
    if first.pts is not None and last.pts is not None:
        return float((last.pts - first.pts) * time_base)
    if first.dts is not None and last.dts is not None:
        return float((last.dts - first.dts) * time_base)
    return 0.0


def _announced_s(container: InputContainer, stream: VideoStream) -> float:
    if "mp4" in container.format.name:
        return 0.0  # its frames are counted, and its edit list may rightly leave some out
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / 1e6 if len(container.streams) == 1 else 0.0


def _nominal_rate(stream: VideoStream) -> Fraction:
    rate = stream.average_rate or stream.base_rate or stream.guessed_rate
    return Fraction(rate) if rate and 1 <= rate <= 1000 else _USUAL_FRAME_RATE


def _check_seconds(path: Path, seconds: float, limit: float) -> None:
    if seconds > limit:
        raise VideoTooLargeError(
            f"'{path.name}' is longer than {limit:g} s, which is the limit.",
            "Cut the clip to the deliveries that matter, or raise CRICKSY_MAX_VIDEO_SECONDS.",
        )


def _check_pixels(path: Path, pixels: int, limit: int) -> None:
    if pixels > limit:
        raise VideoTooLargeError(
            f"'{path.name}' has {pixels / 1e6:.1f} million pixels in each frame; the limit is "
            f"{limit / 1e6:.1f} million.",
            "Record in 4K or 1080p, or raise CRICKSY_MAX_VIDEO_PIXELS.",
        )
