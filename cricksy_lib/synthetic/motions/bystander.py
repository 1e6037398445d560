"""The second person: stands or walks elsewhere in the picture."""

from __future__ import annotations

import numpy as np

from cricksy_lib.synthetic.camera import Camera
from cricksy_lib.synthetic.curves import FootPath, Key, Plant, curve, foot_path
from cricksy_lib.synthetic.figure import JOINTS, SIDES, Body, Plan, Proportions, Side, proportions, solve
from cricksy_lib.synthetic.ik import turn
from cricksy_lib.synthetic.motions.common import degrees, swung
from cricksy_lib.synthetic.scene import Scene

_BEHIND_M = 2.5  # farther from the camera than the athlete
_WALK_M_S = 1.2


def stand_in(scene: Scene, athlete: Body, camera: Camera, t: np.ndarray) -> Body:
    """Place the second person behind the athlete's line, to the side where there is more room."""
    rng = np.random.default_rng([scene.seed, 7])
    size = proportions(rng)
    walking = scene.bystander == "walking"
    body = solve(_walk(t, size, rng) if walking else _stand(t, size, rng), size)
    right, forward = camera.rotation[0], camera.rotation[2]
    right, forward = (v * [1, 1, 0] / np.linalg.norm(v[:2]) for v in (right, forward))
    points = np.concatenate([athlete.joints[name][::20] for name in ("left_hip", "right_hip", "nose")])
    depth = float(np.median((points - camera.position) @ forward)) + _BEHIND_M
    half = depth * scene.width / 2 / camera.focal_px
    # Across the picture: well beside where the athlete is in the middle of the clip.
    middle = points[len(points) // 2 - 5 : len(points) // 2 + 5].mean(axis=0)
    athlete_x = (
        float((middle - camera.position) @ right) / float((middle - camera.position) @ forward) * depth
    )
    side = -1.0 if athlete_x > 0 else 1.0
    across = side * 0.66 * half
    place = camera.position * [1, 1, 0] + depth * forward + across * right
    yaw = float(np.arctan2(*(-forward)[1::-1])) + (0.0 if not walking else side * np.pi / 2)
    spin = turn(2, np.array([yaw]))[0]
    return Body(
        t=t,
        joints={name: body.joints[name] @ spin.T + place for name in JOINTS},
        extra={name: value @ spin.T + place for name, value in body.extra.items()},
        reach=body.reach,
        pulled=body.pulled,
        frames={name: spin @ value for name, value in body.frames.items()},
        size=size,
    )


def _stand(t: np.ndarray, size: Proportions, rng: np.random.Generator) -> Plan:
    feet: dict[Side, FootPath] = {
        "left": foot_path(t, [Plant(-9, 99, 0, 0.08, yaw=12)]),
        "right": foot_path(t, [Plant(-9, 99, 0, -0.08, yaw=-12)]),
    }
    sway = 0.01 * np.sin(2 * np.pi * (t * 0.4 + rng.uniform()))
    return _upright(t, feet, np.zeros(len(t)), sway, [(0.0, 5.0)], [(0.0, -8.0)])


def _walk(t: np.ndarray, size: Proportions, rng: np.random.Generator) -> Plan:
    speed = _WALK_M_S / size.height_m
    step = 0.52
    feet: dict[Side, list[Plant]] = {"left": [], "right": []}
    swing: list[tuple[float, float]] = []
    middle = (t[0] + t[-1]) / 2
    start = t[0] - 1.5 + float(rng.uniform(0, step))
    for i in range(int((t[-1] - start) / step) + 4):
        side: Side = "left" if i % 2 else "right"
        sign = 1.0 if i % 2 else -1.0
        on = start + i * step
        x = speed * (on - middle) + 0.16
        feet[side].append(Plant(on, on + 0.63, x, 0.05 * sign, land=-14, push=35, lift=0.045))
        swing.append((on, 20.0 * sign))
    paths: dict[Side, FootPath] = {"left": foot_path(t, feet["left"]), "right": foot_path(t, feet["right"])}
    return _upright(
        t,
        paths,
        speed * (t - middle),
        np.zeros(len(t)),
        [*swing],
        [(when, -value) for when, value in swing],
    )


def _upright(
    t: np.ndarray,
    feet: dict[Side, FootPath],
    x: np.ndarray,
    y: np.ndarray,
    left_swing: list[Key],
    right_swing: list[Key],
) -> Plan:
    zero = np.zeros(len(t))
    return Plan(
        t=t,
        pelvis=np.stack([x, y, np.full(len(t), 0.525)], axis=1),
        pelvis_yaw=zero,
        pelvis_lean=np.zeros((len(t), 2)),
        trunk_yaw=zero,
        trunk_lean=degrees(t, [(0.0, (3.0, 0.0))]),
        head_yaw=zero,
        head_pitch=zero,
        head_shift=np.zeros((len(t), 3)),
        feet=feet,
        knee_limit={side: np.radians(curve(t, [(0.0, 174.0)])) for side in SIDES},
        arms={
            "left": swung(t, left_swing, [(0, 0.15)], [(0, 0.96)], [(0, (-1, 0.4, 0))]),
            "right": swung(t, right_swing, [(0, -0.15)], [(0, 0.96)], [(0, (-1, -0.4, 0))]),
        },
    )
