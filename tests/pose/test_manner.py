"""The choice goes by what somebody does: not by who is nearest, largest or longest in the picture."""

from __future__ import annotations

import numpy as np
import pytest
from pose_figures import placed

from cricksy_lib.pose import athlete, manner
from cricksy_lib.pose.athlete import Look
from cricksy_lib.results import Mode

TIMES = np.arange(0, 2.0, 0.2)
LONGER = 1280.0


def moving(figure: np.ndarray, x: float, height: float, swing: float, time_s: float) -> Look:
    """A person whose hands swing by a share of the height."""
    look = placed(figure, x, 400, height)
    look.pose[15:17, :2] += swing * height * np.sin(5 * time_s) * np.array([1.0, -0.5])
    return look


def chosen_x(figure: np.ndarray, mode: Mode, samples: list[tuple[float, list[Look]]]) -> float:
    ranks = manner.ranked(athlete.link(samples), mode, TIMES, LONGER)
    return float(ranks[0][1].centres[0, 0])


@pytest.mark.parametrize("mode", ["batting", "wicketkeeping"])
def test_near_walker_is_not_who_stays_and_acts(figure: np.ndarray, mode: Mode) -> None:
    samples = [
        (float(t), [moving(figure, 100 + 240 * t, 400, 0.12, t), moving(figure, 900, 200, 0.25, t)])
        for t in TIMES
    ]
    assert chosen_x(figure, mode, samples) == pytest.approx(900)


def test_bowler_in_sight_for_a_part_is_chosen_over_a_near_walker(figure: np.ndarray) -> None:
    samples = [
        (
            float(t),
            [moving(figure, 100 + 240 * t, 400, 0.12, t)]
            + ([moving(figure, 1200 - 500 * t, 220, 0.4, t)] if t < 0.9 else []),
        )
        for t in TIMES
    ]
    assert chosen_x(figure, "bowling", samples) == pytest.approx(1200)


def test_choice_does_not_depend_on_slow_motion(figure: np.ndarray) -> None:
    for slow in (1, 4):
        samples = [
            (float(t) * slow, [moving(figure, 100 + 240 * t, 400, 0.12, t), moving(figure, 900, 200, 0.3, t)])
            for t in TIMES
        ]
        ranks = manner.ranked(athlete.link(samples), "batting", TIMES * slow, LONGER)
        assert ranks[0][1].centres[0, 0] == pytest.approx(900)


def test_two_who_do_the_same_leave_no_lead(figure: np.ndarray) -> None:
    samples = [
        (float(t), [moving(figure, 300, 300, 0.3, t), moving(figure, 900, 300, 0.3, t)]) for t in TIMES
    ]
    ranks = manner.ranked(athlete.link(samples), "batting", TIMES, LONGER)
    assert manner.lead(ranks) < manner.LEAST_LEAD
    assert manner.lead(ranks[:1]) == float("inf")
