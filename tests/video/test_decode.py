"""Frames in order, at their true times, upright, and the right ones whatever part is asked for."""

import random
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest
from clip_maker import CORNERS, corners, make_clip, number_of

from cricksy_lib.errors import VideoError
from cricksy_lib.video import decode_frames, probe, read_frames, read_timeline, to_rgb


def assert_upright(image: np.ndarray) -> None:
    for name, colour in corners(image).items():
        assert np.abs(np.subtract(colour, CORNERS[name])).max() < 25, name


def test_every_frame_in_order_at_its_time(plain_clip):
    frames = list(read_frames(plain_clip))
    assert [f.index for f in frames] == list(range(30))
    assert [number_of(f.image) for f in frames] == list(range(30))
    assert [f.time_s for f in frames] == pytest.approx([i / 30 for i in range(30)])


def test_images_are_rgb_bytes(plain_clip):
    image = next(read_frames(plain_clip)).image
    assert (image.dtype, image.shape) == (np.uint8, (96, 128, 3))
    assert image.flags.c_contiguous
    assert_upright(image)


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_rotated_clip_is_shown_upright(tmp_path, rotation):
    path = make_clip(tmp_path / "turned.mp4", rotation=rotation)
    image = next(read_frames(path)).image
    assert image.shape == (96, 128, 3)
    assert_upright(image)
    # OpenCV turns clips by itself: an independent opinion on the direction.
    reference = cv2.VideoCapture(str(path)).read()[1][..., ::-1]
    assert np.abs(reference.astype(int) - image).mean() < 1


@pytest.mark.parametrize("rotation", [0, 90, -90])
def test_mirrored_clip_is_shown_as_filmed(tmp_path, rotation):
    path = make_clip(tmp_path / "mirrored.mp4", rotation=rotation, mirrored=True)
    image = next(read_frames(path)).image
    assert image.shape == (96, 128, 3)
    assert_upright(image)


def test_anamorphic_clip_is_shown_in_square_pixels(tmp_path):
    path = make_clip(tmp_path / "anamorphic.mp4", pixel_aspect=Fraction(1, 2), rotation=-90)
    frame = next(read_frames(path))
    info = probe(path)
    assert frame.image.shape == (info.height, info.width, 3) == (96, 256, 3)
    assert_upright(frame.image)


def test_true_times_of_a_variable_frame_rate(tmp_path):
    times = [0.0, 0.003, 0.036, 0.05, 0.083, 0.116, 0.12, 0.15]
    path = make_clip(tmp_path / "vfr.mp4", times=times)
    assert [f.time_s for f in read_frames(path)] == pytest.approx(times, abs=1e-5)


def test_time_is_zero_at_the_first_frame_shown(tmp_path):
    path = make_clip(tmp_path / "late.mp4", times=[5 + i / 30 for i in range(10)], audio=True)
    assert next(read_frames(path)).time_s == 0.0


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.avi"])
@pytest.mark.parametrize(("start", "stop"), [(0.0, 0.3), (0.2, 0.5), (0.7, None), (0.35, 0.36)])
def test_a_part_has_the_numbers_and_times_of_the_whole(tmp_path, name, start, stop):
    path = make_clip(tmp_path / name, options={"bf": "2"})
    times = read_timeline(path).times_s
    wanted = [i for i, t in enumerate(times) if t >= start - 1e-9 and (stop is None or t < stop - 1e-9)]
    frames = list(read_frames(path, start_s=start, stop_s=stop))
    assert [f.index for f in frames] == wanted
    assert [number_of(f.image) for f in frames] == wanted
    assert [f.time_s for f in frames] == pytest.approx(list(times[wanted]))


def test_parts_that_meet_give_each_frame_once(plain_clip):
    cuts = [0.0, *read_timeline(plain_clip).times_s[[7, 10, 23]], 10.0]
    indices = [
        frame.index
        for start, stop in pairwise(cuts)
        for frame in decode_frames(plain_clip, start, stop, threads=1)
    ]
    assert indices == list(range(30))


@pytest.mark.parametrize(("rate", "count"), [(10, 10), (15, 15), (7, 7), (30, 30), (120, 30)])
def test_rate_below_native_takes_evenly_spread_frames(plain_clip, rate, count):
    frames = list(read_frames(plain_clip, rate=rate))
    assert len(frames) == count
    assert frames[0].index == 0
    assert [number_of(f.image) for f in frames] == [f.index for f in frames]
    assert np.diff([f.time_s for f in frames]).max() < 1 / rate + 1 / 30


def test_sampling_does_not_depend_on_where_reading_starts(plain_clip):
    whole = [f.index for f in read_frames(plain_clip, rate=7)]
    parts = [
        f.index
        for a, b in ((0.0, 0.45), (0.45, None))
        for f in read_frames(plain_clip, start_s=a, stop_s=b, rate=7)
    ]
    assert parts == whole


