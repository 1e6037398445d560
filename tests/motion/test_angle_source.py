"""Where an angle comes from: the fit, or the picture while a leg bears the body."""

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.motion.angle_source import standing
from cricksy_lib.motion.movement import read_movement
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.results import Event
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

FRONT_KNEE = "front_knee_angle"


def event(name, time_s, repetition=1):
    return Event(name=name, time_s=time_s, uncertainty_s=0.02, frame=0, repetition=repetition)


@pytest.fixture(scope="module")
def seen_from_the_side():
    truth = simulate(Scene(mode="bowling", azimuth_deg=90.0, seed=72))
    options = AnalysisOptions(mode="bowling", hand=truth.scene.hand)
    return read_movement(clean(track_of(truth, noise_px=0.7)), options)


def test_the_picture_counts_from_contact_until_after_release_and_the_fit_elsewhere(seen_from_the_side):
    series, times = seen_from_the_side.series, seen_from_the_side.body.real_s
    at_s = {one.name: one.time_s for one in seen_from_the_side.events}
    stands = (times >= at_s["front_foot_contact"]) & (times <= at_s["ball_release"] + 0.1)
    before = times < at_s["front_foot_contact"] - 0.1
    assert stands.any()
    assert before.any()
    angle = series[FRONT_KNEE].values
    np.testing.assert_array_equal(angle[stands], series[f"picture_{FRONT_KNEE}"].values[stands])
    np.testing.assert_array_equal(angle[before], series[f"fit_{FRONT_KNEE}"].values[before])
    assert series[FRONT_KNEE].attrs["source"] == "fit and picture"
    assert series["rear_knee_angle"].attrs["source"] == "fit"


def test_one_source_goes_over_into_the_other_without_a_step(seen_from_the_side):
    series = seen_from_the_side.series
    fit, picture = (series[f"{kind}_{FRONT_KNEE}"].values for kind in ("fit", "picture"))
    apart = np.maximum(np.abs(fit - picture)[1:], np.abs(fit - picture)[:-1])
    own = np.maximum(np.abs(np.diff(fit)), np.abs(np.diff(picture)))
    beyond = np.abs(np.diff(series[FRONT_KNEE].values)) - own
    # Over 0.04 s, at 60 frames a second: no frame takes much more than two fifths of the way.
    assert np.nanmax(beyond / np.fmax(apart, 0.1)) < 0.5


@pytest.mark.parametrize("slow_motion", [1.0, 4.0])
def test_each_delivery_has_a_leg_that_stands_for_its_own_time(seen_from_the_side, slow_motion):
    body = seen_from_the_side.body
    first, second = body.real_s[10], body.real_s[-12]
    events = [
        event("front_foot_contact", first * slow_motion),
        event("ball_release", (first + 0.1) * slow_motion),
        event("ball_release", second * slow_motion, repetition=2),  # whose contact was not found
    ]
    share = standing("bowling", FRONT_KNEE, "side", body, events, slow_motion)
    assert share[10] == 1
    assert share[-12] == 1
    assert share[0] == 0
    assert share[np.argmin(np.abs(body.real_s - (first + second) / 2))] == 0


@pytest.mark.parametrize(
    ("mode", "series", "view"),
    [
        ("bowling", "rear_knee_angle", "side"),
        ("bowling", FRONT_KNEE, "front"),
        ("batting", FRONT_KNEE, "side"),
    ],
)
def test_no_other_leg_is_told_from_the_picture(seen_from_the_side, mode, series, view):
    share = standing(mode, series, view, seen_from_the_side.body, seen_from_the_side.events, 1.0)
    assert not share.any()


def test_where_the_fit_stands_alone_its_error_is_as_wide_as_it_is_off_the_others(seen_from_the_side):
    series = seen_from_the_side.series
    for name in ("rear_knee_angle", "front_elbow_angle"):
        fit, picture, model = (series[f"{kind}_{name}"].values for kind in ("fit", "picture", "model"))
        off = np.maximum(np.fmin(picture, model) - fit, fit - np.fmax(picture, model))
        known = np.isfinite(off)
        assert (series[f"spread_{name}"].values[known] >= off[known] - 1e-9).all()
