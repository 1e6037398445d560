"""Where the target lies in the picture, and how large the athlete is there at an instant.

The one place that says what "forward" (along the pitch line in the target direction) and "sideways" (across
it, positive on the side of the athlete's hand) mean in pixels.
"""

from __future__ import annotations

import numpy as np

from cricksy_lib.motion.body import Body, Side, other, standing_height_px
from cricksy_lib.motion.signals import window
from cricksy_lib.motion.view import ViewEstimate
from cricksy_lib.pose.track import KEYPOINTS
from cricksy_lib.results import Event, Hand, Mode, View

# Less than this share of the body height between two points says nothing about a direction.
_LEAST_OFFSET = 0.03
_LANDING = {
    "batting": "front_foot_plant",
    "bowling": "front_foot_contact",
    "fielding": "throw_release",
}
# The view's angle comes from the model's weak depth: how far off it may be (95 %), a design default.
VIEW_ANGLE_95_DEG = 12.0
_LEAST_ANGLE_DEG = 40.0
_AROUND_S = 0.1
_SPREAD_POINTS = [
    KEYPOINTS.index(f"{side}_{part}")
    for side in ("left", "right")
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]


def forward_sign(mode: Mode, body: Body, front: Side | None, events: list[Event], view: View) -> int | None:
    """Which way the target lies in the picture: 1 to the right, -1 to the left.

    A bowler runs there; the front foot of a batter or thrower is nearer to it; a keeper looks there.

    Returns
    -------
    ``None`` from along the pitch line, and where the body does not show it.
    """
    if view in ("front", "behind") or not np.isfinite(body.height_px):
        return None
    if mode == "wicketkeeping":
        toes, heels = body.middle("foot_index"), body.middle("heel")
        offset = (body.point("nose") - body.head() + toes - heels)[:, 0]
    elif mode == "bowling" and (way := _travel(body)) is not None:
        offset = np.array([way])
    elif front is not None:
        offset = (body.foot(front) - body.foot(other(front)))[:, 0]
        landed = [e.time_s for e in events if e.name == _LANDING[mode]]
        if landed:
            offset = offset[[int(np.argmin(np.abs(body.time_s - t))) for t in landed]]
    else:
        return None
    offset = offset[np.isfinite(offset)]
    if not len(offset) or abs(np.median(offset)) < _LEAST_OFFSET * body.height_px:
        return None
    return 1 if np.median(offset) > 0 else -1


def _travel(body: Body) -> float | None:
    """How far the hips come across the picture, in pixels; ``None`` for less than half a body height."""
    hips = body.middle("hip")[:, 0]
    seen = hips[np.isfinite(hips)]
    if len(seen) < 2 or abs(seen[-1] - seen[0]) < 0.5 * body.height_px:
        return None
    return float(seen[-1] - seen[0])


def hand_side_sign(view: View, hand: Hand | None) -> int | None:
    """Which way the side of the athlete's hand lies in the picture: 1 to the right, -1 to the left.

    The athlete is thought to look at the target. ``None`` from the side, and while the hand is unknown.
    """
    if hand is None or view not in ("front", "behind"):
        return None
    right_hand = 1 if view == "behind" else -1
    return right_hand if hand == "right" else -right_hand


def foreshortening(view: ViewEstimate) -> tuple[float, float]:
    """What a length along the pitch line, seen from the side, is to be multiplied by.

    Returns
    -------
    (factor, half width): one over the sine of the view's angle, and its 95 % half width; without an
    estimate of the angle the camera is taken as square to the pitch line.
    """
    angle = 90.0 if view.angle_deg is None else max(view.angle_deg, _LEAST_ANGLE_DEG)
    factor = 1 / np.sin(np.radians(angle))
    worst = 1 / np.sin(np.radians(max(angle - VIEW_ANGLE_95_DEG, _LEAST_ANGLE_DEG - VIEW_ANGLE_95_DEG)))
    return float(factor), float(worst - factor)


def out_of_line(view: ViewEstimate) -> float:
    """How much of a length along the pitch line may show as sideways from the front or behind (95 %)."""
    angle = 0.0 if view.angle_deg is None else min(view.angle_deg, 90.0)
    return float(np.sin(np.radians(np.hypot(angle, VIEW_ANGLE_95_DEG))))


def size_px(mode: Mode, body: Body, view: View, at_s: float) -> float:
    """Standing height in pixels as the athlete is seen at an instant (real seconds).

    Of somebody who stays in place square to the camera, the bones' lengths in the picture over the whole
    clip say it best. A bowler who runs grows and shrinks, and from along the pitch line a crouch or a bent
    trunk points at the camera and looks short: there the model's own proportions in space give the
    athlete's height, and how large the model is in the picture about the instant gives its size.
    """
    if view == "side" and mode != "bowling":
        return body.height_px
    rows = window(body.real_s, at_s - _AROUND_S, at_s + _AROUND_S)
    pixels = _spread(body.raw_xy[rows])
    metres = _spread(body.world[rows, :, :2])
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = pixels / metres
    ratios = ratios[np.isfinite(ratios)]
    # Bones in space do not look shorter when they lean: the same sum, in the model's metres.
    tall = standing_height_px(body.world)
    size = float(np.median(ratios)) * tall if len(ratios) else float("nan")
    return size if np.isfinite(size) else body.height_px


def _spread(points: np.ndarray) -> np.ndarray:
    """Root of the summed squared distances of the body's points from their mean (T,); (T, K, 2) in."""
    torso_and_limbs = points[:, _SPREAD_POINTS]
    away = torso_and_limbs - torso_and_limbs.mean(axis=1, keepdims=True)
    return np.asarray(np.sqrt((away**2).sum(axis=(1, 2))))
