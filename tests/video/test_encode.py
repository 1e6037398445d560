"""Proxies and written clips: playable, upright, small enough, on the times of their frames."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clip_maker import CORNERS, corners, make_clip, number_of, picture

from cricksy_lib.errors import AnalysisError, NotAVideoError
from cricksy_lib.video import encode, make_proxy, probe, read_frames, read_timeline, write_mp4

X265 = {"x265-params": "log-level=none"}
SOURCES = {
    "hevc 10 bit": {"codec": "libx265", "pix_fmt": "yuv420p10le", "options": X265},
    "vp9": {"codec": "libvpx-vp9", "options": {"deadline": "realtime", "cpu-used": "8"}},
    "turned left": {"rotation": 90},
    "turned right": {"rotation": -90},
    "upside down": {"rotation": 180},
    "odd sides": {"width": 129, "height": 97, "pix_fmt": "yuv444p"},
    "full range": {"pix_fmt": "yuvj420p"},
    "variable rate": {"times": [0.0, 0.003, 0.036, 0.05, 0.083, 0.116, 0.12, 0.15, 1.4, 1.5]},
    "with sound": {"audio": True},
    "anamorphic": {"pixel_aspect": Fraction(4, 3)},
}


@pytest.mark.parametrize("kind", SOURCES)
def test_proxy_shows_the_same_frames_at_the_same_times(tmp_path, kind):
    source = make_clip(tmp_path / "source.mp4", **SOURCES[kind])
    target = tmp_path / "proxy.mp4"
    make_proxy(source, target)
    before, after = probe(source), probe(target)
    assert after.frames == before.frames
    assert after.codec == "h264"
    assert after.rotation_deg == 0
    assert (after.width % 2, after.height % 2) == (0, 0)
    assert abs(after.width - before.width) <= 1
    assert abs(after.height - before.height) <= 1
    assert read_timeline(target).times_s == pytest.approx(read_timeline(source).times_s, abs=1e-5)
    for frame in read_frames(target):
        assert number_of(frame.image) == frame.index
    for name, colour in corners(frame.image).items():
        assert np.abs(np.subtract(colour, CORNERS[name])).max() < 30, name


def test_proxy_is_what_browsers_want(tmp_path):
    source = make_clip(tmp_path / "source.mp4", times=[i / 30 for i in range(75)], audio=True, gop=75)
    target = tmp_path / "proxy.mp4"
    make_proxy(source, target)
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(target)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        stream = container.streams.video[0]
        assert stream.pix_fmt == "yuv420p"
        assert stream.start_time == 0
    keys = read_timeline(target)
    assert np.diff(keys.times_s[keys.keyframes]).max() <= 1.0 + 1e-6


def test_proxy_is_at_most_as_long_as_asked(tmp_path):
    source = make_clip(tmp_path / "source.mp4", width=200, height=300)
    target = tmp_path / "proxy.mp4"
    make_proxy(source, target, max_side=160)
    info = probe(target)
    assert (info.width, info.height) == (106, 160)


def test_proxy_reports_progress_to_the_end(tmp_path, plain_clip):
    seen = []
    make_proxy(plain_clip, tmp_path / "p.mp4", progress=lambda stage, done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (30, 30)


def test_bad_source_leaves_nothing_behind(tmp_path):
    source = tmp_path / "text.mp4"
    source.write_text("no video " * 100)
    with pytest.raises(NotAVideoError):
        make_proxy(source, tmp_path / "proxy.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["text.mp4"]


def test_failure_in_the_middle_leaves_the_old_file(tmp_path):
    target = tmp_path / "out.mp4"
    target.write_text("old")

    def frames():
        yield 0.0, picture(0, 64, 48)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="source broke"):
        write_mp4(target, frames(), frame_rate=30)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_unwritable_place_is_a_typed_error(tmp_path, plain_clip):
    with pytest.raises(AnalysisError, match="could not be written"):
        make_proxy(plain_clip, tmp_path / "missing" / "proxy.mp4")


def test_written_clip_keeps_times_and_pictures(tmp_path):
    times = [0.0, 0.01, 0.05, 0.4, 1.7]
    target = tmp_path / "out.mp4"
    write_mp4(target, ((t, picture(i, 96, 64)) for i, t in enumerate(times)), frame_rate=25)
    frames = list(read_frames(target))
    assert [f.time_s for f in frames] == pytest.approx(times, abs=1e-5)
    assert [number_of(f.image) for f in frames] == [0, 1, 2, 3, 4]
    assert np.abs(np.subtract(corners(frames[0].image)["top left"], CORNERS["top left"])).max() < 12
    assert probe(target).duration_s == pytest.approx(1.7 + 1 / 25, abs=1e-3)


def test_odd_frames_lose_a_row_and_a_column(tmp_path):
    target = tmp_path / "out.mp4"
    write_mp4(target, [(i / 25, picture(i, 97, 65)) for i in range(3)], frame_rate=25)
    assert (probe(target).width, probe(target).height) == (96, 64)


def test_times_must_grow(tmp_path):
    frames = [(0.1, picture(0, 64, 48)), (0.1, picture(1, 64, 48))]
    with pytest.raises(ValueError, match="does not follow"):
        write_mp4(tmp_path / "out.mp4", frames, frame_rate=25)


def test_no_frames_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no frames"):
        write_mp4(tmp_path / "out.mp4", [], frame_rate=25)


def test_vp9_stands_in_where_h264_is_missing(tmp_path, monkeypatch):
    missing, *others = encode._ENCODERS
    monkeypatch.setattr(encode, "_ENCODERS", (("no_such_encoder", missing[1]), *others))
    target: Path = tmp_path / "out.mp4"
    write_mp4(target, [(i / 25, picture(i, 96, 64)) for i in range(30)], frame_rate=25)
    assert probe(target).codec == "vp9"
    assert [number_of(f.image) for f in read_frames(target)] == list(range(30))


@pytest.mark.real_clips
def test_proxy_of_a_4k_clip(real_clips, tmp_path):
    target = tmp_path / "proxy.mp4"
    make_proxy(real_clips / "bowl_side_4k30_uiu_L04.mp4", target)
    info = probe(target)
    assert (info.width, info.height, info.frames) == (1280, 720, 31)
