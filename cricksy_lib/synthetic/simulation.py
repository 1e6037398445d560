"""From a scene to truth, without drawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from cricksy_lib.results import Mode
from cricksy_lib.synthetic.camera import Camera, frame_movement
from cricksy_lib.synthetic.curves import STEP_S
from cricksy_lib.synthetic.events import front_side, read_events
from cricksy_lib.synthetic.figure import (
    JOINTS,
    Body,
    Plan,
    Proportions,
    mirrored,
    proportions,
    solve,
    vary,
    widened,
)
from cricksy_lib.synthetic.motions import batting, bowling, bystander, fielding, wicketkeeping
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.style import Style
from cricksy_lib.synthetic.truth import Truth

PLANNERS: dict[Mode, Callable[[np.ndarray, Scene, Proportions, np.random.Generator, Style], Plan]] = {
    "batting": batting.plan,
    "bowling": bowling.plan,
    "wicketkeeping": wicketkeeping.plan,
    "fielding": fielding.plan,
}
_PADDING_S = 0.4  # beyond both ends of the clip, so that smoothing has no ends inside it


@dataclass(frozen=True)
class Simulation:
    """A simulated scene: bodies on the fine grid, events (also outside the clip), camera, frames, truth.

    ``crowd`` are the people of ``scene.crowd``, ``crossing`` is who walks through before the athlete.
    """

    scene: Scene
    body: Body
    bystander: Body | None
    events: dict[str, float]
    camera: Camera
    times_s: np.ndarray
    truth: Truth
    crowd: tuple[Body, ...] = ()
    crossing: Body | None = None


def frame_rate_of(scene: Scene) -> Fraction:
    """Frame rate as the fraction that the file states (29.97 is 30000/1001)."""
    return Fraction(scene.frame_rate).limit_denominator(1001)


def move(scene: Scene) -> Body:
    """The athlete's movement on the 1 kHz grid, from before the clip to after it."""
    rng = np.random.default_rng(scene.seed)
    size = widened(proportions(rng, scene.height_m), Style(scene, 1))
    count = round((scene.seconds + 2 * _PADDING_S) / STEP_S) + 1
    t = np.arange(count) * STEP_S - _PADDING_S
    plan = PLANNERS[scene.mode](t, scene, size, rng, Style(scene, 2))
    body = solve(vary(plan, rng), size)
    return body if scene.hand == "right" else mirrored(body)


