"""What the kinematic fit costs: seconds of one core for a second of video at 60 frames a second.

    python benchmarks/body_fit.py [--seconds 8] [--repeats 5]

The landmarks are a synthetic bowler's, with noise. Beside it stands the plain way, the angles in the picture.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from cricksy_lib.motion.body import build_body
from cricksy_lib.motion.fitted import JOINT_CHAINS, fitted_angles
from cricksy_lib.motion.kinematics import included_angle
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

GOAL_S = 0.5


def landmarks(seconds: float) -> PoseTrack:
    """The exact landmarks of a delivery with two pixels of noise."""
    truth = simulate(Scene(mode="bowling", seed=68, duration_s=seconds, frame_rate=60))
    order = [truth.joint_names.index(name) for name in KEYPOINTS]
    count = len(truth.times_s)
    world = truth.joints_m[:, order] @ truth.camera.rotation.T
    position = np.zeros((count, len(KEYPOINTS), 3))
    noise = np.random.default_rng(1).normal(0, 2, (count, len(KEYPOINTS), 2))
    position[..., :2] = truth.joints_px[:, order] + noise
    hips = [KEYPOINTS.index("left_hip"), KEYPOINTS.index("right_hip")]
    return PoseTrack.from_arrays(
        truth.times_s,
        np.arange(count),
        position,
        world - world[:, hips].mean(axis=1, keepdims=True),
        np.ones((count, len(KEYPOINTS))),
        np.zeros(count, dtype=int),
        {"width": 1280, "height": 720, "frame_rate": 60.0, "frames_in_clip": count},
    )


def core_s(work: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds of a call."""
    taken = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return statistics.median(taken)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    body = build_body(landmarks(given.seconds), 1.0, "bowling")
    fitted = core_s(lambda: fitted_angles(body), given.repeats) / given.seconds
    flat = (
        core_s(
            lambda: [included_angle(*map(body.point, chain)) for chain in JOINT_CHAINS.values()],
            given.repeats,
        )
        / given.seconds
    )
    reached = "reached" if fitted <= GOAL_S else "missed"
    print("| way | core seconds for a second of video | goal |")
    print("|---|---|---|")
    print(f"| angles in the picture | {flat:.4f} | |")
    print(f"| fitted body, with spreads | {fitted:.3f} | {reached} |")


if __name__ == "__main__":
    main()
