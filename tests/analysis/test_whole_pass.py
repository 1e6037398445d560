"""A pass from file to files: honest on empty pictures, the same for the notebook, right on real clips."""

import pytest

from cricksy_lib.analysis import run_pass
from cricksy_lib.errors import KnowledgeError, VideoError
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import KEPT_METRICS, MODES, read_results
from cricksy_lib.synthetic.scene import Scene


@pytest.mark.parametrize("mode", MODES)
def test_an_empty_picture_raises_no_finding_and_says_what_to_film(mode, synthetic_clip, pose_model, tmp_path):
    scene = Scene(mode="bowling", empty=True, duration_s=1.0, frame_rate=30, width=480, height=270)
    clip, _ = synthetic_clip(scene)
    results = run_pass(clip, AnalysisOptions(mode=mode), "quick", tmp_path)
    assert results.findings.overall_level == "not_assessed"
    assert results.findings.findings == []
    assert results.report.one_week_plan == []
    assert results.report.drills == []
    assert {m.status for m in results.metrics.values()} == {"not_measurable"}
    assert any(not check.ok for check in results.capture.checks)
    assert len(results.report.notes) > 0


def test_a_clip_that_cannot_be_used_leaves_nothing_behind(tmp_path):
    clip = tmp_path / "text.mp4"
    clip.write_text("this is not a video")
    out = tmp_path / "out"
    with pytest.raises(VideoError):
        run_pass(clip, AnalysisOptions(mode="batting"), "deep", out)
    assert not list(out.glob("*"))


def test_no_name_enters_the_parameters_of_the_provenance(synthetic_clip, pose_model, tmp_path):
    scene = Scene(mode="bowling", seed=73, width=480, height=270, frame_rate=30, fill=0.8)
    options = AnalysisOptions(mode="bowling", player="Number 7", title="Nets")
    results = run_pass(synthetic_clip(scene)[0], options, "quick", tmp_path)
    assert "Number 7" not in str(results.provenance.parameters)


@pytest.mark.real_clips
@pytest.mark.parametrize(
    ("name", "release_s", "contacts", "knees"),
    # As read by eye from contact sheets: release, the frame in which the ball leaves the hand, 30 a second,
    # and, off enlarged frames and to ten degrees or so, the front knee at contact and release.
    [
        ("bowl_side_4k30_uiu_L01", 25 / 29.97, 2, (160, 140)),
        ("bowl_side_4k30_uiu_L14", 21 / 29.97, 2, (177, 148)),
        ("bowl_side_1920x1440_30_uiu_U14", 40.5 / 30, 1, (175, 146)),
    ],
)
def test_a_real_delivery_is_measured_from_the_side(
    name, release_s, contacts, knees, real_clips, pose_model, tmp_path
):
    results = run_pass(real_clips / f"{name}.mp4", AnalysisOptions(mode="bowling"), "deep", tmp_path)
    assert results.pose.detection_rate > 0.95
    assert (results.capture.view, results.capture.hand) == ("side", "right")
    events = {event.name: event.time_s for event in results.events}
    assert (
        list(events)[-1 - contacts :]
        == ["back_foot_contact", "front_foot_contact", "ball_release"][-1 - contacts :]
    )
    assert abs(events["ball_release"] - release_s) < 2 / 30
    for event, angle in zip(("front_foot_contact", "ball_release"), knees, strict=True):
        assert abs(results.metrics[f"front_knee_angle_at_{event}"].value - angle) < 20
    assert read_results(tmp_path / "deep_results.json") == results


@pytest.mark.real_clips
def test_a_hand_that_is_declared_wrongly_of_a_real_delivery_is_noticed(real_clips, pose_model, tmp_path):
    options = AnalysisOptions(mode="bowling", hand="left")
    results = run_pass(real_clips / "bowl_side_4k30_uiu_L14.mp4", options, "deep", tmp_path)
    assert not next(check for check in results.capture.checks if check.name == "hand").ok
    sided = [metric for key, metric in results.metrics.items() if key.startswith(("front_", "rear_"))]
    assert sided
    assert "measured" not in {metric.status for metric in sided}


@pytest.mark.real_clips
def test_a_real_cover_drive_from_the_bowler_s_end_is_timed_and_its_knees_refused(
    real_clips, pose_model, tmp_path
):
    clip = real_clips / "bat_net_coverdrive_720x1280_60.mp4"
    options = AnalysisOptions(mode="batting", view="front", hand="right")
    results = run_pass(clip, options, "deep", tmp_path)
    impact = next(event for event in results.events if event.name == "impact")
    assert abs(impact.time_s - 147 / 60) < 0.1
    assert results.metrics["front_knee_brace_score"].status == "not_measurable"


@pytest.mark.real_clips
def test_two_people_who_play_no_cricket_raise_no_technique_finding(real_clips, pose_model, tmp_path):
    results = run_pass(
        real_clips / "ref_sports2d_demo.mp4", AnalysisOptions(mode="bowling"), "quick", tmp_path
    )
    assert results.findings.findings == []
    assert set(KEPT_METRICS) <= set(results.metrics)


def test_own_rules_that_cannot_be_used_are_refused_before_anything_slow(tmp_path, synthetic_clip, pose_model):
    scene = Scene(mode="bowling", seed=73, width=480, height=270, frame_rate=30, fill=0.8)
    options, out = AnalysisOptions(mode="bowling"), tmp_path / "out"
    with pytest.raises(KnowledgeError):
        run_pass(
            synthetic_clip(scene)[0],
            options,
            "quick",
            out,
            house_rules="bowling: {NO_SUCH_RULE: {enabled: false}}",
        )
    assert not list(out.glob("*"))
