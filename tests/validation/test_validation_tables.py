"""Tables, coverage, goals and invariance from made-up rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cricksy_lib.validation import goals, invariance
from cricksy_lib.validation.coverage import coverage, refusals, share_with_interval
from cricksy_lib.validation.errors import summarise
from cricksy_lib.validation.groups import FACTORS
from cricksy_lib.validation.record import SceneRecord, frame
from cricksy_lib.validation.tables import angle_errors, beside, event_errors, markdown, worst_group

GROUPS = dict.fromkeys(("view", *FACTORS), "same") | {"view": "side"}


def series_row(scene, error, method="ours", over="movement", series="front_knee_angle", **groups):
    return {
        "scene": scene,
        **GROUPS,
        **groups,
        "series": series,
        "method": method,
        "over": over,
        **summarise(np.array(error, dtype=float)),
    }


def metric_row(error, status="measured", measured=5.0, total=10.0, **other):
    return {
        "scene": "a",
        **GROUPS,
        "metric": "trunk_lean_at_impact",
        "unit": "deg",
        "value": None if error is None else 20.0 + error,
        "truth": 20.0,
        "error": error,
        "measured": measured,
        "total": total,
        "status": status,
        "would_be": None,
        **other,
    }


def test_every_scene_weighs_the_same_however_long_it_is():
    table = pd.DataFrame([series_row("a", [2.0] * 100), series_row("b", [4.0])])
    (row,) = angle_errors(table, ["view"]).to_dict("records")
    assert (row["scenes"], row["mae"], row["worst"], row["bias"]) == (2, 3.0, 4.0, 3.0)
    assert (row["between"], row["noise"]) == (1.0, 0.0)


def test_ours_stands_beside_the_plain_loop_and_the_models_own_angles():
    rows = [series_row("a", [1.0]), series_row("a", [5.0], "plain"), series_row("a", [-9.0], "model")]
    (row,) = beside(pd.DataFrame(rows), ["series"]).to_dict("records")
    assert (row["mae"], row["plain"], row["model"]) == (1.0, 5.0, 9.0)


def test_the_worst_group_is_not_one_of_two_scenes():
    rows = [series_row(f"l{i}", [3.0], hand="left") for i in range(3)]
    rows += [series_row(f"r{i}", [1.0], hand="right") for i in range(3)]
    rows += [series_row(f"x{i}", [50.0], hand="other") for i in range(2)]
    name, degrees, scenes = worst_group(pd.DataFrame(rows), ["hand"])
    assert (name, degrees, scenes) == ("left", 3.0, 3)


def test_events_are_counted_in_frames_and_missing_ones_are_not_zero():
    rows = [{"scene": str(i), **GROUPS, "event": "impact", "extra": 0.0} for i in range(4)]
    for row, error in zip(rows, [0.0, 1 / 60, 4 / 60, None], strict=True):
        row |= {"error_s": error, "uncertainty_s": 0.05}
    (told,) = event_errors(pd.DataFrame(rows), ["event"]).to_dict("records")
    assert told["found"] == pytest.approx(0.75)
    assert told["within_1"] == pytest.approx(2 / 3)
    assert told["worst"] == pytest.approx(4.0)
    assert told["inside"] == pytest.approx(2 / 3)


def test_coverage_counts_measured_values_alone():
    rows = [metric_row(4.0), metric_row(-6.0), metric_row(11.0), metric_row(50.0, "low_confidence")]
    (row,) = coverage(pd.DataFrame(rows), []).to_dict("records")
    assert row["n"] == 3
    assert row["inside"] == pytest.approx(1 / 3)
    assert row["inside_total"] == pytest.approx(2 / 3)
    assert row["low"] < 1 / 3 < row["high"]


def test_coverage_of_nothing_is_unknown_and_not_full():
    (row,) = coverage(pd.DataFrame([metric_row(4.0, "low_confidence")]), []).to_dict("records")
    assert row["n"] == 0
    assert np.isnan(row["inside"])


def test_an_interval_of_all_is_not_a_point():
    share, low, high = share_with_interval(20, 20)
    assert (share, high) == (1.0, pytest.approx(1.0))
    assert low == pytest.approx(0.839, abs=0.001)


def test_refusals_are_right_or_wrong():
    rows = [
        metric_row(12.0),
        metric_row(2.0, "low_confidence"),
        metric_row(None, "not_measurable", would_be=3.0),
        metric_row(None, "not_measurable", would_be=-30.0),
        metric_row(None, "not_measurable", would_be=None),
    ]
    (row,) = refusals(pd.DataFrame(rows), ["view"]).to_dict("records")
    assert (row["measured"], row["wrong"]) == (1, 1)
    assert (row["low_confidence"], row["low_near"]) == (1, 1)
    assert (row["refused"], row["refused_known"], row["refused_near"]) == (3, 2, 1)


def test_a_table_shows_a_dash_for_what_is_not_known():
    text = markdown(pd.DataFrame({"a_b": ["x_y"], "c": [np.nan], "d": [1.234], "e": [3]}))
    assert text.splitlines() == ["| a b | c | d | e |", "|---|---|---|---|", "| x y | – | 1.2 | 3 |"]


def judged(series=(), events=(), metrics=(), swaps=(), traps=()):
    tables = (pd.DataFrame(list(rows)) for rows in (series, events, metrics, swaps))
    return {goal.what: goal for goal in goals.judge(*tables, invariance.changes({}), traps)}


def test_a_goal_is_judged_by_the_worst_group_and_not_by_the_mean():
    rows = [series_row(f"g{i}", [1.0], mode="bowling") for i in range(9)]
    rows += [series_row(f"b{i}", [6.0], mode="batting") for i in range(3)]
    goal = judged(series=rows)["front knee over the movement, side-on"]
    assert goal.reached is False
    assert goal.figure == "6.0 deg"
    assert goal.where == "batting, 3 scenes"


def test_a_goal_without_a_value_is_neither_reached_nor_missed():
    goal = judged(series=[series_row("a", [1.0])])["rear knee where measured, side-on"]
    assert goal.reached is None


def test_a_swap_left_in_one_scene_of_ten_misses_the_goal():
    row = {**GROUPS, "raw": 0.5, "repaired": 0.0, "repaired_moving": 0.0, "unflagged": False}
    rows = [{"scene": str(i), **row} for i in range(10)]
    assert judged(swaps=rows)["no left-right swap left after repair"].reached is True
    rows[0] = rows[0] | {"repaired": 0.1}
    assert judged(swaps=rows)["no left-right swap left after repair"].reached is False


def test_a_finding_on_an_empty_clip_or_silence_about_the_filming_misses_the_goal():
    good = {"findings": [], "advice": ["view"]}
    assert judged(traps=[good])["empty clips and crowds"].reached is True
    assert (
        judged(traps=[good, {"findings": ["X"], "advice": ["view"]}])["empty clips and crowds"].reached
        is False
    )
    assert judged(traps=[good, {"findings": [], "advice": []}])["empty clips and crowds"].reached is False


def record(**metrics):
    rows = [
        {"metric": name, "unit": "deg", "value": v, "total": 4.0, "measured": 2.0, "status": "measured"}
        for name, v in metrics.items()
    ]
    return SceneRecord(name="x", scene={}, groups={}, metrics=rows)


def test_a_metric_may_change_with_the_way_of_filming_by_its_uncertainty_and_no_more():
    first, second = invariance.CHANGES["30 and 60 fps"]
    filmed = {"scene": {first: record(a=10.0, b=10.0, c=None), second: record(a=13.0, b=15.0, c=1.0)}}
    table = invariance.changes(filmed).set_index("metric")
    assert table["inside"].to_dict() == {"a": True, "b": False}
    assert table["difference"].to_dict() == {"a": -3.0, "b": -5.0}
    assert not table["inside_measured"].any()


def test_rows_of_all_scenes_become_one_table_with_their_groups():
    one = SceneRecord(
        name="s", scene={}, groups={"view": "side"}, events=[{"event": "impact", "error_s": None}]
    )
    table = frame([one, SceneRecord(name="t", scene={}, groups={}, failed="no pose")], "events")
    assert table.to_dict("records")[0] | {"error_s": None} == {
        "scene": "s",
        "view": "side",
        "event": "impact",
        "error_s": None,
    }
    assert table["error_s"].dtype == float
