"""What a clip is, before any long work; a clip that cannot be used is refused with cause and advice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cricksy_lib.errors import ZeroDurationError
from cricksy_lib.settings import Settings
from cricksy_lib.video.container import check_file
from cricksy_lib.video.timeline import Timeline, read_timeline


@dataclass(frozen=True)
class VideoInfo:
    """Facts about a clip; sizes are those of the upright picture in square pixels.

    Attributes
    ----------
    path, filename, bytes : the file.
    width, height : upright size in pixels.
    duration_s : seconds from the first frame shown to the end of the last.
    frame_rate : mean frames per second.
    variable_frame_rate : whether frame number / frame rate is a wrong time somewhere.
    rotation_deg : counter-clockwise turn (0, 90, 180 or -90) that makes the coded picture upright.
    codec : FFmpeg's name of it.
    frames : number of frames shown.
    present_share : share (0..1) of what the file announces that is there; under 1 it is cut off or damaged.
    warnings : sentences about what is wrong with the file although it can be used.
    """

    path: Path
    filename: str
    bytes: int
    width: int
    height: int
    duration_s: float
    frame_rate: float
    variable_frame_rate: bool
    rotation_deg: int
    codec: str
    frames: int
    present_share: float
    warnings: tuple[str, ...]


def probe(path: str | Path, settings: Settings | None = None) -> VideoInfo:
    """Look at a clip: packets are counted, one frame is decoded.

    Parameters
    ----------
    path : file to look at.
    settings : limits (bytes, seconds, pixels); None for those of the environment.

    Raises
    ------
    VideoNotFoundError
        If there is no such file or it may not be read.
    NotAVideoError
        If it is not a video: a folder, text, a picture, sound alone.
    NoDecodableFrameError
        If it opens as a video but no frame can be decoded.
    ZeroDurationError
        If it holds a single frame.
    VideoTooLargeError
        If it exceeds a limit.
    """
    path = Path(path)
    size = check_file(path, settings)
    timeline = read_timeline(path, settings)
    if timeline.pts.size < 2:
        raise ZeroDurationError(
            f"'{path.name}' holds a single frame, so nothing moves in it.",
            "Record a video of the whole movement, at least one second long.",
        )
    geometry = timeline.geometry
    return VideoInfo(
        path=path,
        filename=path.name,
        bytes=size,
        width=geometry.width,
        height=geometry.height,
        duration_s=timeline.duration_s,
        frame_rate=timeline.frame_rate,
        variable_frame_rate=timeline.variable,
        rotation_deg=geometry.rotation_deg,
        codec=timeline.codec,
        frames=int(timeline.pts.size),
        present_share=_present_share(timeline),
        warnings=_warnings(timeline),
    )


def _present_share(timeline: Timeline) -> float:
    present = timeline.packets - timeline.damaged_packets
    announced = max(timeline.announced_frames, timeline.packets)
    if announced > present:
        return present / announced
    # Durations are rounded, and sound may run on: less than this is no sign of damage.
    if timeline.announced_s > 1.1 * timeline.duration_s + 0.5:
        return timeline.duration_s / timeline.announced_s
    return 1.0


def _warnings(timeline: Timeline) -> tuple[str, ...]:
    warnings = []
    present = timeline.packets - timeline.damaged_packets
    if timeline.announced_frames > present:
        warnings.append(
            f"The file announces {timeline.announced_frames} frames and holds {present}: "
            "it is cut off or damaged."
        )
    elif timeline.damaged_packets:
        warnings.append(f"{timeline.damaged_packets} frames of the file are damaged and are left out.")
    elif _present_share(timeline) < 1:
        warnings.append(
            f"The file announces {timeline.announced_s:.1f} s and holds {timeline.duration_s:.1f} s: "
            "it is cut off or damaged."
        )
    if timeline.clock == "nominal":
        warnings.append("The file holds no timestamps: times are counted at its nominal frame rate.")
    return tuple(warnings)


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
