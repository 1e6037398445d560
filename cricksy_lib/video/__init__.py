"""Clips in and out: facts, upright frames at their true times, and files that a browser plays."""

from cricksy_lib.video.convert import DecodedFrame, to_rgb
from cricksy_lib.video.decode import Frame, decode_frames, read_frames
from cricksy_lib.video.encode import make_proxy, write_mp4
from cricksy_lib.video.probe import VideoInfo, probe, sha256_of
from cricksy_lib.video.timeline import Timeline, read_timeline

__all__ = [
    "DecodedFrame",
    "Frame",
    "Timeline",
    "VideoInfo",
    "decode_frames",
    "make_proxy",
    "probe",
    "read_frames",
    "read_timeline",
    "sha256_of",
    "to_rgb",
    "write_mp4",
]
