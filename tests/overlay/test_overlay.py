"""What the overlay shows, and when: limbs, angle, events, time; and nothing where nothing is known."""

from pathlib import Path

import numpy as np
import pytest
from clip_maker import make_clip

from cricksy_lib.overlay import write_overlay
from cricksy_lib.overlay.scene import FLASH_S, JointsOverTime, angle_at, event_label, flashing
from cricksy_lib.overlay.write import EVENT, ONE, TWO
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.results import Event, Kinematics, Series
from cricksy_lib.video import VideoInfo, probe, read_frames, read_timeline

WIDTH, HEIGHT, FRAMES = 320, 240, 30
# An upright figure, its left side (the front one of a right-hander) to the right of its right side.
BODY = {
    "ear": (8, 40),
    "shoulder": (20, 70),
    "elbow": (40, 95),
    "wrist": (55, 120),
    "hip": (14, 125),
    "knee": (24, 165),
    "ankle": (18, 205),
    "heel": (12, 212),
    "foot_index": (34, 214),
}


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> VideoInfo:
    path = tmp_path_factory.mktemp("clips") / "grey.mp4"
    return probe(make_clip(path, width=WIDTH, height=HEIGHT, audio=True))


def track(
    video: VideoInfo, *, missing: slice = slice(0), confidence: float = 0.9, step: int = 1
) -> PoseTrack:
    times = read_timeline(video.path).times_s[::step]
    position = np.full((times.size, 33, 3), np.nan)
    for name, (x, y) in BODY.items():
        for side, sign in (("left", 1), ("right", -1)):
            position[:, KEYPOINTS.index(f"{side}_{name}")] = (WIDTH / 2 + sign * x, y, 0.0)
    position[missing] = np.nan
    found = np.isfinite(position[..., 0]).any(axis=1)
    attrs = {"width": WIDTH, "height": HEIGHT, "frame_rate": 30.0, "frames_in_clip": FRAMES}
    return PoseTrack.from_arrays(
        times,
        np.arange(0, FRAMES, step),
        position,
        position,
        np.where(found[:, None], np.full((times.size, 33), confidence), np.nan),
        np.where(found, 0, -1),
        attrs,
    )


def knee(video: VideoInfo, status: str = "measured") -> Kinematics:
    times = [float(t) for t in read_timeline(video.path).times_s]
    series = Series(
        unit="deg",
        values=[None if status == "not_measurable" else 150.0] * len(times),
        uncertainty=[8.0] * len(times),
        status=[status] * len(times),
    )
    return Kinematics(time_s=times, series={"front_knee_angle": series})


def draw(video, target: Path, *, pose=None, events=(), kinematics=None, hand="right") -> list[np.ndarray]:
    nothing = Kinematics(time_s=[], series={})
    write_overlay(video, pose or track(video), list(events), kinematics or nothing, "batting", hand, target)
    return [frame.image for frame in read_frames(target)]


def near(image: np.ndarray, colour: tuple[int, int, int], within: int = 40) -> np.ndarray:
    return np.abs(image.astype(int) - colour).max(axis=2) <= within


def at(image: np.ndarray, x: float, y: float) -> np.ndarray:
    scale = image.shape[1] / WIDTH
    row, column = round(y * scale), round(x * scale)
    return np.median(image[row - 1 : row + 2, column - 1 : column + 2].reshape(-1, 3), axis=0)


def test_overlay_has_the_clips_own_timeline(video, tmp_path):
    target = tmp_path / "overlay.mp4"
    draw(video, target)
    info = probe(target)
    assert info.frames == video.frames
    assert info.codec == "h264"
    assert max(info.width, info.height) <= 1280
    assert read_timeline(target).times_s == pytest.approx(read_timeline(video.path).times_s, abs=1e-5)


def test_variable_frame_rate_is_kept(tmp_path):
    source = probe(make_clip(tmp_path / "vfr.mp4", width=WIDTH, height=HEIGHT, times=[0, 0.01, 0.4, 0.5]))
    times = read_timeline(source.path).times_s
    pose = PoseTrack.from_arrays(
        times,
        np.arange(4),
        *(np.full((4, 33, 3), np.nan) for _ in range(2)),
        np.full((4, 33), np.nan),
        np.full(4, -1),
        {},
    )
    draw(source, tmp_path / "out.mp4", pose=pose)
    assert read_timeline(tmp_path / "out.mp4").times_s == pytest.approx(times, abs=1e-5)


def test_front_and_rear_limbs_have_their_colours(video, tmp_path):
    image = draw(video, tmp_path / "o.mp4")[10]
    x, y = (20 + 40) / 2, (70 + 95) / 2
    assert np.abs(at(image, WIDTH / 2 + x, y) - ONE).max() < 60
    assert np.abs(at(image, WIDTH / 2 - x, y) - TWO).max() < 60


