"""From where the clip was filmed and with which hand the athlete plays, read off the body itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr

from cricksy_lib.motion.azimuth import Azimuth, batting_hand, estimate_azimuth
from cricksy_lib.motion.body import SIDES, Body, Side, other
from cricksy_lib.motion.filtering import derivative
from cricksy_lib.motion.uncertainty import HALF_WIDTH_95
from cricksy_lib.options import HandChoice, ViewChoice
from cricksy_lib.results import Hand, Mode, View

Source = Literal["user", "body", "unknown"]

# Degrees between the camera's axis and the pitch line: 90 is square side-on, 0 along the pitch.
SIDE_FROM_DEG = 60.0
ALONG_UP_TO_DEG = 30.0
# An azimuth that may be off by more than this tells no view from another.
WIDEST_DEG = 45.0
# A view that is within its gate with less than this probability is taken, but marked as not sure.
_SURE = 0.9
# Body heights per second: an arm that bowls or throws, and how many times as fast as the other it is. Of 83
# rendered scenes that no report uses 67 hands are read right and 7 wrong; of six filmed deliveries all right.
_LEAST_HAND_SPEED, _CLEARLY_FASTER = 2.0, 1.15
# The share of its raised frames in which a wrist is slower than what is compared.
FAST_FRAMES = 0.9
# Wrist over hips, in body heights: shoulders are about 0.29 over the hips, a raised arm reaches 0.6.
_HIGH_ARM = 0.35
# Azimuths from in front (0) to behind (180) that each declared view covers.
_GATES: dict[View, tuple[float, float]] = {
    "front": (0.0, ALONG_UP_TO_DEG),
    "side": (SIDE_FROM_DEG, 180.0 - SIDE_FROM_DEG),
    "behind": (180.0 - ALONG_UP_TO_DEG, 180.0),
}


@dataclass(frozen=True)
class ViewEstimate:
    """The camera's place relative to the pitch line.

    Attributes
    ----------
    view : side, front, behind, oblique or unknown.
    source : who said so.
    angle_deg : between the camera's axis and the pitch line, 0..90; ``None`` when unknown.
    disagrees : true where the user's view is not what the body shows.
    uncertainty_deg : half width of the angle's 95 % interval; ``None`` when the angle is unknown.
    sure : whether the camera stands within the view's gate with a probability of nine in ten.
    azimuth : where the angle comes from, with the camera's side and end of the line; ``None`` when unknown.
    """

    view: View
    source: Source
    angle_deg: float | None
    disagrees: bool = False
    uncertainty_deg: float | None = None
    sure: bool = True
    azimuth: Azimuth | None = None


def estimate_view(mode: Mode, body: Body, choice: ViewChoice, hand: HandChoice = "auto") -> ViewEstimate:
    """Estimate the view; the user's choice is taken, and a disagreement is marked.

    Parameters
    ----------
    mode : discipline, which says how the body lies to the pitch line.
    body : filtered landmarks.
    choice : what the user declared, or ``auto``.
    hand : what the user declared, or ``auto``.
    """
    azimuth = estimate_azimuth(mode, body, hand)
    if azimuth is None:
        return ViewEstimate(
            "unknown" if choice == "auto" else choice, "unknown" if choice == "auto" else "user", None
        )
    angle, spread = azimuth.from_line_deg, azimuth.uncertainty_deg
    seen = _seen(azimuth)
    view: View = seen if choice == "auto" else choice
    source: Source = "user" if choice != "auto" else "unknown" if seen == "unknown" else "body"
    return ViewEstimate(
        view,
        source,
        angle,
        disagrees=choice != "auto" and seen != "unknown" and _outside(azimuth, choice) > spread,
        uncertainty_deg=spread,
        sure=view not in _GATES or _within(azimuth, view) >= _SURE,
        azimuth=azimuth,
    )


def _seen(azimuth: Azimuth) -> View:
    if azimuth.uncertainty_deg > WIDEST_DEG:
        return "unknown"
    if azimuth.from_line_deg >= SIDE_FROM_DEG:
        return "side"
    if azimuth.from_line_deg > ALONG_UP_TO_DEG:
        return "oblique"
    if not azimuth.ends_known:
        return "unknown"
    return "front" if abs(azimuth.azimuth_deg) < 90.0 else "behind"


def _gates(azimuth: Azimuth, view: View) -> list[tuple[float, float]]:
    """Azimuths that count as ``view``: both ends of the line where they cannot be told apart."""
    if azimuth.ends_known or view == "side":
        return [_GATES[view]]
    return [_GATES["front"], _GATES["behind"]]


def _outside(azimuth: Azimuth, view: View) -> float:
    """Degrees from the azimuth to the nearest one that counts as ``view``; 0 within."""
    seen = abs(azimuth.azimuth_deg)
    return min(max(low - seen, seen - high, 0.0) for low, high in _gates(azimuth, view))


def _within(azimuth: Azimuth, view: View) -> float:
    """Probability that the camera stands within a view's gate, for a normal error."""
    sd = azimuth.uncertainty_deg / HALF_WIDTH_95
    total = 0.0
    for low, high in _gates(azimuth, view):
        # The error goes on past the ends of the line, where left and right of it meet.
        low, high = (-high if low == 0.0 else low), (360.0 - low if high == 180.0 else high)
        edges = (np.array([low, high]) - abs(azimuth.azimuth_deg)) / sd
        total += float(np.diff(ndtr(edges))[0])
    return total


