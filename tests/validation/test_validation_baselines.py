"""What ours is held beside: the first system as it was described, the plain loop, real reference data."""

from __future__ import annotations

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.settings import Settings
from cricksy_lib.synthetic import Scene, simulate
from cricksy_lib.validation import first_system, plain
from cricksy_lib.validation.real import best_offset, compare_real, project, read_trc, reference_angles


def empty_track(count=60):
    nothing = np.full((count, len(KEYPOINTS), 3), np.nan)
    facts = {"width": 640, "height": 360, "frame_rate": 30.0, "frames_in_clip": count}
    return PoseTrack.from_arrays(
        np.arange(count) / 30,
        np.arange(count),
        nothing,
        nothing,
        nothing[..., 0],
        np.full(count, -1),
        facts,
    )


@pytest.mark.parametrize(("mode", "count", "high"), [("batting", 5, 0), ("bowling", 6, 2)])
def test_the_first_system_finds_faults_in_an_empty_clip(mode, count, high):
    told = first_system.scores(empty_track())
    raised = first_system.findings(mode, told, detection_rate=0.0)
    assert len(raised) == count
    assert sum(severity == "high" for severity in raised.values()) >= high


def test_the_first_systems_head_score_depends_on_how_often_it_looks():
    track = track_of(simulate(Scene(mode="bowling", seed=6)))
    scores = [first_system.scores(track, rate).values["head"] for rate in (10.0, 30.0)]
    assert scores[1] > scores[0] + 0.1


def test_angles_of_the_plain_loop_are_exact_on_exact_landmarks_of_a_model_in_space():
    truth = simulate(Scene(mode="bowling", seed=7, hand="left"))
    told = plain.angles(track_of(truth), "right")
    for name in ("front_knee_angle", "rear_elbow_angle"):
        assert np.abs(told["model"][name] - truth.angles[name]).max() < 0.1
    # A picture cannot show the depth in which a limb leans.
    assert np.abs(told["plain"]["rear_elbow_angle"] - truth.angles["rear_elbow_angle"]).max() > 5


def test_an_offset_between_clip_and_reference_is_found():
    times = np.arange(100) / 60
    wave = {"a": 40 * np.sin(5 * times), "b": 20 * np.cos(7 * times)}
    late = {"a": 3 + 40 * np.sin(5 * (times - 0.1)), "b": 20 * np.cos(7 * (times - 0.1))}
    offset, correlation = best_offset(times, late, times, wave)
    assert offset == pytest.approx(0.1, abs=0.005)
    assert correlation > 0.99


def test_marker_paths_are_read_with_their_names(tmp_path):
    path = tmp_path / "points.trc"
    head = "PathFileType\t4\nDataRate\n60\nFrame#\tTime\tRHip\t\t\tLHip\t\t\t\n\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n"
    path.write_text(head + "1\t0.0\t1\t2\t3\t4\t5\t6\n2\t0.5\t7\t8\t9\t10\t11\t12\n")
    times, points = read_trc(path)
    assert times.tolist() == [0.0, 0.5]
    assert points["LHip"].tolist() == [[4, 5, 6], [10, 11, 12]]


def test_reference_angles_are_those_of_the_left_limb_in_front():
    points = {f"{side}{part}": np.zeros((1, 3)) for side in "LR" for part in ("Hip", "Knee", "Ankle")}
    points |= {f"{side}{part}": np.zeros((1, 3)) for side in "LR" for part in ("Elbow", "Wrist")}
    points |= {f"{side}Shoulder": np.array([[0.0, 1.5, 0]]) for side in "LR"}
    points |= {"LHip": np.array([[0.0, 1, 0]]), "LKnee": np.array([[0.0, 0.5, 0]])}
    points |= {"LAnkle": np.array([[0.5, 0.5, 0]]), "RHip": np.array([[0.0, 1, 0]])}
    points |= {"RKnee": np.array([[0.0, 0.5, 0]]), "RAnkle": np.array([[0.0, 0.1, 0]])}
    told = reference_angles(points)
    assert told["front_knee_angle"] == pytest.approx(90)
    assert told["rear_knee_angle"] == pytest.approx(180)
    assert told["trunk_lean"] == pytest.approx(0)


def test_a_point_ahead_of_a_calibrated_camera_is_in_the_middle_of_its_picture():
    camera = {"matrix": [[1000, 0, 540], [0, 1000, 960], [0, 0, 1]], "rotation": [0, 0, 0]}
    seen = project({"Nose": np.array([[0.0, 2.0, 0.0]])}, camera | {"translation": [0.1, 0.0, 0.0]})
    # The reference's y is the calibration's z, which this camera looks along.
    assert seen["Nose"] == pytest.approx(np.array([[590.0, 960.0]]))


def test_without_real_clips_the_comparison_says_why_it_is_missing(tmp_path):
    assert "no folder" in str(compare_real(None, tmp_path, Settings()))
    assert "cam01" in str(compare_real(tmp_path, tmp_path, Settings()))
