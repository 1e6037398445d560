"""Other people near the athlete, and whether a pose is one of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cricksy_lib.pose.athlete import Person, body_size, hips
from cricksy_lib.pose.crops import Path, path_through

# So near, in body sizes, another person may be taken for the athlete.
_NEAR = 1.3
# Shirts that differ by less, 0 to 1, are not told apart.
_SHIRTS_DIFFER = 0.08
# The athlete's own in sun and shade, with an arm before it, or moved to a blur.
_SHIRT_ALIKE = 0.17
# How far a pose may be from the path at a sighting, in body sizes, and how fast that grows in between.
_OFF_PATH, _OFF_PATH_PER_S = 0.45, 2.5
_MOST_OFF_PATH = 1.2
# A pose belongs to another where it is this many times nearer to the other's path.
_TIMES_NEARER = 2.0
_BOTH_SEEN = 2


@dataclass(frozen=True)
class Rivals:
    """What is known of the athlete and of others through some frames (T,).

    Attributes
    ----------
    path : the athlete's.
    slack : (T,) how far off the path the athlete may be, in body sizes.
    shirt : usual colour of the athlete's (3,), 0 to 1; NaN if not known.
    others : paths of other people, NaN while they are not there.
    shirts : of the others, (K, 3).
    """

    path: Path
    slack: np.ndarray
    shirt: np.ndarray
    others: tuple[Path, ...]
    shirts: np.ndarray

    def at(self, rows: Sequence[int]) -> Rivals:
        """Return the part for some of the frames."""
        cut = [Path(p.centres[rows], p.sizes[rows]) for p in (self.path, *self.others)]
        return Rivals(cut[0], self.slack[rows], self.shirt, tuple(cut[1:]), self.shirts)

    def near(self, i: int) -> bool:
        """Whether anybody is near the athlete in frame ``i``."""
        reach = _NEAR * self.path.sizes[i]
        away = [np.linalg.norm(p.centres[i] - self.path.centres[i]) for p in self.others]
        return bool((np.array(away) < reach).any())

    def alike(self, shirt: np.ndarray) -> bool:
        """Whether a shirt's colour (3,) can be the athlete's."""
        return not np.linalg.norm(shirt - self.shirt) / np.sqrt(3) > _SHIRT_ALIKE

    def mistaken(self, i: int, pose: np.ndarray, shirt: np.ndarray, *, closely: bool = False) -> bool:
        """Whether a pose (33, 7) with a shirt of this colour (3,) in frame ``i`` is somebody else's.

        Place and shirt must fit the athlete better than anybody who is near; ``closely`` also asks for a
        like shirt where nobody is. Without others in the clip nobody is mistaken.
        """
        if not self.others:
            return False
        if closely and not self.alike(shirt):
            return True
        place = hips(pose)
        size = max(float(self.path.sizes[i]), body_size(pose))
        off = float(np.linalg.norm(place - self.path.centres[i])) / size
        if off > self.slack[i]:
            return True
        for other, theirs in zip(self.others, self.shirts, strict=True):
            to_other = float(np.linalg.norm(place - other.centres[i])) / size
            if not to_other < _NEAR:
                continue
            own, foreign = np.linalg.norm([shirt - self.shirt, shirt - theirs], axis=1) / np.sqrt(3)
            apart = np.linalg.norm(self.shirt - theirs) / np.sqrt(3)
            if apart > _SHIRTS_DIFFER and np.isfinite(own):
                if foreign < own:
                    return True
            elif to_other * _TIMES_NEARER < off:
                return True
        return False


def rivals_of(chosen: Person, people: Sequence[Person], times_s: np.ndarray) -> Rivals:
    """Gather what tells the athlete from the others at the given times (T,).

    Parameters
    ----------
    chosen : the athlete.
    people : everybody who was linked; who was never seen together with the athlete may be the athlete and is
        left out.
    """
    mine = {id(s) for s in chosen.sightings}
    others = [
        p
        for p in people
        if not any(id(s) in mine for s in p.sightings)
        and len(p.sightings) > _BOTH_SEEN
        and np.isin(p.times, chosen.times).sum() >= _BOTH_SEEN
    ]
    since = np.abs(times_s[:, None] - chosen.times).min(axis=1, initial=np.inf)
    return Rivals(
        path_through(chosen.sightings, times_s),
        np.minimum(_OFF_PATH + _OFF_PATH_PER_S * since, _MOST_OFF_PATH),
        chosen.colour,
        tuple(path_through(p.sightings, times_s) for p in others),
        np.array([p.colour for p in others]).reshape(-1, 3),
    )
