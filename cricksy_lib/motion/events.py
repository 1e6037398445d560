"""The events of each discipline, read off the body alone, and the phases between them.

No ball is tracked: impact, release and take are estimates from the hands, and say so in their ±.
A clip may show several shots or deliveries: each is found by its fastest instant, and its other events around
that. Each finder returns what it could see; an event that cannot be seen is absent, never guessed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from cricksy_lib.motion.arm_swing import passes_vertical
from cricksy_lib.motion.body import RUNNERS, Body, Side, other
from cricksy_lib.motion.contacts import BACK_STEP, FRONT_STEP, STRIDE, stance_contact
from cricksy_lib.motion.filtering import derivative
from cricksy_lib.motion.signals import first_above, first_low, last_top, peak, value_at, window
from cricksy_lib.results import Event, Mode, Phase, View
from cricksy_lib.vocabulary import EVENTS as EVENTS

PHASES: dict[tuple[str, str], str] = {
    ("backlift_top", "front_foot_plant"): "stride",
    ("front_foot_plant", "impact"): "plant_to_impact",
    ("backlift_top", "impact"): "downswing",
    ("back_foot_contact", "front_foot_contact"): "delivery_stride",
    ("front_foot_contact", "ball_release"): "front_foot_contact_to_release",
    ("set", "rise"): "hold",
    ("rise", "take"): "move_to_take",
    ("pick_up", "throw_release"): "throw",
}
# Seconds that each estimate may be off besides the frame's own width, as rendered scenes showed: impact and
# release are inferred from the hands. On filmed deliveries the heel touches up to 0.06 s earlier, the toes of
# the back foot up to 0.08 s (benchmarks/read_by_eye.yaml).
_SPREAD_S = {
    "front_foot_plant": 0.06,
    "back_foot_contact": 0.08,
    "front_foot_contact": 0.06,
    "backlift_top": 0.15,
    "impact": 0.085,
    "ball_release": 0.1,
    "set": 0.15,
    "rise": 0.06,
    "take": 0.08,
    "pick_up": 0.055,
    "throw_release": 0.06,
}
# What comes at the camera shows less of itself: a stride, a crouch, a throw.
_SPREAD_OFF_SIDE_S = {
    "front_foot_plant": 0.12,
    "set": 0.2,
    "rise": 0.15,
    "take": 0.1,
    "throw_release": 0.1,
}
# A release is known better where the arm's turn is seen past the top, or where the arm goes at the camera or
# away from it and the highest wrist shows whole.
_TURNED_S, _ALONG_S = 0.03, 0.035
# Below these peak speeds (body heights per real second) the clip does not show the discipline's movement.
_LEAST_HAND_SPEED = {"batting": 1.2, "bowling": 2.0, "wicketkeeping": 0.8, "fielding": 2.5}
# A keeper's hips rise at least this fast, body heights per second.
_LEAST_LIFT = 0.15
# Real seconds about the fastest rise within which a keeper's hands are fastest.
_REACH_S = 0.2
# Hands have stopped where their speed is at its lowest, and below this share of the fastest before.
_HANDS_STOP = 0.6
# A crouch is at its lowest while the hips are within so many body heights of it; the last instant counts.
_STILL_CROUCH = 0.0006
# When hands or hips turn round is read off calmer paths than how far they go, for a wrist that jumps about in
# the picture has tops and lows of its own (hertz, real time; chosen on rendered scenes that no report uses).
_HANDS_HZ, _ARM_HZ, _HIPS_HZ = 5.0, 10.0, 4.0
# The hands are at the top while within so many body heights of it; the last instant counts.
_LEVEL_TOP = 0.003
# A swing: how long before and after its lowest point the hands are looked for high, and how deep the dip is.
_DOWNSWING_S, _FOLLOW_THROUGH_S, _LEAST_DIP = 0.6, 0.6, 0.05
# The bat follows the hands: it meets the ball when they have risen by this much (body heights) from their
# lowest point.
_RISEN_AT_IMPACT = 0.02
# Wrist over hips, in body heights, of an arm that is up: shoulders are about 0.29 over the hips.
_RAISED_ARM = 0.4
# From and to when the front foot stands at impact and release, and the back foot before the front one lands.
_STANDS_AT_IMPACT_S, _STANDS_AT_RELEASE_S, _BACK_STANDS_S = (-0.02, 0.12), (-0.05, 0.10), (-0.14, -0.04)
_PAST_VERTICAL = np.radians(10.0)

# Real seconds about the instant that a repetition hangs on, and for how long of them the body may be lost.
_SEEN_ABOUT_S, _MOST_LOST_S = 0.25, 0.1

# A movement is another repetition if it is this fast beside the fastest one, and so many seconds away.
_REPETITION_SHARE = 0.6
_APART_S: dict[Mode, float] = {"batting": 1.5, "bowling": 2.5, "wicketkeeping": 1.5, "fielding": 2.0}

Times = dict[str, float]


@dataclass(frozen=True)
class FoundRepetition:
    """One repetition.

    Attributes
    ----------
    times : real seconds of its events.
    spread_s : how far one may be off where that is not as usual.
    apart_s : how far apart the signs of one lie that were asked for it; half of that is added to its ±.
    """

    times: Times
    spread_s: Times = field(default_factory=dict)
    apart_s: Times = field(default_factory=dict)


Finder = Callable[[Body, Side | None], list[FoundRepetition]]


def find_events(mode: Mode, body: Body, front: Side | None, view: View, slow_motion: float) -> list[Event]:
    """Find the discipline's events.

    Parameters
    ----------
    mode : discipline.
    body : filtered landmarks.
    front : the front side; without it only events of both hands together can be found.
    view : from where the clip was filmed; events that it hides are left out.
    slow_motion : clip seconds for one real second.

    Returns
    -------
    Events in order of time; empty where the movement is not shown.
    """
    if len(body.real_s) < 6 or not np.isfinite(body.height_px):
        return []
    half_frame = body.step_s / 2
    found = _FINDERS[mode](body, front)
    if mode not in RUNNERS:  # who runs may leave the picture after a movement that was seen whole
        found = [one for one in found if not _hidden(body, one.times.get(EVENTS[mode][-1]))]
    usual = _usual_spread_s(view)
    repetitions = sorted(found, key=lambda one: min(one.times.values()))
    events = []
    for number, one in enumerate(repetitions, start=1):
        for name, real in sorted(one.times.items(), key=lambda item: item[1]):
            if name == "back_foot_contact" and view in ("front", "behind"):
                # A foot that comes down while the body runs along the camera's axis hardly moves in it.
                continue
            row = int(np.argmin(np.abs(body.real_s - real)))
            known = one.spread_s.get(name, usual[name]), one.apart_s.get(name, 0.0) / 2
            events.append(
                Event(
                    name=name,
                    time_s=real * slow_motion,
                    uncertainty_s=float(np.linalg.norm([half_frame, *known])) * slow_motion,
                    frame=int(body.frame[row]),
                    repetition=number,
                )
            )
    return events


def _usual_spread_s(view: View) -> dict[str, float]:
    if view == "side":
        return _SPREAD_S
    along = {"ball_release": _ALONG_S} if view in ("front", "behind") else {}
    return _SPREAD_S | _SPREAD_OFF_SIDE_S | along


def _hidden(body: Body, at_s: float | None) -> bool:
    """Whether the body was lost for long about the instant that a repetition hangs on: that may lie there."""
    if at_s is None:
        return False
    seen_s = body.real_s[body.segment >= 0]
    lost = np.diff(seen_s) > _MOST_LOST_S + body.step_s
    return bool((lost & (seen_s[:-1] < at_s + _SEEN_ABOUT_S) & (seen_s[1:] > at_s - _SEEN_ABOUT_S)).any())


def apart(candidates: Sequence[tuple[float, float]], apart_s: float) -> list[float]:
    """Choose the instants of repetitions: the fastest first, none near a chosen one, none much slower.

    Parameters
    ----------
    candidates : (real seconds, speed) of each.
    apart_s : the least time between two.
    """
    ranked = sorted(candidates, key=lambda one: -one[1])
    chosen: list[float] = []
    for at, speed in ranked:
        if speed >= _REPETITION_SHARE * ranked[0][1] and all(abs(at - c) >= apart_s for c in chosen):
            chosen.append(at)
    return sorted(chosen)


def find_phases(events: list[Event]) -> list[Phase]:
    """Name the stretches between events of one repetition."""
    return [
        Phase(name=PHASES[a.name, b.name], start_s=a.time_s, end_s=b.time_s, repetition=a.repetition)
        for a, b in itertools.permutations(events, 2)
        if (a.name, b.name) in PHASES and a.repetition == b.repetition and a.time_s < b.time_s
    ]


def _speed(body: Body, path: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(derivative(body.real_s, path), axis=1) / body.height_px)


def _height_above(body: Body, path: np.ndarray) -> np.ndarray:
    """Height of a path over the picture's bottom, in body heights (only differences mean anything)."""
    return np.asarray(-path[:, 1] / body.height_px)


