"""What an analyst sets right: read strictly, carried through a pass without the pose model, and marked."""

import json

import numpy as np
import pytest
from truth_track import write_raw_pose

from cricksy_lib.analysis import run_pass
from cricksy_lib.corrections import Corrections, check_sequence, read_corrections
from cricksy_lib.errors import CorrectionsError, PoseFileError, PoseModelError
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.stored import signed
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import Event, read_results
from cricksy_lib.settings import get_settings
from cricksy_lib.synthetic.scene import Scene

SCENE = Scene(mode="bowling", seed=73, width=640, height=360, frame_rate=30, fill=0.8)
OPTIONS = AnalysisOptions(mode="bowling", hand=SCENE.hand)
FRONT = "left" if SCENE.hand == "right" else "right"
KNEE_AT = "front_knee_angle_at_"
FOUND = [
    Event(name=name, time_s=time_s, uncertainty_s=0.01, frame=int(time_s * 30), repetition=1)
    for name, time_s in (("front_foot_contact", 1.0), ("ball_release", 1.2))
]


@pytest.fixture(autouse=True)
def no_pose_model(monkeypatch, tmp_path):
    """Take the pose model away: whoever asks for it fails."""
    monkeypatch.setenv("CRICKSY_POSE_MODEL", str(tmp_path / "nowhere.task"))
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def filmed(synthetic_clip, tmp_path_factory):
    """A clip and the file of its raw pose: the truth with some noise."""
    clip, truth = synthetic_clip(SCENE)
    return clip, write_raw_pose(tmp_path_factory.mktemp("pose"), clip, truth)


@pytest.fixture
def analysed(filmed, tmp_path):
    """Run the quick or deep pass over the clip from its stored pose with corrections."""

    def run(corrections=None, which="deep", options=OPTIONS):
        clip, pose = filmed
        given = Corrections.model_validate(corrections) if corrections else None
        return run_pass(clip, options, which, tmp_path, corrections=given, pose_path=pose)

    return run


def event_of(results, name):
    return next(event for event in results.events if event.name == name)


def test_without_a_stored_pose_the_missing_model_is_an_error(filmed, tmp_path):
    with pytest.raises(PoseModelError):
        run_pass(filmed[0], OPTIONS, "quick", tmp_path)


def test_a_pass_without_corrections_marks_nothing(analysed):
    results = analysed()
    assert not any(event.corrected for event in results.events)
    assert not any(metric.corrected for metric in results.metrics.values())


def test_a_moved_event_moves_the_angle_at_it_and_both_say_so(analysed):
    plain = analysed()
    contact = event_of(plain, "front_foot_contact")
    moved = analysed({"events": [{"name": "front_foot_contact", "time_s": contact.time_s - 0.1}]})
    event = event_of(moved, "front_foot_contact")
    assert (event.time_s, event.corrected) == (contact.time_s - 0.1, True)
    assert event.uncertainty_s == pytest.approx(1 / SCENE.frame_rate)
    before, after = (r.metrics[KNEE_AT + "front_foot_contact"] for r in (plain, moved))
    assert abs(after.value - before.value) > 2
    assert after.corrected == ["event"]
    assert "An analyst set the front foot contact." in after.reason


def test_the_angle_is_that_of_the_series_at_the_time_that_was_set(analysed):
    time_s = event_of(analysed(), "ball_release").time_s - 0.03
    moved = analysed({"events": [{"name": "ball_release", "time_s": time_s}]})
    series = moved.kinematics.series["front_knee_angle"].values
    expected = np.interp(time_s, moved.kinematics.time_s, series)
    assert moved.metrics[KNEE_AT + "ball_release"].value == pytest.approx(expected, abs=1.0)


def test_an_event_given_by_its_frame_is_the_event_at_that_frame_s_time(analysed):
    found = event_of(analysed(), "ball_release")
    by_frame, by_time = (
        analysed({"events": [{"name": "ball_release", **moment}]})
        for moment in ({"frame": found.frame - 2}, {"time_s": (found.frame - 2) / SCENE.frame_rate})
    )
    event = event_of(by_frame, "ball_release")
    assert (event.frame, event.corrected) == (found.frame - 2, True)
    assert event.time_s == pytest.approx((found.frame - 2) / SCENE.frame_rate)
    assert by_frame.metrics == by_time.metrics
    said = by_frame.provenance.parameters["corrections"]["events"]
    assert said == [{"name": "ball_release", "repetition": 1, "time_s": event.time_s}]
    assert f"{event.time_s:.2f} s" in by_frame.report.notes[0]


