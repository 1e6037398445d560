"""The exact value of every metric, from a scene's own joints and events: what measuring is held against.

Written from the definitions in the metrics' catalogue, not from the code that measures them. Forward is along
the pitch line in the target direction; sideways is across it, positive on the side of the athlete's hand
(the off side of a batter, the bowling arm's side of a bowler); heights are over the ground. Where a
definition says "in the picture", the joints are seen along the camera's axis without perspective.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.interpolate import CubicSpline

from cricksy_lib.results import SERIES_UNITS, Mode
from cricksy_lib.synthetic.events import front_side
from cricksy_lib.synthetic.figure import Side
from cricksy_lib.synthetic.truth import Truth

_GRID_S = 0.001
_FOOT = ("ankle", "heel", "foot_index")
_ACTING_ARM: dict[Mode, str] = {
    "batting": "front",
    "bowling": "rear",
    "wicketkeeping": "front",
    "fielding": "rear",
}
_ACTION: dict[Mode, tuple[str, str]] = {
    "batting": ("backlift_top", "impact"),
    "bowling": ("front_foot_contact", "ball_release"),
    "wicketkeeping": ("rise", "take"),
    "fielding": ("pick_up", "throw_release"),
}
_KNEE_WINDOW = _ACTION | {"batting": ("front_foot_plant", "impact")}
_TURN_WINDOW = _ACTION | {"bowling": ("back_foot_contact", "ball_release")}
# The foot has started to move at this share of its swing's fastest speed.
_STRIDE_STARTS_AT = 0.15
_STRIDE_S = 0.8
_RUN_UP_S = 0.3
_CLASS_DEG = 10.0


class _Joints:
    """Joints between frames, in body heights; front and rear limbs by name."""

    def __init__(self, truth: Truth) -> None:
        height = truth.facts["height_m"]
        self.truth = truth
        self.spline = CubicSpline(truth.times_s, truth.joints_m / height)
        self.front: Side = front_side(truth.scene.mode, truth.scene.hand)
        self.rear: Side = "left" if self.front == "right" else "right"
        self.hand_sign = -1.0 if truth.scene.hand == "right" else 1.0
        right = truth.camera.rotation[0]
        down = truth.camera.rotation[1]
        ahead = np.cross(right, down)
        # The picture's horizontal, whatever the camera's roll.
        across = np.array([ahead[1], -ahead[0], 0.0])
        self.picture = np.stack([across / np.linalg.norm(across), [0.0, 0.0, 1.0]])

    def at(self, names: str | list[str], times: float | np.ndarray, derivative: int = 0) -> np.ndarray:
        """Mean of some joints (..., 3); ``front_`` and ``rear_`` are resolved."""
        chosen = [names] if isinstance(names, str) else names
        index = [self.truth.joint_names.index(self._name(name)) for name in chosen]
        return np.asarray(self.spline(times, derivative)[..., index, :].mean(axis=-2))

    def _name(self, name: str) -> str:
        side, _, part = name.partition("_")
        resolved = {"front": self.front, "rear": self.rear}.get(side)
        return name if resolved is None else f"{resolved}_{part}"

    def middle(self, part: str, times: float | np.ndarray, derivative: int = 0) -> np.ndarray:
        return self.at([f"left_{part}", f"right_{part}"], times, derivative)

    def foot(self, side: str, times: float | np.ndarray, derivative: int = 0) -> np.ndarray:
        return self.at([f"{side}_{part}" for part in _FOOT], times, derivative)

    def feet(self, times: float | np.ndarray) -> np.ndarray:
        return np.asarray((self.foot("left", times) + self.foot("right", times)) / 2)

    def sideways(self, vector: np.ndarray) -> float:
        return float(vector[1] * self.hand_sign)

    def seen(self, vectors: np.ndarray) -> np.ndarray:
        """Across and up in the picture (..., 2)."""
        return np.asarray(vectors @ self.picture.T)


def true_metrics(truth: Truth) -> dict[str, float]:
    """Every metric that the scene's truth determines.

    Parameters
    ----------
    truth : of a scene; times in the scene are real time.

    Returns
    -------
    Key -> value in the unit of the catalogue. Metrics at events outside the clip are left out; a scene
    without an athlete has none. Of the four front-leg classes the true one is 1, the others 0.
    """
    if not truth.joint_names or len(truth.times_s) < 4:
        return {}
    body, mode = _Joints(truth), truth.scene.mode
    found = {
        f"{series}_at_{event}": truth.angle_at(series, event)
        for series in SERIES_UNITS
        if series.endswith("_angle") or series == "trunk_lean"
        for event in truth.events
    }
    for part in (_kept, _OF_DISCIPLINE[mode]):
        for key, (events, value) in part(body).items():
            if all(name in truth.events for name in events):
                found[key] = float(value(*(truth.events[name] for name in events)))
    leg = ("front_foot_contact", "ball_release")
    if mode == "bowling" and all(name in truth.events for name in leg):
        found |= _front_leg(body, *(truth.events[name] for name in leg))
    return {key: value for key, value in found.items() if np.isfinite(value)}


_Parts = dict[str, tuple[tuple[str, ...], Callable[..., float]]]


def _grid(start: float, stop: float) -> np.ndarray:
    return np.linspace(start, stop, max(2, round((stop - start) / _GRID_S) + 1))


def _time_between(first: float, second: float) -> float:
    return second - first


def _kept(body: _Joints) -> _Parts:
    mode = body.truth.scene.mode
    stop = _ACTION[mode][1]
    arm = _ACTING_ARM[mode]

    def stability(first: float, last: float) -> float:
        times = _grid(first, last)
        return _rms(body.seen(body.middle("ear", times, 1) - body.middle("hip", times, 1)))

    def drift(at: float) -> float:
        return abs(float(body.seen(body.middle("ear", at) - body.feet(at))[0]))

    def brace(first: float, last: float) -> float:
        return float(np.quantile(_knee(body, _grid(first, last)), 0.1))

    def turning(first: float, last: float) -> float:
        return _fastest_turn(body, "shoulder", first, last) - _fastest_turn(body, "hip", first, last)

    def elbow(at: float) -> float:
        return float((body.at(f"{arm}_elbow", at) - body.at(f"{arm}_shoulder", at))[2])

    return {
        "head_stability_score": (_ACTION[mode], stability),
        "balance_drift_score": ((stop,), drift),
        "front_knee_brace_score": (_KNEE_WINDOW[mode], brace),
        "hip_shoulder_separation_timing": (_TURN_WINDOW[mode], turning),
        "elbow_drop_score": ((stop,), elbow),
    }


def _batting(body: _Joints) -> _Parts:
    def stance(plant: float) -> float:
        start = _stride_start(body, plant)
        return float((body.at("front_ankle", start) - body.at("rear_ankle", start))[0])

    def direction(top: float) -> float:
        return body.sideways(body.middle("wrist", top) - body.middle("shoulder", top))

    return {
        "stride_length": (
            ("front_foot_plant",),
            lambda at: (body.at("front_ankle", at) - body.at("rear_ankle", at))[0],
        ),
        "plant_to_impact_time": (("front_foot_plant", "impact"), _time_between),
        "downswing_time": (("backlift_top", "impact"), _time_between),
        "stride_start_to_impact_time": (
            ("front_foot_plant", "impact"),
            lambda plant, impact: impact - _stride_start(body, plant),
        ),
        "backlift_height": (("backlift_top",), lambda at: body.middle("wrist", at)[2]),
        "backlift_direction": (("backlift_top",), direction),
        "head_over_base_at_impact": (("impact",), lambda at: (body.middle("ear", at) - body.feet(at))[0]),
        "stance_width": (("front_foot_plant",), stance),
        "feet_alignment": (("front_foot_plant",), lambda at: _alignment(body, at)),
    }


def _bowling(body: _Joints) -> _Parts:
    def run_up(back: float) -> float:
        ends = body.middle("hip", np.array([back - _RUN_UP_S, back]))
        return float((ends[1] - ends[0])[0]) / _RUN_UP_S if back >= _RUN_UP_S else float("nan")

    def change(contact: float, release: float) -> float:
        ends = _knee(body, np.array([contact, release]))
        return float(ends[1] - ends[0])

    return {
        "delivery_stride_length": (
            ("back_foot_contact", "front_foot_contact"),
            lambda back, front: body.truth.facts["stride_length_h"],
        ),
        "delivery_stride_time": (("back_foot_contact", "front_foot_contact"), _time_between),
        "front_foot_contact_to_release_time": (("front_foot_contact", "ball_release"), _time_between),
        "release_height": (("ball_release",), lambda at: body.at("rear_wrist", at)[2]),
        "run_up_speed": (("back_foot_contact",), run_up),
        "run_up_speed_m_s": (
            ("back_foot_contact",),
            lambda back: run_up(back) * body.truth.facts["height_m"],
        ),
        "front_knee_change_to_release": (("front_foot_contact", "ball_release"), change),
        "feet_alignment": (("front_foot_contact",), lambda at: _alignment(body, at)),
        "head_fall_away": (
            ("ball_release",),
            lambda at: -body.sideways(body.middle("ear", at) - body.feet(at)),
        ),
    }


def _wicketkeeping(body: _Joints) -> _Parts:
    def path(rise: float, take: float) -> float:
        way = body.seen(body.middle("wrist", _grid(rise, take)))
        return float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum() / np.linalg.norm(way[-1] - way[0]))

    return {
        "crouch_depth": (("set",), lambda at: (body.middle("hip", at) - body.feet(at))[2]),
        "rise_time": (("rise", "take"), _time_between),
        "hand_height_at_take": (("take",), lambda at: body.middle("wrist", at)[2]),
        "hand_path_to_take": (("rise", "take"), path),
        "head_stillness": (
            ("set", "rise"),
            lambda first, last: _rms(body.seen(body.middle("ear", _grid(first, last), 1))),
        ),
    }


def _fielding(body: _Joints) -> _Parts:
    def reach(at: float) -> float:
        wrists = [body.at(f"{side}_wrist", at) for side in ("left", "right")]
        lower = min(wrists, key=lambda wrist: wrist[2])
        return min(abs(float(body.seen(lower - body.foot(side, at))[0])) for side in ("left", "right"))

    def stillness(first: float, last: float) -> float:
        pace = body.seen(body.middle("ear", _grid(first, last), 1))
        return _rms(pace - pace.mean(axis=0))

    return {
        "pick_up_hip_height": (("pick_up",), lambda at: body.middle("hip", at)[2]),
        "pick_up_hand_to_foot": (("pick_up",), reach),
        "pick_up_to_release_time": (("pick_up", "throw_release"), _time_between),
        "throw_arm_timing": (
            ("pick_up", "throw_release"),
            lambda first, last: last - _fastest_turn(body, "shoulder", first, last),
        ),
        "head_stillness": (("pick_up", "throw_release"), stillness),
    }


_OF_DISCIPLINE: dict[Mode, Callable[[_Joints], _Parts]] = {
    "batting": _batting,
    "bowling": _bowling,
    "wicketkeeping": _wicketkeeping,
    "fielding": _fielding,
}


def _rms(velocities: np.ndarray) -> float:
    return float(np.sqrt((velocities**2).sum(axis=-1).mean()))


def _knee(body: _Joints, times: np.ndarray) -> np.ndarray:
    """Included angle (...) of the front knee in degrees."""
    hip, knee, ankle = (body.at(f"front_{part}", times) for part in ("hip", "knee", "ankle"))
    u, v = hip - knee, ankle - knee
    cosine = (u * v).sum(axis=-1) / (np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1))
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _front_leg(body: _Joints, contact: float, release: float) -> dict[str, float]:
    """Class of the front leg: how much it bends from contact, how much it straightens to release."""
    angle = _knee(body, _grid(contact, release))
    bends = angle[0] - angle.min() >= _CLASS_DEG
    straightens = angle[-1] - angle.min() >= _CLASS_DEG
    return {
        "front_leg_extender_probability": float(straightens and not bends),
        "front_leg_flexor_probability": float(bends and not straightens),
        "front_leg_flexor_extender_probability": float(bends and straightens),
        "front_leg_constant_brace_probability": float(not bends and not straightens),
    }


def _alignment(body: _Joints, at: float) -> float:
    return body.sideways(body.at("front_ankle", at) - body.at("rear_ankle", at))


def _fastest_turn(body: _Joints, part: str, first: float, last: float) -> float:
    """When the line from right to left, seen from above, turns fastest."""
    times = _grid(first, last)
    line = body.at(f"left_{part}", times) - body.at(f"right_{part}", times)
    turned = np.unwrap(np.arctan2(line[:, 1], line[:, 0]))
    return float(times[np.abs(np.gradient(turned, times)).argmax()])


def _stride_start(body: _Joints, plant: float) -> float:
    """When the front foot starts to move: its swing reaches `_STRIDE_STARTS_AT` of its fastest speed."""
    times = _grid(max(plant - _STRIDE_S, float(body.truth.times_s[0])), plant)
    pace = np.linalg.norm(body.foot("front", times, 1), axis=-1)
    fastest = int(pace.argmax())
    slow = np.flatnonzero(pace[:fastest] < _STRIDE_STARTS_AT * pace[fastest])
    return float(times[slow[-1]]) if len(slow) else float("nan")