def test_a_left_hander_has_the_colours_the_other_way(video, tmp_path):
    image = draw(video, tmp_path / "o.mp4", hand="left")[10]
    x, y = (20 + 40) / 2, (70 + 95) / 2
    assert np.abs(at(image, WIDTH / 2 + x, y) - TWO).max() < 60
    assert np.abs(at(image, WIDTH / 2 - x, y) - ONE).max() < 60


def test_nothing_is_drawn_in_a_gap(video, tmp_path):
    images = draw(video, tmp_path / "o.mp4", pose=track(video, missing=slice(5, 15)))
    body = np.s_[200:650, 330:630]
    assert near(images[20][body], ONE).sum() > 1000
    assert near(images[10][body], ONE).sum() == 0


def test_low_confidence_is_thin(video, tmp_path):
    sure = draw(video, tmp_path / "a.mp4")[10]
    unsure = draw(video, tmp_path / "b.mp4", pose=track(video, confidence=0.2))[10]
    assert near(unsure, ONE, 70).sum() < 0.5 * near(sure, ONE, 70).sum()


@pytest.mark.parametrize(("status", "shown"), [("measured", True), ("not_measurable", False)])
def test_knee_angle_is_there_only_when_measurable(video, tmp_path, status, shown):
    plain = draw(video, tmp_path / "a.mp4")[10]
    image = draw(video, tmp_path / "b.mp4", kinematics=knee(video, status))[10]
    beside_knee = np.s_[460:530, 560:760]
    changed = np.abs(image.astype(int) - plain)[beside_knee].max(axis=2) > 60
    assert changed.any() == shown


def test_event_is_flashed_at_its_time_and_marked_on_the_bar_always(video, tmp_path):
    event = Event(name="impact", time_s=0.5, uncertainty_s=0.05, frame=15)
    images = draw(video, tmp_path / "o.mp4", events=[event])
    top, bar = np.s_[:90, 300:660], np.s_[650:, :]
    bright = [near(image[top], EVENT, 60).mean() for image in images]
    assert bright[15] > 0.1
    assert max(bright[:14]) == 0
    assert all(near(image[bar], EVENT, 60).any() for image in (images[0], images[29]))


def test_clip_without_anybody_is_still_written(video, tmp_path):
    draw(video, tmp_path / "o.mp4", pose=track(video, missing=slice(None)), hand=None)
    assert probe(tmp_path / "o.mp4").frames == FRAMES


def test_sparse_samples_are_joined_within_a_run(video):
    joints = JointsOverTime(track(video, step=2))
    between = joints.at(1 / 30)
    assert between is not None
    assert between.point("left_knee") == pytest.approx((WIDTH / 2 + 24, 165))


def test_samples_of_two_runs_are_not_joined(video):
    pose = track(video, step=2)
    pose.data["segment"].values[1:] = 1
    assert JointsOverTime(pose).at(1 / 30) is None
    assert JointsOverTime(pose).at(0.0) is not None


def test_nothing_is_known_outside_the_track(video):
    joints = JointsOverTime(track(video))
    assert joints.at(5.0) is None
    assert joints.at(-1.0) is None


def test_angle_is_the_nearest_sample(video):
    angle = angle_at(knee(video), "front_knee_angle", 0.51)
    assert angle is not None
    assert (angle.value, angle.uncertainty, angle.status) == (150.0, 8.0, "measured")
    assert angle_at(knee(video), "rear_knee_angle", 0.5) is None
    assert angle_at(knee(video), "front_knee_angle", 9.0) is None


def test_events_flash_newest_first_and_fade():
    events = [
        Event(name="front_foot_plant", time_s=1.0, uncertainty_s=0.03, frame=30),
        Event(name="impact", time_s=1.2, uncertainty_s=0.05, frame=36),
    ]
    assert flashing(events, 0.9, 1 / 30) == []
    assert [event.name for event, _ in flashing(events, 1.25, 1 / 30)] == ["impact", "front_foot_plant"]
    assert [strength for _, strength in flashing(events, 1.25, 1 / 30)] == pytest.approx([0.9, 0.5])
    assert flashing(events, 1.2 + FLASH_S, 1 / 30) == []


@pytest.mark.parametrize(
    ("name", "repetitions", "words"),
    [
        ("front_foot_plant", 1, "Front foot plant  1.00 s"),
        ("front_foot_plant", 3, "Front foot plant 2  1.00 s"),
        ("backlift_top", 1, "Top of the backlift  1.00 s"),
    ],
)
def test_event_is_named_for_a_coach(name, repetitions, words):
    event = Event(name=name, time_s=1.0, uncertainty_s=0.03, frame=30, repetition=2)
    assert event_label(event, repetitions) == words