def test_numbers_at_other_events_are_not_marked(analysed):
    plain = analysed()
    time_s = event_of(plain, "back_foot_contact").time_s - 0.05
    moved = analysed({"events": [{"name": "back_foot_contact", "time_s": time_s}]})
    release = KNEE_AT + "ball_release"
    assert moved.metrics[release] == plain.metrics[release]


def test_an_event_set_where_it_was_found_is_still_marked(analysed):
    plain = analysed()
    contact = event_of(plain, "front_foot_contact")
    moved = analysed({"events": [{"name": "front_foot_contact", "time_s": contact.time_s}]})
    key = KNEE_AT + "front_foot_contact"
    assert moved.metrics[key].corrected == ["event"]
    assert moved.metrics[key].value == pytest.approx(plain.metrics[key].value)


def test_a_moved_landmark_moves_the_angle_and_marks_it(analysed, filmed):
    plain = analysed()
    release = event_of(plain, "ball_release")
    track = PoseTrack.from_parquet(filmed[1])
    x, y = track.xy(f"{FRONT}_knee")[release.frame]
    moved = analysed(
        {"landmarks": [{"keypoint": f"{FRONT}_knee", "frame": release.frame, "x": x + 15, "y": y}]}
    )
    before, after = (r.metrics[KNEE_AT + "ball_release"] for r in (plain, moved))
    assert abs(after.value - before.value) > 5
    assert after.corrected == ["landmark"]
    assert "landmarks that an analyst moved" in after.reason
    assert moved.metrics["rear_elbow_angle_at_ball_release"].corrected == []


def test_hand_and_view_are_taken_as_the_user_s(analysed):
    capture = analysed({"hand": "left", "view": "front"}).capture
    assert (capture.hand, capture.hand_source) == ("left", "user")
    assert (capture.view, capture.view_source) == ("front", "user")


def test_the_report_s_first_note_says_what_was_set(analysed, filmed):
    x, y = PoseTrack.from_parquet(filmed[1]).xy("left_knee")[3]
    corrections = {
        "landmarks": [{"keypoint": "left_knee", "frame": 3, "x": x + 5, "y": y}],
        "events": [{"name": "ball_release", "time_s": 1.5}],
        "view": "side",
    }
    results = analysed(corrections)
    for words in ("left knee (frame 3)", "1.50 s", "the view (side)"):
        assert words in results.report.notes[0]
    assert results.provenance.parameters["corrections"]["events"][0]["name"] == "ball_release"


def test_the_quick_pass_takes_its_frames_from_the_deep_pose(analysed):
    results = analysed({"events": [{"name": "ball_release", "time_s": 0.6}]}, which="quick")
    assert 0 < results.pose.frames_sampled < results.pose.frames_in_clip
    assert event_of(results, "ball_release").uncertainty_s == pytest.approx(1 / SCENE.frame_rate)


def test_corrected_results_are_read_back_the_same(analysed, tmp_path):
    results = analysed({"events": [{"name": "ball_release", "time_s": 1.5}]})
    assert read_results(tmp_path / "deep_results.json") == results


def test_results_from_before_there_were_corrections_are_read(analysed, tmp_path):
    analysed()
    old = json.loads((tmp_path / "deep_results.json").read_text())
    for part in (*old["events"], *old["metrics"].values()):
        del part["corrected"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(old))
    assert read_results(path).events


def test_the_raw_pose_is_written_once(analysed, tmp_path):
    analysed()
    assert not (tmp_path / "raw_pose.parquet").exists()
    assert (tmp_path / "pose.parquet").exists()


