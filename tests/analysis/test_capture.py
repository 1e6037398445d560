"""How a clip was filmed: its light, read from a few frames, and the checks on view, camera and scale."""

from pathlib import Path

import numpy as np
import pytest
from clip_maker import make_clip
from truth_track import track_of

from cricksy_lib.capture import Light, _view_advice, describe_capture, measure_light
from cricksy_lib.motion.movement import read_movement
from cricksy_lib.motion.turned_round import settle_sides
from cricksy_lib.motion.view import ViewEstimate
from cricksy_lib.options import AnalysisOptions, ScaleMark
from cricksy_lib.pose.clean import clean, exchange
from cricksy_lib.pose.labels import ARMS
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate
from cricksy_lib.video import VideoInfo, decode_frames, probe, read_frames


@pytest.mark.parametrize("gop", [5, 1000], ids=["many places to start", "one place to start"])
def test_light_is_the_mean_brightness_of_the_clip(tmp_path, gop):
    info = probe(make_clip(tmp_path / "clip.mp4", times=[i / 30 for i in range(60)], gop=gop))
    over_all = np.mean([frame.image.mean() for frame in read_frames(info.path, width=160)])
    # The pictures carry their number in black and white, so no few of them have just the mean of all.
    assert measure_light(info).brightness == pytest.approx(over_all, abs=12)


def test_a_long_clip_is_not_decoded_for_it(tmp_path, monkeypatch):
    info = probe(make_clip(tmp_path / "clip.mp4", times=[i / 30 for i in range(300)], gop=30))
    decoded = []

    def counting(*arguments, **named):
        for frame in decode_frames(*arguments, **named):
            decoded.append(frame.index)
            yield frame

    monkeypatch.setattr("cricksy_lib.video.decode.decode_frames", counting)
    measure_light(info)
    assert len(decoded) <= 10


def checks_of(track, options):
    """Checks by name, from a track and without its clip."""
    info = VideoInfo(
        path=Path("clip.mp4"),
        filename="clip.mp4",
        bytes=1,
        width=track.data.attrs["width"],
        height=track.data.attrs["height"],
        duration_s=2.0,
        frame_rate=60.0,
        variable_frame_rate=False,
        rotation_deg=0,
        codec="h264",
        frames=120,
        present_share=1.0,
        warnings=(),
    )
    movement = read_movement(settle_sides(clean(track), options), options)
    capture = describe_capture(info, track, movement, options, Light(120.0))
    return capture, {check.name: check for check in capture.checks}


@pytest.mark.parametrize(("azimuth", "ok"), [(90, True), (66, False), (45, False)])
def test_the_view_check_holds_where_the_view_is_sure(azimuth, ok):
    track = track_of(simulate(Scene(mode="batting", azimuth_deg=azimuth, seed=31)), 1.0)
    capture, checks = checks_of(track, AnalysisOptions(mode="batting"))
    assert checks["view"].ok is ok
    assert capture.view_angle_deg == checks["view"].value
    assert 0 < capture.view_angle_uncertainty_deg < 45
    if capture.view == "side" and not ok:
        assert f"{90 - capture.view_angle_deg:.0f} degrees" in checks["view"].advice


@pytest.mark.parametrize("moved", [True, False])
def test_a_camera_that_moved_is_named(moved):
    track = track_of(simulate(Scene(mode="batting", seed=32)), 1.0)
    track.data.attrs["camera"] = {"known": True, "moved": moved, "max_shift_px": 31.0 if moved else 0.4}
    _, checks = checks_of(track, AnalysisOptions(mode="batting"))
    assert checks["camera_still"].ok is not moved


@pytest.mark.parametrize("undecided", [True, False])
def test_with_others_about_it_is_said_whether_the_player_was_told_from_them(undecided):
    track = track_of(simulate(Scene(mode="batting", seed=32)), 1.0)
    _, checks = checks_of(track, AnalysisOptions(mode="batting"))
    assert "which_player" not in checks
    track.data.attrs.update(people=3, undecided=undecided)
    _, checks = checks_of(track, AnalysisOptions(mode="batting"))
    assert checks["which_player"].ok is not undecided
    assert checks["which_player"].value == 3


def test_who_was_not_followed_was_not_told_from_others_either():
    track = track_of(simulate(Scene(mode="batting", seed=32)), 1.0)
    track.data.attrs.update(people=3)
    track.data["position"][:] = np.nan
    _, checks = checks_of(track, AnalysisOptions(mode="batting"))
    assert "which_player" not in checks


