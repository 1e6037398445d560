"""Where the target lies in the picture, and how large the athlete is there at an instant.

The one place that says what "forward" (along the pitch line in the target direction) and "sideways" (across
it, positive on the side of the athlete's hand) mean in pixels.
"""

from __future__ import annotations

import numpy as np

from cricksy_lib.motion.body import Body
from cricksy_lib.motion.signals import value_at, window
from cricksy_lib.motion.size import standing_height_px
from cricksy_lib.motion.view import ViewEstimate
from cricksy_lib.pose.track import KEYPOINTS
from cricksy_lib.results import Hand, View

# An azimuth this near to the pitch line does not tell its sides apart.
_LEAST_DEG = 20.0
# Where a clip does not show how far the camera is off square (95 %, a design default).
_UNKNOWN_ANGLE_95_DEG = 30.0
_LEAST_ANGLE_DEG = 30.0
_AROUND_S = 0.1
_SPREAD_POINTS = [
    KEYPOINTS.index(f"{side}_{part}")
    for side in ("left", "right")
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]


def forward_sign(view: ViewEstimate) -> int | None:
    """Which way the target lies in the picture: 1 to the right, -1 to the left.

    Returns
    -------
    ``None`` from along the pitch line, and where the body does not show at which end the target is.
    """
    azimuth = view.azimuth
    if view.view in ("front", "behind") or azimuth is None or not azimuth.ends_known:
        return None
    if azimuth.from_line_deg < _LEAST_DEG:
        return None
    return 1 if azimuth.azimuth_deg > 0 else -1


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
    angle, spread = _angle(view, 90.0)
    nearest, farthest = max(angle - spread, _LEAST_ANGLE_DEG), min(angle + spread, 90.0)
    factor, longest, shortest = (
        float(1 / np.sin(np.radians(max(a, _LEAST_ANGLE_DEG)))) for a in (angle, nearest, farthest)
    )
    return factor, max(longest - factor, factor - shortest)


def out_of_line(view: ViewEstimate) -> float:
    """How much of a length along the pitch line may show as sideways from the front or behind (95 %)."""
    return float(np.sin(np.radians(min(np.hypot(*_angle(view, 0.0)), 90.0))))


def _angle(view: ViewEstimate, default: float) -> tuple[float, float]:
    """The view's angle to the pitch line and its ± in degrees, or what to assume without them."""
    if view.angle_deg is None or view.uncertainty_deg is None:
        return default, _UNKNOWN_ANGLE_95_DEG
    return view.angle_deg, view.uncertainty_deg


def size_px(body: Body, view: View, at_s: float) -> float:
    """Standing height in pixels as the athlete is seen at an instant (real seconds).

    From the side the bones' lengths in the picture say it. From along the pitch line a crouch or a bent
    trunk points at the camera and looks short: there the model's own proportions in space give the
    athlete's height, and how large the model is in the picture about the instant gives its size.
    """
    if view == "side":
        return value_at(body.real_s, body.height_at_px, at_s)
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
