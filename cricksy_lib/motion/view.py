"""From where the clip was filmed and with which hand the athlete plays, read off the body itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cricksy_lib.motion.body import Body, Side, other, standing_height
from cricksy_lib.motion.filtering import derivative
from cricksy_lib.options import HandChoice, ViewChoice
from cricksy_lib.results import Hand, Mode, View

Source = Literal["user", "body", "unknown"]

# Degrees between the camera's axis and the pitch line: 90 is square side-on, 0 along the pitch.
SIDE_FROM_DEG = 60.0
ALONG_UP_TO_DEG = 30.0
# A runner crosses the picture by at least this many body heights before the path shows the direction.
_LEAST_TRAVEL = 0.6
_LEAST_HAND_SPEED = 1.0
# Wrist over hips, in body heights: shoulders are about 0.29 over the hips, a raised arm reaches 0.6.
_HIGH_ARM = 0.35


@dataclass(frozen=True)
class ViewEstimate:
    """The camera's place relative to the pitch line.

    Attributes
    ----------
    view : side, front, behind, oblique or unknown.
    source : who said so.
    angle_deg : between the camera's axis and the pitch line, 0..90; ``None`` when unknown.
    disagrees : true where the user's view is not what the body shows.
    """

    view: View
    source: Source
    angle_deg: float | None
    disagrees: bool = False


def estimate_view(mode: Mode, body: Body, choice: ViewChoice) -> ViewEstimate:
    """Estimate the view; the user's choice is taken, and a disagreement is marked.

    Parameters
    ----------
    mode : discipline, which says how the body lies to the pitch line.
    body : filtered landmarks.
    choice : what the user declared, or ``auto``.
    """
    angle = pitch_line_angle_deg(mode, body)
    seen: View = "unknown"
    if angle is not None:
        if angle >= SIDE_FROM_DEG:
            seen = "side"
        elif angle <= ALONG_UP_TO_DEG:
            seen = "front" if faces_camera(body) else "behind"
        else:
            seen = "oblique"
    if choice != "auto":
        return ViewEstimate(choice, "user", angle, disagrees=seen not in ("unknown", choice))
    return ViewEstimate(seen, "unknown" if seen == "unknown" else "body", angle)


def pitch_line_angle_deg(mode: Mode, body: Body) -> float | None:
    """Angle between the camera's axis and the pitch line, 0..90 degrees, or ``None``.

    A bowler runs along the pitch line, so the run-up's path in the picture and the change of size show it.
    A batter stands with the hips along the pitch line; a keeper stands with them across it; a thrower turns
    side-on. Depth comes from the model's world landmarks, which are weak: the median over the clip is taken.
    """
    if mode == "bowling":
        travelled = _angle_from_travel(body)
        if travelled is not None:
            return travelled
    hips = body.world_point("left_hip") - body.world_point("right_hip")
    shoulders = body.world_point("left_shoulder") - body.world_point("right_shoulder")
    across = hips + shoulders
    across = across[np.isfinite(across).all(axis=1)]
    if len(across) < 3:
        return None
    # 90 where the hip and shoulder line lies across the picture.
    lateral = float(np.median(np.degrees(np.arctan2(np.abs(across[:, 0]), np.abs(across[:, 2])))))
    return lateral if mode == "batting" else 90.0 - lateral


def _angle_from_travel(body: Body) -> float | None:
    hips = body.middle("hip")
    seen = np.flatnonzero(np.isfinite(hips[:, 0]))
    if len(seen) < 6 or not np.isfinite(body.height_px):
        return None
    sideways = np.ptp(hips[seen, 0]) / body.height_px
    half = len(seen) // 2
    early, late = standing_height(body.raw_xy[seen[:half]]), standing_height(body.raw_xy[seen[half:]])
    if not (np.isfinite(early) and np.isfinite(late)):
        return None
    # Along the camera's axis the body grows or shrinks: a distance of about five heights is assumed, as
    # close as a whole body fits a phone's picture; it only has to tell a run towards from a run across.
    along = 5.0 * abs(np.log(late / early))
    if np.hypot(sideways, along) < _LEAST_TRAVEL:
        return None
    return float(np.degrees(np.arctan2(sideways, along)))


def faces_camera(body: Body) -> bool:
    """Whether the athlete's target lies on the camera's side (a front view) rather than away from it."""
    nose = body.world_point("nose")[:, 2]
    ears = (body.world_point("left_ear")[:, 2] + body.world_point("right_ear")[:, 2]) / 2
    return bool(np.nanmedian(nose - ears) < 0)


def estimate_hand(mode: Mode, body: Body, view: View, choice: HandChoice) -> tuple[Hand | None, Source]:
    """Estimate the hand that bats, bowls, throws or takes; ``None`` where the movement does not show it."""
    if choice != "auto":
        return choice, "user"
    finders = {
        "bowling": delivering_side,
        "fielding": delivering_side,
        "batting": lambda b: _batting_hand(b, view),
        "wicketkeeping": lambda b: _taking_side(b) if view in ("front", "behind") else None,
    }
    hand: Hand | None = finders[mode](body)
    return hand, "body" if hand else "unknown"


def wrist_speed(body: Body, side: Side) -> np.ndarray:
    """Speed (T,) of a wrist relative to its shoulder, in body heights per real second."""
    path = body.point(f"{side}_wrist") - body.point(f"{side}_shoulder")
    return np.asarray(np.linalg.norm(derivative(body.real_s, path), axis=1) / body.height_px)


def delivering_side(body: Body) -> Side | None:
    """Side of the arm that swings fastest high over the hips: the bowling or throwing arm.

    Over the shoulder alone is not enough: in the follow-through of a bent trunk the other arm is, too. The
    upper quarter of the speeds is compared, not the peak: for a frame or two the model puts the other wrist
    on the raised hand.
    """
    best: dict[Side, float] = {}
    for side in ("left", "right"):
        over_hips = (body.middle("hip") - body.point(f"{side}_wrist"))[:, 1] / body.height_px
        fast = wrist_speed(body, side)[over_hips > _HIGH_ARM]
        fast = fast[np.isfinite(fast)]
        best[side] = float(np.quantile(fast, 0.75)) if len(fast) > 1 else 0.0
    side = max(best, key=lambda s: best[s])
    clear = best[side] > max(_LEAST_HAND_SPEED, 1.15 * best[other(side)])
    return side if clear else None


def _batting_hand(body: Body, view: View) -> Hand | None:
    """From the side, the hands swing towards the bowler; the shoulder on that side is the front one."""
    if view in ("front", "behind"):
        return _batting_hand_along(body, view)
    if view != "side":
        return None
    hands = body.middle("wrist")
    velocity = derivative(body.real_s, hands)
    fast = np.linalg.norm(velocity, axis=1) / body.height_px
    if not np.isfinite(fast).any() or np.nanmax(fast) < _LEAST_HAND_SPEED:
        return None
    peak = int(np.nanargmax(fast))
    window = slice(max(0, peak - 3), peak + 4)
    towards = float(np.nanmedian(velocity[window, 0]))
    shoulders = body.point("left_shoulder")[:, 0] - body.point("right_shoulder")[:, 0]
    left_is_right_of = float(np.nanmedian(shoulders))
    if abs(towards) < _LEAST_HAND_SPEED * body.height_px / 4:
        return None
    return "right" if left_is_right_of * towards > 0 else "left"


def _batting_hand_along(body: Body, view: View) -> Hand | None:
    """Along the pitch the front shoulder is the nearer (front view) or the farther one (from behind)."""
    depth = body.world_point("left_shoulder")[:, 2] - body.world_point("right_shoulder")[:, 2]
    left_is_farther = float(np.nanmedian(depth)) if np.isfinite(depth).any() else 0.0
    if abs(left_is_farther) < 0.05:
        return None
    left_is_front = left_is_farther < 0 if view == "front" else left_is_farther > 0
    return "right" if left_is_front else "left"


def _taking_side(body: Body) -> Hand | None:
    """Side of the hips to which the hands go when they have moved farthest from the body's middle."""
    hands, hips = body.middle("wrist"), body.middle("hip")
    across = (body.point("left_hip") - body.point("right_hip"))[:, 0]
    offset = (hips - hands)[:, 0] * -np.sign(across) / body.height_px
    seen = offset[np.isfinite(offset)]
    if not len(seen) or np.abs(seen).max() < 0.1:
        return None
    return "left" if seen[np.abs(seen).argmax()] > 0 else "right"
