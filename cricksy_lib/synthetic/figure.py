"""The body: proportions by seed, and joints from a plan of the movement."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from cricksy_lib.pose.track import KEYPOINTS
from cricksy_lib.synthetic.curves import FootPath, blur, rise
from cricksy_lib.synthetic.ik import apply, chord, lean, middle_joint, soft_minimum, turn, unit
from cricksy_lib.synthetic.style import Style

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
SIGN: dict[Side, float] = {"left": 1.0, "right": -1.0}
JOINTS = KEYPOINTS
_STRAIGHTEST_ARM = 0.985
_ROLL = np.radians(8)  # pitch within which the foot rolls from heel to toes
_BAT = 0.47  # length, body heights
_BAT_ABOVE_HAND = 0.035
_BAT_CLEARANCE = 0.05


@dataclass(frozen=True)
class Proportions:
    """Lengths in shares of standing height (after Winter's table), height in metres, girth as a factor.

    ``hips`` and ``arms`` say how much longer than usual legs and arms were made (see `widened`): by that
    much the movements carry the hips higher and the hands farther away.
    """

    height_m: float
    thigh: float = 0.245
    shank: float = 0.246
    ankle: float = 0.039
    hip_half: float = 0.052
    trunk: float = 0.288
    shoulder_half: float = 0.112
    upper_arm: float = 0.186
    forearm: float = 0.146
    hand: float = 0.075
    foot: float = 0.14
    heel: float = 0.042
    girth: float = 1.0
    hips: float = 1.0
    arms: float = 1.0

    @property
    def leg(self) -> float:
        """Thigh and shank together."""
        return self.thigh + self.shank

    @property
    def arm(self) -> float:
        """Upper arm and forearm together, to the wrist."""
        return self.upper_arm + self.forearm


def proportions(rng: np.random.Generator, height_m: float | None = None) -> Proportions:
    """Draw a body: 1.55 to 1.95 m tall (unless given), bones and girth some per cent off the table."""
    drawn = float(rng.uniform(1.58, 1.92))
    legs, arms, wide = (float(v) for v in rng.uniform(0.97, 1.03, 3))
    return Proportions(
        height_m=drawn if height_m is None else height_m,
        thigh=0.245 * legs,
        shank=0.246 * legs,
        trunk=0.288 * (2 - legs),
        upper_arm=0.186 * arms,
        forearm=0.146 * arms,
        shoulder_half=0.112 * wide,
        hip_half=0.052 * wide,
        girth=float(rng.uniform(0.92, 1.12)),
    )


def widened(size: Proportions, style: Style) -> Proportions:
    """The same height on other bones: legs, arms, widths, feet and girth well away from the table's."""
    legs, shin = style.times(0.955, 1.045), style.add(-0.035, 0.035)
    arms, forearm = style.times(0.94, 1.06), style.add(-0.035, 0.035)
    thigh, shank = size.thigh * legs * (1 - shin), size.shank * legs * (1 + shin)
    return replace(
        size,
        thigh=thigh,
        shank=shank,
        trunk=size.trunk + (size.leg - (thigh + shank)),
        upper_arm=size.upper_arm * arms * (1 - forearm),
        forearm=size.forearm * arms * (1 + forearm),
        hand=size.hand * style.times(0.92, 1.08),
        foot=size.foot * style.times(0.92, 1.08),
        shoulder_half=size.shoulder_half * style.times(0.92, 1.08),
        hip_half=size.hip_half * style.times(0.85, 1.25),
        girth=size.girth * style.times(0.82, 1.22),
        arms=arms,
        hips=(thigh + shank + size.ankle) / (size.leg + size.ankle),
    )


@dataclass
class Arm:
    """One arm over time: unit direction shoulder to wrist (N, 3), distance as a share of the arm's length
    (N,), and the direction to which the elbow bends (N, 3), all in world axes."""

    direction: np.ndarray
    reach: np.ndarray
    pole: np.ndarray


@dataclass
class Grip:
    """Both hands on a handle: the top hand's grip (N, 3) from mid-shoulder in body heights and the bat's
    direction (N, 3), with elbow poles; ``top`` is the hand at the end of the handle."""

    place: np.ndarray
    axis: np.ndarray
    poles: dict[Side, np.ndarray]
    top: Side


@dataclass
class Plan:
    """A movement of the right-handed athlete on the fine grid; lengths in body heights, angles in radians.

    ``pelvis`` (N, 3) is where mid-hip would like to be: its height gives way so that both feet stay
    within the legs' reach at the knee angles of ``knee_limit`` (N,). ``*_lean`` is (N, 2), towards
    +x and +y. ``places`` (side -> (N, 3) and weight (N,)) draws a wrist to a place in the world.
    """

    t: np.ndarray
    pelvis: np.ndarray
    pelvis_yaw: np.ndarray
    pelvis_lean: np.ndarray
    trunk_yaw: np.ndarray
    trunk_lean: np.ndarray
    head_yaw: np.ndarray
    head_pitch: np.ndarray
    head_shift: np.ndarray
    feet: dict[Side, FootPath]
    knee_limit: dict[Side, np.ndarray]
    arms: dict[Side, Arm] = field(default_factory=dict)
    grip: Grip | None = None
    places: dict[Side, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)


@dataclass
class Body:
    """The moving body on the fine grid, in metres.

    ``joints`` maps the names of `JOINTS` to (N, 3), and so does ``extra`` with what is drawn beside them
    (``crown``, ``chest``, ``bat_top``, ``bat_toe``). ``reach`` maps each limb to how much of its length the
    distance between its ends takes (N,): under 1 means that nothing had to be clamped. ``pulled`` is how far
    each wrist stays short of its target (N,), metres.
    """

    t: np.ndarray
    joints: dict[str, np.ndarray]
    extra: dict[str, np.ndarray]
    reach: dict[str, np.ndarray]
    pulled: dict[Side, np.ndarray]
    frames: dict[str, np.ndarray]
    size: Proportions


def vary(plan: Plan, rng: np.random.Generator) -> Plan:
    """The same movement in another style: trunk, head and arms carried a little differently throughout."""
    tilt_x, tilt_y, turn_by, nod = np.radians(rng.uniform([-4, -4, -7, -5], [4, 4, 7, 5]))
    reach = rng.uniform(-0.05, 0.008, 2)
    out = rng.uniform(-0.06, 0.06, 2)
    plan.trunk_lean = plan.trunk_lean + np.array([tilt_x, tilt_y])
    plan.trunk_yaw = plan.trunk_yaw + turn_by
    plan.pelvis_yaw = plan.pelvis_yaw + 0.4 * turn_by
    plan.head_pitch = plan.head_pitch + nod
    for i, s in enumerate(plan.arms):
        arm = plan.arms[s]
        sideways = np.array([0.0, out[i], 0.0])
        # An arm that is held straight stays so.
        bent = np.tanh(8 * (1 - arm.reach))
        plan.arms[s] = Arm(unit(arm.direction) + sideways, arm.reach + reach[i] * bent, arm.pole)
    if plan.grip is not None:
        plan.grip.place = plan.grip.place + rng.uniform(-0.012, 0.012, 3)
    return plan


def _foot(path: FootPath, size: Proportions) -> dict[str, np.ndarray]:
    """Ankle, heel and foot index; the foot turns about heel or toe, whichever is on the ground."""
    toe_u, heel_u = size.foot - size.heel, -size.heel
    w = rise(path.pitch, -_ROLL, _ROLL)
    pivot = heel_u + (toe_u - heel_u) * w
    c, s = np.cos(path.pitch), np.sin(path.pitch)
    forward = np.stack([np.cos(path.yaw), np.sin(path.yaw)], axis=-1)
    out = {}
    for name, u0, z0 in (
        ("ankle", 0.0, size.ankle),
        ("heel", heel_u, 0.012),
        ("foot_index", toe_u, 0.012),
    ):
        u = u0 - pivot
        along = pivot + u * c + z0 * s
        up = -u * s + z0 * c + path.lift
        out[name] = np.concatenate([path.place + forward * along[:, None], up[:, None]], axis=1)
    return out


def _pelvis_height(
    plan: Plan, size: Proportions, hip_offset: dict[Side, np.ndarray], ankles: dict[Side, np.ndarray]
) -> np.ndarray:
    limits = []
    for side in SIDES:
        hip = plan.pelvis[:, :2] + hip_offset[side][:, :2]
        flat = ((hip - ankles[side][:, :2]) ** 2).sum(axis=1)
        length = chord(size.thigh, size.shank, plan.knee_limit[side])
        limits.append(
            ankles[side][:, 2] + np.sqrt(np.maximum(length**2 - flat, 1e-4)) - hip_offset[side][:, 2]
        )
    height = soft_minimum([plan.pelvis[:, 2], *limits], 0.006)
    # Smoothed once because the limiting leg changes fast, then held under the limits again.
    return soft_minimum([blur(height, 0.02) + 0.004, *limits], 0.004)


def _wrists_on_handle(
    grip: Grip, centre: np.ndarray, shoulders: dict[Side, np.ndarray], size: Proportions
) -> tuple[dict[Side, np.ndarray], np.ndarray, np.ndarray]:
    """Wrists and handle (N, 3), and how far (N,) it was drawn to the body, so that both arms reach it."""
    axis = unit(grip.axis)
    away = unit(grip.place - (grip.place * axis).sum(axis=1, keepdims=True) * axis)
    bottom: Side = "left" if grip.top == "right" else "right"
    # The bat's toe stays above the ground: the hands give way upwards.
    toe = (centre + grip.place + (_BAT - _BAT_ABOVE_HAND) * axis)[:, 2]
    place = grip.place.copy()
    place[:, 2] -= soft_minimum([np.zeros(len(toe)), toe - _BAT_CLEARANCE], 0.015)
    offsets = {grip.top: -0.04 * away, bottom: 0.055 * axis - 0.04 * away}
    scales = [np.ones(len(centre))]
    for side in SIDES:
        # |scale * place + offset + centre - shoulder| = longest arm, solved for scale.
        rest = offsets[side] + centre - shoulders[side]
        a = (place**2).sum(axis=1)
        b = (place * rest).sum(axis=1)
        c = (rest**2).sum(axis=1) - (_STRAIGHTEST_ARM * size.arm) ** 2
        scales.append((-b + np.sqrt(np.maximum(b * b - a * c, 1e-9))) / a)
    scale = soft_minimum(scales, 0.02)
    handle = centre + scale[:, None] * place
    drawn_in = (1 - scale) * np.linalg.norm(place, axis=1)
    return {side: handle + offsets[side] for side in SIDES}, handle, drawn_in


def solve(plan: Plan, size: Proportions) -> Body:
    """Turn a plan into joints.

    Returns
    -------
    The body in metres. A limb whose target were out of reach would be NaN; `Body.reach` says how near it is.
    """
    pelvis_turn = lean(*plan.pelvis_lean.T) @ turn(2, plan.pelvis_yaw)
    trunk_turn = lean(*plan.trunk_lean.T) @ turn(2, plan.trunk_yaw)
    half_lean = plan.trunk_lean * 0.35
    head_turn = lean(*half_lean.T) @ turn(2, plan.head_yaw) @ turn(1, plan.head_pitch)
    p: dict[str, np.ndarray] = {}
    for side in SIDES:
        p.update({f"{side}_{k}": v for k, v in _foot(plan.feet[side], size).items()})
    hip_offset = {s: apply(pelvis_turn, (0, SIGN[s] * size.hip_half, 0)) for s in SIDES}
    middle = plan.pelvis.copy()
    middle[:, 2] = _pelvis_height(plan, size, hip_offset, {s: p[f"{s}_ankle"] for s in SIDES})
    reach: dict[str, np.ndarray] = {}
    for s in SIDES:
        hip, ankle = middle + hip_offset[s], p[f"{s}_ankle"]
        toes = plan.feet[s].yaw
        pole = np.stack([np.cos(toes), np.sin(toes), np.full(len(toes), 0.12)], axis=-1)
        pole = 0.6 * pole + 0.4 * apply(pelvis_turn, (1, 0.12 * SIGN[s], 0))
        p[f"{s}_hip"] = hip
        p[f"{s}_knee"] = middle_joint(hip, ankle, size.thigh, size.shank, pole)
        reach[f"{s}_leg"] = np.linalg.norm(ankle - hip, axis=1) / size.leg
    centre = middle + apply(trunk_turn, (0, 0, size.trunk))
    shoulders = {s: centre + apply(trunk_turn, (0, SIGN[s] * size.shoulder_half, 0)) for s in SIDES}
    extra: dict[str, np.ndarray] = {"chest": centre, "pelvis": middle}
    wrists: dict[Side, np.ndarray] = {}
    pulled = {s: np.zeros(len(plan.t)) for s in SIDES}
    poles: dict[Side, np.ndarray] = {}
    for s, arm in plan.arms.items():
        wrists[s] = shoulders[s] + arm.reach[:, None] * size.arm * unit(arm.direction)
        poles[s] = arm.pole
    if plan.grip is not None:
        wrists, handle, drawn_in = _wrists_on_handle(plan.grip, centre, shoulders, size)
        pulled = dict.fromkeys(SIDES, drawn_in)
        poles = plan.grip.poles
        axis = unit(plan.grip.axis)
        extra["bat_top"] = handle - _BAT_ABOVE_HAND * axis
        extra["bat_toe"] = handle + (_BAT - _BAT_ABOVE_HAND) * axis
    for s, (place, weight) in plan.places.items():
        # A wrist that aims at a place in the world, kept inside the arm's reach by a smooth law.
        line = place - shoulders[s]
        far = np.linalg.norm(line, axis=1)
        near = soft_minimum([far, np.full(len(far), _STRAIGHTEST_ARM * size.arm)], 0.01 * size.arm)
        aimed = shoulders[s] + line * (near / far)[:, None]
        wrists[s] = wrists[s] + weight[:, None] * (aimed - wrists[s])
        pulled[s] = weight * (far - near)
    for s in SIDES:
        p[f"{s}_shoulder"], p[f"{s}_wrist"] = shoulders[s], wrists[s]
        p[f"{s}_elbow"] = middle_joint(shoulders[s], wrists[s], size.upper_arm, size.forearm, poles[s])
        reach[f"{s}_arm"] = np.linalg.norm(wrists[s] - shoulders[s], axis=1) / size.arm
        along = unit(wrists[s] - p[f"{s}_elbow"])
        if plan.grip is not None:
            along = unit(0.4 * along + 0.6 * unit(handle + 0.03 * axis - wrists[s]))
        hinge = unit(np.cross(wrists[s] - shoulders[s], poles[s]) + 1e-6)
        across = unit(hinge - (hinge * along).sum(axis=1, keepdims=True) * along)
        palm = wrists[s] + size.hand * 0.85 * along
        p[f"{s}_index"] = palm + 0.018 * across
        p[f"{s}_pinky"] = palm - 0.018 * across
        p[f"{s}_thumb"] = wrists[s] + 0.5 * size.hand * along + 0.024 * across
    skull = centre + apply(trunk_turn, (0, 0, 0.05)) + apply(head_turn, (0.016, 0, 0.062)) + plan.head_shift
    p["nose"] = skull + apply(head_turn, (0.064, 0, -0.010))
    for s in SIDES:
        for name, spot in (
            (f"{s}_eye_inner", (0.052, 0.010, 0.016)),
            (f"{s}_eye", (0.050, 0.018, 0.016)),
            (f"{s}_eye_outer", (0.045, 0.027, 0.016)),
            (f"{s}_ear", (0.000, 0.043, 0.000)),
            (f"mouth_{s}", (0.050, 0.013, -0.034)),
        ):
            p[name] = skull + apply(head_turn, (spot[0], SIGN[s] * spot[1], spot[2]))
    extra["skull"] = skull
    extra["crown"] = skull + apply(head_turn, (0, 0, 0.072))
    metres = size.height_m
    return Body(
        t=plan.t,
        joints={name: p[name] * metres for name in JOINTS},
        extra={name: value * metres for name, value in extra.items()},
        reach=reach,
        pulled={s: value * metres for s, value in pulled.items()},
        frames={"head": head_turn, "trunk": trunk_turn, "pelvis": pelvis_turn},
        size=size,
    )


def mirrored(body: Body) -> Body:
    """The same movement by a left-handed athlete: y reversed, left and right exchanged."""
    flip = np.array([1.0, -1.0, 1.0])

    def other(name: str) -> str:
        if "left" in name:
            return name.replace("left", "right")
        return name.replace("right", "left")

    both = np.outer(flip, flip)
    return Body(
        t=body.t,
        joints={name: body.joints[other(name)] * flip for name in body.joints},
        extra={name: value * flip for name, value in body.extra.items()},
        reach={other(name): value for name, value in body.reach.items()},
        pulled={"left": body.pulled["right"], "right": body.pulled["left"]},
        frames={name: value * both for name, value in body.frames.items()},
        size=body.size,
    )
