"""People seen in sampled frames are linked to persons; `cricksy_lib.pose.manner` tells who is the athlete.

Pure functions; a pose is an array (33, 7) as `cricksy_lib.pose.landmarker` gives it, in pixels of the
upright frame. Speeds are in body sizes per second, so that distance and resolution do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from cricksy_lib.options import AthletePoint
from cricksy_lib.pose.track import KEYPOINTS

_SHOULDERS = [KEYPOINTS.index("left_shoulder"), KEYPOINTS.index("right_shoulder")]
_HIPS = [KEYPOINTS.index("left_hip"), KEYPOINTS.index("right_hip")]

# A standing adult is about 3.3 trunks (mid-hip to mid-shoulder) tall; crouching does not change the trunk.
_SIZE_IN_TRUNKS = 2.7
# Linking: a sprinter covers 4 to 5 body heights a second; the rest is the detector's own scatter.
_REACH = 0.5
_REACH_PER_S = 4.5
_REACH_MOST = 4.0
# Where the movement so far is known: how far off it the next sighting may be.
_REACH_EXPECTED = 0.4
_REACH_EXPECTED_PER_S = 1.5
# After so many samples without the person: how far from the last place one may be found again.
_MISSED = 3
_REACH_AGAIN = 0.5
_REACH_ALONE = 3.0
# Two outlines (boxes of the landmarks) that share so much of the smaller one are one person's.
_COMMON_OUTLINE = 0.7
# A step this long between two sightings so far apart in time leaves room for a mistaken identity.
_DOUBTFUL_STEP = 0.7
_DOUBTFUL_GAP_S = 0.4
_SIZE_RATIO = 1.35
_LOST_AFTER_S = 2.6
# Shirts of two people, or one shirt in sun and shade: distance of the mean colours, 0 to 1.
_OTHER_SHIRT = 0.35
# When two people meet, their shirts tell better than a place who is who.
_SHIRT_WEIGHT = 4.0
# A drawing or a pattern in the net is "a person" in some 10 % of the frames; people are seen far more often.
_MIN_SIGHTINGS = 3
_MIN_SHARE_WHILE_PRESENT = 0.35
_MIN_SHARE_OF_CLIP = 0.15
# In a long clip a person may be there for a short while only, but then in most of the samples.
_STEADY_SHARE = 0.7
_STEADY_SIGHTINGS = 4


@dataclass(frozen=True)
class Look:
    """One person in one picture: pose (33, 7) and mean colour of the shirt (3,), 0 to 1."""

    pose: np.ndarray
    colour: np.ndarray


@dataclass(frozen=True)
class Sighting:
    """A look at a time: besides, where the hips are (2,), and how big the body is, in pixels."""

    time_s: float
    pose: np.ndarray
    colour: np.ndarray
    centre: np.ndarray
    size: float

    @classmethod
    def of(cls, time_s: float, look: Look) -> Sighting:
        """Measure a pose."""
        return cls(time_s, look.pose, look.colour, hips(look.pose), body_size(look.pose))


@dataclass
class Person:
    """One person's sightings in order of time."""

    sightings: list[Sighting] = field(default_factory=list)

    @property
    def times(self) -> np.ndarray:
        """Seconds (S,)."""
        return np.array([s.time_s for s in self.sightings])

    @property
    def centres(self) -> np.ndarray:
        """Mid-hips (S, 2), pixels."""
        return np.array([s.centre for s in self.sightings])

    @property
    def sizes(self) -> np.ndarray:
        """Body sizes (S,), pixels."""
        return np.array([s.size for s in self.sightings])

    @property
    def colour(self) -> np.ndarray:
        """The usual colour of the shirt (3,), NaN if never seen."""
        colours = np.array([s.colour for s in self.sightings]).reshape(-1, 3)
        colours = colours[np.isfinite(colours[:, 0])]
        return np.median(colours, axis=0) if len(colours) else np.full(3, np.nan)

    def expected(self, time_s: float) -> np.ndarray | None:
        """Where the hips should be at ``time_s`` if the last movement goes on, (2,) pixels, if known."""
        last = self.sightings[-1]
        earlier = [s for s in self.sightings[-4:-1] if last.time_s - s.time_s <= 0.5]
        if not earlier or time_s - last.time_s > 0.5:
            return None
        velocity = (last.centre - earlier[0].centre) / (last.time_s - earlier[0].time_s)
        # Believed for a moment only: people turn and stop.
        return last.centre + velocity * min(time_s - last.time_s, 0.3)


def hips(pose: np.ndarray) -> np.ndarray:
    """Return the middle of the hips, (2,) pixels."""
    return np.asarray(pose[_HIPS, :2].mean(axis=0))


