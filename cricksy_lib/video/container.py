"""Open a clip: containers of our choice, local files only, every failure a typed error."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from cricksy_lib.errors import NotAVideoError, VideoNotFoundError, VideoTooLargeError
from cricksy_lib.settings import Settings, get_settings

# Only formats that hold their own pictures. Playlists, concatenation scripts, session descriptions and
# text "videos" would make FFmpeg open other files, or the network, at the word of a hostile file.
CONTAINER_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,"
    "h264,hevc,obu,ivf,flv,asf,ogg,mxf,dv,gif"
)
# Room above the limit for the decoder's padding, and for callers with a limit of their own.
_GROWTH = 2
RECORD_AGAIN = "Record or export it again as an ordinary phone video (MP4 or MOV with H.264 or HEVC)."


def check_file(path: Path, settings: Settings | None = None) -> int:
    """Return the size in bytes of a regular, readable, not too large file.

    Raises
    ------
    VideoNotFoundError
        If there is nothing at the path, or it may not be read.
    NotAVideoError
        If it is a folder, a device, a pipe, or empty.
    VideoTooLargeError
        If it has more bytes than ``Settings.max_video_bytes``.
    """
    settings = settings or get_settings()
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise VideoNotFoundError(
            f"There is no video file at '{path}'.", "Check the path and the spelling of the file name."
        ) from error
    if stat.S_ISDIR(status.st_mode):
        raise NotAVideoError(f"'{path}' is a folder.", "Give the path of one video file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise NotAVideoError(f"'{path}' is not an ordinary file.", "Give the path of a video file on disk.")
    if status.st_size == 0:
        raise NotAVideoError(f"'{path.name}' is empty.", "Copy it from the phone again.")
    if status.st_size > settings.max_video_bytes:
        raise VideoTooLargeError(
            f"'{path.name}' has {_in_words(status.st_size)}; the limit is "
            f"{_in_words(settings.max_video_bytes)}.",
            "Cut the clip to the deliveries that matter, or raise CRICKSY_MAX_VIDEO_BYTES.",
        )
    if not os.access(path, os.R_OK):
        raise VideoNotFoundError(
            f"'{path.name}' may not be read by this user.", "Change its permissions or copy it elsewhere."
        )
    return status.st_size


def _in_words(size: int) -> str:
    """Return a number of bytes in the unit that suits it."""
    for unit, bytes_each in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_each:
            return f"{size / bytes_each:.1f} {unit}"
    return f"{size} bytes"


@contextmanager
def open_video(path: str | Path, *, threads: int = 0) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a clip and choose its video stream; other streams are never read.

    Parameters
    ----------
    path : file to open.
    threads : threads that decode (0: one for each core).

    Raises
    ------
    VideoNotFoundError, NotAVideoError
        If there is no such file, or no video stream in it.
    """
    path = Path(path)
    try:
        # The explicit protocol keeps a name such as "concat:a|b" from being read as an instruction.
        container = av.open(
            f"file:{path.absolute()}",
            mode="r",
            options={"format_whitelist": CONTAINER_FORMATS, "protocol_whitelist": "file"},
            metadata_errors="replace",
        )
    except FileNotFoundError as error:
        raise VideoNotFoundError(
            f"There is no video file at '{path}'.", "Check the path and the spelling of the file name."
        ) from error
    except (FFmpegError, OSError, ValueError) as error:
        raise NotAVideoError(f"'{path.name}' is not a video file that can be read.", RECORD_AGAIN) from error
    with container:
        stream = _video_stream(container, path)
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        # FFmpeg's frame threads can wait for each other for ever on a damaged HEVC stream (FFmpeg 8.1).
        stream.thread_type = "SLICE" if stream.codec.canonical_name == "hevc" else "AUTO"
        stream.codec_context.thread_count = threads
        # A stream may grow in mid-clip; its first frame's size is checked where a clip is looked at.
        stream.codec_context.options = {"max_pixels": str(_GROWTH * get_settings().max_video_pixels)}
        yield container, stream


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    pictures = 0
    for stream in container.streams.video:
        if stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
            pictures += 1
        elif stream.codec_context is not None:
            return stream
    if container.streams.audio:
        raise NotAVideoError(f"'{path.name}' holds sound but no video.", "Choose the video file itself.")
    if pictures or container.streams.video:
        raise NotAVideoError(f"'{path.name}' holds no video that can be decoded.", RECORD_AGAIN)
    raise NotAVideoError(f"'{path.name}' holds no video.", RECORD_AGAIN)


def iterate_packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Yield the stream's packets in file order until the end, or until the file can be read no further."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (FFmpegError, IndexError):
            # Cut off or damaged beyond here (IndexError: PyAV met a stream that appears in mid-file): what
            # was read so far is the clip.
            return
        # An empty packet would end the decoder's work; PyAV's own last one is made up for by a flush.
        if packet.size:
            yield packet
