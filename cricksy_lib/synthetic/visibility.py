"""Which joints the camera cannot see: hidden by the athlete's own body, the bat, stumps or somebody else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cricksy_lib.synthetic.figure import JOINTS
from cricksy_lib.synthetic.raster import Cone
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import run
from cricksy_lib.synthetic.stage import Cast, standing_cones

_OWN_M = 0.02  # a limb this near to a joint is the joint's own and does not hide it


def hidden_joints(scene: Scene, joints: Sequence[str] = JOINTS) -> np.ndarray:
    """Say where a joint lies behind something, seen from the camera.

    The lines of a net are left out: they are thinner than a joint.

    Parameters
    ----------
    scene : the scene; ``empty`` ones have no joints.
    joints : names as in `cricksy_lib.pose.track.KEYPOINTS`.

    Returns
    -------
    (T, J) boolean at the frames.
    """
    simulation = run(scene)
    count = len(simulation.times_s)
    if scene.empty:
        return np.zeros((count, 0), dtype=bool)
    order = [JOINTS.index(name) for name in joints]
    points = simulation.truth.joints_m[:, order]
    cast, standing = Cast(simulation, simulation.times_s), standing_cones(simulation)
    eye = simulation.camera.position
    return np.stack([_behind(points[k], eye, [*cast.cones(k), *standing]) for k in range(count)])


def _behind(points: np.ndarray, eye: np.ndarray, cones: list[Cone]) -> np.ndarray:
    """Boolean (J,): whether the line from ``eye`` (3,) to each point (J, 3) passes through a cone."""
    start = np.array([c.start for c in cones])
    axis = np.array([c.end for c in cones]) - start
    radii = np.array([[c.radius_start, c.radius_end] for c in cones])

    def radius(along: np.ndarray) -> np.ndarray:
        return np.asarray(radii[:, 0] + along * (radii[:, 1] - radii[:, 0]))

    # Nearest points of two segments: the sight line and the cone's axis (after Ericson, Real-Time Collision
    # Detection, 5.1.9), all pairs (J, C) at once.
    sight = points[:, None] - eye
    between = eye - start
    a, e = (sight**2).sum(-1), (axis**2).sum(-1) + 1e-12
    b, c, f = (sight * axis).sum(-1), (sight * between).sum(-1), (axis * between).sum(-1)
    s = np.clip((b * f - c * e) / np.maximum(a * e - b * b, 1e-12), 0, 1)
    t = np.clip((b * s + f) / e, 0, 1)
    s = np.clip((b * t - c) / a, 0, 1)
    near = np.linalg.norm(eye + s[..., None] * sight - start - t[..., None] * axis, axis=-1)
    # The joint's own limbs hold it, or all but touch it.
    own_t = np.clip(((points[:, None] - start) * axis).sum(-1) / e, 0, 1)
    own = np.linalg.norm(points[:, None] - start - own_t[..., None] * axis, axis=-1) < radius(own_t) + _OWN_M
    return np.asarray(((near < radius(t)) & ~own).any(axis=1))
