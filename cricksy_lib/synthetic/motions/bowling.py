"""Bowling: run-up, bound, back and front foot contact, arm over, follow-through."""

from __future__ import annotations

import numpy as np

from cricksy_lib.synthetic.curves import Key, Plant, curve, foot_path
from cricksy_lib.synthetic.figure import Arm, Plan, Proportions, Side
from cricksy_lib.synthetic.motions.common import degrees, head_wander, pumping, standing_start, swung
from cricksy_lib.synthetic.scene import Scene

_STEPS_BEFORE = 7  # run-up steps before the bound; a longer clip begins with the bowler standing


def plan(t: np.ndarray, scene: Scene, size: Proportions, rng: np.random.Generator) -> Plan:
    """Plan a right-arm delivery; the front ankle lands at x = 0."""
    ffc = scene.seconds * 0.60 + float(rng.uniform(-0.05, 0.05))
    speed = float(rng.uniform(4.2, 5.2)) / 1.75  # body heights per second: taller bowlers are faster
    stride = float(rng.uniform(0.77, 0.83)) * (1 - 0.45 * scene.fault("short_stride"))
    to_front = float(rng.uniform(0.17, 0.20))  # back to front foot contact, seconds
    to_release = float(rng.uniform(0.105, 0.13))
    step = float(rng.uniform(0.27, 0.30))
    collapse, fall = scene.fault("collapsing_front_knee"), scene.fault("falling_over")
    bfc, release = ffc - to_front, ffc + to_release
    back_x, hips_front = -stride, -0.45 * stride
    take_off_on = bfc - 0.41
    hips_bfc = back_x - 0.02

    def hips_before(when: float) -> float:
        return hips_bfc - speed * (bfc - when)

    def ground(when: float, stance: float, x: float, y: float, lift: float) -> Plant:
        return Plant(when, when + stance, x, y, land=-4, push=50, lift=lift)

    left = [ground(take_off_on, 0.16, hips_before(take_off_on) + 0.17, 0.045, 0.16)]
    right: list[Plant] = []
    when, side = take_off_on - step, 0
    for _ in range(_STEPS_BEFORE):
        plant = ground(when, 0.14, hips_before(when) + 0.14, -0.045 if side == 0 else 0.045, 0.17)
        (right if side == 0 else left).insert(0, plant)
        when, side = when - step, 1 - side
    setting_off = standing_start(left, right, speed * step)
    right.append(Plant(bfc, ffc - 0.01, back_x, -0.03, yaw=-50, land=6, push=58, lift=0.13, leave=0.8))
    left.append(Plant(ffc, ffc + 0.34, 0.0, 0.02, yaw=-6, land=-14, push=50, lift=0.16))
    right.append(Plant(ffc + 0.42, ffc + 0.76, 0.60, -0.02, yaw=10, land=-2, push=40, lift=0.20))
    left.append(Plant(ffc + 0.76, ffc + 1.12, 1.18, 0.05, land=-6, push=35, lift=0.12))
    right.append(Plant(ffc + 1.14, ffc + 60, 1.60, -0.06, land=-6, lift=0.10))
    left.append(Plant(ffc + 1.50, ffc + 60, 1.66, 0.07, land=-4, lift=0.06))

    hips_release = hips_front + 2.0 * to_release
    x_keys: list[Key] = [
        *setting_off,
        *[(s, hips_before(s)) for s in np.arange(when + 2 * step, bfc - 0.01, 0.05)],
        (bfc, hips_bfc),
        (ffc, hips_front),
        (release, hips_release),
        (ffc + 0.42, hips_release + 0.42),
        (ffc + 0.76, 0.92),
        (ffc + 1.14, 1.38),
        (ffc + 1.6, 1.62),
    ]
    z_keys: list[Key] = [
        (bfc - 0.41, 0.50),
        (bfc - 0.34, 0.475),
        (bfc - 0.12, 0.555),
        (bfc, 0.505),
        (bfc + 0.08, 0.465),
        (ffc, 0.47),
        (ffc + 0.03, 0.55),
        (release + 0.06, 0.55),
        (ffc + 0.36, 0.465),
        (ffc + 0.42, 0.45),
        (ffc + 0.8, 0.475),
        (ffc + 1.5, 0.515),
    ]
    s = take_off_on
    for _ in range(_STEPS_BEFORE):
        z_keys += [(s - 0.07, 0.525), (s - step + 0.06, 0.495)]
        s -= step
    pelvis = np.stack(
        [
            curve(t, x_keys, 0.03),
            curve(t, [(bfc, 0.0), (ffc, 0.01), (release, 0.02 + 0.05 * fall), (ffc + 1, 0)]),
            curve(t, z_keys),
        ],
        axis=1,
    )
    arms = _arms(t, bfc, ffc, release, take_off_on, step)
    at_plant, at_release = float(rng.uniform(163, 171)), float(rng.uniform(158, 168))
    front_knee: list[Key] = [
        (ffc - 0.30, 158),
        (ffc - 0.10, 166),
        (ffc, at_plant),
        (ffc + 0.6 * to_release, (at_plant + at_release) / 2 - 5 - 50 * collapse),
        (release, at_release - 70 * collapse),
        (release + 0.08, at_release - 74 * collapse),
        (ffc + 0.4, 165 - 20 * collapse),
        (ffc + 0.8, 168),
    ]
    twist = float(rng.uniform(-8, 8))
    return Plan(
        t=t,
        pelvis=pelvis,
        pelvis_yaw=degrees(
            t,
            [
                (bfc - 0.3, 0),
                (bfc - 0.05, -50),
                (bfc, -58),
                (ffc, -38),
                (release, 2),
                (release + 0.2, 32),
                (ffc + 0.8, 5),
                (ffc + 1.2, 0),
            ],
        ),
        pelvis_lean=degrees(t, [(bfc - 0.3, (4, 0)), (bfc, (-2, 2)), (release, (12, 8)), (ffc + 1, (3, 0))]),
        trunk_yaw=degrees(
            t,
            [
                (bfc - 0.3, 0),
                (bfc - 0.05, -60 + twist),
                (bfc + 0.03, -68 + twist),
                (ffc, -58 + twist),
                (release, 6),
                (release + 0.2, 62),
                (ffc + 0.8, 10),
                (ffc + 1.2, 0),
            ],
        ),
        trunk_lean=degrees(
            t,
            [
                (bfc - 0.45, (9, 0)),
                (bfc - 0.2, (0, 0)),
                (bfc, (-7, 4)),
                (ffc, (3, 9 + 8 * fall)),
                (release, (27, 22 + 26 * fall)),
                (release + 0.14, (50, 18 + 28 * fall)),
                (ffc + 0.5, (44, 6 + 16 * fall)),
                (ffc + 0.9, (18, 0)),
                (ffc + 1.4, (8, 0)),
            ],
        ),
        head_yaw=degrees(t, [(bfc - 0.3, 0), (bfc, -10), (ffc, -6), (release, 0)]),
        head_pitch=degrees(t, [(bfc, 2), (release, 2), (release + 0.2, -2), (ffc + 1, 0)]),
        head_shift=head_wander(t, scene, bfc - 0.2, release + 0.1),
        feet={"left": foot_path(t, left), "right": foot_path(t, right)},
        knee_limit={
            "left": np.radians(curve(t, front_knee, 0.02)),
            "right": np.radians(np.full(len(t), 160.0)),
        },
        arms=arms,
    )


