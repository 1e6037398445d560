"""The truth sets: apart from each other, complete in every dimension, rendered once."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cricksy_lib.results import MODES, Mode
from cricksy_lib.synthetic import truthsets
from cricksy_lib.synthetic.figure import proportions, widened
from cricksy_lib.synthetic.scene import FAULTS, Scene
from cricksy_lib.synthetic.simulation import run
from cricksy_lib.synthetic.style import Style
from cricksy_lib.synthetic.truthsets import (
    SIZE,
    SetName,
    is_side_on,
    rendered,
    trap_scenes,
    truth_set,
)

NAMES: tuple[SetName, SetName] = ("develop", "report")
LARGE: tuple[Mode, Mode] = ("batting", "bowling")
EVENTS = {"batting": 3, "bowling": 3, "wicketkeeping": 3, "fielding": 2}
TINY = Scene(mode="batting", width=128, height=96, frame_rate=30.0, duration_s=0.3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_a_set_has_its_size_and_is_the_same_every_time(name: SetName, mode: Mode) -> None:
    scenes = truth_set(name, mode)
    assert len(scenes) == SIZE[mode]
    assert all(scene.mode == mode for scene in scenes)
    assert scenes == truth_set(name, mode)


@pytest.mark.parametrize("mode", MODES)
def test_the_sets_share_no_body_no_movement_and_no_camera(mode: Mode) -> None:
    develop, report = truth_set("develop", mode), truth_set("report", mode)
    seeds = [{s.seed for s in scenes} for scenes in (develop, report)]
    assert len(seeds[0]) == len(seeds[1]) == SIZE[mode]
    assert not seeds[0] & seeds[1]

    def bodies(scenes: list[Scene]) -> set[float]:
        sizes = (proportions(np.random.default_rng(s.seed), s.height_m) for s in scenes)
        return {widened(size, Style(s, 1)).thigh for size, s in zip(sizes, scenes, strict=True)}

    assert not bodies(develop) & bodies(report)
    cameras = [
        {(s.azimuth_deg, s.camera_height_m, s.distance_m) for s in scenes} for scenes in (develop, report)
    ]
    assert not cameras[0] & cameras[1]
    assert len(cameras[0]) == SIZE[mode]


def test_no_seed_is_used_twice_in_all_sets() -> None:
    scenes = [s for name in NAMES for mode in MODES for s in truth_set(name, mode)] + trap_scenes()
    assert len({s.seed for s in scenes}) == len(scenes)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_half_of_the_views_are_side_on_and_a_quarter_near_front_or_behind(name: SetName, mode: Mode) -> None:
    scenes = truth_set(name, mode)
    count = len(scenes)
    side = [s for s in scenes if is_side_on(s.azimuth_deg)]
    front = [s for s in scenes if min(abs(s.azimuth_deg), 180 - abs(s.azimuth_deg)) <= 17]
    assert len(side) == round(count / 2)
    assert len(front) == round(count / 4)
    assert len(side) + len(front) < count
    # Both hands from both sides.
    views = Counter((s.hand, s.azimuth_deg > 0) for s in side)
    assert min(views.values()) == max(views.values()) == len(side) / 4
    # Each hand also from in front.
    assert {s.hand for s in front} == {"left", "right"}
    assert any(abs(s.azimuth_deg) > 160 for s in front)


@pytest.mark.parametrize("mode", LARGE)
@pytest.mark.parametrize("name", NAMES)
def test_every_dimension_is_covered(name: SetName, mode: Mode) -> None:
    scenes = truth_set(name, mode)
    side = [s for s in scenes if is_side_on(s.azimuth_deg)]

    def seen(field: str, among: list[Scene] = scenes) -> Counter[object]:
        return Counter(getattr(s, field) for s in among)

    assert set(seen("frame_rate")) == {30.0, 60.0, 120.0}
    assert set(seen("frame_rate", side)) == {30.0, 60.0, 120.0}
    assert min(seen("frame_rate").values()) >= 5
    assert {240, 360, 480, 720, 1080} <= set(seen("height"))
    assert all(240 <= s.height <= 1080 for s in scenes)
    assert sum(360 <= s.height <= 720 for s in scenes) > 0.75 * len(scenes)
    assert 0.05 < sum(s.height > s.width for s in scenes) / len(scenes) < 0.3
    assert set(seen("occluder")) == {None, "net", "stumps", "person"}
    assert 0.2 < sum(s.occluder is not None for s in scenes) / len(scenes) < 0.4
    assert set(seen("background")) == {"grass", "net", "plain"}
    assert len(seen("kit")) == 6
    assert len(seen("skin")) == 4
    assert set(seen("bystander")) == {None, "standing", "walking"}
    assert set(seen("crowd")) > {0}
    assert {name for s in scenes for name in s.faults} == set(FAULTS)
    assert 0.3 < sum(not s.faults for s in scenes) / len(scenes) < 0.6
    assert len(seen("crf")) >= 4
    blurred = [s.shutter for s in scenes if s.shutter > 0]
    assert 0.7 < len(blurred) / len(scenes) < 0.95
    assert max(blurred) > 0.8
    rolled = [s.roll_deg for s in scenes if s.roll_deg]
    assert 0.2 < len(rolled) / len(scenes) < 0.5
    assert max(np.abs(rolled)) <= 3
    assert 0.15 < sum(s.tilt_deg is not None for s in scenes) / len(scenes) < 0.35
    assert np.ptp([s.camera_height_m for s in scenes]) > 1.7
    assert np.ptp([s.height_m or 0 for s in scenes]) > 0.5
    assert all(1.6 <= s.seconds <= 2.4 for s in scenes)
    assert all(s.variety >= 0.6 for s in scenes)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_every_scene_shows_the_whole_movement_within_reach(name: SetName, mode: Mode) -> None:
    tall = []
    for scene in truth_set(name, mode):
        simulation = run(scene)
        truth, body = simulation.truth, simulation.body
        assert len(truth.events) == EVENTS[mode], scene.seed
        assert list(truth.events.values()) == sorted(truth.events.values())
        assert min(truth.events.values()) > 0.1
        assert (truth.joints_px > 0).all(), scene.seed
        assert (truth.joints_px < [scene.width, scene.height]).all(), scene.seed
        assert np.isfinite(truth.joints_m).all()
        inside = (body.t >= 0) & (body.t <= scene.seconds)
        assert max(share[inside].max() for share in body.reach.values()) < 0.999, scene.seed
        assert truth.joints_m[..., 2].min() > -0.005, scene.seed
        away = np.linalg.norm(simulation.camera.position - body.extra["pelvis"].mean(axis=0))
        tall.append(simulation.camera.focal_px * truth.facts["height_m"] / away)
    # As tall in the picture as phones show people.
    assert min(tall) > 60
    assert 150 < np.median(tall) < 350


def test_traps_have_no_athlete() -> None:
    traps = trap_scenes()
    assert all(scene.empty for scene in traps)
    assert any(scene.crowd >= 4 for scene in traps)
    assert any(scene.background == "drawing" for scene in traps)
    assert any(not scene.crowd and scene.background != "drawing" for scene in traps)
    assert run(traps[-1]).truth.events == {}


def test_a_scene_is_rendered_once(tmp_path: Path) -> None:
    clip, truth = rendered(TINY, tmp_path)
    written = clip.stat().st_mtime_ns
    again, same = rendered(TINY, tmp_path)
    assert again == clip
    assert clip.stat().st_mtime_ns == written
    np.testing.assert_array_equal(same.joints_px, truth.joints_px)
    assert len(list(tmp_path.iterdir())) == 2


def test_another_scene_and_another_renderer_get_another_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, _ = rendered(TINY, tmp_path)
    other, _ = rendered(TINY.model_copy(update={"crf": 30}), tmp_path)
    monkeypatch.setattr(truthsets, "_sources", lambda: b"changed")
    anew, _ = rendered(TINY, tmp_path)
    assert len({clip, other, anew}) == 3


def test_a_clip_without_its_truth_is_rendered_again(tmp_path: Path) -> None:
    clip, truth = rendered(TINY, tmp_path)
    clip.with_suffix(".truth.json").unlink()
    _, again = rendered(TINY, tmp_path)
    np.testing.assert_array_equal(again.joints_px, truth.joints_px)


def _render(folder: str) -> None:
    rendered(TINY, folder)


def test_two_processes_may_render_the_same_scene_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_render, args=(str(tmp_path),)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".mp4"]
    assert rendered(TINY, tmp_path)[0].stat().st_size > 1000