def test_what_is_not_known_of_the_camera_is_not_checked():
    track = track_of(simulate(Scene(mode="batting", seed=33)), 1.0)
    _, checks = checks_of(track, AnalysisOptions(mode="batting"))
    assert "camera_still" not in checks
    assert "scale" not in checks


def test_a_mark_that_contradicts_the_height_fails_a_check_and_says_so():
    track = track_of(simulate(Scene(mode="batting", seed=34)), 1.0)
    mark = ScaleMark(kind="stumps", x1=300, y1=600, x2=300, y2=100)
    capture, checks = checks_of(track, AnalysisOptions(mode="batting", height_cm=175, scale_mark=mark))
    assert not checks["scale"].ok
    assert "apart" in checks["scale"].advice
    assert capture.scale.source == "height given by the user"


@pytest.mark.parametrize("mode", ["batting", "bowling", "fielding"])
@pytest.mark.parametrize("hand", ["left", "right"])
def test_a_hand_that_the_movement_shows_is_checked(mode, hand):
    track = track_of(simulate(Scene(mode=mode, hand="right", azimuth_deg=90.0, seed=31)), 1.0)
    _, checks = checks_of(track, AnalysisOptions(mode=mode, hand=hand))
    assert checks["hand"].ok is (hand == "right")


@pytest.mark.parametrize("tilt_px", [-300.0, 300.0])
def test_a_camera_that_moves_does_not_hide_whose_arm_it_is(tilt_px):
    track = track_of(simulate(Scene(mode="bowling", hand="right", azimuth_deg=90.0, seed=31)), 1.0)
    tilt = np.linspace(0.0, tilt_px, track.data.sizes["time"])
    position = track.data["position"].values.copy()
    position[..., 1] += tilt[:, None]
    to_first = np.tile(np.eye(2, 3), (len(tilt), 1, 1))
    to_first[:, 1, 2] = -tilt
    d = track.data
    moved = PoseTrack.from_arrays(
        d["time"].values,
        d["frame"].values,
        position,
        d["world"].values,
        d["confidence"].values,
        d["segment"].values,
        dict(d.attrs),
        to_first,
    )
    _, checks = checks_of(moved, AnalysisOptions(mode="bowling", hand="right"))
    assert checks["hand"].ok


@pytest.mark.parametrize("hand", ["left", "right"])
def test_a_hand_that_nothing_tests_gets_no_tick(hand):
    keeper = track_of(simulate(Scene(mode="wicketkeeping", azimuth_deg=90.0, seed=31)), 1.0)
    _, checks = checks_of(keeper, AnalysisOptions(mode="wicketkeeping", hand=hand))
    assert "hand" not in checks
    still = track_of(simulate(Scene(mode="batting", azimuth_deg=90.0, seed=31)), 1.0)
    for variable in ("position", "world"):
        still.data[variable].values[:] = still.data[variable].values[:1]
    _, checks = checks_of(still, AnalysisOptions(mode="batting", hand=hand))
    assert "hand" not in checks


def test_arms_that_were_named_after_the_given_hand_do_not_confirm_it():
    track = track_of(simulate(Scene(mode="bowling", hand="right", azimuth_deg=90.0, seed=31)), 1.0)
    exchange(track.data, ARMS, np.arange(track.data.sizes["time"]))
    _, checks = checks_of(track, AnalysisOptions(mode="bowling", hand="right"))
    assert "hand" not in checks


@pytest.mark.parametrize(("view", "wrong"), [("front", True), ("side", False), ("auto", False)])
def test_a_declared_view_that_the_body_contradicts_is_kept_with_the_results(view, wrong):
    track = track_of(simulate(Scene(mode="batting", azimuth_deg=90.0, seed=31)), 1.0)
    capture, _ = checks_of(track, AnalysisOptions(mode="batting", view=view))
    assert capture.view_disagrees is wrong


@pytest.mark.parametrize(
    ("view", "angle", "spread", "words"),
    [
        ("side", 89.0, 38.2, "The camera's place is known only to within 39 degrees: film square"),
        ("side", 66.0, 20.0, "stood 24 degrees (give or take 20) off the view from the side: film square"),
        ("behind", 28.0, 9.4, "stood 28 degrees (give or take 10) off the view from behind: film square"),
        ("front", 1.2, 1.0, "stood 1 degree (give or take 1) off the view from in front: film square"),
    ],
)
def test_an_unsure_view_says_whether_it_is_off_or_badly_known(view, angle, spread, words):
    estimate = ViewEstimate(view, "body", angle, uncertainty_deg=spread, sure=False)
    assert words in _view_advice(estimate)
