"""Fielding: run in, pick up at the ground, step, throw overarm."""

from __future__ import annotations

import numpy as np

from cricksy_lib.synthetic.curves import Key, Plant, curve, foot_path
from cricksy_lib.synthetic.figure import Arm, Plan, Proportions, Side
from cricksy_lib.synthetic.motions.common import degrees, head_wander, pumping, standing_start, swung
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.style import Style

_STEPS_BEFORE = 6  # steps of the run in; a longer clip begins with the fielder standing


def plan(t: np.ndarray, scene: Scene, size: Proportions, rng: np.random.Generator, style: Style) -> Plan:
    """Plan a right-hander who runs along +x, picks up beside the front foot at x = 0.2, and throws to +x."""
    pick = scene.seconds * 0.40 + float(rng.uniform(-0.06, 0.06)) + style.add(-0.03, 0.03)
    release = pick + style.within(float(rng.uniform(0.84, 0.94)), 0.78, 1.02)
    front_on = release - style.within(float(rng.uniform(0.10, 0.13)), 0.09, 0.16)
    hop = pick + 0.5 * (front_on - pick) + 0.04  # the throwing side's foot lands, turned out
    speed = float(rng.uniform(2.3, 2.8)) / 1.75 * style.times(0.8, 1.35)
    stride = style.within(float(rng.uniform(0.48, 0.54)), 0.40, 0.60)
    stride *= 1 - 0.5 * scene.fault("short_stride")
    collapse, fall = scene.fault("collapsing_front_knee"), scene.fault("falling_over")
    forward, aside, backward = style.add(-12, 14), style.add(-12, 10), style.add(-6, 8)
    bow, sink, twist = style.add(-3, 9), style.add(-0.02, 0.01), style.add(-15, 25)
    at_plant = style.within(163, 148, 170)
    at_release = style.within(158, 130, 172)
    collapse *= min(1.0, (at_release - 90) / 66)
    hop_x = 0.60
    front_x = hop_x + stride

    def hips_before(when: float) -> float:
        return -0.12 - speed * (pick - 0.16 - when)

    left = [Plant(pick - 0.16, pick + 0.29, 0.20, 0.07, yaw=4, land=-12, push=40, lift=0.10)]
    right = [
        Plant(pick - 0.44, pick + 0.10, -0.27, -0.05, yaw=-15, land=-8, push=64, lift=0.12, heel_up_s=0.36)
    ]
    step = 0.31
    when, on_left = pick - 0.44 - step, True
    for _ in range(_STEPS_BEFORE):
        y = 0.05 if on_left else -0.05
        foot = Plant(when, when + 0.19, hips_before(when) + 0.15, y, land=-8, push=48, lift=0.13)
        (left if on_left else right).insert(0, foot)
        when, on_left = when - step, not on_left
    setting_off = standing_start(left, right, speed * step)
    right.append(Plant(hop, front_on + 0.03, hop_x, -0.05, yaw=-72, land=4, push=52, lift=0.12))
    left.append(Plant(front_on, 99, front_x, 0.03, yaw=-12, land=-12, lift=0.10))
    right.append(Plant(release + 0.36, 99, front_x + 0.32, -0.10, yaw=-8, land=-2, lift=0.13))

    x_keys: list[Key] = [*setting_off]
    x_keys += [(s, hips_before(s)) for s in np.arange(when + 2 * step, pick - 0.17, 0.1)]
    x_keys += [(pick - 0.16, -0.12), (pick, 0.04), (pick + 0.14, 0.15), (pick + 0.29, 0.31)]
    x_keys += [(hop, hop_x - 0.13), (front_on, front_x - 0.48 * stride), (release, front_x - 0.24 * stride)]
    x_keys += [(release + 0.36, front_x + 0.13), (release + 0.8, front_x + 0.18)]
    z_keys: list[Key] = [
        (pick - 0.46, 0.49),
        (pick - 0.16, 0.40),
        (pick, 0.280 + sink),
        (pick + 0.06, 0.285 + sink),
    ]
    z_keys += [(hop - 0.08, 0.48), (hop + 0.08, 0.455), (front_on, 0.46), (front_on + 0.04, 0.53)]
    z_keys += [(release + 0.12, 0.52), (release + 0.36, 0.47), (release + 0.8, 0.50)]
    pelvis = np.stack(
        [
            curve(t, x_keys, 0.035),
            curve(t, [(pick - 0.3, 0), (pick, 0.0), (release, 0.06 * fall), (release + 0.4, 0.06 * fall)]),
            size.hips * curve(t, z_keys),
        ],
        axis=1,
    )
    knee = degrees(
        t,
        [
            (hop - 0.3, 160),
            (hop, 164),
            (front_on, at_plant),
            (release, at_release - 66 * collapse),
            (release + 0.1, at_release - 70 * collapse),
            (release + 0.5, 165 - 30 * collapse),
        ],
        0.02,
    )
    zero = np.zeros(len(t))
    arms, place = _arms(t, pick, hop, front_on, release, step, style)
    place[:, 2] += style.towards(0.0, 0.3 * max(0.0, 1 - size.arms))
    return Plan(
        t=t,
        pelvis=pelvis,
        pelvis_yaw=degrees(
            t,
            [
                (pick - 0.2, 0),
                (pick, -10),
                (hop, -58),
                (hop + 0.12, -74),
                (front_on, -50),
                (release, 0),
                (release + 0.2, 24),
                (release + 0.7, 6),
            ],
        ),
        pelvis_lean=degrees(t, [(pick - 0.4, (4, 0)), (pick, (28, -4)), (hop, (2, 0)), (release, (9, 4))]),
        trunk_yaw=degrees(
            t,
            [
                (pick - 0.2, 0),
                (pick, -6),
                (hop, -62),
                (hop + 0.15, -90 + twist),
                (front_on, -76 + 0.7 * twist),
                (release, 4),
                (release + 0.18, 42),
                (release + 0.7, 8),
            ],
        ),
        trunk_lean=degrees(
            t,
            [
                (pick - 0.5, (12, 0)),
                (pick - 0.2, (36, -3)),
                (pick, (68 + bow, -12)),
                (pick + 0.1, (64 + bow, -10)),
                (hop, (12, 0)),
                (hop + 0.14, (-8 + backward, 0)),
                (front_on, (-3 + backward, 5 + 0.5 * aside + 8 * fall)),
                (release, (20 + forward, 15 + aside + 24 * fall)),
                (release + 0.18, (40 + forward, 10 + 0.6 * aside + 26 * fall)),
                (release + 0.6, (14, 14 * fall)),
            ],
        ),
        head_yaw=degrees(t, [(pick - 0.2, 0), (pick, -6), (hop, -8), (release, 0)]),
        head_pitch=degrees(t, [(pick - 0.4, 8), (pick, 26), (pick + 0.15, 20), (hop, -2), (release, 2)]),
        head_shift=head_wander(t, scene, pick - 0.3, release + 0.1),
        feet={"left": foot_path(t, left), "right": foot_path(t, right)},
        knee_limit={"left": knee, "right": zero + np.radians(162)},
        arms=arms,
        places={
            "right": (place, curve(t, [(pick - 0.2, 0), (pick - 0.03, 1), (pick + 0.03, 1), (pick + 0.2, 0)]))
        },
    )


