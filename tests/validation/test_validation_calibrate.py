"""Scale and floor of the measured part of a ±, fitted to made-up errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml

from cricksy_lib.validation import calibrate


def made_up(count, scale, floor, seed=1):
    """Errors whose true 95 % half width is hypot(scale * raw, floor)."""
    rng = np.random.default_rng(seed)
    raw = rng.uniform(1, 10, count)
    return rng.normal(0, np.hypot(scale * raw, floor) / 1.96), raw


@pytest.mark.parametrize(("scale", "floor"), [(2.0, 0.5), (0.6, 5.0), (1.0, 3.0)])
def test_a_fit_covers_as_often_as_it_should_on_values_it_has_not_seen(scale, floor):
    fit = calibrate.fit(*made_up(2000, scale, floor), least_floor=0.1)
    error, raw = made_up(2000, scale, floor, seed=2)
    inside = np.abs(error) <= calibrate.half_width(raw, fit.scale, fit.floor)
    assert inside.mean() == pytest.approx(0.95, abs=0.015)


def test_a_fit_is_hardly_wider_than_the_truth():
    error, raw = made_up(4000, 1.5, 2.0)
    fit = calibrate.fit(error, raw, least_floor=0.1)
    true = calibrate.half_width(raw, 1.5, 2.0).mean()
    assert calibrate.half_width(raw, fit.scale, fit.floor).mean() < 1.05 * true


def test_no_half_width_is_narrower_than_the_least_floor():
    fit = calibrate.fit(np.zeros(50), np.zeros(50), least_floor=1.5)
    assert fit.floor == 1.5


def test_one_wild_value_among_many_does_not_set_the_width():
    error, raw = made_up(200, 1.0, 1.0)
    calm = calibrate.fit(error, raw, 0.1)
    error[0] = 1000.0
    assert calibrate.fit(error, raw, 0.1).median < 1.3 * calm.median


def test_what_the_clip_showed_comes_back_out_of_the_half_width():
    raw = np.array([0.5, 3.0, 8.0])
    back = calibrate.raw_width(calibrate.half_width(raw, 1.7, 2.5), 1.7, 2.5)
    assert back == pytest.approx(raw)


def test_joints_and_views_with_few_values_get_no_fit_of_their_own():
    error, raw = made_up(60, 1.0, 1.0)
    rows = pd.DataFrame({"joint": "knee", "view": ["side"] * 56 + ["front"] * 4, "error": error, "raw": raw})
    fits = calibrate.fit_all(rows, {})
    assert set(fits["knee"]) == {"side", "any"}
    text = yaml.safe_load(calibrate.to_yaml(fits, "the develop set"))
    assert set(text["measured"]["knee"]["side"]) == {"scale", "floor", "source"}
    assert "56 values" in text["measured"]["knee"]["side"]["source"]


def test_a_few_values_get_the_width_in_which_a_further_one_lies():
    rng = np.random.default_rng(8)
    inside = []
    for error in rng.normal(0.0, 2.0, (800, 9)):
        found = calibrate.fit(error[:8], np.zeros(8), 0.0)
        inside.append(abs(error[8]) <= found.floor)
    assert np.mean(inside) > 0.93  # the largest of eight alone covers 0.89


def test_rows_that_are_only_widened_keep_their_scale_and_no_other_is_added():
    error, raw = made_up(60, 1.5, 4.0)
    values = pd.DataFrame(
        {"joint": ["knee"] * 60, "view": ["side"] * 30 + ["front"] * 30, "error": error, "raw": raw}
    )
    kept = calibrate.fit_all(values, {}, {"knee": {"any": (1.2, 9.0)}, "trunk": {"any": (1.0, 1.0)}})
    assert list(kept) == ["knee"]
    assert list(kept["knee"]) == ["any"]
    assert (kept["knee"]["any"].scale, kept["knee"]["any"].floor) == (1.2, 9.0)
    wider = calibrate.fit_all(values, {}, {"knee": {"any": (1.2, 0.5)}})["knee"]["any"]
    assert wider.scale == 1.2
    assert wider.floor > 2.0


def test_fits_are_put_into_the_rows_that_are_there_and_nothing_else_changes():
    text = (
        "footage:\n  knee:\n    side: {scale: 1, floor: 1}\n"
        '# Why.\nmeasured:\n  knee:\n    side: {scale: 1.00, floor: 2, source: "old"}\n'
        '    any: {scale: 1.00, floor: 3, source: "old"}\n\nscores: {}\n'
    )
    one = calibrate.Fit(scale=1.5, floor=4.25, n=7, inside=1.0, median=5.0)
    new, left = calibrate.put_into(text, {"knee": {"side": one, "front": one}, "trunk": {"any": one}}, 110)
    assert left == {"knee.front", "trunk.any"}
    assert new == text.replace(
        '{scale: 1.00, floor: 2, source: "old"}',
        '{scale: 1.50, floor: 4.25, source: "110 rendered develop scenes, 7 values"}',
    )
