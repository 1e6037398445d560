"""Where the ball is: in the hand, in flight, on the ground."""

from __future__ import annotations

import numpy as np

from cricksy_lib.synthetic.simulation import Simulation, sample

_DROP_M_S2 = np.array([0.0, 0.0, -9.81])


def _flight(times: np.ndarray, when: float, place: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    """Path (T, 3) of a ball that is at ``place`` with ``velocity`` at ``when``; it bounces off the ground."""
    dt = (times - when)[:, None]
    path = place + dt * velocity + 0.5 * dt**2 * _DROP_M_S2
    path[:, 2] = np.maximum(np.abs(path[:, 2]), 0.036)
    return np.asarray(path)


def ball_path(simulation: Simulation) -> np.ndarray:
    """Ball in metres (T, 3) at the frames; NaN while there is none to see."""
    scene, body, events = simulation.scene, simulation.body, simulation.events
    times = simulation.times_s
    out = np.full((len(times), 3), np.nan)

    def at(path: np.ndarray, when: np.ndarray | float) -> np.ndarray:
        return sample(path, body.t, np.atleast_1d(np.asarray(when, dtype=float)))

    def palm(side: str) -> np.ndarray:
        return np.asarray((body.joints[f"{side}_index"] + body.joints[f"{side}_pinky"]) / 2)

    if scene.mode in ("bowling", "fielding"):
        hand = palm(scene.hand)
        let_go = events["ball_release" if scene.mode == "bowling" else "throw_release"]
        held = times < let_go
        speed = np.array([29.0, 0.0, -1.5]) if scene.mode == "bowling" else np.array([24.0, 0.0, 3.0])
        out[held] = at(hand, times[held])
        out[~held] = _flight(times[~held], let_go, at(hand, let_go)[0], speed)
        if scene.mode == "fielding":
            lying = times < events["pick_up"]
            rest = at(hand, events["pick_up"])[0] * [1, 1, 0] + [0, 0, 0.036]
            rolling = (events["pick_up"] - times[lying])[:, None] * np.array([1.6, 0.0, 0.0])
            out[lying] = rest + rolling
    elif scene.mode == "batting":
        hit = events["impact"]
        middle = at(body.extra["bat_top"] * 0.22 + body.extra["bat_toe"] * 0.78, hit)[0] + [0.08, 0, 0]
        before = times < hit
        out[before] = _flight(times[before], hit, middle, np.array([-22.0, 0.0, 1.0]))
        out[~before] = _flight(times[~before], hit, middle, np.array([24.0, 2.0, 2.5]))
    else:
        take = events["take"]
        gloves = (palm("left") + palm("right")) / 2
        before = times < take
        out[before] = _flight(times[before], take, at(gloves, take)[0], np.array([-20.0, 0.0, 0.5]))
        out[~before] = at(gloves, times[~before])
    return out
