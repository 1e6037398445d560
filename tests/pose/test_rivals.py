"""Whether a pose is the athlete's or of somebody near: by place, by shirt, by nobody else being there."""

from __future__ import annotations

import numpy as np
from pose_figures import placed

from cricksy_lib.pose import athlete
from cricksy_lib.pose.athlete import Look, Person
from cricksy_lib.pose.rivals import Rivals, rivals_of

TIMES = np.arange(0, 2.0, 0.1)
GREEN, RED = np.array([0.1, 0.4, 0.2]), np.array([0.6, 0.1, 0.1])


def dressed(look: Look, shirt: np.ndarray) -> Look:
    return Look(look.pose, shirt)


def meeting(figure: np.ndarray, shirt: np.ndarray) -> tuple[list[Person], Rivals]:
    """The athlete stands at x = 400; somebody comes from 200 and is at 380 at the end."""
    samples = [
        (
            float(t),
            [
                dressed(placed(figure, 400, 300, 200), GREEN),
                dressed(placed(figure, 200 + 90 * t, 300, 220), shirt),
            ],
        )
        for t in TIMES
    ]
    people = athlete.link(samples)
    (stays,) = [p for p in people if np.ptp(p.centres[:, 0]) < 1]
    return people, rivals_of(stays, people, TIMES)


def test_shirt_tells_who_is_who_when_both_stand_in_one_place(figure: np.ndarray) -> None:
    _, rivals = meeting(figure, RED)
    pose = placed(figure, 390, 300, 210).pose
    assert rivals.mistaken(19, pose, RED)
    assert not rivals.mistaken(19, pose, GREEN)


def test_place_tells_people_in_like_shirts_apart(figure: np.ndarray) -> None:
    _, rivals = meeting(figure, GREEN)
    row = 12  # the other is at 308
    assert rivals.mistaken(row, placed(figure, 310, 300, 220).pose, GREEN)
    assert not rivals.mistaken(row, placed(figure, 396, 300, 200).pose, GREEN)


def test_nobody_else_in_the_clip_is_nobody_to_be_mistaken_for(figure: np.ndarray) -> None:
    people = athlete.link([(float(t), [placed(figure, 400, 300, 200)]) for t in TIMES])
    rivals = rivals_of(people[0], people, TIMES)
    assert not rivals.mistaken(5, placed(figure, 700, 300, 200).pose, RED)


def test_who_was_never_seen_beside_the_athlete_is_no_rival(figure: np.ndarray) -> None:
    samples = [
        (float(t), [placed(figure, 400 if t < 1 else 700, 300, 200, 0.1 if t < 1 else 0.9)]) for t in TIMES
    ]
    people = athlete.link(samples)
    assert len(people) == 2
    assert rivals_of(people[0], people, TIMES).others == ()
