"""Bowling: run-up, bound, back and front foot contact, arm over, follow-through."""

from __future__ import annotations

import numpy as np

from cricksy_lib.synthetic.curves import Key, Plant, blur, curve, foot_path
from cricksy_lib.synthetic.figure import Arm, Plan, Proportions, Side
from cricksy_lib.synthetic.motions.common import degrees, head_wander, pumping, standing_start, swung
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.style import Style

_STEPS_BEFORE = 7  # run-up steps before the bound; a longer clip begins with the bowler standing


def plan(t: np.ndarray, scene: Scene, size: Proportions, rng: np.random.Generator, style: Style) -> Plan:
    """Plan a right-arm delivery; the front ankle lands at x = 0."""
    ffc = scene.seconds * 0.60 + float(rng.uniform(-0.05, 0.05)) + style.add(-0.05, 0.05)
    pace = style.times(0.66, 1.12)
    speed = float(rng.uniform(4.2, 5.2)) / 1.75 * pace  # body heights per second: taller bowlers are faster
    stride = float(rng.uniform(0.77, 0.83)) * style.times(0.82, 1.14)
    stride = style.towards(stride, min(stride, 1.66 * size.leg + 0.05))
    stride *= 1 - 0.45 * scene.fault("short_stride")
    to_front = float(rng.uniform(0.17, 0.20))  # back to front foot contact, seconds
    # The hips go on at nearly the run-up's speed: a long stride of a slow bowler takes its time.
    to_front = style.towards(to_front, float(np.clip(0.57 * stride / (speed * 0.88), 0.16, 0.28)))
    to_release = float(rng.uniform(0.105, 0.13)) * style.times(0.85, 1.2)
    step = float(rng.uniform(0.27, 0.30)) * style.times(0.93, 1.12)
    # Fast runners take quick steps and leave the ground early; else a leg would be left behind.
    step = style.towards(step, min(step, 0.9 / speed))
    hurry = style.towards(1.0, min(1.0, 2.8 / speed))
    collapse, fall = scene.fault("collapsing_front_knee"), scene.fault("falling_over")
    bfc, release = ffc - to_front, ffc + to_release
    back_x, hips_front = -stride, -(0.45 + style.add(-0.04, 0.05)) * stride
    # Between two feet that both must be reached.
    between = float(np.clip(hips_front, -0.80 * size.leg, 0.86 * size.leg + 0.05 - stride))
    hips_front = style.towards(hips_front, between)
    lane = np.tan(np.radians(style.add(-7, 7)))  # the run-up comes in at an angle
    take_off_on = bfc - 0.41
    hips_bfc = back_x - 0.02

    def hips_before(when: float) -> float:
        return hips_bfc - speed * (bfc - when)

    def ground(when: float, stance: float, x: float, y: float, lift: float) -> Plant:
        y += lane * min(0.0, x - back_x)
        return Plant(when, when + stance * hurry, x, y, land=-4, push=50, lift=lift)

    left = [ground(take_off_on, 0.16, hips_before(take_off_on) + 0.17, 0.045, 0.16)]
    right: list[Plant] = []
    when, side = take_off_on - step, 0
    for _ in range(_STEPS_BEFORE):
        plant = ground(when, 0.14, hips_before(when) + 0.14, -0.045 if side == 0 else 0.045, 0.17)
        (right if side == 0 else left).insert(0, plant)
        when, side = when - step, 1 - side
    setting_off = standing_start(left, right, speed * step)
    front_yaw, front_pitch = -6 + style.add(-16, 14), -14 + style.add(-8, 12)
    right.append(
        Plant(
            bfc,
            ffc - 0.01,
            back_x,
            -0.03,
            yaw=-50 + style.add(-30, 30),
            land=6,
            push=58,
            lift=0.13,
            leave=0.8,
        )
    )
    left.append(
        Plant(
            ffc,
            ffc + 0.34,
            0.0,
            0.02 + style.add(-0.06, 0.05),
            yaw=front_yaw,
            land=front_pitch,
            push=50,
            lift=0.16,
        )
    )
    flow = style.towards(1.0, 0.95 * pace)
    hips_release = hips_front + 2.0 * flow * to_release
    follow = hips_release + 0.42 * flow
    on = style.towards(0.0, follow - 0.30)  # where the follow-through's steps go
    right.append(Plant(ffc + 0.42, ffc + 0.76, 0.60 + on, -0.02, yaw=10, land=-2, push=40, lift=0.20))
    left.append(Plant(ffc + 0.76, ffc + 1.12, 1.18 + on, 0.05, land=-6, push=35, lift=0.12))
    right.append(Plant(ffc + 1.14, ffc + 60, 1.60 + on, -0.06, land=-6, lift=0.10))
    left.append(Plant(ffc + 1.50, ffc + 60, 1.66 + on, 0.07, land=-4, lift=0.06))
    x_keys: list[Key] = [
        *setting_off,
        *[(s, hips_before(s)) for s in np.arange(when + 2 * step, bfc - 0.01, 0.05)],
        (bfc, hips_bfc),
        (ffc, hips_front),
        (release, hips_release),
        (ffc + 0.42, follow),
        (ffc + 0.76, 0.92 + on),
        (ffc + 1.14, 1.38 + on),
        (ffc + 1.6, 1.62 + on),
    ]
    z_keys: list[Key] = [
        (bfc - 0.41, 0.50),
        (bfc - 0.34, 0.475),
        (bfc - 0.12, 0.555 + style.add(-0.025, 0.03)),
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
    hips_x = curve(t, x_keys, 0.03)
    across = lane * blur(np.minimum(hips_x - back_x, 0.0), 0.03)
    pelvis = np.stack(
        [
            hips_x,
            across + curve(t, [(bfc, 0.0), (ffc, 0.01), (release, 0.02 + 0.05 * fall), (ffc + 1, 0)]),
            size.hips * curve(t, z_keys),
        ],
        axis=1,
    )
    arms = _arms(t, bfc, ffc, release, take_off_on, step, style)
    # Some front knees stay straight, some give way, some bend and straighten again.
    at_plant = style.within(float(rng.uniform(163, 171)), 150, 174)
    at_release = style.within(float(rng.uniform(158, 168)), 126, 176)
    sinks = style.chance(0.5) * 18
    collapse *= min(1.0, (at_release - 86) / 70)
    front_knee: list[Key] = [
        (ffc - 0.30, 158),
        (ffc - 0.10, 166),
        (ffc, at_plant),
        (ffc + 0.6 * to_release, (at_plant + at_release) / 2 - 5 - sinks - 50 * collapse),
        (release, at_release - 70 * collapse),
        (release + 0.08, at_release - 74 * collapse),
        (ffc + 0.4, 165 - 20 * collapse),
        (ffc + 0.8, 168),
    ]
    twist = float(rng.uniform(-8, 8)) + style.add(-20, 34)  # side-on to front-on actions
    hips_twist = style.add(-12, 30)
    forward, aside, backward = style.add(-15, 14), style.add(-17, 12), style.add(-8, 8)
    swivel = style.add(-8, 16)  # how far the shoulders counter-rotate to the front foot's contact
    return Plan(
        t=t,
        pelvis=pelvis,
        pelvis_yaw=degrees(
            t,
            [
                (bfc - 0.3, 0),
                (bfc - 0.05, -50 + hips_twist),
                (bfc, -58 + hips_twist),
                (ffc, -38 + 0.5 * hips_twist),
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
                (ffc, -58 + twist - swivel),
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
                (bfc, (-7 + backward, 4)),
                (ffc, (3 + backward + 0.3 * forward, 9 + 0.5 * aside + 8 * fall)),
                (release, (27 + forward, 22 + aside + 26 * fall)),
                (release + 0.14, (50 + forward, 18 + 0.7 * aside + 28 * fall)),
                (ffc + 0.5, (44 + forward, 6 + 16 * fall)),
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
    t: np.ndarray, bfc: float, ffc: float, release: float, take_off_on: float, step: float, style: Style
) -> dict[Side, Arm]:
    pump = style.times(0.6, 1.35)
    pump_right, pump_left = pumping(take_off_on, step, _STEPS_BEFORE, -38 * pump, 32 * pump)
    late, wide = style.add(-26, 5), style.add(-0.30, 0.12)  # a delayed arm; a round arm
    crooked, crooked_late = style.add(-0.045, 0.0), style.add(-0.035, 0.0)
    high, pull, tuck, front_out = (
        style.add(-20, 50),
        style.add(-25, 28),
        style.add(-0.12, 0.06),
        style.add(-0.15, 0.2),
    )
    right = swung(
        t,
        theta=[
            *pump_right,
            (bfc - 0.22, -112),
            (bfc - 0.14, -105),
            (bfc, -22 + 0.6 * late),
            (ffc - 0.07, 40 + 0.9 * late),
            (ffc, 92 + late),
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
            (ffc, -0.28 + 0.5 * wide),
            (release, -0.1 + wide),
            (release + 0.1, 0.25),
            (release + 0.25, 0.6),
            (ffc + 0.8, 0.0),
            (ffc + 1.2, -0.15),
        ],
        reach=[
            (take_off_on, 0.74),
            (bfc - 0.2, 0.5),
            (bfc, 0.86),
            (ffc - 0.05, 0.975 + crooked),
            (ffc, 0.988 + crooked),
            (release + 0.05, 0.988 + crooked_late),
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
            (bfc - 0.06, -158 + high),
            (bfc + 0.04, -158 + high),
            (ffc, -112 + 0.5 * high + pull),
            (release - 0.04, -62 + 0.8 * pull),
            (release + 0.03, -15 + 0.5 * pull),
            (release + 0.2, 55),
            (ffc + 0.5, 40),
            (ffc + 0.8, -25),
            (ffc + 1.2, 0),
        ],
        out=[
            (bfc - 0.4, 0.12),
            (bfc - 0.2, 0.0),
            (bfc, 0.15 + front_out),
            (ffc, 0.15 + front_out),
            (release, 0.25 + front_out),
            (release + 0.2, 0.45),
            (ffc + 0.8, 0.15),
        ],
        reach=[
            (take_off_on, 0.74),
            (bfc - 0.2, 0.62),
            (bfc - 0.03, 0.92 + 0.5 * tuck),
            (ffc, 0.88 + tuck),
            (release, 0.68 + tuck),
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
