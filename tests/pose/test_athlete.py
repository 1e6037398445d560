"""People in sampled frames are linked to persons; one is chosen, by the user's point or by the movement."""

from __future__ import annotations

import numpy as np
import pytest
from pose_figures import placed

from cricksy_lib.options import AthletePoint
from cricksy_lib.pose import athlete, manner
from cricksy_lib.pose.athlete import Look

TIMES = np.arange(0, 2.0, 0.2)
LONGER = 1280.0


def swinging(figure: np.ndarray, x: float, y: float, height: float, time_s: float) -> Look:
    """A person who stays and swings the hands."""
    look = placed(figure, x, y, height)
    look.pose[15:17, 0] += 0.5 * height * np.sin(9 * time_s)
    return look


@pytest.fixture
def batting_scene(figure: np.ndarray) -> list[tuple[float, list[Look]]]:
    """A batter who swings at (800, 400), and a bowler who runs through in front of the camera."""
    return [(t, [swinging(figure, 800, 400, 300, t), placed(figure, 50 + 700 * t, 420, 400)]) for t in TIMES]


def test_each_person_is_one_person(batting_scene: list[tuple[float, list[Look]]]) -> None:
    people = athlete.link(batting_scene)
    assert sorted(len(p.sightings) for p in people) == [TIMES.size, TIMES.size]


def test_batter_is_chosen_for_batting(batting_scene: list[tuple[float, list[Look]]]) -> None:
    chosen = manner.ranked(athlete.link(batting_scene), "batting", TIMES, LONGER)[0][1]
    assert np.ptp(chosen.centres[:, 0]) < 10


def test_runner_is_chosen_for_bowling(batting_scene: list[tuple[float, list[Look]]]) -> None:
    chosen = manner.ranked(athlete.link(batting_scene), "bowling", TIMES, LONGER)[0][1]
    assert np.ptp(chosen.centres[:, 0]) > 1000


def test_still_bystander_in_front_is_not_the_batter(figure: np.ndarray) -> None:
    samples = [(t, [placed(figure, 200, 400, 380), swinging(figure, 900, 400, 250, t)]) for t in TIMES]
    chosen = manner.ranked(athlete.link(samples), "batting", TIMES, LONGER)[0][1]
    assert chosen.centres[0, 0] == pytest.approx(900)


def test_pattern_seen_now_and_then_is_nobody(figure: np.ndarray) -> None:
    times = np.arange(0, 10, 0.2)
    samples = [(t, [placed(figure, 400, 300, 200)] if i % 10 == 0 else []) for i, t in enumerate(times)]
    assert manner.ranked(athlete.link(samples), "batting", times, LONGER) == []


def test_pattern_that_jumps_about_is_nobody(figure: np.ndarray) -> None:
    places = np.random.default_rng(1).uniform((100, 100), (1200, 600), size=(TIMES.size, 2))
    samples = [(t, [placed(figure, *place, 60)]) for t, place in zip(TIMES, places, strict=True)]
    assert manner.ranked(athlete.link(samples), "batting", TIMES, LONGER) == []


def test_another_shirt_is_another_person(figure: np.ndarray) -> None:
    samples = [(t, [placed(figure, 400, 300, 200, 0.1 if t < 1 else 0.9)]) for t in TIMES]
    assert len(athlete.link(samples)) == 2


def test_point_names_the_person_at_that_time(batting_scene: list[tuple[float, list[Look]]]) -> None:
    people = athlete.link(batting_scene)
    runner = athlete.at_point(people, AthletePoint(x=50 + 700, y=350, time_s=1.0))
    assert runner is not None
    assert np.ptp(runner.centres[:, 0]) > 1000


def test_point_on_nobody_names_nobody(batting_scene: list[tuple[float, list[Look]]]) -> None:
    assert athlete.at_point(athlete.link(batting_scene), AthletePoint(x=1200, y=30)) is None


def test_person_seen_twice_in_a_frame_is_one(figure: np.ndarray) -> None:
    one, again = placed(figure, 400, 300, 200), placed(figure, 404, 302, 205)
    assert len(athlete.without_duplicates([one, again, placed(figure, 700, 300, 200)])) == 2


def test_long_step_between_sparse_sightings_is_doubtful(figure: np.ndarray) -> None:
    samples = [(0.0, [placed(figure, 400, 300, 200)]), (1.0, [placed(figure, 650, 300, 200)])]
    (person,) = athlete.link(samples)
    assert athlete.doubtful(person)


def test_same_person_is_found_again_at_the_same_place(figure: np.ndarray) -> None:
    samples = [(t, [placed(figure, 400, 300, 200)] if t < 2 or t > 6 else []) for t in np.arange(0, 8, 0.2)]
    people = athlete.link(samples)
    assert len(people) == 2
    assert len(athlete.rejoined(people[0], people).sightings) == sum(len(p.sightings) for p in people)


def test_stranger_after_a_loss_is_not_taken_for_the_athlete(figure: np.ndarray) -> None:
    stays = [(t, [swinging(figure, 400, 300, 200, t)]) for t in np.arange(0, 2, 0.2)]
    walker = [(t, [placed(figure, 700 - 40 * t, 320, 200)]) for t in np.arange(2.2, 4, 0.2)]
    both = [(t, [*looks, placed(figure, 700 - 40 * t, 320, 200)]) for t, looks in stays[5:]]
    people = athlete.link([*stays[:5], *both, *walker])
    chosen = manner.ranked(people, "batting", np.arange(0, 4, 0.2), LONGER)[0][1]
    assert athlete.rejoined(chosen, people).times[-1] < 2.0


def passes(figure: np.ndarray, starts: tuple[float, ...], stop: float) -> list[tuple[float, list[Look]]]:
    """A bowler who crosses the picture in two seconds, again and again, seen every quarter of a second."""
    samples = []
    for t in np.arange(0, stop, 0.25):
        since = [t - start for start in starts if 0 <= t - start < 2]
        samples.append((float(t), [placed(figure, 100 + 450 * s, 400, 200) for s in since]))
    return samples


def test_a_bowler_alone_in_the_net_is_one_person_over_all_deliveries(figure: np.ndarray) -> None:
    samples = passes(figure, (0.0, 6.0, 12.0, 18.0), 20)
    people = athlete.link(samples)
    assert len(people) == 4
    middle = people[1]
    assert len(athlete.rejoined(middle, people).sightings) == sum(len(looks) for _, looks in samples)


def test_who_was_seen_too_seldom_is_looked_for_again(figure: np.ndarray) -> None:
    samples = passes(figure, (0.0, 6.0), 10)[::4]
    assert athlete.brief_times(athlete.link(samples)).tolist() == [0.0, 1.0, 6.0, 7.0]