def _arms(
    t: np.ndarray, bfc: float, ffc: float, release: float, take_off_on: float, step: float
) -> dict[Side, Arm]:
    pump_right, pump_left = pumping(take_off_on, step, _STEPS_BEFORE, -38, 32)
    right = swung(
        t,
        theta=[
            *pump_right,
            (bfc - 0.22, -112),
            (bfc - 0.14, -105),
            (bfc, -22),
            (ffc - 0.07, 40),
            (ffc, 92),
            (release, 191),
            (release + 0.055, 262),
            (release + 0.12, 310),
            (release + 0.25, 340),
            (ffc + 0.8, 350),
            (ffc + 1.3, 355),
        ],
        out=[
            (bfc - 0.4, -0.12),
            (bfc - 0.2, 0.25),
            (bfc, -0.15),
            (ffc, -0.28),
            (release, -0.1),
            (release + 0.1, 0.25),
            (release + 0.25, 0.6),
            (ffc + 0.8, 0.0),
            (ffc + 1.2, -0.15),
        ],
        reach=[
            (take_off_on, 0.74),
            (bfc - 0.2, 0.5),
            (bfc, 0.86),
            (ffc - 0.05, 0.975),
            (ffc, 0.988),
            (release + 0.05, 0.988),
            (release + 0.2, 0.9),
            (ffc + 0.8, 0.78),
            (ffc + 1.3, 0.85),
        ],
        pole=[
            (take_off_on, (-1, -0.3, -0.3)),
            (bfc - 0.2, (-0.2, -1, -0.6)),
            (bfc, (-0.25, -0.9, 0.2)),
            (ffc, (0, -0.8, -0.6)),
            (release, (0.3, -1, 0)),
            (release + 0.15, (-0.3, -0.8, 0.6)),
            (ffc + 0.8, (-1, -0.4, 0)),
        ],
    )
    left = swung(
        t,
        theta=[
            *pump_left,
            (bfc - 0.22, -115),
            (bfc - 0.06, -158),
            (bfc + 0.04, -158),
            (ffc, -112),
            (release - 0.04, -62),
            (release + 0.03, -15),
            (release + 0.2, 55),
            (ffc + 0.5, 40),
            (ffc + 0.8, -25),
            (ffc + 1.2, 0),
        ],
        out=[
            (bfc - 0.4, 0.12),
            (bfc - 0.2, 0.0),
            (bfc, 0.15),
            (ffc, 0.15),
            (release, 0.25),
            (release + 0.2, 0.45),
            (ffc + 0.8, 0.15),
        ],
        reach=[
            (take_off_on, 0.74),
            (bfc - 0.2, 0.62),
            (bfc - 0.03, 0.92),
            (ffc, 0.88),
            (release, 0.68),
            (release + 0.2, 0.85),
            (ffc + 0.8, 0.78),
            (ffc + 1.3, 0.85),
        ],
        pole=[
            (take_off_on, (-1, 0.3, -0.3)),
            (bfc - 0.2, (0.2, 1, -0.6)),
            (bfc, (0.6, 0.9, 0.1)),
            (ffc, (0.1, 0.9, -0.6)),
            (release, (-0.8, 0.5, -0.2)),
            (release + 0.2, (-0.6, 0.5, 0.6)),
            (ffc + 0.8, (-1, 0.4, 0)),
        ],
    )
    return {"right": right, "left": left}
