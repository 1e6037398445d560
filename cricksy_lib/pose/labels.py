"""Left and right put the right way round, by following both limbs through time.

When one leg passes the other, the pose model often gives each the other's name. Where the legs lie on each
other either naming would do; what tells them apart is how they move on: the leg that stood keeps standing,
the leg that swung keeps swinging. So several namings of the frames so far are kept at a time, each with its
own place and speed of every joint (Kalman filters), and the one that explains the landmarks best wins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

# Trunk as a share of standing height (Winter): the spreads below are in standing heights.
_TRUNK_SHARE = 0.29
# Usual accelerations, standing heights per second squared. Design defaults, as all that follows; chosen on
# rendered scenes that no report uses.
_ACCELERATION = {
    "hip": 5.0,
    "knee": 20.0,
    "ankle": 28.0,
    "heel": 28.0,
    "foot_index": 32.0,
    "shoulder": 12.0,
    "elbow": 50.0,
    "wrist": 95.0,
}
# A joint's speed in the first frame: known no better than this, standing heights per second.
_FIRST_SPEED = 2.0
# No joint counts for more than this many squared spreads: it may be lost altogether.
_MOST = 60.0
# Landmarks held to be nearer to the truth, to see whether a naming hangs on that.
_CLOSER = 2 / 3
# How many namings are kept at a time.
_BEAM = 16


@dataclass(frozen=True)
class Chain:
    """A limb whose landmarks change names together.

    Attributes
    ----------
    followed : the points that tell; ``named`` : all points that change names with them.
    noise : how far a landmark may be off, standing heights.
    change : price of a change of naming, in halves of a squared spread.
    swapped : price of a second spent with the names the other way round: the model is right more often.
    """

    followed: tuple[str, ...]
    named: tuple[str, ...]
    noise: float
    change: float
    swapped: float


LEGS = Chain(
    ("hip", "knee", "ankle", "heel", "foot_index"),
    ("hip", "knee", "ankle", "heel", "foot_index"),
    noise=0.06,
    change=1.0,
    swapped=8.0,
)
ARMS = Chain(
    ("shoulder", "elbow", "wrist"),
    ("shoulder", "elbow", "wrist", "pinky", "index", "thumb"),
    noise=0.03,
    change=2.5,
    swapped=10.0,
)


@dataclass(frozen=True)
class Naming:
    """Which frames (T,) carry the names the other way round, and in which it is not certain.

    Attributes
    ----------
    wrong : the names are the other way round.
    doubtful : which limb it is that comes out of a crossing hangs on from where it is followed.
    flickering : it hangs on how far landmarks are trusted: names may change there for a few frames.
    """

    wrong: np.ndarray
    doubtful: np.ndarray
    flickering: np.ndarray


def naming(left: np.ndarray, right: np.ndarray, time_s: np.ndarray, trunk_px: float, chain: Chain) -> Naming:
    """Find the frames in which a chain's left and right carry each other's names, and where that is doubtful.

    A limb that is named with certainty gets the same name when it is followed from the end to the beginning,
    and when the landmarks are held to be nearer to the truth.

    Parameters
    ----------
    left, right, time_s, trunk_px, chain : see `wrong_way_round`.
    """
    onward = wrong_way_round(left, right, time_s, trunk_px, chain)
    closer = replace(chain, noise=_CLOSER * chain.noise)
    onward_closer = wrong_way_round(left, right, time_s, trunk_px, closer)
    back, back_closer = (
        wrong_way_round(left[::-1], right[::-1], -time_s[::-1], trunk_px, other)[::-1]
        for other in (chain, closer)
    )
    return Naming(onward, onward != back, (onward != onward_closer) | (back != back_closer))


def wrong_way_round(
    left: np.ndarray, right: np.ndarray, time_s: np.ndarray, trunk_px: float, chain: Chain
) -> np.ndarray:
    """Find the frames in which a chain's left and right carry each other's names.

    Parameters
    ----------
    left, right : (T, K, 2) pixels of ``chain.followed`` as named by the model, without gaps.
    time_s : (T,) real seconds, strictly increasing.
    trunk_px : length of the trunk in pixels.
    chain : what is followed.

    Returns
    -------
    (T,) boolean.
    """
    height = trunk_px / _TRUNK_SHARE
    # Both namings of every frame: (2, T, side, K, 2).
    seen = np.stack([np.stack([left, right], axis=1), np.stack([right, left], axis=1)]) / height
    names = np.arange(2)
    place, speed = seen[:, 0].copy(), np.zeros_like(seen[:, 0])
    spread = _Spread(chain)
    cost, last = np.zeros(2), names
    paths = np.zeros((2, len(time_s)), dtype=np.int8)
    paths[:, 0] = names
    for frame, step in enumerate(np.diff(time_s), start=1):
        innovation_spread, gain = spread.advance(float(step))
        expected = place + speed * step
        off = seen[None, :, frame] - expected[:, None]
        squared = (off**2).sum(axis=-1) / innovation_spread
        total = (
            cost[:, None]
            + (_MOST * squared / (_MOST + squared)).sum(axis=(-1, -2)) / 2
            + chain.change * (last[:, None] != names)
            + chain.swapped * step * names
        ).ravel()
        kept = np.argsort(total, kind="stable")[:_BEAM]
        parent, last = kept // 2, kept % 2
        # A joint far from where it is expected is not followed there.
        trust = 1 / (1 + squared[parent, last] / _MOST)
        moved = trust[..., None] * off[parent, last]
        place = expected[parent] + gain[0][:, None] * moved
        speed = speed[parent] + gain[1][:, None] * moved
        cost, paths = total[kept], paths[parent]
        paths[:, frame] = last
    return np.asarray(paths[0].astype(bool)) if len(time_s) else np.zeros(0, dtype=bool)


class _Spread:
    """Covariance of place and speed of K joints, the same for all namings: it depends on time alone."""

    def __init__(self, chain: Chain) -> None:
        self.acceleration = np.array([_ACCELERATION[name] for name in chain.followed])
        self.noise = chain.noise
        self.covariance = np.zeros((len(self.acceleration), 2, 2))
        self.covariance[:, 0, 0] = self.noise**2
        self.covariance[:, 1, 1] = _FIRST_SPEED**2

    def advance(self, step: float) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Go on by one frame: squared spread (K,) of what is seen about what is expected, and the gains."""
        onward = np.array([[1.0, step], [0.0, 1.0]])
        jolt = np.array([[step**4 / 4, step**3 / 2], [step**3 / 2, step**2]])
        before = onward @ self.covariance @ onward.T + self.acceleration[:, None, None] ** 2 * jolt
        squared = before[:, 0, 0] + self.noise**2
        gain = before[:, :, 0] / squared[:, None]
        self.covariance = before - gain[:, :, None] * before[:, None, 0, :]
        return squared, (gain[:, 0], gain[:, 1])
