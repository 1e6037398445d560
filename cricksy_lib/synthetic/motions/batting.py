"""Batting: stance, backlift, stride into a front-foot drive, follow-through."""

from __future__ import annotations

import numpy as np

from cricksy_lib.synthetic.curves import FootPath, Plant, curve, foot_path
from cricksy_lib.synthetic.figure import Grip, Plan, Proportions, Side
from cricksy_lib.synthetic.motions.common import circling, degrees, head_wander
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.style import Style


def plan(t: np.ndarray, scene: Scene, size: Proportions, rng: np.random.Generator, style: Style) -> Plan:
    """Plan a right-hander's drive; the middle of the stance is x = 0, the chest faces -y."""
    hit = scene.seconds * 0.64 + float(rng.uniform(-0.07, 0.07)) + style.add(-0.05, 0.05)
    plant = hit - style.within(float(rng.uniform(0.055, 0.12)), 0.035, 0.19)
    off = hit - style.within(float(rng.uniform(0.50, 0.60)), 0.47, 0.72)
    top = hit - style.within(float(rng.uniform(0.33, 0.42)), 0.29, 0.48)
    lift_start = top - style.within(float(rng.uniform(0.45, 0.6)), 0.42, 0.75)
    half = style.within(float(rng.uniform(0.085, 0.10)), 0.07, 0.125)
    stride = style.within(float(rng.uniform(0.35, 0.40)), 0.20, 0.46)
    stride = style.towards(stride, min(stride, 0.60 - 2 * half))
    stride *= 1 - 0.6 * scene.fault("short_stride")
    collapse, fall = scene.fault("collapsing_front_knee"), scene.fault("falling_over")
    front = half + stride  # where the front ankle lands
    high = float(rng.uniform(-0.02, 0.03)) + style.add(-0.03, 0.09)
    back, across = style.add(-0.01, 0.07), style.add(-0.35, 0.3)  # backlift: hands behind, bat to the side
    opened = style.add(-8, 24)  # stance: closed to open
    left = [
        Plant(-9, off, half, style.add(-0.03, 0.05), yaw=-82 + opened, push=18),
        Plant(
            plant,
            99,
            front,
            -0.03 + style.add(-0.05, 0.05),
            yaw=-58 + style.add(-20, 25),
            land=-9 + style.add(-6, 8),
            lift=0.045 + style.add(-0.015, 0.05),
        ),
    ]
    right = [Plant(-9, 99, -half, 0.0, yaw=-92 + style.add(-8, 18))]
    heel_up = degrees(t, [(hit - 0.25, 0), (hit, 14), (hit + 0.2, 34), (hit + 0.5, 34), (hit + 0.9, 20)])
    feet: dict[Side, FootPath] = {"left": foot_path(t, left), "right": foot_path(t, right)}
    feet["right"].pitch[:] = heel_up

    sway = 0.0 - 0.10 * fall
    # The weight goes to the front foot as far as the rear leg reaches.
    hips_hit = front - 0.24 + style.add(-0.04, 0.06)
    hips_hit = style.towards(hips_hit, min(hips_hit, 0.345 - half))
    squat, tall = style.add(-0.03, 0.025), style.add(0.0, 0.03)
    pelvis = np.stack(
        [
            curve(
                t,
                [
                    (off - 0.1, -0.01),
                    (off + 0.2, 0.02),
                    (plant, hips_hit - 0.05),
                    (hit, hips_hit),
                    (hit + 0.25, hips_hit + 0.05),
                    (hit + 0.6, hips_hit + 0.04),
                ],
                0.04,
            ),
            curve(t, [(off, 0.07), (plant, 0.06), (hit, 0.07 + 0.5 * sway), (hit + 0.3, 0.05 + sway)]),
            size.hips
            * curve(
                t,
                [
                    (lift_start, 0.458 + squat),
                    (top, 0.450 + squat),
                    (hit, 0.48 + tall),
                    (hit + 0.4, 0.51),
                ],
                0.04,
            ),
        ],
        axis=1,
    )
    bend_plant = style.within(float(rng.uniform(143, 152)), 122, 166)
    bend_hit = style.within(float(rng.uniform(132, 142)), 108, 164)
    collapse *= style.towards(1.0, min(1.0, (bend_hit - 92) / 55))
    front_knee = curve(
        t,
        [
            (off, 165),
            (plant - 0.06, 160),
            (plant, bend_plant),
            (hit, bend_hit - 55 * collapse),
            (hit + 0.12, bend_hit - 3 - 60 * collapse),
            (hit + 0.5, bend_hit + 10 - 20 * collapse),
        ],
        0.025,
    )
    lean_y = -25.0 + style.add(-9, 10)
    over, turned = style.add(-13, 10), style.add(-16, 16)
    checked = style.add(-0.15, 0.45)  # a full follow-through to a checked drive
    steep = style.add(-25, 18)
    theta = degrees(
        t,
        [
            (lift_start, -4),
            (lift_start + 0.2, 30),
            (top, 128 + steep),
            (hit - 0.22, 138 + steep),
            (hit - 0.12, 100 + 0.5 * steep),
            (hit - 0.05, 45),
            (hit, 4),
            (hit + 0.06, -40),
            (hit + 0.15, -95 * (1 - 0.5 * checked)),
            (hit + 0.32, -150 * (1 - checked)),
            (hit + 0.5, -160 * (1 - checked)),
        ],
        0.02,
    )
    axis = circling(
        theta,
        curve(
            t,
            [
                (lift_start, -0.12),
                (top, -0.1 + across),
                (hit - 0.12, -0.12 + 0.5 * across),
                (hit, -0.25),
                (hit + 0.3, -0.1),
            ],
        ),
    )
    # From mid-shoulder to the hands: low by the back thigh, up behind, through low in front, up in front.
    place = (
        size.arms
        * style.times(0.86, 0.96)
        * curve(
            t,
            [
                (lift_start, (-0.07, -0.15, -0.25)),
                (lift_start + 0.22, (-0.08, -0.15, -0.235)),
                (top, (-0.19 + back, -0.13, -0.12 + high)),
                (hit - 0.2, (-0.2 + back, -0.13, -0.15 + high)),
                (hit - 0.1, (-0.12, -0.19, -0.23)),
                (hit - 0.03, (0.00, -0.20, -0.23)),
                (hit + 0.03, (0.06, -0.175, -0.19)),
                (hit + 0.1, (0.14, -0.13, -0.10)),
                (hit + 0.2, (0.19, -0.06, 0.02 - 0.12 * checked)),
                (hit + 0.36, (0.16, -0.03, 0.11 - 0.21 * checked)),
                (hit + 0.6, (0.14, -0.03, 0.10 - 0.20 * checked)),
            ],
            0.02,
        )
    )
    poles: dict[Side, np.ndarray] = {
        "left": curve(
            t,
            [
                (top, (0.7, -0.6, -0.3)),
                (hit - 0.1, (0.7, -0.6, 0.3)),
                (hit, (0.9, -0.3, 0.5)),
                (hit + 0.2, (0.8, 0.3, -0.1)),
                (hit + 0.4, (0.7, 0.6, -0.5)),
            ],
        ),
        "right": curve(
            t,
            [
                (lift_start, (-0.8, 0.2, -0.5)),
                (top, (-0.8, -0.3, -0.6)),
                (hit, (-0.5, 0.1, -0.9)),
                (hit + 0.3, (0.0, -0.7, -0.7)),
            ],
        ),
    }
    return Plan(
        t=t,
        pelvis=pelvis,
        pelvis_yaw=degrees(
            t,
            [
                (off, -90 + 0.7 * opened),
                (plant, -82 + 0.5 * turned),
                (hit, -64 + 0.8 * turned),
                (hit + 0.25, -42 + turned),
                (hit + 0.6, -42 + turned),
            ],
        ),
        pelvis_lean=degrees(
            t, [(off, (0, -12)), (hit, (6, -10 - 6 * fall)), (hit + 0.4, (4, -4 - 6 * fall))]
        ),
        trunk_yaw=degrees(
            t,
            [
                (lift_start, -86 + 0.8 * opened),
                (top, -98 + 0.3 * opened),
                (plant, -92 + 0.5 * turned),
                (hit, -66 + turned),
                (hit + 0.1, -46 + turned),
                (hit + 0.25, -30 + turned),
                (hit + 0.6, -30 + turned),
            ],
        ),
        trunk_lean=degrees(
            t,
            [
                (lift_start, (2, lean_y)),
                (top, (1, lean_y)),
                (plant, (15 + 0.7 * over, lean_y - 12 * fall)),
                (hit, (22 + over, lean_y - 2 - 22 * fall)),
                (hit + 0.3, (14 + 0.5 * over, -10 - 28 * fall)),
                (hit + 0.7, (12, -8 - 24 * fall)),
            ],
        ),
        head_yaw=degrees(t, [(top, -14), (hit, -18), (hit + 0.3, -8)]),
        head_pitch=degrees(t, [(top, 4), (plant, 18), (hit, 30), (hit + 0.3, 6)]),
        head_shift=head_wander(t, scene, top, hit + 0.1),
        feet=feet,
        knee_limit={"left": np.radians(front_knee), "right": np.radians(np.full(len(t), 160.0))},
        grip=Grip(place=place, axis=axis, poles=poles, top="left"),
    )