def sample(path: np.ndarray, t: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Read a fine path (N, ...) at times (T,)."""
    place = np.clip((times_s - t[0]) / STEP_S, 0, len(t) - 1.001)
    i = place.astype(int)
    w = (place - i).reshape(-1, *[1] * (path.ndim - 1))
    return np.asarray(path[i] * (1 - w) + path[i + 1] * w)


def _included(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    u, v = a - b, c - b
    cosine = (u * v).sum(-1) / (np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1))
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def series_of(body: Body, scene: Scene) -> dict[str, np.ndarray]:
    """Every kinematic series on the fine grid, from the 3-D joints."""
    j = body.joints
    front = front_side(scene.mode, scene.hand)
    rear = "left" if front == "right" else "right"
    out = {}
    for where, side in (("front", front), ("rear", rear)):
        out[f"{where}_knee_angle"] = _included(j[f"{side}_hip"], j[f"{side}_knee"], j[f"{side}_ankle"])
        out[f"{where}_elbow_angle"] = _included(j[f"{side}_shoulder"], j[f"{side}_elbow"], j[f"{side}_wrist"])
    trunk = j["left_shoulder"] + j["right_shoulder"] - j["left_hip"] - j["right_hip"]
    out["trunk_lean"] = np.degrees(np.arctan2(np.hypot(trunk[:, 0], trunk[:, 1]), trunk[:, 2]))
    lines = [np.arctan2(*(j[f"left_{p}"] - j[f"right_{p}"])[:, 1::-1].T) for p in ("shoulder", "hip")]
    turned = np.unwrap(lines[0]) - np.unwrap(lines[1])
    out["hip_shoulder_separation"] = (np.degrees(turned) + 180) % 360 - 180

    def speed(path: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.norm(np.gradient(path, STEP_S, axis=0), axis=1) / body.size.height_m)

    out["head_speed"] = speed((j["left_ear"] + j["right_ear"]) / 2)
    out["hand_speed"] = np.maximum(speed(j["left_wrist"]), speed(j["right_wrist"]))
    return {
        name: np.asarray(out[name])
        for name in (
            "front_knee_angle",
            "rear_knee_angle",
            "front_elbow_angle",
            "rear_elbow_angle",
            "trunk_lean",
            "hip_shoulder_separation",
            "head_speed",
            "hand_speed",
        )
    }


def _facts(body: Body, scene: Scene, events: dict[str, float]) -> dict[str, float]:
    height = body.size.height_m
    facts = {"height_m": height}
    front = front_side(scene.mode, scene.hand)
    rear = "left" if front == "right" else "right"
    landing = events.get("front_foot_contact", events.get("front_foot_plant"))
    if landing is not None:
        # The rear foot flat on the ground: in bowling after back foot contact, its heel is up at the front's.
        rear_flat = events["back_foot_contact"] + 0.06 if scene.mode == "bowling" else landing
        ahead = sample(body.joints[f"{front}_ankle"], body.t, np.array([landing]))[0, 0]
        behind = sample(body.joints[f"{rear}_ankle"], body.t, np.array([rear_flat]))[0, 0]
        facts["stride_length_h"] = float((ahead - behind) / height)
    if scene.mode == "bowling":
        start = events["back_foot_contact"]
        ends = sample(body.extra["pelvis"], body.t, np.array([start - 0.3, start]))
        facts["run_up_speed_m_s"] = float((ends[1, 0] - ends[0, 0]) / 0.3)
    return facts


def run(scene: Scene) -> Simulation:
    """Simulate a scene."""
    rate = frame_rate_of(scene)
    count = max(1, round(scene.seconds * rate))
    times = np.arange(count) / float(rate)
    body = move(scene)
    events = read_events(body, scene.mode, scene.hand)
    every = max(1, round(0.01 / STEP_S))
    inside = slice(round(_PADDING_S / STEP_S), round((_PADDING_S + scene.seconds) / STEP_S), every)
    points = np.concatenate([body.joints[n][inside] for n in JOINTS] + [body.extra["crown"][inside]])
    camera = frame_movement(scene, points, body.size.height_m)
    other = bystander.stand_in(scene, body, camera, body.t) if scene.bystander else None

    def at_frames(who: Body) -> np.ndarray:
        return np.stack([sample(who.joints[name], who.t, times) for name in JOINTS], axis=1)

    names: tuple[str, ...] = () if scene.empty else JOINTS
    joints_m = np.empty((count, 0, 3)) if scene.empty else at_frames(body)
    truth = Truth(
        scene=scene,
        joint_names=names,
        times_s=times,
        joints_px=camera.project(joints_m)[0],
        joints_m=joints_m,
        angles={}
        if scene.empty
        else {name: sample(v, body.t, times) for name, v in series_of(body, scene).items()},
        events={} if scene.empty else {name: when for name, when in events.items() if 0 <= when <= times[-1]},
        facts={} if scene.empty else _facts(body, scene, events),
        camera=camera,
        bystander_px=None if other is None else camera.project(at_frames(other))[0],
    )
    crowd = bystander.crowd(scene, body, camera, body.t)
    crossing = bystander.crosses(scene, body, camera, body.t) if scene.occluder == "person" else None
    return Simulation(scene, body, other, events, camera, times, truth, crowd, crossing)


def simulate(scene: Scene) -> Truth:
    """Truth of a scene without rendering it: fast, for tests of movement."""
    return run(scene).truth