def body_size(pose: np.ndarray) -> float:
    """Return a body size in pixels that is near the standing height, also when crouched or foreshortened."""
    trunk = float(np.linalg.norm(pose[_SHOULDERS, :2].mean(axis=0) - hips(pose)))
    extent = np.ptp(pose[:, :2], axis=0)
    return max(float(extent.max()), _SIZE_IN_TRUNKS * trunk, 1.0)


def shirt_colour(image: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Return the mean colour (3,), 0 to 1, of the trunk's middle in an image (H, W, 3) uint8; NaN if outside.

    The pose (33, 7) is in pixels of the image.
    """
    shoulders, middle = pose[_SHOULDERS, :2].mean(axis=0), hips(pose)
    half = max(1.0, 0.15 * float(np.linalg.norm(shoulders - middle)))
    x, y = (shoulders + middle) / 2
    x0, x1 = max(0, int(x - half)), max(0, int(x + half) + 1)
    y0, y1 = max(0, int(y - half)), max(0, int(y + half) + 1)
    patch = image[y0:y1, x0:x1]
    return np.asarray(patch.mean(axis=(0, 1)) / 255) if patch.size else np.full(3, np.nan)


def same_person(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two poses in one frame are one person, seen twice: landmarks or outlines nearly coincide."""
    distance = np.linalg.norm(a[:, :2] - b[:, :2], axis=1)
    if np.median(distance) < 0.12 * max(body_size(a), body_size(b)):
        return True
    low, high = (
        np.maximum(a[:, :2].min(axis=0), b[:, :2].min(axis=0)),
        np.minimum(a[:, :2].max(axis=0), b[:, :2].max(axis=0)),
    )
    common = float(np.prod(np.maximum(high - low, 0)))
    areas = [float(np.prod(np.ptp(pose[:, :2], axis=0))) for pose in (a, b)]
    return common > _COMMON_OUTLINE * min(areas)


def without_duplicates(looks: Sequence[Look]) -> list[Look]:
    """Drop looks at a person who is already in the list; earlier ones win."""
    kept: list[Look] = []
    for look in looks:
        if not any(same_person(look.pose, other.pose) for other in kept):
            kept.append(look)
    return kept


def link(samples: Sequence[tuple[float, Sequence[Look]]]) -> list[Person]:
    """Link what was seen in sampled frames to persons, by place, size and shirt.

    Parameters
    ----------
    samples : for each sampled frame its time in seconds and the people in it, in order of time.

    Returns
    -------
    list of Person
        Every look belongs to exactly one; a person not seen for 2.6 s comes back as another one.
    """
    people: list[Person] = []
    for time_s, looks in samples:
        sightings = [Sighting.of(time_s, look) for look in looks]
        alive = [p for p in people if time_s - p.sightings[-1].time_s <= _LOST_AFTER_S]
        missed = [sum(p.sightings[-1].time_s < t < time_s for t, _ in samples) for p in alive]
        costs = np.array(
            [[_cost(p, s, m) for s in sightings] for p, m in zip(alive, missed, strict=True)]
        ).reshape(len(alive), len(sightings))
        taken: set[int] = set()
        for row, column in zip(*linear_sum_assignment(np.where(np.isfinite(costs), costs, 1e6)), strict=True):
            if np.isfinite(costs[row, column]):
                alive[row].sightings.append(sightings[column])
                taken.add(int(column))
        people += [Person([s]) for i, s in enumerate(sightings) if i not in taken]
    return people


def _cost(person: Person, sighting: Sighting, missed: int) -> float:
    """Return how badly a sighting continues a person, missed in so many samples; infinity if it cannot."""
    last = person.sightings[-1]
    gap = sighting.time_s - last.time_s
    usual = float(np.median([s.size for s in person.sightings[-5:]]))
    ratio = max(usual, sighting.size) / min(usual, sighting.size)
    jump = float(np.linalg.norm(sighting.centre - last.centre)) / usual
    shirt = shirt_distance(last, sighting)
    usual_shirt = float(np.nan_to_num(np.linalg.norm(person.colour - sighting.colour) / np.sqrt(3)))
    expected = person.expected(sighting.time_s)
    if expected is None:
        away, allowed = jump, min(_REACH + _REACH_PER_S * gap, _REACH_MOST)
    else:
        away = float(np.linalg.norm(sighting.centre - expected)) / usual
        allowed = _REACH_EXPECTED + _REACH_EXPECTED_PER_S * gap
    if missed >= _MISSED:
        # Long unseen: who turns up must stand where the person stood. `rejoined` looks further.
        away, allowed = jump, _REACH_AGAIN
    if away > allowed or ratio > _SIZE_RATIO + 0.2 * gap or shirt > _OTHER_SHIRT:
        return float("inf")
    return away + 0.7 * float(np.log(ratio)) + _SHIRT_WEIGHT * usual_shirt


def doubtful(person: Person) -> bool:
    """Whether a person moved so far between two sightings that it may have been two people."""
    steps = np.linalg.norm(np.diff(person.centres, axis=0), axis=1) / person.sizes[1:]
    return bool(((steps > _DOUBTFUL_STEP) & (np.diff(person.times) > _DOUBTFUL_GAP_S)).any())


def shirt_distance(a: Sighting, b: Sighting) -> float:
    """Return how different two shirts look, 0 to 1; 0 where one was not seen."""
    difference = np.linalg.norm(a.colour - b.colour) / np.sqrt(3)
    return float(np.nan_to_num(difference))


def brief_times(people: Sequence[Person]) -> np.ndarray:
    """Return when persons were seen who were seen too seldom to judge, in seconds and in order."""
    times = [s.time_s for p in people if len(p.sightings) < _STEADY_SIGHTINGS for s in p.sightings]
    return np.unique(times)


def rejoined(person: Person, people: Sequence[Person]) -> Person:
    """Add what looks like the same person at other times, found again at a like place, size and shirt.

    With other people about only what stands where the person stood is taken: an absence is
    better than a stranger.

    Parameters
    ----------
    person : the one who was chosen.
    people : everybody who was linked, ``person`` included.
    """
    sightings = list(person.sightings)
    others = [p for p in people if p is not person and len(p.sightings) >= _MIN_SIGHTINGS]
    start, stop = person.sightings[0].time_s, person.sightings[-1].time_s
    alone = not any(p.sightings[0].time_s < stop and p.sightings[-1].time_s > start for p in others)
    for other in sorted(others, key=lambda p: -len(p.sightings)):
        first, last = other.sightings[0], other.sightings[-1]
        before = [s for s in sightings if s.time_s < first.time_s]
        after = [s for s in sightings if s.time_s > last.time_s]
        if len(before) + len(after) < len(sightings):
            continue  # both were there at one time
        joints = [(before[-1], first)] if before else []
        joints += [(last, after[0])] if after else []
        # One size may be that of a raised arm or a bent body: the usual ones are compared.
        sizes = [float(np.median([s.size for s in part])) for part in (sightings, other.sightings)]
        alike = max(sizes) / min(sizes) < _SIZE_RATIO
        if alike and all(_may_be_one(a, b, max(sizes), alone) for a, b in joints):
            sightings = [*before, *other.sightings, *after]
    return Person(sightings)


def _may_be_one(a: Sighting, b: Sighting, size: float, alone: bool) -> bool:
    """Whether two sightings with an absence between them may be of one person of this size, pixels."""
    far = float(np.linalg.norm(a.centre - b.centre)) / size
    # Alone in the clip, a bowler may well come back from the other side of the picture.
    reach = _REACH_ALONE * (1 + b.time_s - a.time_s) if alone else _REACH_AGAIN
    return far < reach and shirt_distance(a, b) < _OTHER_SHIRT / 2


def plausible(people: Sequence[Person], sample_times: np.ndarray) -> list[Person]:
    """Keep the persons who are seen often enough to be people and not patterns in the picture."""
    count = len(sample_times)
    kept = []
    for person in people:
        times = person.times
        present = int(((sample_times >= times[0]) & (sample_times <= times[-1])).sum())
        often = len(times) >= min(_MIN_SIGHTINGS, count)
        share = len(times) / present
        long = share >= _MIN_SHARE_WHILE_PRESENT and len(times) >= _MIN_SHARE_OF_CLIP * count
        steady = share >= _STEADY_SHARE and len(times) >= _STEADY_SIGHTINGS
        if often and (long or steady):
            kept.append(person)
    return kept


def at_point(people: Sequence[Person], point: AthletePoint, reach_s: float = 1.0) -> Person | None:
    """Return the person at the point that the user named, or None when nobody is near it.

    The point may lie anywhere on the body: a person counts as near when it is within a quarter of the
    body's size around the landmarks' box, at the sighting nearest in time.
    """
    best: tuple[float, Person] | None = None
    for person in people:
        sighting = min(person.sightings, key=lambda s: abs(s.time_s - point.time_s))
        delay = abs(sighting.time_s - point.time_s)
        if delay > reach_s:
            continue
        low, high = sighting.pose[:, :2].min(axis=0), sighting.pose[:, :2].max(axis=0)
        target = np.array([point.x, point.y])
        outside = np.linalg.norm(np.maximum(0, np.maximum(low - target, target - high))) / sighting.size
        if outside > 0.25 + 2.0 * delay:
            continue
        score = float(outside + 0.3 * np.linalg.norm(target - sighting.centre) / sighting.size + 0.5 * delay)
        if best is None or score < best[0]:
            best = (score, person)
    return best[1] if best else None
