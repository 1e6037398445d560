"""What a clip is, and which files are refused with which error."""

import hashlib
import os
from fractions import Fraction
from pathlib import Path

import pytest
from clip_maker import make_clip, make_picture, make_sound

from cricksy_lib.errors import (
    NoDecodableFrameError,
    NotAVideoError,
    VideoError,
    VideoNotFoundError,
    VideoTooLargeError,
    ZeroDurationError,
)
from cricksy_lib.settings import Settings
from cricksy_lib.video import probe, sha256_of


def test_plain_clip_is_described(plain_clip):
    info = probe(plain_clip)
    assert (info.width, info.height, info.frames, info.codec) == (128, 96, 30, "h264")
    assert info.duration_s == pytest.approx(1.0)
    assert info.frame_rate == pytest.approx(30.0)
    assert not info.variable_frame_rate
    assert info.rotation_deg == 0
    assert info.bytes == plain_clip.stat().st_size
    assert info.filename == "plain.mp4"
    assert info.warnings == ()


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_size_is_that_of_the_upright_picture(tmp_path, rotation):
    info = probe(make_clip(tmp_path / "turned.mp4", rotation=rotation))
    assert (info.width, info.height) == (128, 96)
    assert info.rotation_deg == rotation


@pytest.mark.parametrize(
    ("aspect", "size"), [(Fraction(4, 3), (171, 96)), (Fraction(1, 2), (128, 192))], ids=["wide", "tall"]
)
def test_size_is_in_square_pixels(tmp_path, aspect, size):
    info = probe(make_clip(tmp_path / "anamorphic.mp4", pixel_aspect=aspect))
    assert (info.width, info.height) == size


def test_variable_frame_rate_is_seen(tmp_path):
    times = [0.0, 0.003, 0.036, 0.05, 0.083, 0.116, 0.12, 0.15]
    info = probe(make_clip(tmp_path / "vfr.mp4", times=times))
    assert info.variable_frame_rate
    assert info.frame_rate == pytest.approx(7 / 0.15)


def test_one_dropped_frame_makes_the_rate_variable(tmp_path):
    times = [i / 30 for i in range(30) if i != 12]
    assert probe(make_clip(tmp_path / "dropped.mp4", times=times)).variable_frame_rate


def test_millisecond_timestamps_are_not_a_variable_rate(tmp_path):
    info = probe(make_clip(tmp_path / "clip.mkv"))
    assert not info.variable_frame_rate
    assert info.frame_rate == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "seen"),
    [
        ("a.webm", "libvpx-vp9", "yuv420p", "vp9"),
        ("a.avi", "mjpeg", "yuvj420p", "mjpeg"),
        ("b.avi", "libx264", "yuv420p", "h264"),
        ("a.ts", "libx264", "yuv420p", "h264"),
        ("a.mov", "libx265", "yuv420p10le", "hevc"),
    ],
)
def test_usual_containers_and_codecs(tmp_path, name, codec, pix_fmt, seen):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    info = probe(make_clip(tmp_path / name, codec=codec, pix_fmt=pix_fmt, options=options))
    assert (info.codec, info.frames, info.duration_s) == (seen, 30, pytest.approx(1.0, abs=0.01))


def test_raw_stream_without_timestamps_is_counted_and_said_so(tmp_path):
    info = probe(make_clip(tmp_path / "raw.h264", container_format="h264"))
    assert info.frames == 30
    assert "no timestamps" in info.warnings[0]


def test_clip_cut_off_in_the_middle_gives_what_it_holds(tmp_path):
    whole = make_clip(
        tmp_path / "whole.mp4",
        times=[i / 30 for i in range(139)],
        format_options={"movflags": "+faststart"},
    )
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    info = probe(cut)
    assert 20 < info.frames < 139
    assert info.duration_s == pytest.approx(info.frames / 30)
    assert info.present_share == pytest.approx(info.frames / 139)
    assert f"announces 139 frames and holds {info.frames}" in info.warnings[0]


