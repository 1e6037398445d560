"""Errors, swaps and hidden arms on made-up arrays: a known error gives that number."""

from __future__ import annotations

import numpy as np
import pytest

from cricksy_lib.synthetic import Scene
from cricksy_lib.validation import errors
from cricksy_lib.validation.groups import groups_of, view_group
from cricksy_lib.validation.swaps import swapped_frames


def test_a_known_error_is_told_as_bias_and_noise():
    told = errors.summarise(np.array([2.0, 4.0, 2.0, 4.0, np.nan]))
    assert told["n"] == 4
    assert told["known"] == pytest.approx(0.8)
    assert (told["mae"], told["bias"], told["noise"], told["worst"]) == (3.0, 3.0, 1.0, 4.0)


def test_errors_of_both_signs_have_no_bias_but_a_size():
    told = errors.summarise(np.array([-5.0, 5.0]))
    assert (told["mae"], told["bias"], told["noise"]) == (5.0, 0.0, 5.0)


def test_nothing_measured_has_no_error_and_is_not_zero():
    told = errors.summarise(np.array([np.nan, np.nan]))
    assert (told["n"], told["known"], told["mae"]) == (0, 0.0, None)
    assert errors.summarise(np.array([]))["known"] is None


def test_the_movement_reaches_from_the_first_event_to_the_last_and_a_margin():
    times = np.arange(20) / 10
    rows = errors.movement_rows(times, {"a": 0.5, "b": 1.0}, margin_s=0.1001)
    assert times[rows].min() == pytest.approx(0.4)
    assert times[rows].max() == pytest.approx(1.1)
    assert not errors.movement_rows(times, {}).any()


def test_a_series_is_unknown_outside_itself_and_beside_a_gap():
    read = errors.at_times(
        np.array([0.0, 1, 2, 3]), np.array([0.0, 1, np.nan, 3]), np.array([-1, 0.5, 1.5, 4])
    )
    assert read[1] == 0.5
    assert np.isnan(read[[0, 2, 3]]).all()


def test_of_several_repetitions_the_nearest_is_held_against_the_event():
    rows = errors.pair_events({"impact": 1.0}, {"impact": [(0.5, 0.1), (1.05, 0.1)]})
    assert rows[0]["error_s"] == pytest.approx(0.05)
    assert rows[0]["frames"] == pytest.approx(3.0)
    assert rows[0]["extra"] == 1


def test_an_event_that_was_not_found_has_no_error():
    (row,) = errors.pair_events({"impact": 1.0}, {})
    assert row["found_s"] is None
    assert row["error_s"] is None


def test_swapped_labels_are_found_and_only_those():
    left = np.tile([[0.0, 0], [0, 50], [0, 100]], (10, 1, 1))
    right = left + np.array([40.0, 0])
    found_left, found_right = left.copy(), right.copy()
    found_left[3:5], found_right[3:5] = right[3:5], left[3:5]
    wrong = swapped_frames(found_left, found_right, left, right, height_px=200)
    assert wrong.tolist() == [False] * 3 + [True] * 2 + [False] * 5


def test_legs_on_each_other_have_no_wrong_labels():
    rng = np.random.default_rng(1)
    left = np.tile([[0.0, 0], [0, 50], [0, 100]], (50, 1, 1))
    noise = rng.normal(0, 1.5, (2, *left.shape))
    assert not swapped_frames(left + noise[0], left + noise[1], left, left + 1.0, height_px=200).any()


def test_a_missing_leg_is_not_called_swapped():
    left = np.full((2, 3, 2), np.nan)
    assert not swapped_frames(left, left, np.zeros((2, 3, 2)), np.ones((2, 3, 2)), 100).any()


@pytest.mark.parametrize(
    ("azimuth", "view"),
    [
        *((90, "side"), (-66, "side"), (115, "side"), (270, "side"), (64, "oblique"), (140, "oblique")),
        *((0, "front"), (-25, "front"), (340, "front"), (180, "behind"), (-160, "behind")),
    ],
)
def test_views_are_told_apart_at_25_degrees(azimuth, view):
    assert view_group(azimuth) == view


def test_a_scene_is_in_one_group_of_every_factor():
    groups = groups_of(Scene(mode="bowling", azimuth_deg=-90, width=640, height=360, frame_rate=30))
    assert groups == {
        "view": "side",
        "mode": "bowling",
        "hand": "right",
        "frame_rate": "30 frames/s",
        "lines": "up to 360 lines",
        "camera": "from the left",
        "about": "alone",
    }
