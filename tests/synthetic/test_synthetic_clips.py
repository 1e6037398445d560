"""Cameras, files and pictures of the synthetic athlete."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from pydantic import ValidationError
from rich.console import Console

from cricksy_lib.results import MODES, Mode
from cricksy_lib.synthetic.__main__ import DEMO, write_demo_clips
from cricksy_lib.synthetic.render import draw_frames, render_clip
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import run, simulate
from cricksy_lib.synthetic.truth import Truth

SMALL = {"width": 320, "height": 180, "frame_rate": 30.0}


def frame_at(scene: Scene, time_s: float) -> np.ndarray:
    simulation = run(scene)
    return next(draw_frames(replace(simulation, times_s=np.array([time_s]))))


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280)])
@pytest.mark.parametrize("azimuth", [0.0, 45.0, 90.0, 180.0, -90.0])
@pytest.mark.parametrize("mode", MODES)
def test_the_whole_body_stays_in_the_picture(mode: Mode, azimuth: float, size: tuple[int, int]) -> None:
    truth = simulate(Scene(mode=mode, azimuth_deg=azimuth, width=size[0], height=size[1]))
    assert (truth.joints_px > 0).all()
    assert (truth.joints_px < np.array(size)).all()


def test_the_front_camera_sees_a_bowlers_left_on_its_right_and_the_one_behind_on_its_left() -> None:
    for azimuth, sign in ((0.0, 1), (180.0, -1)):
        truth = simulate(Scene(mode="bowling", azimuth_deg=azimuth))
        across = truth.px("left_ear")[:, 0] - truth.px("right_ear")[:, 0]
        assert (across * sign > 0).all()


def test_from_the_right_the_bowler_runs_to_the_right_of_the_picture() -> None:
    truth = simulate(Scene(mode="bowling", azimuth_deg=90))
    assert truth.px("nose")[-1, 0] > truth.px("nose")[0, 0] + 300


def test_fill_is_the_share_of_the_picture_that_a_standing_athlete_takes() -> None:
    truth = simulate(Scene(mode="wicketkeeping", fill=0.4))
    height_px = truth.camera.focal_px * truth.facts["height_m"] / truth.scene.distance_m
    assert height_px / truth.scene.height == pytest.approx(0.4, abs=0.02)


def test_field_of_view_tilt_and_shift_may_push_the_body_out_of_the_picture() -> None:
    whole = simulate(Scene(mode="batting"))
    pushed = simulate(Scene(mode="batting", fov_deg=20, tilt_deg=4.0, shift_y=0.3))
    assert whole.px("left_ankle")[:, 1].max() < 720
    assert pushed.px("left_ankle")[:, 1].max() > 720


def test_roll_turns_the_picture() -> None:
    def line(roll: float) -> np.ndarray:
        truth = simulate(Scene(mode="batting", roll_deg=roll, fov_deg=40))
        return np.asarray(truth.px("left_hip")[0] - truth.px("nose")[0])

    upright, rolled = line(0.0), line(30.0)
    turned = np.degrees(np.arctan2(*upright) - np.arctan2(*rolled))
    assert abs(turned) == pytest.approx(30, abs=0.5)


def test_odd_sizes_and_unknown_faults_are_refused() -> None:
    with pytest.raises(ValidationError):
        Scene(mode="batting", width=641)
    with pytest.raises(ValidationError):
        Scene.model_validate({"mode": "batting", "faults": {"no_bat": 1.0}})


def test_a_clip_is_h264_that_starts_fast_with_the_asked_times_and_size(tmp_path: Path) -> None:
    clip, facts = tmp_path / "clip.mp4", tmp_path / "truth.json"
    truth = render_clip(Scene(mode="bowling", **SMALL), clip, facts)
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        times = [frame.time for frame in container.decode(stream)]
        assert (stream.width, stream.height) == (320, 180)
    np.testing.assert_allclose(times, truth.times_s, atol=1e-3)
    head = clip.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "truth.json"]


def test_truth_survives_writing_and_reading(tmp_path: Path) -> None:
    truth = simulate(Scene(mode="fielding", hand="left", bystander="walking", faults={"falling_over": 0.5}))
    truth.write(tmp_path / "truth.json")
    again = Truth.read(tmp_path / "truth.json")
    assert again.scene == truth.scene
    assert again.events == truth.events
    np.testing.assert_allclose(again.joints_px, truth.joints_px, atol=1e-3)
    np.testing.assert_allclose(again.joints_m, truth.joints_m, atol=1e-5)
    np.testing.assert_allclose(again.camera.project(again.joints_m)[0], truth.joints_px, atol=0.02)
    assert again.bystander_px is not None


def test_something_else_is_not_read_as_truth(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ValueError, match="not the truth"):
        Truth.read(tmp_path / "other.json")


def test_the_same_scene_gives_the_same_picture() -> None:
    scene = Scene(mode="batting", seed=5, noise=4.0, **SMALL)
    np.testing.assert_array_equal(frame_at(scene, 1.0), frame_at(scene, 1.0))


@pytest.mark.parametrize("background", ["plain", "grass", "net"])
def test_the_body_is_drawn_where_the_truth_says(background: str) -> None:
    scene = Scene.model_validate(
        {"mode": "bowling", "kit": "red", "background": background, "implements": False}
    )
    drawn = frame_at(scene, 0.0)
    empty = frame_at(scene.model_copy(update={"empty": True}), 0.0)
    changed = np.abs(drawn.astype(int) - empty).sum(axis=2) > 40
    truth = simulate(scene)
    for name in ("nose", "left_knee", "right_shoulder", "right_elbow", "left_ankle"):
        x, y = np.rint(truth.px(name)[0]).astype(int)
        assert changed[y - 1 : y + 2, x - 1 : x + 2].any(), name
    rows, columns = np.nonzero(changed)
    px = truth.joints_px[0]
    assert rows.min() > px[:, 1].min() - 60
    assert columns.min() > px[:, 0].min() - 60


def test_an_empty_scene_has_neither_athlete_nor_truth_about_one() -> None:
    truth = simulate(Scene(mode="batting", empty=True))
    assert truth.joints_px.shape == (120, 0, 2)
    assert truth.events == {}
    assert truth.angles == {}


def test_the_bystander_is_in_the_picture_away_from_the_athlete() -> None:
    for mode in MODES:
        truth = simulate(Scene(mode=mode, bystander="standing"))
        assert truth.bystander_px is not None
        other = truth.bystander_px
        assert (other > 0).all()
        assert (other < np.array([1280, 720])).all()
        middle = len(truth.times_s) // 2
        assert abs(other[middle, :, 0].mean() - truth.joints_px[middle, :, 0].mean()) > 150


def test_kits_and_skins_change_the_picture() -> None:
    base = Scene(mode="fielding", **SMALL)
    pictures = [
        frame_at(base.model_copy(update=update), 0.5)
        for update in ({}, {"kit": "red"}, {"skin": "dark"}, {"background": "plain"})
    ]
    for i, one in enumerate(pictures):
        assert all((one != other).any() for other in pictures[:i])


def test_demo_clips_are_written_once(tmp_path: Path) -> None:
    small = {mode: scene.model_copy(update={**SMALL, "duration_s": None}) for mode, scene in DEMO.items()}
    first = write_demo_clips(tmp_path, small, Console(file=io.StringIO()))
    written = {mode: clip.stat().st_mtime_ns for mode, clip in first.items()}
    said_again = io.StringIO()
    second = write_demo_clips(tmp_path, small, Console(file=said_again))
    assert set(first) == set(MODES)
    assert second == first
    assert {mode: clip.stat().st_mtime_ns for mode, clip in second.items()} == written
    assert said_again.getvalue() == ""
    assert Truth.read(tmp_path / "wicketkeeping.truth.json").events.keys() == {"set", "rise", "take"}


def test_the_demo_command_refuses_an_unknown_discipline(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cricksy_lib.synthetic", "--out", str(tmp_path / "x"), "--mode", "golf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "golf" in done.stderr
    assert not (tmp_path / "x").exists()
