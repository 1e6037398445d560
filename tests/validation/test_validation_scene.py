"""One small rendered scene through the whole chain, into a report."""

from __future__ import annotations

import json

import pytest

from cricksy_lib.settings import Settings
from cricksy_lib.synthetic import Scene
from cricksy_lib.validation import report
from cricksy_lib.validation.assess import assess
from cricksy_lib.validation.evidence import Evidence

SCENE = Scene(
    mode="bowling",
    seed=31,
    width=320,
    height=180,
    frame_rate=30,
    fill=0.8,
    duration_s=1.6,
    background="plain",
)
EMPTY = Scene(mode="batting", seed=32, width=320, height=180, frame_rate=30, duration_s=0.6, empty=True)


@pytest.fixture(scope="module")
def evidence(synthetic_clip, pose_model):
    settings = Settings(pose_processes=1)
    records = [assess(*synthetic_clip(scene), settings) for scene in (SCENE, EMPTY)]
    return Evidence(set_name="develop", modes=["bowling"], scenes=records[:1], traps=records[1:])


def test_a_scene_gives_rows_of_every_kind(evidence):
    (record,) = evidence.scenes
    assert record.failed is None
    assert record.facts["right_person"] > 0.8
    assert {row["method"] for row in record.series} == {"ours", "plain", "model"}
    assert {row["event"] for row in record.events} == {
        "back_foot_contact",
        "front_foot_contact",
        "ball_release",
    }
    lean = [row for row in record.series if row["series"] == "trunk_lean" and row["over"] == "movement"]
    assert all(row["mae"] < 30 for row in lean)
    assert any(row["truth"] is not None for row in record.metrics)
    assert set(record.first_system["scores"]) == {"head", "balance", "knee", "elbow", "lag"}


def test_an_empty_clip_has_no_finding_of_ours_and_several_of_the_first_system(evidence):
    (trap,) = evidence.traps
    assert trap.findings == []
    assert trap.advice
    assert len(trap.first_system["findings"]) == 5


def test_the_report_is_written_with_numbers_and_figures_that_need_nothing_else(evidence, tmp_path):
    report.write(evidence, tmp_path, "cricksy validate --out DIR")
    text = (tmp_path / report.REPORT).read_text(encoding="utf-8")
    assert "| front knee over the movement, side-on |" in text
    assert "cricksy validate --out DIR" in text
    assert "| nan |" not in text
    page = (tmp_path / report.FIGURES).read_text(encoding="utf-8")
    assert 'src="http' not in page
    numbers = json.loads((tmp_path / report.NUMBERS).read_text(encoding="utf-8"))
    assert numbers["schema_name"] == "cricksy.validation/1"
    assert Evidence.read(tmp_path / report.NUMBERS).scenes[0].name == evidence.scenes[0].name
