"""Which arm and which leg is which, as a delivery or a throw from the side shows it.

The declared hand's arm comes over, and as it does the other side's foot is ahead along the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.signal import find_peaks

from cricksy_lib.motion.body import SIDES, Body, build_body, other
from cricksy_lib.motion.filtering import derivative
from cricksy_lib.motion.signals import window
from cricksy_lib.motion.view import faster_side, raised_wrist_speed
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import exchange
from cricksy_lib.pose.labels import ARMS, LEGS
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import Hand

# Body heights per second: an arm that delivers, and how much faster it is than the other raised one. In the
# gather an arm makes 1.3, and 3 with unsteady landmarks; in a delivery 5 and more, of which fewer frames a
# second than these show less.
_DELIVERY_SPEED, _SHOWN_IN_FULL_FPS = 4.0, 20.0
_CLEARLY_FASTER = 2.0
# The run-up before the delivery, real seconds; the least pace across the picture, body heights per second;
# and how far one foot is ahead of the other, body heights.
_RUN_S, _LEAST_FRAMES = 0.6, 5
_ACROSS = 0.7
_CLEARLY_AHEAD = 0.15
# How much nearer feet come to each other than on both sides of it where they meet, body heights.
_NEARER = 0.075
# Real seconds before and after the fastest arm in which the feet are looked at.
_SEEN_S = (0.08, 0.02)
# Real seconds about the fastest frame in which it is looked at where an arm goes.
_SWING_S = 0.035
# Limbs cross within so long (real seconds) of where it becomes doubtful which is which.
_CROSSING_S = 0.05
# Names that change as feet pass may do so as long (real seconds) before or after it.
_BESIDE_S = 0.07
# Doubt that begins or ends so near (real seconds) to where feet meet does so because names changed there.
_ABOUT_THERE_S = 0.15
# Feet that meet twice within this (real seconds) met once: nobody runs so fast, the names changed beside it.
_STEP_S = 0.1


def settle_limbs(track: PoseTrack, options: AnalysisOptions, hand: Hand) -> PoseTrack:
    """Exchange arms or legs where the delivery shows them the other way round.

    The arm that comes over fastest is the declared hand's. As it does, the foot that is ahead along the run
    is the other side's; that shows where the run goes across the picture. What the delivery shows holds for
    the tracked run; where left and right are in doubt as the arm comes over, for that doubtful stretch alone,
    which is in doubt no longer. Where feet meet and the same one stays ahead, names changed with them unseen:
    what lies beyond is in doubt.

    Where the other arm comes over and the legs say nothing against it, it is the hand that may be declared
    wrongly. The names are exchanged all the same, unless they were in doubt there, and
    ``attrs["hand_contradicted"]`` says so.

    Parameters
    ----------
    track : cleaned landmarks.
    options : discipline and slow motion as declared.
    hand : the declared one.

    Returns
    -------
    The same track where nothing changes, or a copy with a limb's names exchanged or other frames in doubt.
    """
    data = track.data.copy(deep=True)
    frames = np.arange(data.sizes["time"])
    changed = np.zeros(len(frames), dtype=bool)
    given = data.attrs.get("doubtful", {})
    doubtful = {limb: np.isin(frames, given.get(limb, [])) for limb in ("legs", "arms")}
    verdicts: dict[str, list[bool]] = {"arms": [], "legs": []}
    for limb, chain, show in (("arms", ARMS, _other_arm_delivers), ("legs", LEGS, _rear_foot_is_ahead)):
        body = build_body(PoseTrack(data), options.slow_motion, options.mode)
        for number in np.unique(body.segment[body.segment >= 0]):
            rows = np.flatnonzero(body.segment == number)
            shown = show(body, hand, rows)
            if shown is None:
                continue
            stretch = _doubtful_stretch(body.real_s, rows, doubtful[limb], shown.at_s)
            if stretch is None:
                verdicts[limb].append(shown.exchanged)
            else:
                settled = np.intersect1d(stretch, shown.rows)
                doubtful[limb][settled] = False
                doubtful[limb][_edges(body.real_s, rows, settled)] = True
            doubtful[limb][_near(body.real_s, rows, shown.unproven, _BESIDE_S)] = True
            if shown.exchanged:
                part = _of_one_naming(body.real_s, rows if stretch is None else stretch, shown)
                exchange(data, chain, part)
                changed[part] = True
    data.attrs["hand_contradicted"] = bool(verdicts["arms"]) and all(verdicts["arms"] + verdicts["legs"])
    still = {limb: np.flatnonzero(rows).tolist() for limb, rows in doubtful.items()}
    if not changed.any() and still == given:
        return track
    data.attrs["doubtful"] = still
    repairs = data.attrs["repairs"]
    data.attrs["repairs"] = {**repairs, "swapped_frames": max(repairs["swapped_frames"], int(changed.sum()))}
    return PoseTrack(data)


@dataclass(frozen=True)
class _Shown:
    """What a delivery shows of a limb.

    Attributes
    ----------
    exchanged : whether its sides are.
    at_s : when it is seen, real seconds.
    rows : frames about that moment in which the two do not meet: names that were in doubt may have changed
        where they do, on the way there or on the way on.
    unproven : frames of the run beyond a place where names must have changed unseen.
    """

    exchanged: bool
    at_s: float
    rows: np.ndarray
    unproven: np.ndarray


def _doubtful_stretch(
    real_s: np.ndarray, rows: np.ndarray, doubtful: np.ndarray, at_s: float
) -> np.ndarray | None:
    """Rows of a tracked run that are in doubt together with all that a delivery shows; ``None`` without such.

    A delivery in which names flicker for a few frames shows the sides of the run, not of those frames.
    """
    places = np.flatnonzero(doubtful[rows])
    apart = (np.diff(places) > 1) & (np.diff(real_s[rows[places]]) > _CROSSING_S)
    for stretch in np.split(places, np.flatnonzero(apart) + 1):
        inside = rows[stretch[0] : stretch[-1] + 1] if len(stretch) else rows[:0]
        if (
            len(inside)
            and np.isin(rows[window(real_s[rows], at_s - _SEEN_S[0], at_s + _SEEN_S[1])], inside).all()
        ):
            return inside
    return None


def _edges(real_s: np.ndarray, rows: np.ndarray, stretch: np.ndarray) -> np.ndarray:
    """Rows of a run about both ends of a stretch: there the limbs cross, and no frame says which is which."""
    return _near(real_s, rows, np.setdiff1d(stretch[[0, -1]], rows[[0, -1]]), _CROSSING_S)


def _of_one_naming(real_s: np.ndarray, part: np.ndarray, shown: _Shown) -> np.ndarray:
    """Rows without those beyond a place where names changed: they are the other way round already.

    A part that ends about there says better than the feet where that was.
    """
    earlier = real_s[shown.unproven] < shown.at_s
    for side in (shown.unproven[earlier], shown.unproven[~earlier]):
        beyond = np.intersect1d(part, side)
        if len(beyond) and np.ptp(real_s[beyond]) > _ABOUT_THERE_S:
            part = np.setdiff1d(part, beyond)
    return part


def _near(real_s: np.ndarray, rows: np.ndarray, some: np.ndarray, within_s: float) -> np.ndarray:
    """Rows of a run within so long (real seconds) of some of them, and these."""
    if not len(some):
        return some
    return rows[np.abs(real_s[rows][:, None] - real_s[some]).min(axis=1) <= within_s]


def _fastest_row(fast: np.ndarray, rows: np.ndarray) -> int:
    """Row at which a wrist is fastest, leaving out frames twice as fast as both beside: there it jumped."""
    before, after = np.append(np.nan, fast[:-1]), np.append(fast[1:], np.nan)
    with np.errstate(invalid="ignore"):
        jumped = (fast > 2 * before) & (fast > 2 * after)
    return int(rows[np.argmax(np.nan_to_num(np.where(jumped, 0.0, fast)))])


def _other_arm_delivers(body: Body, hand: Hand, rows: np.ndarray) -> _Shown | None:
    """Whether the arm of the other hand comes over; ``None`` where neither does clearly."""
    speeds = {side: raised_wrist_speed(body, side)[rows] for side in SIDES}
    side = faster_side(speeds, _least_speed(body), _CLEARLY_FASTER)
    if side is None:
        return None
    fastest = _fastest_row(speeds[side], rows)
    pace = _pace(body, rows, float(body.real_s[fastest]))
    if pace is not None and abs(pace) >= _ACROSS and not _comes_over(body, side, fastest, pace):
        return None
    return _Shown(side != hand, float(body.real_s[fastest]), rows, rows[:0])


def _least_speed(body: Body) -> float:
    """How fast an arm has to come over to be the one that delivers, body heights per real second."""
    return _DELIVERY_SPEED / float(np.fmax(1.0, body.step_s * _SHOWN_IN_FULL_FPS))


def _pace(body: Body, rows: np.ndarray, at_s: float) -> float | None:
    """How fast the hips run across the picture before the arm comes over, body heights per real second."""
    hips = body.middle("hip")[rows, 0] / body.height_at_px[rows]
    run = window(body.real_s[rows], at_s - _RUN_S, at_s + 0.1)
    run = run[np.isfinite(hips[run])]
    return float(np.polyfit(body.real_s[rows][run], hips[run], 1)[0]) if len(run) >= _LEAST_FRAMES else None


def _comes_over(body: Body, arm: Hand, row: int, pace: float) -> bool:
    """Whether a raised arm goes where the run goes: one that is thrown up in the gather goes up and back.

    Where the model loses the arm that delivers, that other one is the fastest that is seen.
    """
    reach = (body.point(f"{arm}_wrist") - body.point(f"{arm}_shoulder"))[:, 0]
    about = window(body.real_s, body.real_s[row] - _SWING_S, body.real_s[row] + _SWING_S)
    return bool(np.nanmean(derivative(body.real_s, reach)[about]) * np.sign(pace) > 0)


def _rear_foot_is_ahead(body: Body, hand: Hand, rows: np.ndarray) -> _Shown | None:
    """Whether the foot that should be behind is ahead as the arm comes over; ``None``: it does not show."""
    fast = raised_wrist_speed(body, hand)[rows]
    if not np.nanmax(np.nan_to_num(fast), initial=0.0) > _least_speed(body):
        return None
    fastest = _fastest_row(fast, rows)
    at_s = float(body.real_s[fastest])
    pace = _pace(body, rows, at_s)
    if pace is None or abs(pace) < _ACROSS or not _comes_over(body, hand, fastest, pace):
        return None
    feet = (body.point(f"{other(hand)}_ankle") - body.point(f"{hand}_ankle"))[rows, 0] / body.height_at_px[
        rows
    ]
    then = feet[window(body.real_s[rows], at_s - _SEEN_S[0], at_s + _SEEN_S[1])]
    then = then[np.isfinite(then)]
    ahead = float(np.median(then * np.sign(pace))) if len(then) else 0.0
    if abs(ahead) < _CLEARLY_AHEAD:
        return None
    stride, place = feet * np.sign(pace) * np.sign(ahead), int(np.searchsorted(rows, fastest))
    unproven = rows[_beyond_a_missed_pass(body.real_s[rows], stride, place)]
    return _Shown(ahead < 0, at_s, rows[_one_stride(stride, place)], unproven)


def _one_stride(stride: np.ndarray, place: int) -> slice:
    """The frames about one from where the feet meet to where they meet again.

    Names that change as the feet pass hide it: the same foot seems to stay ahead, but comes near the other.

    Parameters
    ----------
    stride : (T,) how far that foot is ahead, body heights; NaN where it is not known.
    place : the frame.
    """
    near, _ = find_peaks(-np.nan_to_num(stride), prominence=_NEARER)
    meeting = np.union1d(near, np.flatnonzero(~(stride > 0)))
    before, after = meeting[meeting < place], meeting[meeting > place]
    return slice(before[-1] + 1 if len(before) else 0, after[0] if len(after) else len(stride))


def _beyond_a_missed_pass(real_s: np.ndarray, stride: np.ndarray, place: int) -> np.ndarray:
    """Frames (T,) with a place between them and one at which the feet met and the same one stayed ahead.

    Who runs puts one foot past the other at every step: there the names changed with the feet, or beside it.

    Parameters
    ----------
    real_s : (T,) seconds.
    stride, place : as in `_one_stride`.
    """
    known = np.flatnonzero(np.isfinite(stride))
    apart = np.abs(stride[known])
    near, _ = find_peaks(-apart, prominence=_NEARER)
    met = np.split(near, np.flatnonzero(np.diff(real_s[known[near]]) > _STEP_S) + 1) if len(near) else []
    ends = [0, *(end for about in met for end in (about[0], about[-1])), len(known)]
    strides = [slice(first, max(last, first + 1)) for first, last in zip(ends[::2], ends[1::2], strict=True)]
    ahead = [np.sign(stride[known][part][np.argmax(apart[part])]) for part in strides]
    missed = [about for about, pair in zip(met, pairwise(ahead), strict=True) if pair[0] == pair[1]]
    frames = np.arange(len(stride))
    first = max((known[about[-1]] for about in missed if known[about[-1]] < place), default=-1)
    last = min((known[about[0]] for about in missed if known[about[0]] > place), default=len(stride))
    return np.asarray((frames <= first) | (frames >= last))
