"""The articulated body that is fitted: its joints, bones, proportions, and how far each may be off.

Lengths are shares of standing height. Bone shares: Winter, Biomechanics and Motor Control of Human Movement;
the pose model's own landmarks are not exactly the joint centres, so every share is a start with a spread, and
the clip decides. The other spreads are design defaults, chosen on rendered scenes that no report uses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_PAIRED = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS: tuple[str, ...] = ("head", *(f"{side}_{name}" for name in _PAIRED for side in ("left", "right")))
INDEX: dict[str, int] = {name: i for i, name in enumerate(JOINTS)}

# Name, share of standing height, spread of the share.
_LENGTHS: tuple[tuple[str, float, float], ...] = (
    ("upper_arm", 0.186, 0.006),
    ("forearm", 0.146, 0.005),
    ("thigh", 0.245, 0.006),
    ("shank", 0.246, 0.006),
    ("pelvis", 0.104, 0.010),
    ("shoulders", 0.224, 0.015),
    ("side", 0.295, 0.010),
    ("neck", 0.190, 0.015),
)
LENGTH_NAMES: tuple[str, ...] = tuple(name for name, _, _ in _LENGTHS)
SHARES = np.array([share for _, share, _ in _LENGTHS])
SHARE_SPREADS = np.array([spread for _, _, spread in _LENGTHS])


@dataclass(frozen=True)
class Bone:
    """Two joints (by number), the length they share (by number), and how much that length may change."""

    start: int
    end: int
    length: int
    spread: float


def _bone(start: str, end: str, length: str, spread: float) -> Bone:
    return Bone(INDEX[start], INDEX[end], LENGTH_NAMES.index(length), spread)


# Limb bones are rigid; the trunk's sides bend with the spine, and the shoulder girdle slides.
BONES: tuple[Bone, ...] = (
    *(
        bone
        for s in ("left", "right")
        for bone in (
            _bone(f"{s}_shoulder", f"{s}_elbow", "upper_arm", 0.004),
            _bone(f"{s}_elbow", f"{s}_wrist", "forearm", 0.004),
            _bone(f"{s}_hip", f"{s}_knee", "thigh", 0.004),
            _bone(f"{s}_knee", f"{s}_ankle", "shank", 0.004),
            _bone(f"{s}_shoulder", f"{s}_hip", "side", 0.020),
            _bone("head", f"{s}_shoulder", "neck", 0.030),
        )
    ),
    _bone("left_hip", "right_hip", "pelvis", 0.005),
    _bone("left_shoulder", "right_shoulder", "shoulders", 0.015),
)


def _by_joint(**values: float) -> np.ndarray:
    return np.array([values[name.split("_")[-1]] for name in JOINTS])


# Landmark noise in the picture, body heights.
PICTURE_SPREAD = _by_joint(
    head=0.015, shoulder=0.012, elbow=0.015, wrist=0.018, hip=0.012, knee=0.012, ankle=0.012
)
# How far the model's depth (relative to the hips) may be off, body heights: a weak hint.
DEPTH_SPREAD = _by_joint(head=0.08, shoulder=0.05, elbow=0.08, wrist=0.10, hip=0.03, knee=0.07, ankle=0.09)
# Usual accelerations, body heights per second squared.
ACCELERATION = _by_joint(head=10, shoulder=15, elbow=60, wrist=120, hip=12, knee=50, ankle=70)