def swing_bottoms(body: Body, hands: np.ndarray) -> list[float]:
    """Find the deepest dips of fast hands, from the backlift into the follow-through (real seconds).

    How fast a landmark jumps says little about a swing, so that the depth decides. A dip must go down and up
    again, so that picking the bat up, which is often the fastest movement of the
    hands, is no swing.
    """
    height, pace = _height_above(body, hands), _speed(body, hands)
    dips = []
    for row in np.flatnonzero((height[1:-1] <= height[:-2]) & (height[1:-1] < height[2:])) + 1:
        at = float(body.real_s[row])
        before = height[window(body.real_s, at - _DOWNSWING_S, at)]
        after = height[window(body.real_s, at, at + _FOLLOW_THROUGH_S)]
        if np.isnan(before).all() or np.isnan(after).all():
            continue
        dip = min(np.nanmax(before), np.nanmax(after)) - height[row]
        fastest = peak(body.real_s, pace, window(body.real_s, at - 0.15, at + 0.15))
        if dip >= _LEAST_DIP and fastest is not None and fastest[1] > _LEAST_HAND_SPEED["batting"]:
            dips.append((at, float(dip)))
    return apart(dips, _APART_S["batting"])


def batting_times(body: Body, front: Side | None) -> list[FoundRepetition]:
    """Backlift top, front-foot plant and impact of each swing in the clip."""
    hands = body.calm(body.middle("wrist"), _HANDS_HZ)
    height = _height_above(body, hands)
    found = []
    for bottom in swing_bottoms(body, hands):
        risen = height - value_at(body.real_s, height, bottom) - _RISEN_AT_IMPACT
        impact = first_above(body.real_s, risen, window(body.real_s, bottom, bottom + _FOLLOW_THROUGH_S))
        if impact is None:
            continue
        times = {"impact": impact}
        top = last_top(body.real_s, height, window(body.real_s, impact - 0.9, impact - 0.03), _LEVEL_TOP)
        if top is not None:
            times["backlift_top"] = top
        stands = impact + _STANDS_AT_IMPACT_S[0], impact + _STANDS_AT_IMPACT_S[1]
        plant = stance_contact(body, front, STRIDE, stands, impact - 0.6) if front else None
        if plant is not None:
            times["front_foot_plant"] = plant.at_s
        found.append(FoundRepetition(times))
    return found


