"""The athlete's body in pixels: filtered landmarks, mid-points, standing height, front and rear limbs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cricksy_lib.motion.filtering import lowpass
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.results import Hand, Mode

Side = Literal["left", "right"]

# Shank, thigh and hip-to-shoulder as shares of standing height (Winter, Biomechanics and Motor Control
# of Human Movement): 0.246 + 0.245 + 0.288.
_KNOWN_SHARE_OF_HEIGHT = 0.779
# Bones look shorter whenever they lean in depth, hardly ever longer: a high quantile is nearest the truth.
_HEIGHT_QUANTILE = 0.8
# Cut-offs in real time, by segment. The common 6 Hz flattens a bowling arm (science: arm 12-15 Hz).
_ARM_HZ = 14.0
_BODY_HZ = 8.0
FOOT = ("ankle", "heel", "foot_index")
_ARM_POINTS = ("elbow", "wrist", "pinky", "index", "thumb")


def other(side: Side) -> Side:
    """Return the opposite side."""
    return "right" if side == "left" else "left"


@dataclass(frozen=True)
class Body:
    """Filtered landmarks of one clip, in real time.

    Attributes
    ----------
    time_s : (T,) seconds in the clip.
    real_s : (T,) seconds in real time (clip time over the slow-motion factor).
    frame : (T,) native frame numbers.
    xy : (T, 33, 2) filtered pixels of the upright frame, y down; NaN in gaps.
    raw_xy : (T, 33, 2) the same before filtering.
    world : (T, 33, 3) filtered model metres, hip-centred, y down, z away from the camera.
    confidence : (T, 33) the model's visibility, 0..1.
    segment : (T,) number of the tracked run; -1 where nobody was found.
    height_px : the athlete's standing height in pixels; NaN when unknown.
    """

    time_s: np.ndarray
    real_s: np.ndarray
    frame: np.ndarray
    xy: np.ndarray
    raw_xy: np.ndarray
    world: np.ndarray
    confidence: np.ndarray
    segment: np.ndarray
    height_px: float

    @staticmethod
    def pick(source: np.ndarray, name: str) -> np.ndarray:
        """One landmark (T, ...) of an array (T, 33, ...)."""
        return np.asarray(source[:, KEYPOINTS.index(name)])

    def point(self, name: str) -> np.ndarray:
        """Filtered pixels (T, 2) of a landmark."""
        return self.pick(self.xy, name)

    def raw(self, name: str) -> np.ndarray:
        """Unfiltered pixels (T, 2) of a landmark."""
        return self.pick(self.raw_xy, name)

    def world_point(self, name: str) -> np.ndarray:
        """Model metres (T, 3) of a landmark."""
        return self.pick(self.world, name)

    def middle(self, name: str) -> np.ndarray:
        """Pixels (T, 2) midway between left and right of a paired landmark."""
        return np.asarray((self.point(f"left_{name}") + self.point(f"right_{name}")) / 2)

    def head(self) -> np.ndarray:
        """Pixels (T, 2) of the head: midway between the ears, which a turning nose moves least."""
        return self.middle("ear")

    def foot(self, side: Side) -> np.ndarray:
        """Pixels (T, 2) of a foot: the mean of ankle, heel and toe."""
        return np.asarray(np.mean([self.point(f"{side}_{n}") for n in FOOT], axis=0))


def build_body(track: PoseTrack, slow_motion: float) -> Body:
    """Filter a cleaned track and size the athlete.

    Parameters
    ----------
    track : cleaned landmarks.
    slow_motion : clip seconds for one real second.
    """
    data = track.data
    time_s = data["time"].values
    real_s = time_s / slow_motion
    raw = data["position"].values[..., :2]
    world_raw = data["world"].values
    xy, world = np.empty_like(raw), np.empty_like(world_raw)
    for i, name in enumerate(KEYPOINTS):
        cutoff = _ARM_HZ if name.endswith(_ARM_POINTS) else _BODY_HZ
        # Each tracked run is filtered alone: across a break two places would be blended into one.
        for segment in np.unique(data["segment"].values):
            rows = data["segment"].values == segment
            xy[rows, i] = lowpass(real_s[rows], raw[rows, i], cutoff)
            world[rows, i] = lowpass(real_s[rows], world_raw[rows, i], cutoff)
    return Body(
        time_s=time_s,
        real_s=real_s,
        frame=data["frame"].values,
        xy=xy,
        raw_xy=raw,
        world=world,
        confidence=data["confidence"].values,
        segment=data["segment"].values,
        height_px=standing_height(raw),
    )


def standing_height(points: np.ndarray) -> float:
    """Standing height from the lengths of shank, thigh and trunk, whatever the posture.

    Parameters
    ----------
    points : (T, 33, 2 or 3) pixels, or the model's metres.

    Returns
    -------
    In the points' unit, or NaN where no frame shows those segments.
    """

    def at(name: str) -> np.ndarray:
        return Body.pick(points, name)

    legs = [
        np.linalg.norm(at(f"{s}_ankle") - at(f"{s}_knee"), axis=1)
        + np.linalg.norm(at(f"{s}_knee") - at(f"{s}_hip"), axis=1)
        for s in ("left", "right")
    ]
    trunk = np.linalg.norm(
        at("left_shoulder") + at("right_shoulder") - at("left_hip") - at("right_hip"), axis=1
    )
    total = np.fmax(*legs) + trunk / 2
    total = total[np.isfinite(total)]
    return float(np.quantile(total, _HEIGHT_QUANTILE) / _KNOWN_SHARE_OF_HEIGHT) if len(total) else np.nan


def front_side(mode: Mode, hand: Hand | None) -> Side | None:
    """Say which limbs are the front ones; ``None`` while the hand is unknown.

    Batting: the side nearer the bowler, opposite to the batter's hand. Bowling and throwing: the side
    opposite to the arm that delivers. Wicketkeeping: ``hand`` is the side of the take, which is the front.
    """
    if hand is None:
        return None
    return hand if mode == "wicketkeeping" else other(hand)