def test_width_scales_and_keeps_the_shape(plain_clip):
    image = next(read_frames(plain_clip, width=64)).image
    assert image.shape == (48, 64, 3)
    assert_upright(image)


def test_crop_is_a_part_of_the_picture(plain_clip):
    frame = next(decode_frames(plain_clip))
    whole = to_rgb(frame)
    part = to_rgb(frame, crop=(11, 20, 61, 90))
    assert part.shape == (70, 50, 3)
    # Where colours are even; at their edges an odd crop may shift colour by half a sample.
    assert np.median(np.abs(part.astype(int) - whole[20:90, 11:61])) == 0


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_crop_is_in_upright_pixels(tmp_path, rotation):
    frame = next(decode_frames(make_clip(tmp_path / "turned.mp4", rotation=rotation)))
    part = to_rgb(frame, crop=(0, 0, 40, 30))
    assert part.shape == (30, 40, 3)
    assert np.abs(part[4:-4, 4:-4].astype(int) - CORNERS["top left"]).max() < 25


def test_crop_outside_the_picture_is_black(plain_clip):
    frame = next(decode_frames(plain_clip))
    part = to_rgb(frame, crop=(-40, -30, 40, 30), size=(160, 120))
    assert part.shape == (120, 160, 3)
    assert part[:58, :78].max() == 0
    assert np.abs(part[64:110, 84:150].astype(int) - CORNERS["top left"]).max() < 25
    assert to_rgb(frame, crop=(500, 500, 520, 520)).max() == 0


def test_crop_of_ten_bit_video(tmp_path):
    path = make_clip(
        tmp_path / "ten.mp4",
        codec="libx265",
        pix_fmt="yuv420p10le",
        options={"x265-params": "log-level=none"},
    )
    frame = next(decode_frames(path))
    part, whole = to_rgb(frame, crop=(10, 8, 42, 32)), to_rgb(frame)[8:32, 10:42]
    # Colour is interpolated across a crop's own edge.
    assert np.abs(part.astype(int) - whole)[2:-2, 2:-2].max() < 12


def test_empty_crop_is_an_error(plain_clip):
    frame = next(decode_frames(plain_clip))
    with pytest.raises(ValueError, match="empty crop"):
        to_rgb(frame, crop=(10, 10, 10, 20))


def test_damaged_packets_are_skipped_and_keep_their_numbers(tmp_path):
    path = make_clip(tmp_path / "clip.mp4", times=[i / 30 for i in range(60)], gop=10)
    data = bytearray(path.read_bytes())
    broken = [p for p in _keyframe_positions(path) if p][2]
    data[broken + 4 : broken + 200] = b"\xff" * 196
    path.write_bytes(data)
    good = [f.index for f in read_frames(path)]
    # The decoder may drop the frame that it was about to put out when it met the damage.
    assert set(range(19)) <= set(good)
    assert set(range(30, 60)) <= set(good)
    assert len(good) < 60
    assert all(number_of(f.image) == f.index for f in read_frames(path) if not 19 <= f.index < 30)


def test_result_does_not_depend_on_threads(tmp_path):
    path = make_clip(tmp_path / "clip.mp4", times=[i / 30 for i in range(60)])
    data = bytearray(path.read_bytes())
    rng = random.Random(4)
    for place in range(data.index(b"mdat") + 2000, data.index(b"moov"), 211):
        data[place] = rng.randrange(256)
    path.write_bytes(data)
    one = [f.index for f in decode_frames(path, threads=1)]
    assert [f.index for f in decode_frames(path, threads=4)] == one
    assert one


# HEVC: with frame threads FFmpeg waits for ever on some of these.
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_noise_in_the_file_never_breaks_reading(tmp_path, codec):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    clean = make_clip(tmp_path / "clean.mp4", codec=codec, options=options).read_bytes()
    moov = clean.index(b"moov")
    rng = random.Random(11)
    for trial in range(40):
        data = bytearray(clean)
        for _ in range(rng.choice([1, 5, 40])):
            low = moov if trial % 2 else 0
            data[rng.randrange(low, len(data))] = rng.randrange(256)
        path = tmp_path / f"noise{trial}.mp4"
        path.write_bytes(data)
        try:
            info = probe(path)
        except VideoError:
            continue
        times = [f.time_s for f in read_frames(path)]
        assert len(times) <= info.frames
        assert (np.diff(times) > 0).all()


def _keyframe_positions(path):
    with av.open(str(path)) as container:
        return [p.pos for p in container.demux(video=0) if p.is_keyframe]


@pytest.mark.real_clips
def test_real_clip_agrees_with_opencv(real_clips):
    path = real_clips / "ref_sports2d_demo.mp4"
    capture = cv2.VideoCapture(str(path))
    for frame in read_frames(path, stop_s=0.2):
        reference = capture.read()[1][..., ::-1]
        assert np.abs(reference.astype(int) - frame.image).mean() < 1.5