def test_missing_file(tmp_path):
    with pytest.raises(VideoNotFoundError, match="no video file") as caught:
        probe(tmp_path / "none.mp4")
    assert caught.value.exit_code == 3
    assert caught.value.advice


@pytest.mark.parametrize("name", ["concat:a.mp4|b.mp4", "http://127.0.0.1:9/a.mp4", "a\0b.mp4"])
def test_path_is_never_an_instruction(name):
    with pytest.raises(VideoNotFoundError):
        probe(name)


def test_folder(tmp_path):
    with pytest.raises(NotAVideoError, match="folder"):
        probe(tmp_path)


def test_pipe_is_not_read(tmp_path):
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    with pytest.raises(NotAVideoError, match="ordinary file"):
        probe(pipe)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(plain_clip, tmp_path):
    locked = tmp_path / "locked.mp4"
    locked.write_bytes(plain_clip.read_bytes())
    locked.chmod(0)
    with pytest.raises(VideoNotFoundError, match="may not be read"):
        probe(locked)


HOSTILE_TEXT = {
    "empty.mp4": "",
    "text.mp4": "not a video " * 500,
    "notes.txt": "not a video " * 500,
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nplain.mp4\n#EXT-X-ENDLIST\n",
    "script.mp4": "ffconcat version 1.0\nfile plain.mp4\n",
    "session.sdp": "v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}


@pytest.mark.parametrize("name", HOSTILE_TEXT)
def test_text_is_not_a_video_and_opens_nothing_else(plain_clip, tmp_path, name):
    (tmp_path / "plain.mp4").write_bytes(plain_clip.read_bytes())
    path = tmp_path / name
    path.write_text(HOSTILE_TEXT[name])
    with pytest.raises(NotAVideoError):
        probe(path)


def test_sound_alone(tmp_path):
    with pytest.raises(NotAVideoError, match="sound but no video"):
        probe(make_sound(tmp_path / "sound.mp4"))


def test_picture_under_a_video_name(tmp_path):
    with pytest.raises(NotAVideoError):
        probe(make_picture(tmp_path / "picture.mp4"))


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_video_that_opens_and_yields_no_frame(tmp_path, codec):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    data = bytearray(make_clip(tmp_path / "good.mp4", codec=codec, options=options).read_bytes())
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:end] = bytes(end - start)
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(data)
    with pytest.raises(NoDecodableFrameError, match="none of its frames"):
        probe(bad)


def test_single_frame(tmp_path):
    with pytest.raises(ZeroDurationError, match="single frame"):
        probe(make_clip(tmp_path / "one.mp4", times=[0.0]))


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"max_video_bytes": 1000}, "1.0 kB"),
        ({"max_video_seconds": 0.5}, "longer than 0.5 s"),
        ({"max_video_pixels": 1000}, "pixels"),
    ],
)
def test_limits(plain_clip, limit, words):
    with pytest.raises(VideoTooLargeError, match=words) as caught:
        probe(plain_clip, Settings(**limit))
    assert "CRICKSY_MAX_VIDEO" in caught.value.advice


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.ts"])
def test_any_cut_is_survived(tmp_path, name, share):
    whole = make_clip(tmp_path / name)
    cut = tmp_path / f"cut{whole.suffix}"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    try:
        info = probe(cut)
    except VideoError:
        return
    assert 2 <= info.frames <= 30


def test_nothing_is_said_on_the_terminal(tmp_path, capfd):
    path: Path = make_clip(tmp_path / "cut.mp4", format_options={"movflags": "+faststart"})
    capfd.readouterr()
    path.write_bytes(path.read_bytes()[:-900])
    probe(path)
    assert capfd.readouterr() == ("", "")


def test_sha256(plain_clip):
    assert sha256_of(plain_clip) == hashlib.sha256(plain_clip.read_bytes()).hexdigest()


@pytest.mark.real_clips
def test_real_clips_are_described(real_clips):
    info = probe(real_clips / "bowl_side_4k30_uiu_L01.mp4")
    assert (info.width, info.height, info.frames, info.variable_frame_rate) == (3840, 2160, 35, False)
    assert info.frame_rate == pytest.approx(29.97, abs=0.01)
