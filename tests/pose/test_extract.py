"""Raw landmarks from clips: the right person, every frame, unsmoothed, whatever the number of processes."""

from __future__ import annotations

import itertools
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pose_clips import moved_copies

from cricksy_lib.errors import PoseModelError
from cricksy_lib.options import AnalysisOptions, AthletePoint
from cricksy_lib.pose.extract import extract
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.results import Mode
from cricksy_lib.settings import Settings
from cricksy_lib.synthetic.render import draw_frames, render_clip
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import run
from cricksy_lib.validation.swaps import followed_athlete
from cricksy_lib.video import probe, read_timeline, write_mp4

BATTING = AnalysisOptions(mode="batting")


class Heard:
    """Everything that was reported."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, float, float]] = []

    def __call__(self, stage: str, done: float, total: float) -> None:
        self.calls.append((stage, done, total))


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def deep(batting_clip: Path, settings: Settings, heard: Heard) -> PoseTrack:
    return extract(probe(batting_clip), BATTING, "deep", settings=settings, progress=heard)


def test_keypoints_are_in_mediapipes_order() -> None:
    """This release has no list of names, but it says which landmarks are joined: a limb stays on its side."""
    from mediapipe.tasks.python.vision import PoseLandmarksConnections

    joined = {
        (KEYPOINTS[line.start], KEYPOINTS[line.end]) for line in PoseLandmarksConnections.POSE_LANDMARKS
    }
    assert {name for pair in joined for name in pair} == set(KEYPOINTS)
    for side in ("left", "right"):
        for a, b in [
            ("shoulder", "elbow"),
            ("elbow", "wrist"),
            ("wrist", "index"),
            ("hip", "knee"),
            ("knee", "ankle"),
            ("ankle", "heel"),
            ("heel", "foot_index"),
        ]:
            assert (f"{side}_{a}", f"{side}_{b}") in joined
    assert {("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")} <= joined


def test_every_native_frame_is_found_at_its_true_time(deep: PoseTrack, batting_clip: Path) -> None:
    times = read_timeline(batting_clip).times_s
    assert np.array_equal(deep.data["time"].values, times)
    assert np.array_equal(deep.data["frame"].values, np.arange(times.size))
    assert deep.detection_rate > 0.97


def test_landmarks_lie_on_the_athlete(deep: PoseTrack) -> None:
    nose, ankle = deep.xy("nose"), deep.xy("left_ankle")
    height = np.nanmedian(ankle[:, 1] - nose[:, 1])
    assert 0.3 * 360 < height < 0.65 * 360
    world = deep.data["world"].values
    assert 1.0 < np.nanmedian(np.ptp(world[..., 1], axis=1)) < 2.2
    confidence = deep.data["confidence"].values
    assert np.nanmin(confidence) >= 0
    assert np.nanmax(confidence) <= 1


def test_track_says_what_made_it(deep: PoseTrack) -> None:
    attrs = deep.data.attrs
    assert (attrs["width"], attrs["height"], attrs["frames_in_clip"]) == (640, 360, 75)
    assert len(attrs["model_sha256"]) == 64
    assert attrs["people"] == 1
    assert attrs["breaks"] == []
    assert set(deep.data["segment"].values.tolist()) <= {-1, 0}


def test_progress_rises_to_its_end(heard: Heard, deep: PoseTrack) -> None:
    for stage in {stage for stage, _, _ in heard.calls}:
        done = [d for s, d, _ in heard.calls if s == stage]
        assert done == sorted(done)
    stage, done, total = heard.calls[-1]
    assert (stage, done) == ("following the athlete", total)


def test_one_process_gives_the_same_landmarks(
    deep: PoseTrack, batting_clip: Path, settings: Settings
) -> None:
    single = settings.model_copy(update={"pose_processes": 1})
    again = extract(probe(batting_clip), BATTING, "deep", settings=single)
    assert np.allclose(again.data["position"], deep.data["position"], atol=1e-6, equal_nan=True)
    assert np.allclose(again.data["confidence"], deep.data["confidence"], atol=1e-5, equal_nan=True)


def test_quick_pass_takes_fewer_frames_of_the_same_athlete(
    deep: PoseTrack, batting_clip: Path, settings: Settings
) -> None:
    quick = extract(probe(batting_clip), BATTING, "quick", settings=settings)
    assert 20 <= quick.data.sizes["time"] <= 40
    frames = quick.data["frame"].values
    difference = np.linalg.norm(quick.xy("left_hip") - deep.xy("left_hip")[frames], axis=1)
    assert np.nanmedian(difference) < 0.03 * 0.6 * 360


def test_nobody_in_the_picture_is_nobody(tmp_path: Path, settings: Settings) -> None:
    clip = tmp_path / "empty.mp4"
    render_clip(Scene(mode="batting", empty=True, width=640, height=360, frame_rate=30, duration_s=0.7), clip)
    track = extract(probe(clip), BATTING, "deep", settings=settings)
    assert track.detection_rate == 0
    assert np.isnan(track.data["position"]).all()
    assert set(track.data["segment"].values.tolist()) == {-1}
    assert track.data.attrs["people"] == 0


@pytest.mark.parametrize("side", [0, 1])
def test_named_person_of_two_is_followed(
    side: int, batting_clip: Path, tmp_path: Path, settings: Settings
) -> None:
    clip = moved_copies(batting_clip, tmp_path / "two.mp4", shifts=(-170, 170), frames=24)
    middle = (150.0, 490.0)[side]
    options = AnalysisOptions(mode="batting", athlete=AthletePoint(x=middle, y=190, time_s=0.3))
    track = extract(probe(clip), options, "deep", settings=settings)
    assert track.detection_rate > 0.9
    assert np.nanmax(np.abs(track.xy("left_hip")[:, 0] - middle)) < 90
    assert track.data.attrs["people"] == 2
    assert not track.data.attrs["undecided"]


def test_neither_of_two_who_do_the_same_is_followed(
    batting_clip: Path, tmp_path: Path, settings: Settings
) -> None:
    clip = moved_copies(batting_clip, tmp_path / "two.mp4", shifts=(-170, 170), frames=24)
    track = extract(probe(clip), BATTING, "deep", settings=settings)
    assert track.detection_rate == 0
    assert (track.data.attrs["people"], track.data.attrs["undecided"]) == (2, True)


def test_landmarks_are_raw(batting_clip: Path, tmp_path: Path, settings: Settings) -> None:
    """A body that is moved at once is at its new place at once; smoothing would let it trail behind."""
    clip = moved_copies(
        batting_clip, tmp_path / "step.mp4", shifts=(0,), frames=30, still=True, step_at=15, step_px=14
    )
    track = extract(probe(clip), BATTING, "deep", settings=settings)
    x = track.data["position"].values[:, 11:29, 0].mean(axis=1)
    before, after = np.median(x[10:15]), np.median(x[20:])
    assert after - before == pytest.approx(14, abs=2)
    assert x[15] - before == pytest.approx(14, abs=2.5)


def test_model_that_mediapipe_cannot_load_is_a_pose_model_error(
    batting_clip: Path, tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "broken.task"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("pose_detector.tflite", b"x" * 100)
        bundle.writestr("pose_landmarks_detector.tflite", b"x" * 100)
    broken = settings.model_copy(update={"pose_model": path})
    with pytest.raises(PoseModelError, match="CRICKSY_POSE_MODEL"):
        extract(probe(batting_clip), BATTING, "quick", settings=broken)


def test_every_delivery_of_a_bowler_who_comes_back_is_followed(settings: Settings, tmp_path: Path) -> None:
    """Two seconds of bowling, three of an empty net, three times over."""
    scene = Scene(mode="bowling", seed=12, width=640, height=360, frame_rate=30, fill=0.6)
    shown = list(draw_frames(run(scene)))
    nobody = next(iter(draw_frames(run(scene.model_copy(update={"empty": True})))))
    pictures = [*shown, *[nobody] * 90] * 3
    clip = tmp_path / "net.mp4"
    write_mp4(clip, ((i / 30, image) for i, image in enumerate(pictures)), frame_rate=30)
    track = extract(probe(clip), AnalysisOptions(mode="bowling"), "deep", settings=settings)
    found = track.found.reshape(3, -1)
    assert (found[:, : len(shown)].mean(axis=1) > 0.9).all()
    assert not found[:, len(shown) + 5 : -5].any()
    assert [b["reason"] for b in track.data.attrs["breaks"]] == ["the athlete was out of sight"] * 2


@pytest.mark.parametrize("mode", ["batting", "wicketkeeping"])
def test_who_walks_before_the_athlete_is_not_followed(mode: Mode, settings: Settings, tmp_path: Path) -> None:
    clip = tmp_path / "crossed.mp4"
    scene = Scene(
        mode=mode,
        seed=5,
        width=640,
        height=360,
        frame_rate=30,
        fill=0.5,
        occluder="person",
        kit="white",
        skin="brown",
    )
    truth = render_clip(scene, clip)
    track = extract(probe(clip), AnalysisOptions(mode=mode), "deep", settings=settings)
    assert track.detection_rate > 0.4
    share = followed_athlete(track, truth)
    assert share is not None
    assert share > 0.95


def test_athlete_is_seen_through_the_meshes_of_a_net(settings: Settings, tmp_path: Path) -> None:
    frames = draw_frames(run(Scene(mode="batting", seed=3, width=640, height=360, frame_rate=30, fill=0.6)))
    lines = np.zeros((360, 640), dtype=bool)
    lines[::22] = lines[:, ::22] = True
    clip = tmp_path / "meshes.mp4"
    pictures = [np.where(lines[..., None], np.uint8(225), image) for image in itertools.islice(frames, 20)]
    write_mp4(clip, ((i / 30, image) for i, image in enumerate(pictures)), frame_rate=30)
    track = extract(probe(clip), BATTING, "deep", settings=settings)
    assert track.detection_rate > 0.6
