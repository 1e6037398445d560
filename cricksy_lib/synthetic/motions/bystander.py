"""Other people: they stand or walk elsewhere in the picture, or cross before the athlete."""

from __future__ import annotations

from dataclasses import dataclass

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
    walking = scene.bystander == "walking"
    view = _View.of(athlete, camera)
    depth = view.depth + _BEHIND_M
    # Across the picture: well beside where the athlete is in the middle of the clip.
    side = -1.0 if view.across > 0 else 1.0
    across = side * 0.66 * view.half_width(scene, depth)
    yaw = view.facing + (0.0 if not walking else side * np.pi / 2)
    return _placed(_person(t, rng, walking), view.ground(depth, across), yaw)


def crowd(scene: Scene, athlete: Body, camera: Camera, t: np.ndarray) -> tuple[Body, ...]:
    """Stand or walk people all over the picture, behind the athlete's line."""
    people = []
    view = _View.of(athlete, camera)
    for k in range(scene.crowd):
        rng = np.random.default_rng([scene.seed, 17, k])
        depth = view.depth + float(rng.uniform(-0.5 if scene.empty else 1.2, 5.0))
        # Each has a strip of the picture, so that they do not stand in one another.
        share = 1.8 * ((k + float(rng.uniform(0.2, 0.8))) / scene.crowd - 0.5)
        place = view.ground(depth, share * view.half_width(scene, depth))
        walking = rng.uniform() < 0.4
        people.append(_placed(_person(t, rng, walking), place, float(rng.uniform(-np.pi, np.pi))))
    return tuple(people)


def crosses(scene: Scene, athlete: Body, camera: Camera, t: np.ndarray) -> Body:
    """Let somebody walk through between camera and athlete, before the athlete once about mid-clip."""
    rng = np.random.default_rng([scene.seed, 19])
    when = scene.seconds * float(rng.uniform(0.35, 0.7))
    side = 1.0 if rng.uniform() < 0.5 else -1.0
    view = _View.of(athlete, camera, when)
    depth = max(view.nearest - 0.8, 0.55 * view.depth)
    across = view.across / view.depth_then * depth
    # Walkers pass their own origin in the middle of the grid.
    across -= side * _WALK_M_S * (when - float(t[0] + t[-1]) / 2)
    yaw = view.facing + side * np.pi / 2
    return _placed(_person(t, rng, True), view.ground(depth, across), yaw)


@dataclass(frozen=True)
class _View:
    """Where the athlete is for the camera, in metres: depth (median over the clip, at one time, least),
    across at that time, right positive; directions along the ground, and the yaw that faces the camera."""

    camera: Camera
    right: np.ndarray
    forward: np.ndarray
    depth: float
    depth_then: float
    nearest: float
    across: float

    @classmethod
    def of(cls, athlete: Body, camera: Camera, when: float | None = None) -> _View:
        right, forward = camera.rotation[0], camera.rotation[2]
        right, forward = (v * [1, 1, 0] / np.linalg.norm(v[:2]) for v in (right, forward))
        names = ("left_hip", "right_hip", "nose")
        points = np.concatenate([athlete.joints[name][::20] for name in names])
        if when is None:
            middle = points[len(points) // 2 - 5 : len(points) // 2 + 5].mean(axis=0)
        else:
            now = int(np.abs(athlete.t - when).argmin())
            middle = np.mean([athlete.joints[name][now] for name in names], axis=0)
        inside = (athlete.t >= 0) & (athlete.t <= athlete.t[-1] + athlete.t[0])
        all_joints = np.stack([path[inside][::20] for path in athlete.joints.values()])
        return cls(
            camera=camera,
            right=right,
            forward=forward,
            depth=float(np.median((points - camera.position) @ forward)),
            depth_then=float((middle - camera.position) @ forward),
            nearest=float(((all_joints - camera.position) @ forward).min()),
            across=float((middle - camera.position) @ right),
        )

    @property
    def facing(self) -> float:
        return float(np.arctan2(*(-self.forward)[1::-1]))

    def half_width(self, scene: Scene, depth: float) -> float:
        """Half the picture's width at a depth."""
        return depth * scene.width / 2 / self.camera.focal_px

    def ground(self, depth: float, across: float) -> np.ndarray:
        """The place on the ground."""
        place = self.camera.position * [1, 1, 0] + depth * self.forward + across * self.right
        return np.asarray(place)


def _person(t: np.ndarray, rng: np.random.Generator, walking: bool) -> Body:
    size = proportions(rng)
    return solve(_walk(t, size, rng) if walking else _stand(t, size, rng), size)


def _placed(body: Body, place: np.ndarray, yaw: float) -> Body:
    spin = turn(2, np.array([yaw]))[0]
    return Body(
        t=body.t,
        joints={name: body.joints[name] @ spin.T + place for name in JOINTS},
        extra={name: value @ spin.T + place for name, value in body.extra.items()},
        reach=body.reach,
        pulled=body.pulled,
        frames={name: spin @ value for name, value in body.frames.items()},
        size=body.size,
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
