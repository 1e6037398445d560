"""Wicketkeeping: crouch, rise, gloves to the ball at the side, give."""

from __future__ import annotations

import numpy as np

from cricksy_lib.synthetic.curves import FootPath, Plant, curve, foot_path
from cricksy_lib.synthetic.figure import SIGN, Plan, Proportions, Side
from cricksy_lib.synthetic.motions.common import degrees, head_wander, swung
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.style import Style


def plan(t: np.ndarray, scene: Scene, size: Proportions, rng: np.random.Generator, style: Style) -> Plan:
    """Plan a take on the right; the keeper faces +x, the stance is about x = 0."""
    take = scene.seconds * 0.66 + float(rng.uniform(-0.08, 0.08)) + style.add(-0.04, 0.04)
    rises = take - style.within(float(rng.uniform(0.36, 0.46)), 0.34, 0.54)
    down = rises - style.within(float(rng.uniform(0.40, 0.50)), 0.34, 0.55)
    wide = style.within(float(rng.uniform(0.13, 0.16)), 0.11, 0.19)
    height = style.within(float(rng.uniform(0.47, 0.55)), 0.40, 0.62)
    side = style.within(float(rng.uniform(0.23, 0.28)), 0.12, 0.27)
    step = style.within(float(rng.uniform(0.11, 0.16)), 0.06, 0.20)
    step *= 1 - 0.8 * scene.fault("short_stride")
    collapse, fall = scene.fault("collapsing_front_knee"), scene.fault("falling_over")
    gone = take - style.within(float(rng.uniform(0.27, 0.32)), 0.25, 0.33)
    crouch, bow, toes = style.add(-0.015, 0.05), style.add(-12, 12), style.add(-8, 14)
    low, ahead = style.add(-0.01, 0.07), style.add(-0.03, 0.02)  # where the gloves wait
    # A low take bends hips and trunk more, a wide one takes them along.
    up = style.towards(0.0, float(np.clip(0.6 * (height - 0.50), -0.05, 0.04))) + style.add(-0.01, 0.015)
    stoop, tilt = style.towards(0.0, 80 * max(0.0, 0.50 - height)), style.add(-6, 4)
    along = style.towards(0.0, 0.7 * (0.25 - side))
    hang = style.towards(0.0, 0.3 * (1 - size.arms) + 0.8 * crouch)
    reach_x = 0.28 * size.arms + style.add(-0.05, 0.0)

    feet: dict[Side, FootPath] = {
        "left": foot_path(t, [Plant(-9, 99, style.add(-0.03, 0.03), wide, yaw=18 + toes)]),
        "right": foot_path(
            t,
            [
                Plant(-9, gone, 0.0, -wide, yaw=-18 - toes, push=20),
                Plant(take - 0.07, 99, 0.02, -wide - step, yaw=-24 - toes, land=6, lift=0.03),
            ],
        ),
    }
    heels = degrees(t, [(down - 0.4, 4), (down, 20), (rises, 20), (gone, 0)], 0.03)
    feet["left"].pitch[:] = degrees(t, [(down - 0.4, 4), (down, 20), (rises, 20), (take, 8)], 0.03)
    feet["right"].pitch[:] += heels
    pelvis = np.stack(
        [
            curve(
                t, [(down - 0.4, -0.08), (down, -0.10), (rises, -0.10), (take, -0.03), (take + 0.4, -0.04)]
            ),
            curve(
                t,
                [
                    (rises, 0.0),
                    (take, -0.1 + along - 0.04 * fall),
                    (take + 0.2, -0.12 + along - 0.1 * fall),
                    (take + 0.6, -0.06 - 0.1 * fall),
                ],
            ),
            size.hips
            * curve(
                t,
                [
                    (down - 0.4, 0.36 + crouch),
                    (down, 0.236 + crouch),
                    (rises - 0.12, 0.228 + crouch),
                    (rises - 0.02, 0.2285 + crouch),
                    (take - 0.1, 0.37 + up),
                    (take + 0.1, 0.405 + up),
                    (take + 0.6, 0.43),
                ],
                0.02,
            ),
        ],
        axis=1,
    )
    wrists: dict[Side, np.ndarray] = {}
    for name, sign in SIGN.items():
        wrists[name] = curve(
            t,
            [
                (down - 0.4, (0.18, 0.06 * sign, 0.36 + hang)),
                (down, (0.21 + ahead, 0.05 * sign, 0.22 + hang + low)),
                (rises, (0.21 + ahead, 0.05 * sign, 0.215 + hang + low)),
                (take, (reach_x, -side + 0.038 * sign, height)),
                (take + 0.15, (0.13, -side - 0.02 + 0.038 * sign, height - 0.03)),
                (take + 0.6, (0.17, -0.12 + 0.04 * sign, 0.47 + style.towards(0.0, 0.4 * (1 - size.arms)))),
            ],
            0.018,
        )
    # The leg on the side of the take gives way: the hips sink to it.
    knee = degrees(
        t, [(gone, 170), (take - 0.05, 150), (take, 150 - 75 * collapse), (take + 0.5, 150 - 80 * collapse)]
    )
    lean_x = [
        (down - 0.4, 30.0),
        (down, 40.0 + bow),
        (rises, 40.0 + bow),
        (take, 31.0 + 0.7 * bow + stoop),
        (take + 0.5, 24.0),
    ]
    lean_y = [
        (rises, 0.0),
        (take, -7.0 + tilt - 16 * fall),
        (take + 0.25, -6.0 - 26 * fall),
        (take + 0.7, -20.0 * fall),
    ]
    times = np.array(sorted({key[0] for key in lean_x + lean_y}))
    zero = np.zeros(len(t))
    return Plan(
        t=t,
        pelvis=pelvis,
        pelvis_yaw=degrees(t, [(rises, 0), (take, -8), (take + 0.3, -14), (take + 0.8, -4)]),
        pelvis_lean=degrees(
            t, [(down - 0.4, (12, 0)), (down, (10, 0)), (take, (12, -4)), (take + 0.5, (8, 0))]
        ),
        trunk_yaw=degrees(t, [(rises, 0), (take, -14), (take + 0.25, -26), (take + 0.8, -6)]),
        trunk_lean=np.stack([degrees(t, lean_x), degrees(t, lean_y)], axis=1),
        head_yaw=degrees(t, [(take, -4), (take + 0.2, -18), (take + 0.7, 0)]),
        head_pitch=degrees(t, [(down, -8), (take - 0.1, -2), (take + 0.15, 12), (take + 0.7, 0)]),
        head_shift=head_wander(t, scene, times[0], take + 0.2),
        feet=feet,
        knee_limit={"left": zero + np.radians(170), "right": knee},
        arms={
            "left": swung(
                t, [(0, -40)], [(0, 0.1)], [(0, 0.8)], [(rises, (-0.3, 1, -0.4)), (take, (-0.2, 0.6, -0.8))]
            ),
            "right": swung(
                t,
                [(0, -40)],
                [(0, -0.1)],
                [(0, 0.8)],
                [(rises, (-0.3, -1, -0.4)), (take, (-0.6, -0.5, -0.7))],
            ),
        },
        places={name: (path, zero + 1) for name, path in wrists.items()},
    )