def release_times(body: Body, arm: Side) -> list[tuple[float, bool]]:
    """When the bowling arm has passed the vertical by ten degrees, moving fast (real seconds), each time.

    And whether its turn shows it.

    Of the times at which the wrist is highest, those with the fastest arm count; the median speed about each
    is taken, since for a frame or two the model may put the other wrist on the hand. The moment is read off
    the arm's turn (`passes_vertical`) or, where that does not show, off height and speed at the top.
    """
    reach = body.calm(body.point(f"{arm}_wrist") - body.point(f"{arm}_shoulder"), _ARM_HZ)
    pace, height = _speed(body, reach), -reach[:, 1] / body.height_px
    over_hips = (body.middle("hip") - body.point(f"{arm}_wrist"))[:, 1] / body.height_px
    inner = np.arange(1, len(height) - 1)
    tops = inner[(height[inner] >= height[inner - 1]) & (height[inner] > height[inner + 1])]
    fast: dict[float, tuple[int, float]] = {}
    for row in tops[over_hips[tops] > _RAISED_ARM]:
        around = pace[window(body.real_s, body.real_s[row] - 0.07, body.real_s[row] + 0.07)]
        if np.isfinite(around).any() and np.nanmedian(around) > _LEAST_HAND_SPEED["bowling"]:
            fast[float(body.real_s[row])] = int(row), float(np.nanmedian(around))
    found = []
    for at in apart([(at, speed) for at, (_, speed) in fast.items()], _APART_S["bowling"]):
        turned = passes_vertical(body, arm, at, _PAST_VERTICAL)
        if turned is not None:
            found.append((turned, True))
            continue
        row, speed = fast[at]
        exact = peak(body.real_s, height, np.array([row]))
        if exact is not None and exact[1] > 0:
            found.append((exact[0] + min(0.03, _PAST_VERTICAL * exact[1] / speed), False))
    return found


