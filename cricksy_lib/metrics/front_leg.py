"""The bowler's front leg from contact to release: how much it straightens, and which kind of leg it may be.

The kinds are told apart at ten degrees, which is near the knee's own error on one camera. So no kind is ever
named: each gets the probability that follows from the angles and their ±.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
from scipy.stats import norm

from cricksy_lib.metrics.readings import Ask, Reader, Reading, hidden_depth, nothing
from cricksy_lib.motion.signals import peak, value_at
from cricksy_lib.motion.uncertainty import HALF_WIDTH_95, combine, noise_95, timing_95

CLASS_DEG = 10.0
Kind = Literal["extender", "flexor", "flexor_extender", "constant_brace"]
_NAME = "front_knee_angle"
# Nodes of the quadrature over the error of the smallest angle, which bending and straightening share.
_NODES = 41


def front_knee_change(ask: Ask) -> Reading:
    """Read the front knee's angle at release minus the one at contact, degrees."""
    signal = ask.movement.values(_NAME)
    ends = [_angle(ask, ask.real(event), ask.spread(event)) for event in (ask.start, ask.stop)]
    hidden = [hidden_depth(ask.movement, _NAME, ask.real(event)) for event in (ask.start, ask.stop)]
    value = ends[1][0] - ends[0][0]
    noise = combine(ends[0][1], ends[1][1])
    return Reading(value, noise, signal, ask.rows(), combine(*hidden))


def _angle(ask: Ask, at_s: float, spread_s: float) -> tuple[float, float | None]:
    """The knee's angle at an instant and its 95 % half width from scatter and timing."""
    real_s = ask.movement.body.real_s
    signal, raw = ask.movement.values(_NAME), ask.movement.values(f"raw_{_NAME}")
    noise = noise_95(real_s, raw, signal, at_s)
    return value_at(real_s, signal, at_s), combine(noise, timing_95(real_s, signal, at_s, spread_s))


def class_probabilities(
    angles: tuple[float, float, float], sigmas: tuple[float, float, float]
) -> dict[Kind, float]:
    """How probable each kind of front leg is.

    Parameters
    ----------
    angles : at contact, the smallest, and at release, degrees.
    sigmas : standard deviations of their errors, taken as normal and independent.

    Returns
    -------
    Probabilities by kind; they add up to 1. The smallest angle's error is in both the bending and the
    straightening, which is integrated over.
    """
    first, least, last = angles
    steps = norm.ppf((np.arange(_NODES) + 0.5) / _NODES) * sigmas[1]

    def at_least(bend: float, sigma: float) -> np.ndarray:
        excess = bend - steps - CLASS_DEG
        return np.asarray(norm.cdf(excess / sigma) if sigma > 0 else (excess >= 0).astype(float))

    bends, straightens = at_least(first - least, sigmas[0]), at_least(last - least, sigmas[2])
    return {
        "extender": float(np.mean((1 - bends) * straightens)),
        "flexor": float(np.mean(bends * (1 - straightens))),
        "flexor_extender": float(np.mean(bends * straightens)),
        "constant_brace": float(np.mean((1 - bends) * (1 - straightens))),
    }


def _front_leg(ask: Ask, kind: Kind) -> Reading:
    """Read the probability of one kind of front leg; its ± is in the probability itself."""
    movement, rows = ask.movement, ask.rows()
    signal = movement.values(_NAME)
    known = rows[np.isfinite(signal[rows])]
    lowest = peak(movement.body.real_s, -signal, known) if len(known) else None
    footage = ask.book.footage_term("knee_change", movement.view.view)
    if lowest is None or footage is None:
        return nothing(ask)
    moments = [
        (ask.real(ask.start), ask.spread(ask.start)),
        (lowest[0], 0.0),
        (ask.real(ask.stop), ask.spread(ask.stop)),
    ]
    angles, sigmas = [], []
    for at_s, spread_s in moments:
        angle, seen = _angle(ask, at_s, spread_s)
        # Real footage adds its term to a difference, so each of its two ends carries its share.
        whole = combine(seen, hidden_depth(movement, _NAME, at_s), footage / np.sqrt(2))
        if whole is None or not np.isfinite(angle):
            return nothing(ask)
        angles.append(angle)
        sigmas.append(whole / HALF_WIDTH_95)
    least = min(angles)
    chance = class_probabilities((angles[0], least, angles[2]), (sigmas[0], sigmas[1], sigmas[2]))
    return Reading(chance[kind], None, signal, rows)


FRONT_LEG: dict[str, Reader] = {
    "front_knee_change_to_release": front_knee_change,
    "front_leg_extender_probability": partial(_front_leg, kind="extender"),
    "front_leg_flexor_probability": partial(_front_leg, kind="flexor"),
    "front_leg_flexor_extender_probability": partial(_front_leg, kind="flexor_extender"),
    "front_leg_constant_brace_probability": partial(_front_leg, kind="constant_brace"),
}
