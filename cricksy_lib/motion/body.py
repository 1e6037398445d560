"""The athlete's body in pixels: filtered landmarks, mid-points, standing height, front and rear limbs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from cricksy_lib.motion.filtering import frame_step, lowpass_each
from cricksy_lib.motion.size import height_over_time_px, standing_height
from cricksy_lib.pose.move import moved_landmarks
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.results import Hand, Mode

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")

# Cut-offs in real time, by segment. The common 6 Hz flattens a bowling arm (science: arm 12-15 Hz).
_ARM_HZ = 14.0
_BODY_HZ = 8.0
RUNNERS: tuple[Mode, ...] = ("bowling", "fielding")
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
    xy : (T, 33, 2) filtered pixels of the upright frame, y down; NaN in gaps. Where the camera moved, pixels
        of the first frame: what is drawn on the picture takes the track's own positions.
    raw_xy : (T, 33, 2) the same before filtering.
    world : (T, 33, 3) filtered model metres, hip-centred, y down, z away from the camera.
    confidence : (T, 33) the model's visibility, 0..1.
    by_hand : (T, 33) whether an analyst put the landmark where it is.
    segment : (T,) number of the tracked run; -1 where nobody was found.
    height_px : the athlete's standing height in pixels; NaN when unknown.
    height_at_px : (T,) the same through the clip: it changes where somebody runs along the camera's axis.
    doubtful : (T,) for ``legs`` and ``arms``, whether it is not certain there which is left and which right.
    centre_px : (T, 2) the picture's centre in the same pixels, and ``picture_px`` its width and height.
    """

    time_s: np.ndarray
    real_s: np.ndarray
    frame: np.ndarray
    xy: np.ndarray
    raw_xy: np.ndarray
    world: np.ndarray
    confidence: np.ndarray
    by_hand: np.ndarray
    segment: np.ndarray
    height_px: float
    height_at_px: np.ndarray
    centre_px: np.ndarray
    picture_px: tuple[float, float]
    doubtful: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def step_s(self) -> float:
        """Real seconds from one frame to the next; NaN for a single frame."""
        return frame_step(self.real_s)

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

    def calm(self, path: np.ndarray, cutoff_hz: float) -> np.ndarray:
        """Filter a path (T, ...) of this body further: jitter has tops and lows of its own."""
        return lowpass_each(self.real_s, self.segment, path, cutoff_hz)

    def head(self) -> np.ndarray:
        """Pixels (T, 2) of the head: midway between the ears, which a turning nose moves least."""
        return self.middle("ear")

    def foot(self, side: Side) -> np.ndarray:
        """Pixels (T, 2) of a foot: the mean of ankle, heel and toe."""
        return np.asarray(np.mean([self.point(f"{side}_{n}") for n in FOOT], axis=0))


def build_body(track: PoseTrack, slow_motion: float, mode: Mode | None = None) -> Body:
    """Filter a cleaned track and size the athlete.

    Parameters
    ----------
    track : cleaned landmarks.
    slow_motion : clip seconds for one real second.
    mode : a bowler's and a fielder's size is followed through the clip. A batter and a keeper stay where they
        are: what changes their bones in the picture is posture, more than any step does.
    """
    data = track.data
    time_s = data["time"].values
    real_s = time_s / slow_motion
    raw = track.steady(data["position"].values[..., :2])
    world_raw = data["world"].values
    width, height = float(data.attrs["width"]), float(data.attrs["height"])
    xy, world = np.empty_like(raw), np.empty_like(world_raw)
    arms = np.array([name.endswith(_ARM_POINTS) for name in KEYPOINTS])
    for points, cutoff in ((arms, _ARM_HZ), (~arms, _BODY_HZ)):
        xy[:, points] = lowpass_each(real_s, data["segment"].values, raw[:, points], cutoff)
        world[:, points] = lowpass_each(real_s, data["segment"].values, world_raw[:, points], cutoff)
    return Body(
        time_s=time_s,
        real_s=real_s,
        frame=data["frame"].values,
        xy=xy,
        raw_xy=raw,
        world=world,
        confidence=data["confidence"].values,
        by_hand=moved_landmarks(track),
        segment=data["segment"].values,
        height_px=standing_height(raw),
        height_at_px=(
            height_over_time_px(real_s, raw)
            if mode in RUNNERS
            else np.full(len(time_s), standing_height(raw))
        ),
        centre_px=track.steady(np.tile((width / 2, height / 2), (len(time_s), 1))),
        picture_px=(width, height),
        doubtful={
            limb: np.isin(np.arange(len(time_s)), [*rows, *data.attrs.get("flickering", {}).get(limb, [])])
            for limb, rows in data.attrs.get("doubtful", {}).items()
        },
    )


def front_side(mode: Mode, hand: Hand | None) -> Side | None:
    """Say which limbs are the front ones; ``None`` while the hand is unknown.

    Batting: the side nearer the bowler, opposite to the batter's hand. Bowling and throwing: the side
    opposite to the arm that delivers. Wicketkeeping: ``hand`` is the side of the take, which is the front.
    """
    if hand is None:
        return None
    return hand if mode == "wicketkeeping" else other(hand)