def bowling_times(body: Body, front: Side | None) -> list[FoundRepetition]:
    """Back- and front-foot contact and ball release of each overarm swing in the clip."""
    if front is None:
        return []
    arm = other(front)
    found = []
    for release, turned in release_times(body, arm):
        times, apart_s = {"ball_release": release}, {}
        stands = release + _STANDS_AT_RELEASE_S[0], release + _STANDS_AT_RELEASE_S[1]
        front_foot = stance_contact(body, front, FRONT_STEP, stands, release - 0.6)
        if front_foot is not None:
            times["front_foot_contact"] = front_foot.at_s
            stands = front_foot.at_s + _BACK_STANDS_S[0], front_foot.at_s + _BACK_STANDS_S[1]
            back_foot = stance_contact(body, arm, BACK_STEP, stands, front_foot.at_s - 0.6)
            if back_foot is not None:
                times["back_foot_contact"], apart_s["back_foot_contact"] = back_foot.at_s, back_foot.apart_s
        found.append(FoundRepetition(times, {"ball_release": _TURNED_S} if turned else {}, apart_s))
    return found


def keeping_times(body: Body, front: Side | None) -> list[FoundRepetition]:
    """Set (lowest still crouch), rise, and take (hands stop) of each ball."""
    # Over the picture and not over the feet: hips are seen far better than feet that bent legs hide.
    height = _height_above(body, body.calm(body.middle("hip"), _HIPS_HZ))
    rising = derivative(body.real_s, height)
    lifts = [lift for lift in _tops(body, rising, np.arange(len(rising))) if lift[1] >= _LEAST_LIFT]
    times = apart(lifts, _APART_S["wicketkeeping"])
    edges = [float("-inf"), *times, float("inf")]
    found = [_one_take(body, height, rising, lift, edges[i], edges[i + 2]) for i, lift in enumerate(times)]
    return [FoundRepetition(take) for take in found if take]


def _one_take(
    body: Body, height: np.ndarray, rising: np.ndarray, lift: float, start: float, end: float
) -> Times:
    """Events of the ball whose fastest rise is at ``lift``, between the lifts before and after it."""
    times: Times = {}
    before = window(body.real_s, start, lift)
    still = before[np.isfinite(height[before])]
    if not len(still):
        return times
    lowest = last_top(body.real_s, -height, still, _STILL_CROUCH)
    if lowest is not None:
        times["set"] = lowest
    slow = still[rising[still] < 0.15 * value_at(body.real_s, rising, lift)]
    if len(slow):
        times["rise"] = float(body.real_s[slow[-1]])
    pace = _speed(body, body.calm(body.middle("wrist"), _HANDS_HZ))
    # Hands go for the ball as the hips rise, then give with it, which may be the faster movement.
    earliest = max(lift - _REACH_S, times.get("rise", lift - _REACH_S))
    reach = peak(body.real_s, pace, window(body.real_s, earliest, lift + _REACH_S))
    if reach and reach[1] >= _LEAST_HAND_SPEED["wicketkeeping"]:
        slowest = first_low(body.real_s, pace, window(body.real_s, reach[0], end), _HANDS_STOP * reach[1])
        if slowest is not None:
            times["take"] = slowest
    return times


def fielding_times(body: Body, front: Side | None) -> list[FoundRepetition]:
    """Pick-up (hands lowest) and throw release (throwing hand fastest) of each throw."""
    if front is None:
        return []
    arm = other(front)
    wrist, shoulder = body.point(f"{arm}_wrist"), body.point(f"{arm}_shoulder")
    above = np.flatnonzero(wrist[:, 1] < shoulder[:, 1] + 0.05 * body.height_px)
    throws = _tops(body, _speed(body, body.calm(wrist - shoulder, _ARM_HZ)), above)
    throws = [throw for throw in throws if throw[1] >= _LEAST_HAND_SPEED["fielding"]]
    hands = np.fmin(
        _height_above(body, body.point("left_wrist")), _height_above(body, body.point("right_wrist"))
    )
    feet = _height_above(body, (body.foot("left") + body.foot("right")) / 2)
    found = []
    for release in apart(throws, _APART_S["fielding"]):
        times = {"throw_release": release}
        low = peak(body.real_s, feet - hands, window(body.real_s, release - 3.0, release - 0.2))
        # Hands that never come near the ground did not pick anything up.
        if low is not None and low[1] > -0.3:
            times["pick_up"] = low[0]
        found.append(FoundRepetition(times))
    return found


def _tops(body: Body, values: np.ndarray, rows: np.ndarray) -> list[tuple[float, float]]:
    """Every top of a signal among some rows: (real seconds, height), between frames."""
    inner = rows[(rows > 0) & (rows < len(values) - 1)]
    tops = inner[(values[inner] >= values[inner - 1]) & (values[inner] > values[inner + 1])]
    found = [peak(body.real_s, values, np.array([row])) for row in tops]
    return [top for top in found if top is not None]


_FINDERS: dict[Mode, Finder] = {
    "batting": batting_times,
    "bowling": bowling_times,
    "wicketkeeping": keeping_times,
    "fielding": fielding_times,
}
