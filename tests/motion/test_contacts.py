"""Landings of a foot on paths whose contact is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cricksy_lib.motion.contacts import BACK_STEP, FRONT_STEP, STRIDE, stance_contact

CONTACT_S, HEIGHT_PX = 0.6137, 200.0
STANDS = (0.70, 0.80)


def landing(rate, sizes=None):
    """A foot that comes down slower and slower, stands, and leaves again (seconds, body heights)."""
    at = np.arange(0.0, 1.2, 1 / rate)
    to_go = np.maximum(CONTACT_S - at, 0.0)
    gone = np.maximum(at - 0.95, 0.0)
    across = -1.5 * to_go - 3.0 * to_go**2 + 3 * gone
    up = 0.8 * to_go - 1.6 * to_go**2 + gone
    path = np.stack([2.0 + across, 1.0 - up], axis=1) * HEIGHT_PX
    size = np.full(len(at), HEIGHT_PX) if sizes is None else np.interp(at, (0, 1.2), sizes)
    return at, path, size


def body(at, path, size):
    return SimpleNamespace(real_s=at, height_at_px=size, raw=lambda name: path)


def found(at, path, size):
    contact = stance_contact(body(at, path, size), "left", FRONT_STEP, STANDS, 0.1)
    return None if contact is None else contact.at_s


@pytest.mark.parametrize("rate", [30.0, 60.0, 120.0])
def test_a_landing_is_found_between_frames(rate):
    assert found(*landing(rate)) == pytest.approx(CONTACT_S, abs=0.008)


def test_a_foot_that_the_model_puts_elsewhere_for_two_frames_is_seen_through():
    at, path, size = landing(60.0)
    path[39:41] += HEIGHT_PX * 0.4
    path[33] -= HEIGHT_PX * 0.3
    assert found(at, path, size) == pytest.approx(CONTACT_S, abs=0.012)


def test_a_body_that_grows_in_the_picture_does_not_move_a_standing_foot():
    assert found(*landing(60.0, sizes=(140.0, 230.0))) == pytest.approx(CONTACT_S, abs=0.008)


def test_a_foot_that_stood_all_along_has_not_landed():
    at, path, size = landing(60.0)
    path[:] = path[45]
    assert found(at, path, size) is None


def test_a_foot_that_is_hidden_as_it_lands_is_left_out():
    at, path, size = landing(60.0)
    path[(at > 0.5) & (at < 0.66)] = np.nan
    assert found(at, path, size) is None


def test_a_foot_that_does_not_stand_then_is_left_out():
    at, path, size = landing(60.0)
    path += np.stack([np.sin(at * 25), np.cos(at * 25)], axis=1) * HEIGHT_PX * 0.2
    assert found(at, path, size) is None


def back_foot(*late):
    """The contact of a back foot of which the named parts come to rest 0.1 s after the others."""
    at, path, size = landing(60.0)
    later = np.stack([np.interp(at - 0.1, at, path[:, i]) for i in (0, 1)], axis=1)
    later[at > 0.9] = path[at > 0.9]
    parts = SimpleNamespace(
        real_s=at, height_at_px=size, raw=lambda name: later if name.removeprefix("left_") in late else path
    )
    return stance_contact(parts, "left", BACK_STEP, (0.76, 0.88), 0.1)


def test_toes_that_come_to_rest_far_from_the_rest_of_the_foot_have_jumped():
    contact = back_foot("foot_index")
    assert contact.at_s == pytest.approx(CONTACT_S, abs=0.01)
    assert contact.apart_s == pytest.approx(0.1, abs=0.02)


def test_a_heel_that_comes_down_late_does_not_move_the_touch_of_the_toes():
    contact = back_foot("heel")
    assert contact.at_s == pytest.approx(CONTACT_S, abs=0.01)
    assert contact.apart_s == pytest.approx(0.1, abs=0.02), "what was asked is not of one mind"
    assert back_foot().apart_s < 0.01


def test_two_landmarks_that_scatter_tell_a_landing_better_together():
    at, path, size = landing(60.0)
    alone = replace(FRONT_STEP, parts=(("heel",),))
    off = {FRONT_STEP: [], alone: []}
    for seed in range(25):
        scatter = np.random.default_rng(seed)
        parts = {f"left_{name}": path + scatter.normal(0.0, 5.0, path.shape) for name in ("heel", "ankle")}
        foot = SimpleNamespace(real_s=at, height_at_px=size, raw=parts.__getitem__)
        for step, errors in off.items():
            errors.append(abs(stance_contact(foot, "left", step, STANDS, 0.1).at_s - CONTACT_S))
    assert np.mean(off[FRONT_STEP]) < 0.85 * np.mean(off[alone])


@pytest.mark.parametrize("seen_until", [0.50, 0.55, 0.57, 0.60])
def test_an_ankle_that_is_hidden_before_the_landing_leaves_it_to_the_heel(seen_until):
    at, path, size = landing(120.0)
    hidden = np.where((at > seen_until)[:, None], np.nan, path)
    parts = {"left_heel": path, "left_ankle": hidden}
    foot = SimpleNamespace(real_s=at, height_at_px=size, raw=parts.__getitem__)
    assert stance_contact(foot, "left", FRONT_STEP, STANDS, 0.1).at_s == pytest.approx(CONTACT_S, abs=0.008)


def test_of_two_parts_that_lie_apart_neither_is_believed_more():
    at, path, size = landing(60.0)
    late = np.stack([np.interp(at - 0.1, at, path[:, i]) for i in (0, 1)], axis=1)
    late[at > 0.9] = path[at > 0.9]
    parts = {"left_foot_index": path, "left_heel": late, "left_ankle": np.full_like(path, np.nan)}
    foot = SimpleNamespace(real_s=at, height_at_px=size, raw=parts.__getitem__)
    contact = stance_contact(foot, "left", BACK_STEP, (0.76, 0.88), 0.1)
    assert contact.at_s == pytest.approx(CONTACT_S, abs=0.01)
    assert contact.apart_s == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(("wanders", "is_found"), [(0.015, True), (0.04, False)])
def test_a_batter_s_foot_that_seems_to_wander_after_its_landing_is_left_out(wanders, is_found):
    """A foot that stands does not move: its landmarks are lost, and with them the instant."""
    at, path, size = landing(60.0)
    after = at > CONTACT_S
    path[after, 1] += wanders * np.sin((at[after] - CONTACT_S) * 60) * HEIGHT_PX
    contact = stance_contact(body(at, path, size), "left", STRIDE, STANDS, 0.1)
    assert (contact is not None) == is_found
    # A bowler's foot still turns as it lands.
    assert stance_contact(body(at, path, size), "left", replace(STRIDE, still=None), STANDS, 0.1) is not None