def estimate_hand(mode: Mode, body: Body, view: View, choice: HandChoice) -> tuple[Hand | None, Source]:
    """Estimate the hand that bats, bowls, throws or takes; ``None`` where the movement does not show it."""
    if choice != "auto":
        return choice, "user"
    hand = hand_by_movement(mode, body, view)
    return hand, "body" if hand else "unknown"


def hand_by_movement(mode: Mode, body: Body, view: View) -> Hand | None:
    """Read the hand off the movement alone, whatever was declared; ``None`` where it does not show."""
    finders = {
        "bowling": delivering_side,
        "fielding": delivering_side,
        "batting": batting_hand,
        "wicketkeeping": lambda b: _taking_side(b) if view in ("front", "behind") else None,
    }
    hand: Hand | None = finders[mode](body)
    return hand


def raised_wrist_speed(body: Body, side: Side) -> np.ndarray:
    """Speed (T,) of a wrist relative to its shoulder while it is high over the hips, else NaN.

    In body heights per real second. Over the shoulder alone is not enough: in the follow-through of a bent
    trunk the other arm is, too.
    """
    path = body.point(f"{side}_wrist") - body.point(f"{side}_shoulder")
    speed = np.linalg.norm(derivative(body.real_s, path), axis=1) / body.height_px
    over_hips = (body.middle("hip") - body.point(f"{side}_wrist"))[:, 1] / body.height_at_px
    with np.errstate(invalid="ignore"):
        return np.where(over_hips > _HIGH_ARM, speed, np.nan)


def faster_side(speeds: Mapping[Side, np.ndarray], least: float, clearly: float) -> Side | None:
    """Side whose raised wrist is at least so fast and so many times as fast as the other.

    What one frame in ten exceeds is compared, not the peak: for a frame or two the model puts the other wrist
    on the raised hand.
    """
    fast: dict[Side, float] = {}
    for side, speed in speeds.items():
        known = speed[np.isfinite(speed)]
        fast[side] = float(np.quantile(known, FAST_FRAMES)) if len(known) > 1 else 0.0
    side = max(fast, key=lambda s: fast[s])
    return side if fast[side] > max(least, clearly * fast[other(side)]) else None


def delivering_side(body: Body) -> Side | None:
    """Side of the arm that swings fastest high over the hips: the bowling or throwing arm."""
    speeds = {side: raised_wrist_speed(body, side) for side in SIDES}
    return faster_side(speeds, _LEAST_HAND_SPEED, _CLEARLY_FASTER)


def _taking_side(body: Body) -> Hand | None:
    """Side of the hips to which the hands go when they have moved farthest from the body's middle."""
    hands, hips = body.middle("wrist"), body.middle("hip")
    across = (body.point("left_hip") - body.point("right_hip"))[:, 0]
    offset = (hips - hands)[:, 0] * -np.sign(across) / body.height_px
    seen = offset[np.isfinite(offset)]
    if not len(seen) or np.abs(seen).max() < 0.1:
        return None
    return "left" if seen[np.abs(seen).argmax()] > 0 else "right"
