"""When a foot comes to the ground: where its path has a kink, before it stands where it is known to stand.

The search goes back from a time at which the foot stands. The kink is fitted to unfiltered landmarks, so that
it lies between frames and no filter smears it; frames in which the model put the foot elsewhere count little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from cricksy_lib.motion.body import Body, Side
from cricksy_lib.motion.filtering import frame_step
from cricksy_lib.motion.signals import window


@dataclass(frozen=True)
class Step:
    """How a foot lands.

    Attributes
    ----------
    parts : what of the foot touches first, then what is taken where that is not seen or does not stand still;
        each is one landmark or several that come to rest together.
    before_s, after_s : how much of the path before and after the landing decides where its kink is.
    witnesses : what else of the foot comes to rest about then. Where they lie far apart from it, one of them
        jumped, and the middle one is taken.
    still : how far from its place (body heights, on average) a part that has landed may be found: a foot that
        stands does not move, and where it seems to, landmarks are lost. ``None`` for one that still turns.
    """

    parts: tuple[tuple[str, ...], ...]
    before_s: float
    after_s: float
    witnesses: tuple[tuple[str, ...], ...] = ()
    still: float | None = None


@dataclass(frozen=True)
class Contact:
    """A foot's first touch of the ground.

    Attributes
    ----------
    at_s : real seconds, between frames.
    apart_s : how far the parts of the foot that were asked lie apart about it.
    """

    at_s: float
    apart_s: float = 0.0


# A heel that has landed stays while the foot still turns down on it: on filmed deliveries its kink is nearest
# to what is read by eye, and on rendered ones together with the ankle's. A bowler's back foot lands on the
# toes, and heel and ankle come to rest soon. A batter's stride is slower than a run: the ankle goes on over
# the heel. On the develop scenes no plant of a foot that seems to wander by more than 0.018 is right to a
# frame at 60, and of eight that are more than 3 off six are of those; a foot of those that are right wanders
# by up to 0.015.
STRIDE = Step((("heel",), ("ankle",)), 0.16, 0.15, still=0.018)
FRONT_STEP = Step((("heel", "ankle"),), 0.14, 0.08)
BACK_STEP = Step((("foot_index",),), 0.14, 0.08, witnesses=(("heel",), ("ankle",)))

# Body heights: farther than this from where it stands a foot is elsewhere, and it comes from farther away.
_AWAY, _LEAST_TRAVEL = 0.05, 0.08
# A foot that stands has this share of its frames near its place.
_STANDING_SHARE = 0.6
# One that swings was elsewhere for this share of so many seconds; landmarks that jumped away were not.
_SWING_S, _SWING_SHARE = 0.2, 0.7
# Landmarks that jump away for less than half of this are seen through.
_JUMP_S = 0.06
# The last frame elsewhere is a little before the landing, and the kink is looked for so far from there.
_LANDING_S, _SEARCH_S, _STEP_S = 0.02, 0.08, 0.004
# A foot unseen for this long after it was last elsewhere may have come down at any time since.
_HIDDEN_S = 0.06
# Parts of one foot come to rest within this; on filmed deliveries toes and heel of a back foot do.
_FAR_APART_S = 0.04
# Landmarks farther than this from the fitted path, in body heights, lose weight.
_CLOSE = 0.012
_ROUNDS, _LEAST_FRAMES = 4, 5
# Frames of a foot that stands, to say that it does.
_LEAST_STANDING = 3


def stance_contact(
    body: Body, side: Side, step: Step, standing: tuple[float, float], earliest: float
) -> Contact | None:
    """First ground contact of the foot that stands at a known time.

    Parameters
    ----------
    body : landmarks.
    side : the foot.
    step : how it lands.
    standing : real seconds from and to which it stands.
    earliest : real seconds before which it is not looked for.

    Returns
    -------
    ``None`` where the foot does not stand then, did not come from elsewhere, or is not seen as it comes down.
    """
    stands = window(body.real_s, *standing)
    if not len(stands):
        return None
    # One size for the whole path: a changing one would move a foot that stands.
    size = float(np.median(body.height_at_px[stands]))

    def lands(part: tuple[str, ...]) -> float | None:
        paths = [body.raw(f"{side}_{point}") / size for point in part]
        left = (
            _last_elsewhere(body.real_s, unjumped(body.real_s, path), standing, earliest) for path in paths
        )
        last = next((at for at in left if at is not None), None)
        at_s = None if last is None else kink(body.real_s, paths, last + _LANDING_S, step)
        if at_s is None or step.still is None:
            return at_s
        landed = window(body.real_s, at_s, at_s + step.after_s)
        return at_s if all(_wanders(path[landed]) <= step.still for path in paths) else None

    at_s = next((at for at in map(lands, step.parts) if at is not None), None)
    if at_s is None:
        return None
    told = [at_s, *(at for at in map(lands, step.witnesses) if at is not None)]
    apart_s = max(told) - min(told)
    # Of two that are apart nobody knows which jumped: the ± says so.
    middle = apart_s > _FAR_APART_S and len(told) > 2
    return Contact(float(np.median(told)) if middle else at_s, apart_s)


def _wanders(path: np.ndarray) -> float:
    """Mean distance of a path (T, 2) from its own median; infinite where too little is seen to tell."""
    known = path[np.isfinite(path).all(axis=1)]
    if len(known) < _LEAST_STANDING:
        return float("inf")
    return float(np.linalg.norm(known - np.median(known, axis=0), axis=1).mean())


def _last_elsewhere(
    real_s: np.ndarray, path: np.ndarray, standing: tuple[float, float], earliest: float
) -> float | None:
    """Last time at which a foot swings before it stands, or ``None`` where that does not show."""
    stands = window(real_s, *standing)
    stands = stands[np.isfinite(path[stands, 0])]
    if len(stands) < 2:
        return None
    away = np.linalg.norm(path - np.median(path[stands], axis=0), axis=1)
    if np.mean(away[stands] < _AWAY) < _STANDING_SHARE:
        return None
    before = window(real_s, earliest, standing[0])
    for row in before[away[before] > _AWAY][::-1]:
        lately = away[window(real_s, real_s[row] - _SWING_S, real_s[row])]
        if np.mean(lately[np.isfinite(lately)] > _AWAY) < _SWING_SHARE:
            continue
        seen = np.isfinite(away[window(real_s, real_s[row], real_s[row] + _HIDDEN_S)]).all()
        return float(real_s[row]) if seen and np.nanmax(lately) >= _LEAST_TRAVEL else None
    return None


def unjumped(real_s: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Take the running median of a path (T, 2) over `_JUMP_S`, at least three frames."""
    width = max(3, 2 * round(_JUMP_S / 2 / frame_step(real_s)) + 1)
    known = np.isfinite(path[:, 0])
    out = np.full_like(path, np.nan)
    if known.any():
        out[known] = median_filter(path[known], size=(width, 1), mode="nearest")
    return out


