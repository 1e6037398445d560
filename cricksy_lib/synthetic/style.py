"""How far a scene's movement and body leave the usual ones: draws that are neutral at ``Scene.variety`` 0."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from cricksy_lib.synthetic.scene import Scene

_STREAM = 11
T = TypeVar("T")


class Style:
    """Draws of one scene for one purpose.

    They come from a stream of their own, and at variety 0 each gives back exactly what it was asked to
    change: a scene without variety moves as if this did not exist. Every draw is taken whatever the
    variety, which scales the style and does not choose another.

    Parameters
    ----------
    scene : its ``seed`` chooses, its ``variety`` scales.
    purpose : keeps the draws of one purpose apart from those of another.
    """

    def __init__(self, scene: Scene, purpose: int) -> None:
        self._variety = scene.variety
        self._rng = np.random.default_rng([scene.seed, _STREAM, purpose])

    def add(self, low: float, high: float) -> float:
        """Something to add: between ``low`` and ``high``, 0 at variety 0."""
        return self._variety * float(self._rng.uniform(low, high))

    def times(self, low: float, high: float) -> float:
        """A factor between ``low`` and ``high``, 1 at variety 0."""
        return 1.0 + self._variety * (float(self._rng.uniform(low, high)) - 1.0)

    def within(self, usual: float, low: float, high: float) -> float:
        """A value between ``low`` and ``high`` instead of the usual one, in shares of the variety."""
        return self.towards(usual, float(self._rng.uniform(low, high)))

    def towards(self, usual: float, other: float) -> float:
        """The usual value at variety 0, the other one at 1."""
        return usual + self._variety * (other - usual)

    def pick(self, choices: tuple[T, ...]) -> T:
        """One of several, whatever the variety."""
        return choices[int(self._rng.integers(len(choices)))]

    def chance(self, probability: float) -> float:
        """The variety with that probability, otherwise 0: how much of a trait that some have."""
        return self._variety if self._rng.uniform() < probability else 0.0
