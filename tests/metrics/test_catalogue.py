"""The catalogue: what it may say, how a ± is calibrated in one place, and the page that documents it."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from truth_track import track_of

from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.wording import with_error
from cricksy_lib.metrics.catalogue import Catalogue, load_catalogue
from cricksy_lib.metrics.document import END, START, renewed, table
from cricksy_lib.metrics.front_leg import class_probabilities
from cricksy_lib.metrics.measure import IN_WORDS, measure
from cricksy_lib.metrics.readers import READERS
from cricksy_lib.metrics.series import describe_series
from cricksy_lib.motion.movement import read_movement
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.results import KEPT_METRICS, MODES
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate
from cricksy_lib.synthetic.truth_metrics import true_metrics

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
KNEE = "front_knee_angle_at_ball_release"


@pytest.fixture(scope="module")
def movement():
    track = clean(track_of(simulate(Scene(mode="bowling", seed=96)), 0.5))
    return read_movement(track, AnalysisOptions(mode="bowling", hand="right"))


def changed(**sections):
    content = load_catalogue().model_dump() | sections
    return Catalogue.model_validate(content)


@pytest.mark.parametrize("mode", MODES)
def test_every_metric_has_a_reader_of_its_own_or_is_an_angle(mode):
    for key in load_catalogue().metrics(mode):
        assert key in READERS or "_at_" in key, key


@pytest.mark.parametrize("mode", MODES)
def test_truth_knows_every_metric(mode):
    truth = simulate(Scene(mode=mode, seed=96))
    assert set(true_metrics(truth)) == set(load_catalogue().metrics(mode))


@pytest.mark.parametrize("mode", MODES)
def test_published_ranges_have_a_grade_that_may_be_cited(mode):
    for key, entry in load_catalogue().metrics(mode).items():
        if entry.reference is not None:
            assert entry.reference.grade in ("A", "B"), key
            assert entry.reference.grade == "A" or "reported by" in entry.reference.source, key


@pytest.mark.parametrize(
    "sections",
    [
        {"measured": {"an_unknown_joint": {"side": {"source": "x"}}}},
        {"measured": {"knee": {"from above": {"source": "x"}}}},
        {"measured": {"knee": {"side": {"scale": -1.0, "source": "x"}}}},
        {"measured": {"knee": {"side": {"scale": 2.0}}}},
        {"widest_useful": {"knee": 25}},
        {"rough_at_own_size": ["an_unknown_kind"]},
    ],
)
def test_a_row_without_a_meaning_or_a_source_is_refused(sections):
    with pytest.raises(ValidationError):
        changed(**sections)


def test_the_measured_part_is_scaled_and_has_a_floor(movement):
    plain = measure(movement)[KNEE].uncertainty_parts
    row = {"scale": 2.0, "floor": 3.0, "source": "test"}
    mended = measure(movement, catalogue=changed(measured={"knee": {"side": row}}))[KNEE]
    assert mended.uncertainty_parts.measured == pytest.approx(np.hypot(2 * plain.measured, 3.0))
    assert mended.uncertainty_parts.footage == plain.footage
    assert mended.uncertainty == pytest.approx(np.hypot(np.hypot(2 * plain.measured, 3.0), plain.footage))


def test_a_row_of_another_view_changes_nothing(movement):
    row = {"scale": 2.0, "floor": 3.0, "source": "test"}
    mended = measure(movement, catalogue=changed(measured={"knee": {"front": row}}))
    assert mended[KNEE].uncertainty == measure(movement)[KNEE].uncertainty


def test_a_row_for_a_metric_goes_before_that_of_its_joint(movement):
    rows = {
        "knee": {"any": {"scale": 2.0, "source": "test"}},
        KNEE: {"any": {"scale": 1.0, "floor": 0.0, "source": "test"}},
    }
    mended, plain = measure(movement, catalogue=changed(measured=rows)), measure(movement)
    assert mended[KNEE].uncertainty == pytest.approx(plain[KNEE].uncertainty)
    other = "front_knee_angle_at_front_foot_contact"
    assert mended[other].uncertainty_parts.measured == pytest.approx(
        2 * plain[other].uncertainty_parts.measured
    )


def test_drawn_series_are_calibrated_like_the_metrics(movement):
    row = {"scale": 1.0, "floor": 20.0, "source": "test"}
    drawn = describe_series(movement, changed(measured={"knee": {"side": row}})).series["front_knee_angle"]
    assert min(half for half in drawn.uncertainty if half is not None) > 20.0


@pytest.mark.parametrize(("key", "joint"), [("stride_length", "stride"), ("backlift_height", "height")])
def test_a_number_that_may_be_far_off_is_of_low_confidence(key, joint):
    track = clean(track_of(simulate(Scene(mode="batting", seed=96)), 0.5))
    batting = read_movement(track, AnalysisOptions(mode="batting", hand="right"))
    assert measure(batting)[key].status == "measured"
    widest = dict(load_catalogue().widest_useful) | {joint: 0.001}
    metric = measure(batting, catalogue=changed(widest_useful=widest))[key]
    assert metric.status == "low_confidence"
    assert "off" in metric.reason


@pytest.mark.parametrize(("mode", "arm"), [("batting", "front"), ("bowling", "rear"), ("fielding", "rear")])
def test_the_height_of_an_elbow_goes_with_the_arm_that_acts(mode, arm):
    entry = load_catalogue().metrics(mode)["elbow_drop_score"]
    assert entry.series == (f"{arm}_elbow_angle",)
    assert entry.sided
    assert entry.kept_under("elbow_drop_score") == ("elbow_drop_score", entry.joint), "degrees are no lengths"


def test_an_angle_that_could_be_any_is_refused(movement):
    wide = changed(widest_shown_deg=5.0)
    metric = measure(movement, catalogue=wide)[KNEE]
    assert (metric.status, metric.value, metric.uncertainty) == ("not_measurable", None, None)
    assert "degrees off" in metric.reason
    assert measure(movement, catalogue=wide)["delivery_stride_length"].value is not None


@pytest.mark.parametrize("floor", [33.0, 33.2, 33.8])
def test_how_far_off_a_value_may_be_is_the_same_in_the_sentence_and_beside_the_value(movement, floor):
    wide = {"knee": {"side": {"scale": 1.0, "floor": floor, "source": "test"}}}
    useful = dict(load_catalogue().widest_useful) | {"knee": 1.0}
    book = changed(measured=wide, widest_useful=useful, widest_shown_deg=90.0)
    metric = measure(movement, catalogue=book)[KNEE]
    shown = with_error(metric.value, metric.uncertainty, metric.unit, load_knowledge().common)
    degrees = shown.partition("± ")[2].rstrip("°")
    assert metric.reason == f"The value may be {degrees} degrees off: read it as a rough shape."


def test_a_sentence_has_the_decimals_of_the_page():
    units = load_knowledge().common.units
    assert {unit: units[unit].decimals for unit in IN_WORDS} == {unit: n for unit, (n, _) in IN_WORDS.items()}


def test_a_distance_that_may_be_off_by_as_much_as_it_is_tells_nothing():
    track = clean(track_of(simulate(Scene(mode="batting", seed=96)), 0.5))
    batting = read_movement(track, AnalysisOptions(mode="batting", hand="right"))
    key = "stride_length"
    stride = measure(batting)[key]
    wide = {key: {"any": {"scale": 1.0, "floor": 1.1 * stride.value, "source": "test"}}}
    useful = dict(load_catalogue().widest_useful) | {"stride": 10.0}
    rough = measure(batting, catalogue=changed(measured=wide, widest_useful=useful))[key]
    assert (rough.status, rough.value) == ("low_confidence", stride.value)
    kept = changed(measured=wide, widest_useful=useful, rough_at_own_size=[])
    assert measure(batting, catalogue=kept)[key].status == "measured"


def test_metres_need_a_scale(movement):
    metric = measure(movement)["run_up_speed_m_s"]
    assert (metric.status, metric.value) == ("not_measurable", None)
    assert "scale" in metric.reason


def test_forward_needs_to_know_where_the_target_is(movement):
    view = replace(movement.view, azimuth=None)
    metric = measure(replace(movement, view=view))["delivery_stride_length"]
    assert metric.status == "not_measurable"
    assert "target" in metric.reason


@pytest.mark.parametrize(
    ("angles", "kind"),
    [
        ((165.0, 160.0, 175.0), "extender"),
        ((170.0, 150.0, 152.0), "flexor"),
        ((170.0, 150.0, 170.0), "flexor_extender"),
        ((170.0, 167.0, 169.0), "constant_brace"),
    ],
)
def test_a_front_leg_that_is_known_exactly_is_of_one_kind(angles, kind):
    assert class_probabilities(angles, (0.0, 0.0, 0.0))[kind] == 1.0
    unsure = class_probabilities(angles, (8.0, 8.0, 8.0))
    assert sum(unsure.values()) == pytest.approx(1.0)
    assert max(unsure.values()) < 0.95


def test_the_page_holds_today_s_table():
    text = PAGE.read_text(encoding="utf-8")
    assert renewed(text) == text, "run python -m cricksy_lib.metrics.document"
    for mode in MODES:
        for key in load_catalogue().disciplines[mode]:
            assert f"`{key}`" in table()


@pytest.mark.parametrize("key", KEPT_METRICS)
def test_the_page_explains_each_kept_score(key):
    section = re.split(r"^### ", PAGE.read_text(encoding="utf-8").split(START)[0], flags=re.MULTILINE)
    (page,) = [part for part in section if part.startswith(f"{key}\n")]
    limits = load_catalogue().scores[key].score
    if limits is not None:
        assert f"{limits.one_at:.1f}" in page or f"{limits.one_at:g}" in page
        assert f"{limits.zero_at:.1f}" in page or f"{limits.zero_at:g}" in page
    assert len(page.split()) > 80


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match=END):
        renewed("# a page")


def test_the_page_explains_every_grade_that_its_table_shows():
    explained = re.findall(r"^\| ([A-Z]) \|", PAGE.read_text(encoding="utf-8").split(START)[0], re.MULTILINE)
    shown = set(re.findall(r"\(([A-Z])\)|grade ([A-Z])", table()))
    shown = {grade for found in shown for grade in found if grade}
    assert shown
    assert shown <= set(explained)