def test_a_pose_of_another_choice_or_clip_is_refused(analysed, filmed, tmp_path):
    with pytest.raises(PoseFileError):
        analysed(options=AnalysisOptions(mode="fielding"))
    with pytest.raises(PoseFileError):
        analysed({"athlete": {"x": 10, "y": 10}})
    track = PoseTrack.from_parquet(filmed[1])
    other = tmp_path / "other.parquet"
    signed(track, "0" * 64, OPTIONS).to_parquet(other)
    with pytest.raises(PoseFileError):
        run_pass(filmed[0], OPTIONS, "deep", tmp_path, pose_path=other)


def test_a_cleaned_pose_is_refused(analysed, filmed, tmp_path):
    analysed()
    with pytest.raises(PoseFileError):
        run_pass(filmed[0], OPTIONS, "deep", tmp_path, pose_path=tmp_path / "pose.parquet")


@pytest.mark.parametrize(
    "corrections",
    [
        {"events": [{"name": "impact", "time_s": 0.5}]},
        {"events": [{"name": "ball_release", "time_s": 500}]},
        {"events": [{"name": "ball_release", "frame": 100_000}]},
        {"landmarks": [{"keypoint": "nose", "x": 1, "y": 1, **at} for at in ({"frame": 3}, {"time_s": 0.1})]},
        {"landmarks": [{"keypoint": "nose", "frame": 100_000, "x": 1, "y": 1}]},
        {"landmarks": [{"keypoint": "nose", "time_s": 0.1, "x": 641, "y": 1}]},
        {"athlete": {"x": 1, "y": 361}},
    ],
)
def test_corrections_that_do_not_fit_the_discipline_or_clip_are_refused(analysed, corrections):
    with pytest.raises(CorrectionsError):
        analysed(corrections)


@pytest.mark.parametrize(
    ("set_by_hand", "says"),
    [
        ([{"name": "front_foot_contact", "time_s": 1.3}], "after 'ball_release' of repetition 1"),
        ([{"name": "ball_release", "time_s": 0.9}], "before 'front_foot_contact' of repetition 1"),
        ([{"name": "ball_release", "time_s": 1.0}], "with 'front_foot_contact' of repetition 1"),
        ([{"name": "ball_release", "repetition": 3, "time_s": 9}], "repetition 3"),
        (
            [{"name": "ball_release", "repetition": 2, "time_s": 0.3}],
            "before 'front_foot_contact' of repetition 1",
        ),
        (
            [{"name": "ball_release", "time_s": 1.1}, {"name": "front_foot_contact", "time_s": 1.15}],
            "before 'front_foot_contact' of repetition 1",
        ),
    ],
)
def test_an_event_out_of_order_or_of_no_repetition_is_refused(set_by_hand, says):
    with pytest.raises(CorrectionsError, match=says):
        check_sequence("bowling", FOUND, Corrections.model_validate({"events": set_by_hand}).timed_events)


@pytest.mark.parametrize(
    "set_by_hand",
    [
        [{"name": "front_foot_contact", "time_s": 1.1}],
        [{"name": "front_foot_contact", "time_s": 1.3}, {"name": "ball_release", "time_s": 1.4}],
        [{"name": "ball_release", "repetition": 2, "time_s": 6}],
        [{"name": n, "repetition": r, "time_s": 5 * r} for r in (2, 3) for n in ("ball_release",)],
    ],
)
def test_events_among_the_others_and_of_the_next_repetition_are_taken(set_by_hand):
    check_sequence("bowling", FOUND, Corrections.model_validate({"events": set_by_hand}).timed_events)


def test_an_order_that_was_found_otherwise_is_nobody_s_mistake():
    found = [FOUND[0].model_copy(update={"time_s": 1.3}), FOUND[1]]
    moved = Corrections.model_validate({"events": [{"name": "front_foot_contact", "time_s": 1.25}]})
    check_sequence("bowling", found, moved.timed_events)


def test_a_first_look_at_fewer_frames_does_not_refuse_what_the_deep_pass_may_take(analysed):
    second = {"events": [{"name": "ball_release", "repetition": 3, "time_s": 1.9}]}
    assert analysed(second, which="quick").events
    with pytest.raises(CorrectionsError):
        analysed(second)
    with pytest.raises(CorrectionsError):
        analysed(second, which="quick", options=OPTIONS.model_copy(update={"passes": "quick"}))


