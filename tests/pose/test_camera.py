"""The camera's movement on pictures that are moved by known amounts, and landmarks freed from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.camera import CameraMotion, CameraWatch
from cricksy_lib.pose.clean import clean
from cricksy_lib.pose.extract import extract
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.settings import Settings
from cricksy_lib.video import decode_frames, probe, read_frames, read_timeline, write_mp4

WIDTH, HEIGHT, FRAMES, RATE = 640, 360, 40, 30
CENTRE = np.array([WIDTH / 2, HEIGHT / 2])


def texture(seed: int = 1) -> np.ndarray:
    """Random patches of several sizes, larger than the picture, as grass and a fence are."""
    rng = np.random.default_rng(seed)
    size = (2 * HEIGHT, 2 * WIDTH)
    total = np.zeros(size, np.float32)
    for cells in (20, 60, 160):
        small = rng.uniform(-1, 1, (cells * HEIGHT // WIDTH, cells)).astype(np.float32)
        total += cv2.resize(small, size[::-1], interpolation=cv2.INTER_CUBIC)
    grey = np.clip(128 + 45 * total, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def to_picture(x: float, y: float, turn_deg: float = 0.0, zoom: float = 1.0) -> np.ndarray:
    """Where the content of the first frame is after the camera moved: shifted by (x, y), turned, zoomed."""
    matrix = cv2.getRotationMatrix2D(tuple(CENTRE), turn_deg, zoom)
    matrix[:, 2] += (x, y)
    return np.asarray(matrix)


def film(path: Path, move: Callable[[float], np.ndarray], paint: Callable | None = None) -> Path:
    """Write a clip of the texture under a camera; ``move`` maps from the first frame, at second t."""
    ground = texture()
    from_ground = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 1.0]])

    def pictures():
        for number in range(FRAMES):
            matrix = move(number / RATE) @ from_ground
            image = cv2.warpAffine(ground, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
            if paint:
                paint(image, number)
            yield number / RATE, image

    write_mp4(path, pictures(), frame_rate=RATE)
    return path


def watch(path: Path, points: np.ndarray | None = None) -> CameraMotion:
    info, timeline = probe(path), read_timeline(path)
    watching = CameraWatch(info.width, info.height, timeline)
    for frame in decode_frames(path):
        watching.see(frame)
    numbers = np.arange(timeline.times_s.size)
    return watching.motion(numbers, np.full((numbers.size, 1, 2), np.nan) if points is None else points)


def shake(time_s: float) -> np.ndarray:
    return to_picture(9 * np.sin(2 * np.pi * 0.9 * time_s), 6 * np.sin(2 * np.pi * 0.6 * time_s))


@pytest.mark.parametrize(
    "move",
    [
        lambda t: to_picture(-90 * t, 12 * t),
        shake,
        lambda t: to_picture(20 * t, 0, turn_deg=4 * t),
        lambda t: to_picture(0, 0, zoom=1 + 0.15 * t),
    ],
    ids=["pan", "shake", "turn", "zoom"],
)
def test_every_frame_maps_back_to_the_first(tmp_path, move):
    motion = watch(film(tmp_path / "clip.mp4", move))
    assert (motion.known, motion.moved) == (True, True)
    spots = np.array([[100.0, 80], [320, 180], [560, 300]])
    for number in range(FRAMES):
        matrix = move(number / RATE)
        moved = spots @ matrix[:, :2].T + matrix[:, 2]
        back = moved @ motion.to_first[number, :, :2].T + motion.to_first[number, :, 2]
        assert np.abs(back - spots).max() < 1.5


def test_the_largest_shift_is_stated(tmp_path):
    motion = watch(film(tmp_path / "clip.mp4", lambda t: to_picture(-60 * t, 0)))
    assert motion.max_shift_px == pytest.approx(60 * (FRAMES - 1) / RATE, abs=2)


def test_a_camera_on_a_tripod_has_not_moved(tmp_path):
    motion = watch(film(tmp_path / "clip.mp4", lambda t: to_picture(0, 0)))
    assert (motion.known, motion.moved, motion.to_first) == (True, False, None)
    assert motion.max_shift_px < 1


def test_a_plain_wall_tells_nothing(tmp_path):
    def blank(image: np.ndarray, number: int) -> None:
        image[:] = 120

    motion = watch(film(tmp_path / "clip.mp4", lambda t: to_picture(0, 0), blank))
    assert motion == CameraMotion(known=False)


def test_a_cut_to_another_picture_is_not_taken_for_movement(tmp_path):
    other = texture(7)[:HEIGHT, :WIDTH]

    def cut(image: np.ndarray, number: int) -> None:
        if number >= FRAMES // 2:
            image[:] = other

    assert not watch(film(tmp_path / "clip.mp4", lambda t: to_picture(0, 0), cut)).known


def test_the_athlete_is_not_taken_for_the_background(tmp_path):
    """A body that fills most of the picture and moves one way, in front of a background that stands still."""
    body = texture(5)
    left = 10 + 2 * np.arange(FRAMES)

    def runner(image: np.ndarray, number: int) -> None:
        image[20:340, left[number] : left[number] + 440] = body[20:340, :440]

    path = film(tmp_path / "clip.mp4", lambda t: to_picture(0, 0), runner)
    corners = np.stack([np.stack([[x, 20], [x + 440, 340]]) for x in left]).astype(float)
    assert not watch(path, corners).moved


def test_moved_landmarks_come_back_to_where_they_would_be(batting_clip, tmp_path, settings: Settings):
    """The same clip cut from still and from swaying windows."""
    frames = [frame.image for frame in read_frames(batting_clip)][:45]

    def windows(path: Path, offsets: np.ndarray) -> Path:
        cut = (
            (number / 30, np.ascontiguousarray(image[y : y + 300, x : x + 540]))
            for number, (image, (x, y)) in enumerate(zip(frames, offsets, strict=True))
        )
        write_mp4(path, cut, frame_rate=30)
        return path

    time_s = np.arange(len(frames)) / 30
    sway = np.stack([40 * np.sin(3 * time_s), 14 * np.sin(5 * time_s)], axis=1)
    still = np.tile([50, 30], (len(frames), 1))
    options = AnalysisOptions(mode="batting")
    tracks = [
        clean(extract(probe(windows(tmp_path / name, offsets)), options, "deep", settings=settings))
        for name, offsets in (("still.mp4", still), ("sway.mp4", (still + sway).round().astype(int)))
    ]
    assert [track.data.attrs["camera"]["moved"] for track in tracks] == [False, True]
    positions = [track.data["position"].values[:, 11:, :2] for track in tracks]
    steady = tracks[1].steady(positions[1])
    assert np.nanmedian(np.abs(positions[1] - positions[0])) > 10
    assert np.nanmedian(np.abs(steady - positions[0])) < 3


def test_the_movement_is_kept_with_the_landmarks(tmp_path):
    count = 5
    maps = np.tile(np.eye(2, 3), (count, 1, 1))
    maps[:, 0, 2] = np.arange(count)
    track = PoseTrack.from_arrays(
        np.arange(count) / 30,
        np.arange(count),
        np.zeros((count, 33, 3)),
        np.zeros((count, 33, 3)),
        np.ones((count, 33)),
        np.zeros(count, int),
        {"width": 64, "height": 48, "camera": {"known": True, "moved": True, "max_shift_px": 4.0}},
        maps,
    )
    track.to_parquet(tmp_path / "pose.parquet")
    again = PoseTrack.from_parquet(tmp_path / "pose.parquet")
    np.testing.assert_array_equal(again.steady(np.zeros((count, 2)))[:, 0], np.arange(count))
    assert again.data.attrs["camera"]["max_shift_px"] == 4.0
