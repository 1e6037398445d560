"""Event times, read off the joints on the fine grid: nothing here knows how the movement was planned."""

from __future__ import annotations

import numpy as np

from cricksy_lib.results import Hand, Mode
from cricksy_lib.synthetic.curves import STEP_S
from cricksy_lib.synthetic.figure import Body, Side

DOWN_H = 0.007  # body heights above where the foot rests: 12 mm for an adult
STILL_H_S = 0.2  # body heights per second
_LIFTED_S = 0.03
_RELEASE_PAST_VERTICAL = np.radians(10.0)


def front_side(mode: Mode, hand: Hand) -> Side:
    """Front limbs: of the take in keeping, otherwise opposite to the hand."""
    if mode == "wicketkeeping":
        return hand
    return "left" if hand == "right" else "right"


def planted(body: Body, side: Side) -> np.ndarray:
    """Boolean (N,): the foot's heel or its toes are down and still (see DOWN_H, STILL_H_S)."""
    ends = np.stack([body.joints[f"{side}_heel"], body.joints[f"{side}_foot_index"]])
    height = body.size.height_m
    above = ends[..., 2] - 0.012 * height
    speed = np.linalg.norm(np.gradient(ends, STEP_S, axis=1), axis=-1)
    return np.asarray(((above < DOWN_H * height) & (speed < STILL_H_S * height)).any(axis=0))


def contacts(body: Body, side: Side) -> np.ndarray:
    """Times (K,) of first ground contact of a foot after it was off the ground."""
    down = planted(body, side)
    onsets = np.flatnonzero(down[1:] & ~down[:-1]) + 1
    off = round(_LIFTED_S / STEP_S)
    return body.t[[i for i in onsets if i >= off and not down[i - off : i].any()]]


def _speed(path: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(np.gradient(path, STEP_S, axis=0), axis=1))


def _last_before(times: np.ndarray, limit: float, what: str) -> float:
    earlier = times[times < limit]
    if not len(earlier):
        raise ValueError(f"the movement has no {what}")
    return float(earlier[-1])


def _hands(body: Body) -> np.ndarray:
    return np.asarray((body.joints["left_wrist"] + body.joints["right_wrist"]) / 2)


def _batting(body: Body, hand: Hand) -> dict[str, float]:
    hands, front = _hands(body), front_side("batting", hand)
    fastest = int(_speed(body.extra["bat_toe"]).argmax())
    # Contact is where the bat's middle passes over the front ankle.
    middle = body.extra["bat_top"] * 0.22 + body.extra["bat_toe"] * 0.78
    behind = middle[:, 0] < body.joints[f"{front}_ankle"][:, 0]
    window = slice(max(0, fastest - 200), fastest + 200)
    crossing = np.flatnonzero(behind[window][:-1] & ~behind[window][1:])
    impact = window.start + int(crossing[-1]) + 1
    height = hands[:impact, 2]
    top = int(np.flatnonzero(height >= height.max() - 0.002)[-1])
    return {
        "backlift_top": float(body.t[top]),
        "front_foot_plant": _last_before(contacts(body, front), float(body.t[impact]), "plant"),
        "impact": float(body.t[impact]),
    }


def _bowling(body: Body, hand: Hand) -> dict[str, float]:
    arm = body.joints[f"{hand}_wrist"] - body.joints[f"{hand}_shoulder"]
    fastest = int(_speed(body.joints[f"{hand}_wrist"] - body.extra["chest"]).argmax())
    past = (arm[:, 2] > 0) & (np.arctan2(arm[:, 0], arm[:, 2]) > _RELEASE_PAST_VERTICAL)
    window = slice(max(0, fastest - 150), fastest + 150)
    release = window.start + int(np.flatnonzero(past[window][1:] & ~past[window][:-1])[0]) + 1
    front = front_side("bowling", hand)
    ffc = _last_before(contacts(body, front), float(body.t[release]), "front foot contact")
    return {
        "back_foot_contact": _last_before(contacts(body, hand), ffc, "back foot contact"),
        "front_foot_contact": ffc,
        "ball_release": float(body.t[release]),
    }


def _wicketkeeping(body: Body, hand: Hand) -> dict[str, float]:
    hips = (body.joints["left_hip"] + body.joints["right_hip"])[:, 2] / 2
    climb = np.gradient(hips, STEP_S)
    lowest = int(hips[: int(climb.argmax())].argmin())
    upward = climb > 0.1
    rises = lowest + int(np.flatnonzero(upward[lowest:])[0])
    speed = _speed(_hands(body))
    # The gloves go to meet the ball, are slowest as it arrives, then give with it.
    after = speed[rises:]
    quick = (np.diff(after, append=0) <= 0) & (after > 0.5 * after[:800].max())
    reach = rises + int(np.flatnonzero(quick)[0])
    slow = reach + int(np.flatnonzero(np.diff(speed[reach:]) >= 0)[0])
    return {
        "set": float(body.t[lowest]),
        "rise": float(body.t[rises]),
        "take": float(body.t[slow]),
    }


def _fielding(body: Body, hand: Hand) -> dict[str, float]:
    wrist = body.joints[f"{hand}_wrist"]
    pick_up = int(wrist[:, 2].argmin())
    release = pick_up + int(_speed(wrist)[pick_up:].argmax())
    return {"pick_up": float(body.t[pick_up]), "throw_release": float(body.t[release])}


_READERS = {
    "batting": _batting,
    "bowling": _bowling,
    "wicketkeeping": _wicketkeeping,
    "fielding": _fielding,
}


def read_events(body: Body, mode: Mode, hand: Hand) -> dict[str, float]:
    """Event times in seconds, in the contract's names, for a body of any hand."""
    return _READERS[mode](body, hand)