def kink(real_s: np.ndarray, paths: Sequence[np.ndarray], near: float, step: Step) -> float | None:
    """Fit where movement ends: for each path a bending line to a point at which it then stays.

    Parameters
    ----------
    real_s : (T,) seconds.
    paths : (T, 2) each, in body heights, NaN in gaps; all come to rest at the same instant.
    near : seconds about which it is looked for.
    step : how much of the paths counts.

    Returns
    -------
    Seconds, between frames; ``None`` where too little of every path is known.
    """
    rows = window(real_s, near - step.before_s, near + step.after_s)
    seen = [rows[np.isfinite(path[rows]).all(axis=1)] for path in paths]
    known = [
        (real_s[own], path[own]) for own, path in zip(seen, paths, strict=True) if len(own) >= _LEAST_FRAMES
    ]
    # A path that ends before the landing, or begins after it, says nothing of it where another is whole.
    known = [path for path in known if path[0][1] < near < path[0][-2]] or known[:1]
    if not known:
        return None
    candidates = np.arange(near - _SEARCH_S, near + _SEARCH_S, _STEP_S)
    for at, _ in known:
        candidates = candidates[(candidates > at[1]) & (candidates < at[-2])]
    if not len(candidates):
        return None
    return float(min(candidates, key=lambda contact: sum(_misfit(*path, contact) for path in known)))


def _misfit(at: np.ndarray, here: np.ndarray, contact: float) -> float:
    """Huber's loss of the path that moves on a parabola until ``contact`` and then stays."""
    to_go = np.minimum(at - contact, 0.0)
    design = np.stack([np.ones_like(at), to_go, to_go**2], axis=1)
    weight = np.ones((len(at), 1))
    off = np.zeros(len(at))
    for _ in range(_ROUNDS):
        fitted = np.linalg.lstsq(design * weight, here * weight, rcond=None)[0]
        off = np.linalg.norm(here - design @ fitted, axis=1)
        weight = np.sqrt(np.minimum(1.0, _CLOSE / np.maximum(off, 1e-9)))[:, None]
    return float(np.where(off < _CLOSE, off**2 / 2, _CLOSE * (off - _CLOSE / 2)).sum())