def _arms(
    t: np.ndarray, pick: float, hop: float, front_on: float, release: float, step: float, style: Style
) -> tuple[dict[Side, Arm], np.ndarray]:
    pump = style.times(0.6, 1.3)
    pump_right, pump_left = pumping(pick - 0.44 - step, step, _STEPS_BEFORE, -36 * pump, 28 * pump)
    wide, cocked, straight = style.add(-0.3, 0.2), style.add(-12, 10), style.add(-0.06, 0.015)
    front_high, front_out = style.add(-20, 30), style.add(-0.1, 0.2)
    right = swung(
        t,
        theta=[
            *pump_right,
            (pick - 0.15, -10),
            (pick, 4),
            (pick + 0.15, 0),
            (pick + 0.28, 8),
            (hop, 40),
            (hop + 0.16, 84 + cocked),
            (front_on, 122 + cocked),
            (release - 0.045, 152),
            (release, 193),
            (release + 0.05, 250),
            (release + 0.11, 298),
            (release + 0.25, 335),
            (release + 0.7, 352),
        ],
        out=[
            (pick - 0.4, -0.12),
            (pick, -0.05),
            (hop, -0.2),
            (front_on, -0.5),
            (release - 0.04, -0.5 + 0.6 * wide),
            (release, -0.3 + wide),
            (release + 0.1, 0.2),
            (release + 0.25, 0.5),
            (release + 0.7, -0.1),
        ],
        reach=[
            (pick - 0.4, 0.74),
            (pick - 0.1, 0.93),
            (pick + 0.05, 0.93),
            (pick + 0.27, 0.6),
            (hop + 0.1, 0.93),
            (hop + 0.2, 0.9),
            (front_on, 0.76),
            (release - 0.05, 0.74),
            (release, 0.95 + straight),
            (release + 0.06, 0.97 + straight),
            (release + 0.25, 0.9),
            (release + 0.7, 0.85),
        ],
        pole=[
            (pick - 0.4, (-1, -0.3, -0.3)),
            (pick, (-0.6, -0.8, 0.2)),
            (hop, (-0.5, -0.8, 0.1)),
            (front_on, (0.5, -0.9, -0.4)),
            (release, (0.5, -0.9, -0.1)),
            (release + 0.15, (-0.2, -0.8, 0.6)),
            (release + 0.7, (-1, -0.4, 0)),
        ],
    )
    left = swung(
        t,
        theta=[
            *pump_left,
            (pick - 0.15, 20),
            (pick, 15),
            (pick + 0.2, -20),
            (hop, -70),
            (hop + 0.14, -97 + front_high),
            (front_on, -86 + front_high),
            (release, -18),
            (release + 0.2, 40),
            (release + 0.7, -4),
        ],
        out=[
            (pick - 0.4, 0.12),
            (pick, 0.35),
            (hop, 0.1 + front_out),
            (release, 0.2 + front_out),
            (release + 0.2, 0.4),
            (release + 0.7, 0.15),
        ],
        reach=[
            (pick - 0.4, 0.74),
            (pick, 0.82),
            (pick + 0.25, 0.62),
            (hop + 0.12, 0.92),
            (front_on, 0.9),
            (release, 0.58),
            (release + 0.2, 0.75),
            (release + 0.7, 0.85),
        ],
        pole=[
            (pick - 0.4, (-1, 0.3, -0.3)),
            (pick, (-0.4, 0.9, 0.2)),
            (hop, (0, 0.8, -0.6)),
            (release, (-0.8, 0.5, -0.3)),
            (release + 0.7, (-1, 0.4, 0)),
        ],
    )
    place = curve(
        t,
        [
            (pick - 0.22, (-0.10, -0.15, 0.34)),
            (pick - 0.1, (0.09, -0.16, 0.19)),
            (pick, (0.215, -0.15, 0.078)),
            (pick + 0.1, (0.29, -0.14, 0.14)),
            (pick + 0.2, (0.36, -0.13, 0.28)),
        ],
    )
    return {"right": right, "left": left}, place
