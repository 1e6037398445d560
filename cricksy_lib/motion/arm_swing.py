"""When a bowling arm passes the vertical, from how it turns.

Near the top of the swing the model often loses a blurred wrist for some frames and puts it near the shoulder:
the highest wrist that is left comes early. Seen from the side the arm keeps its length in the picture, so
frames in which it is short tell nothing. Its turn is followed up to there, carried on, and found again.
"""

from __future__ import annotations

import numpy as np

from cricksy_lib.motion.body import Body, Side
from cricksy_lib.motion.signals import window

# Design defaults, chosen on rendered scenes that no report uses. Real seconds about the highest wrist that
# count, and how far from it the moment may be: frames at the top are lost for less.
_AROUND_S, _FARTHEST_S = 0.2, 0.12
# The share of its full length that an arm keeps, and how far it must go across (body heights): from the front
# and behind a turn forwards does not show.
_KEPT_LENGTH, _LEAST_ACROSS = 0.8, 0.45
# The turn is a cubic in time, fitted in rounds in which frames that are far off lose weight.
_RISING, _WHOLE = 2, 3
_ROUNDS, _TURNS = 6, 3
_LEAST_SPREAD = np.radians(5.0)
# Frames this near the turn show it; so many of them lie before the moment and after it.
_SHOWN = np.radians(25.0)
_LEAST_FRAMES, _LEAST_RISING, _LEAST_BEFORE, _LEAST_AFTER = 6, 4, 3, 2


def passes_vertical(body: Body, arm: Side, near_s: float, past_rad: float) -> float | None:
    """When an arm has turned past the upright by an angle.

    Parameters
    ----------
    body : landmarks; the wrist is read unfiltered, for a filter smears a lost one over its neighbours.
    arm : which one.
    near_s : when the wrist that is seen is highest, real seconds.
    past_rad : how far past the upright, radians, in the direction in which it turns.

    Returns
    -------
    Real seconds, between frames in which the arm is seen; ``None`` where too little of the turn shows.
    """
    rows = window(body.real_s, near_s - _AROUND_S, near_s + _AROUND_S)
    reach = body.raw(f"{arm}_wrist")[rows] - body.point(f"{arm}_shoulder")[rows]
    reach = reach / body.height_at_px[rows, None]
    length = np.linalg.norm(reach, axis=1)
    seen = np.isfinite(length)
    if seen.sum() < _LEAST_FRAMES:
        return None
    with np.errstate(invalid="ignore"):
        whole = length > _KEPT_LENGTH * np.quantile(length[seen], 0.9)
    since, angle = body.real_s[rows][whole] - near_s, np.arctan2(reach[whole, 0], -reach[whole, 1])
    rising = since <= 0
    if whole.sum() < _LEAST_FRAMES or rising.sum() < _LEAST_RISING or np.ptp(reach[whole, 0]) < _LEAST_ACROSS:
        return None
    turn = _turn(since, angle, rising)
    shown = since[np.abs(_wrapped(angle - np.polyval(turn, since))) < _SHOWN]
    passing = _passing(turn, past_rad)
    passing = passing[np.abs(passing) <= _FARTHEST_S]
    enough = [
        float(at)
        for at in passing
        if (shown < at).sum() >= _LEAST_BEFORE and (shown > at).sum() >= _LEAST_AFTER
    ]
    return near_s + min(enough, key=abs) if enough else None


def _turn(since_s: np.ndarray, angle: np.ndarray, rising: np.ndarray) -> np.ndarray:
    """Coefficients of the angle over time, without jumps of a whole turn, from the rise carried on."""
    rise = _fitted(since_s[rising], np.unwrap(angle[rising]), _RISING)
    last = since_s[rising][-1]
    onward = np.polyval(rise, last) + np.polyval(np.polyder(rise), last) * (since_s - last)
    expected = np.where(since_s <= last, np.polyval(rise, since_s), onward)
    turn = rise
    for _ in range(_TURNS):
        turn = _fitted(since_s, expected + _wrapped(angle - expected), _WHOLE)
        expected = np.polyval(turn, since_s)
    return turn


def _fitted(since_s: np.ndarray, turned: np.ndarray, degree: int) -> np.ndarray:
    weight = np.ones(len(since_s))
    turn = np.zeros(degree + 1)
    for _ in range(_ROUNDS):
        turn = np.polyfit(since_s, turned, degree, w=np.sqrt(weight))
        off = turned - np.polyval(turn, since_s)
        spread = max(1.48 * float(np.median(np.abs(off))), _LEAST_SPREAD)
        weight = 1 / (1 + (off / (2 * spread)) ** 2)
    return turn


def _passing(turn: np.ndarray, past_rad: float) -> np.ndarray:
    """Every moment at which the arm points past the upright as it turns on."""
    direction = np.sign(np.polyval(np.polyder(turn), 0.0))
    whole_turns = np.arange(-3, 4) * 2 * np.pi
    roots = np.concatenate([np.roots(np.polysub(turn, [at + direction * past_rad])) for at in whole_turns])
    real = roots.real[np.abs(roots.imag) < 1e-9]
    return np.asarray(real[np.sign(np.polyval(np.polyder(turn), real)) == direction])


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)