def test_a_pass_refuses_an_event_that_is_out_of_order(analysed):
    found = analysed()
    release = event_of(found, "ball_release").time_s
    late = {"events": [{"name": "front_foot_contact", "time_s": release + 0.1}]}
    with pytest.raises(CorrectionsError, match="ball_release"):
        analysed(late)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"landmark": []}',
        '{"landmarks": []}',
        '{"landmarks": [{"keypoint": "left_kne", "frame": 1, "x": 1, "y": 1}]}',
        '{"landmarks": [{"keypoint": "left_knee", "x": 1, "y": 1}]}',
        '{"landmarks": [{"keypoint": "left_knee", "frame": 1, "time_s": 1, "x": 1, "y": 1}]}',
        '{"landmarks": [{"keypoint": "left_knee", "frame": 1, "x": NaN, "y": 1}]}',
        '{"landmarks": [{"keypoint": "left_knee", "frame": -1, "x": 1, "y": 1}]}',
        '{"events": [{"name": "impact"}]}',
        '{"events": [{"name": "impact", "frame": 3, "time_s": 0.1}]}',
        '{"events": [{"name": "impact", "frame": 1.5}]}',
        '{"events": [{"name": "impact", "time_s": 1}, {"name": "impact", "time_s": 2}]}',
        '{"events": [{"name": "impact", "time_s": 1, "repetition": 0}]}',
        '{"view": "above"}',
    ],
)
def test_a_wrong_file_is_refused(tmp_path, content):
    path = tmp_path / "corrections.json"
    path.write_text(content)
    with pytest.raises(CorrectionsError):
        read_corrections(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "the file is not JSON ("),
        ("[]", "the file must be an object, its parts by name."),
        ('{"landmark": []}', "landmark is not known here."),
        ('{"landmarks": {}}', "landmarks must be a list."),
        (
            '{"landmarks": [{"keypoint": "nose", "frame": 1, "x": 1, "y": 1}, '
            '{"keypoint": "nose", "frame": 2, "x": 1}]}',
            "landmarks no. 2, y is missing.",
        ),
        ('{"hand": "both"}', "hand must be 'right', 'left' or 'auto'."),
        ('{"events": [{"name": "impact"}]}', "events no. 1: give either 'frame' or 'time_s'."),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_plain_words(tmp_path, content, told):
    path = tmp_path / "corrections.json"
    path.write_text(content)
    with pytest.raises(CorrectionsError) as raised:
        read_corrections(path)
    assert raised.value.cause.startswith(f"The corrections cannot be used: {told}")


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path):
    path = tmp_path / "corrections.json"
    with pytest.raises(CorrectionsError):
        read_corrections(path)
    path.write_text('{"hand": "left"}' + " " * 1024 * 1024)
    with pytest.raises(CorrectionsError):
        read_corrections(path)


def test_newer_corrections_are_laid_over_older_ones():
    older = Corrections.model_validate(
        {
            "landmarks": [{"keypoint": "nose", "frame": f, "x": 1, "y": 1} for f in (1, 2)],
            "events": [{"name": "impact", "time_s": 1}],
            "hand": "left",
        }
    )
    newer = Corrections.model_validate(
        {
            "landmarks": [{"keypoint": "nose", "frame": 2, "x": 9, "y": 9}],
            "events": [{"name": "impact", "time_s": 2}, {"name": "impact", "repetition": 2, "time_s": 3}],
        }
    )
    both = older.followed_by(newer)
    assert [(one.frame, one.x) for one in both.landmarks] == [(1, 1.0), (2, 9.0)]
    assert [(one.repetition, one.time_s) for one in both.events] == [(1, 2.0), (2, 3.0)]
    assert both.hand == "left"


def test_marking_another_athlete_drops_what_was_corrected_on_the_one_before():
    older = Corrections.model_validate(
        {"events": [{"name": "impact", "time_s": 1}], "hand": "left", "view": "side"}
    )
    newer = Corrections.model_validate({"athlete": {"x": 1, "y": 2}})
    both = older.followed_by(newer)
    assert (both.events, both.hand, both.view) == ((), None, "side")
