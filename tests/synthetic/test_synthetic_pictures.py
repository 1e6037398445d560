"""Blur, compression and what hides the athlete: they change the picture and never the truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from pydantic import ValidationError

from cricksy_lib.synthetic.render import draw_frames, render_clip
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import run, simulate
from cricksy_lib.synthetic.stage import Stage, exposures

BASE = Scene(mode="bowling", seed=4, width=320, height=180, frame_rate=60.0, camera_height_m=1.0)
CHANGES = {
    "blur": {"shutter": 0.8},
    "net": {"occluder": "net"},
    "stumps": {"occluder": "stumps"},
    "person": {"occluder": "person"},
    "crowd": {"crowd": 3},
    "noise": {"noise": 4.0},
}


def changed(scene: Scene, **update: object) -> Scene:
    return Scene.model_validate(scene.model_dump() | update)


def picture(scene: Scene, time_s: float) -> np.ndarray:
    return next(draw_frames(replace(run(scene), times_s=np.array([time_s])))).astype(int)


def release(scene: Scene) -> float:
    return simulate(scene).events["ball_release"]


@pytest.mark.parametrize("what", CHANGES)
def test_it_changes_the_picture_and_not_the_truth(what: str) -> None:
    other = changed(BASE, **CHANGES[what])
    before, after = simulate(BASE), simulate(other)
    np.testing.assert_array_equal(before.joints_px, after.joints_px)
    np.testing.assert_array_equal(before.times_s, after.times_s)
    assert before.events == after.events
    # A person who crosses is before the athlete about the middle of the clip.
    times = np.linspace(0.3, 0.75, 6) * BASE.seconds if what == "person" else [release(BASE)]
    assert max(np.abs(picture(BASE, t) - picture(other, t)).max() for t in times) > 12


def test_a_coarser_compression_changes_the_clip_and_makes_it_smaller(tmp_path: Path) -> None:
    def decoded(crf: int) -> tuple[np.ndarray, int]:
        clip = tmp_path / f"{crf}.mp4"
        truth = render_clip(changed(BASE, crf=crf, duration_s=0.3, frame_rate=30.0), clip)
        np.testing.assert_array_equal(truth.joints_px, expected)
        with av.open(str(clip)) as container:
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return np.stack(frames).astype(int), clip.stat().st_size

    expected = simulate(changed(BASE, duration_s=0.3, frame_rate=30.0)).joints_px
    (fine, large), (coarse, small) = decoded(10), decoded(40)
    assert small < 0.5 * large
    assert np.abs(fine - coarse).mean() > 1


def test_a_hand_at_release_is_smeared_along_its_way_and_a_standing_foot_is_not() -> None:
    blurred = changed(BASE, shutter=0.9)
    truth, when = simulate(BASE), release(BASE)
    sharp, smeared = picture(BASE, when), picture(blurred, when)
    k = int(np.abs(truth.times_s - when).argmin())

    def difference(joint: str) -> float:
        x, y = np.rint(truth.px(joint)[k]).astype(int)
        return float(np.abs(sharp - smeared)[y - 3 : y + 4, x - 3 : x + 4].mean())

    assert difference("right_wrist") > 10 * difference("left_foot_index")


def test_the_exposures_of_a_frame_have_its_time_as_their_middle_and_stay_within_the_shutter() -> None:
    simulation = run(changed(BASE, shutter=0.6, width=1280, height=720))
    times, counts = exposures(simulation)
    parts = np.split(times, np.cumsum(counts)[:-1])
    assert counts.max() > 3
    assert counts.sum() == len(times)
    for part, frame_s in zip(parts, simulation.times_s, strict=True):
        assert part.mean() == pytest.approx(frame_s, abs=1e-9)
        assert np.ptp(part) < 0.6 / 60


def test_a_frame_without_movement_or_shutter_is_exposed_once() -> None:
    assert (exposures(run(BASE))[1] == 1).all()
    batter = run(Scene(mode="batting", seed=4, width=320, height=180, shutter=0.9))
    assert exposures(batter)[1][:6].tolist() == [1] * 6


def test_only_the_box_around_the_body_is_drawn() -> None:
    simulation = run(BASE)
    box, image = Stage(simulation).moving(10) or pytest.fail("nobody is drawn")
    rows, columns = box
    assert image.shape == (rows.stop - rows.start, columns.stop - columns.start, 3)
    assert image[..., 0].size < 0.25 * BASE.width * BASE.height
    joints = simulation.truth.joints_px[10]
    assert (joints[:, 0] >= columns.start).all()
    assert (joints[:, 0] < columns.stop).all()
    assert (joints[:, 1] >= rows.start).all()
    assert (joints[:, 1] < rows.stop).all()


def test_a_net_lies_over_athlete_and_ground_alike() -> None:
    when = release(BASE)
    drawn = np.abs(picture(BASE, when) - picture(changed(BASE, occluder="net"), when)).sum(axis=2) > 15
    assert drawn[:60].mean() > 0.05
    assert drawn[120:].mean() > 0.05
    x0, y0 = simulate(BASE).joints_px[:, :, :].min(axis=(0, 1)).astype(int)
    x1, y1 = simulate(BASE).joints_px[:, :, :].max(axis=(0, 1)).astype(int)
    assert drawn[y0:y1, x0:x1].mean() > 0.05


@pytest.mark.parametrize("azimuth", [90.0, -60.0])
def test_a_person_crosses_before_the_athlete_at_some_time(azimuth: float) -> None:
    scene = changed(BASE, mode="batting", occluder="person", azimuth_deg=azimuth)
    simulation = run(scene)
    assert simulation.crossing is not None
    hips = simulation.crossing.joints["left_hip"], simulation.body.joints["left_hip"]
    pixels, depth = simulation.camera.project(np.stack(hips))
    inside = (simulation.body.t > 0) & (simulation.body.t < scene.seconds)
    apart = np.abs(pixels[0, :, 0] - pixels[1, :, 0])[inside]
    assert apart.min() < 8
    assert apart.max() > 25
    assert (depth[0] < depth[1])[inside].all()


def test_stumps_before_the_athlete_hide_a_part_of_the_legs() -> None:
    scene = changed(BASE, mode="batting", occluder="stumps", width=640, height=360)
    plain = changed(scene, occluder=None)
    hidden = set()
    simulation = run(plain)
    for share in np.linspace(0.45, 0.7, 5):
        when = share * scene.seconds
        k = int(np.abs(simulation.truth.times_s - when).argmin())
        knee = simulation.truth.px("left_knee")[k]
        shin = (knee + 0.4 * (simulation.truth.px("left_ankle")[k] - knee)).astype(int)
        difference = np.abs(picture(scene, when) - picture(plain, when)).sum(axis=2)
        near = difference[shin[1] - 4 : shin[1] + 5, shin[0] - 25 : shin[0] + 26] > 40
        hidden.add(bool(near.any()))
    assert True in hidden


def test_a_crowd_stands_apart_and_the_same_scene_draws_the_same_one() -> None:
    scene = changed(BASE, crowd=5, empty=True)
    one, two = run(scene), run(scene)
    places = np.array([body.joints["left_hip"][0, :2] for body in one.crowd])
    assert len(places) == 5
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)[np.triu_indices(5, 1)]
    assert gaps.min() > 0.4
    for a, b in zip(one.crowd, two.crowd, strict=True):
        np.testing.assert_array_equal(a.joints["nose"], b.joints["nose"])


def test_a_drawing_has_lines_stands_still_and_needs_an_empty_scene() -> None:
    scene = changed(BASE, background="drawing", empty=True)
    np.testing.assert_array_equal(picture(scene, 0.2), picture(scene, 1.5))
    assert (picture(scene, 0.2).sum(axis=2) < 200).sum() > 50
    with pytest.raises(ValidationError, match="must be empty"):
        Scene(mode="batting", background="drawing")


def test_varied_shirts_differ_in_front_and_behind_for_some_and_hardly_for_others() -> None:
    from cricksy_lib.synthetic.dressing import KITS, Look, look_of

    assert look_of(BASE) == Look()
    apart = []
    for seed in range(24):
        look = look_of(changed(BASE, seed=seed, variety=1.0))
        assert look.chest is not None
        assert look.back is not None
        apart.append(np.linalg.norm(np.array(look.chest) - np.array(look.back)))
    assert min(apart) < 30
    assert max(apart) > 100
    assert KITS[BASE.kit][0] != look_of(changed(BASE, variety=1.0)).chest
