"""The goals, each with the figure that was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from cricksy_lib.validation.coverage import coverage
from cricksy_lib.validation.record import Row
from cricksy_lib.validation.tables import event_errors, metric_errors, pick, worst_group

CONTACTS = ("front_foot_plant", "back_foot_contact", "front_foot_contact")
ESTIMATED = ("impact", "ball_release")
STRIDES = ("stride_length", "delivery_stride_length")
_STRIDE_H = 0.04


@dataclass(frozen=True)
class Goal:
    """One row of the table: what, how far, how far it should be, and whether that is so.

    ``reached`` is ``None`` where there was nothing to judge.
    """

    what: str
    goal: str
    figure: str
    where: str
    reached: bool | None


def judge(
    series: pd.DataFrame,
    events: pd.DataFrame,
    metrics: pd.DataFrame,
    swaps: pd.DataFrame,
    invariance: pd.DataFrame,
    traps: Sequence[Row],
) -> list[Goal]:
    """Hold what was measured against every goal.

    Parameters
    ----------
    series, events, metrics, swaps : tables of all scenes, see `record.frame`.
    invariance : of `invariance.changes`.
    traps : of `traps.look`.
    """
    goals = _angles(series) if len(series) else []
    if len(events):
        goals += _events(pick(events, view="side"))
    if len(swaps):
        goals += _swaps(swaps)
    if len(metrics):
        goals += [*_stride(pick(metrics, view="side")), *_uncertainty(metrics)]
    return [*goals, *_invariance(invariance), *_traps(traps)]


def _limit(what: str, goal_deg: float, rows: pd.DataFrame, note: str = "") -> Goal:
    name, degrees, scenes = worst_group(rows)
    known = scenes > 0
    return Goal(
        what,
        f"at most {goal_deg:g} deg in the worst group",
        f"{degrees:.1f} deg" if known else "nothing measured",
        f"{name}, {scenes} scenes{note}" if known else "",
        degrees <= goal_deg if known else None,
    )


def _angles(series: pd.DataFrame) -> list[Goal]:
    ours = pick(series, method="ours")
    side, front = pick(ours, view="side"), pick(ours, view=("front", "behind"))
    goals = []
    knee = pick(side, series="front_knee_angle")
    goals.append(_limit("front knee over the movement, side-on", 5, pick(knee, over="movement")))
    events = tuple(sorted(set(side["over"]) - {"movement", "measured", "seen", "hidden", "hidden and sure"}))
    goals += [
        _limit(f"front knee at {event.replace('_', ' ')}, side-on", 5, pick(knee, over=event))
        for event in events
        if event in (*CONTACTS, *ESTIMATED)
    ]
    rear = pick(side, series="rear_knee_angle")
    goals.append(
        _limit("rear knee where measured, side-on", 8, pick(rear, over="measured"), _share_measured(rear))
    )
    lean = pick(side, series="trunk_lean", over="movement")
    goals.append(_limit("trunk lean over the movement, side-on", 5, lean))
    goals.append(
        _limit(
            "trunk lean over the movement, from the front",
            5,
            pick(front, series="trunk_lean", over="movement"),
        )
    )
    for where in ("front", "rear"):
        elbow = pick(side, series=f"{where}_elbow_angle")
        goals.append(_limit(f"{where} elbow while not hidden, side-on", 8, pick(elbow, over="seen")))
        goals.append(
            _limit(
                f"{where} elbow where measured, side-on",
                8,
                pick(elbow, over="measured"),
                _share_measured(elbow),
            )
        )
    elbows = pick(ours, series=("front_elbow_angle", "rear_elbow_angle"))
    hidden = pick(elbows, over="hidden")["n"].sum()
    sure = pick(elbows, over="hidden and sure")["n"].sum()
    goals.append(
        Goal(
            "elbows hidden by the body are flagged",
            "none called measured",
            f"{sure / hidden:.1%} of {hidden:.0f} frames called measured" if hidden else "none hidden",
            "all views",
            bool(sure == 0) if hidden else None,
        )
    )
    return goals


def _share_measured(rows: pd.DataFrame) -> str:
    moving, sure = pick(rows, over="movement")["n"].sum(), pick(rows, over="measured")["n"].sum()
    return f"; {sure / moving:.0%} of the frames are called measured" if moving else ""


def _events(events: pd.DataFrame) -> list[Goal]:
    goals = []
    told = event_errors(events, ["event"]).to_dict("records") if len(events) else []
    for row in told:
        name = str(row["event"])
        seen = f"side-on; {row['found']:.0%} of {row['n']} found"
        label = name.replace("_", " ")
        if not row["found"] and name in (*CONTACTS, *ESTIMATED):
            goals.append(Goal(label, "found and placed", "none found", seen, False))
        elif name in CONTACTS:
            figure = f"{row['within_1']:.0%} within 1 frame, worst {row['worst']:.1f}"
            goal = "within 1 frame at 60 fps in 90 %, never more than 3"
            goals.append(Goal(label, goal, figure, seen, bool(row["within_1"] >= 0.9 and row["worst"] <= 3)))
        elif name in ESTIMATED:
            figure = f"{row['within_3']:.0%} within 3 frames, {row['inside']:.0%} inside the ±"
            goal = "within 3 frames at 60 fps in 90 %, inside the ±"
            goals.append(
                Goal(label, goal, figure, seen, bool(row["within_3"] >= 0.9 and row["inside"] >= 0.9))
            )
    return goals


def _swaps(swaps: pd.DataFrame) -> list[Goal]:
    left = swaps["repaired"] > 0
    moving = swaps["repaired_moving"] > 0
    unflagged = int(swaps["unflagged"].astype(bool).sum())
    return [
        Goal(
            "no left-right swap left after repair",
            "in 95 % of the scenes",
            f"{1 - left.mean():.0%} of the scenes; {1 - moving.mean():.0%} over the movement alone",
            f"all views; before repair {1 - (swaps['raw'] > 0).mean():.0%}",
            bool(left.mean() <= 0.05),
        ),
        Goal(
            "a swap that is left is flagged",
            "no scene unflagged",
            f"{unflagged} scenes",
            "all views",
            unflagged == 0,
        ),
    ]


def _stride(metrics: pd.DataFrame) -> list[Goal]:
    goals = []
    for key in STRIDES:
        rows = pick(metrics, metric=key)
        if rows.empty:
            continue
        told = metric_errors(rows, ["metric"])
        known = len(told) > 0
        mean = float(told["mae"].iloc[0]) if known else float("nan")
        near = int((rows["error"].abs() <= _STRIDE_H).sum())
        figure = f"mean {100 * mean:.1f} %, {near} of {rows['error'].notna().sum()} within"
        goals.append(
            Goal(
                key.replace("_", " "),
                "within 4 % of body height",
                figure if known else "nothing measured",
                "side-on",
                mean <= _STRIDE_H if known else None,
            )
        )
    return goals


def _uncertainty(metrics: pd.DataFrame) -> list[Goal]:
    told = coverage(metrics, [])
    row = told.iloc[0]
    goals = [
        Goal(
            "truth inside the measured part of the ±",
            "in 90 to 99 % of measured values",
            f"{row['inside']:.1%} ({row['low']:.0%} to {row['high']:.0%})"
            if row["n"]
            else "nothing measured",
            f"{row['n']:.0f} values, all views",
            bool(0.9 <= row["inside"] <= 0.99) if row["n"] else None,
        )
    ]
    for label, start in (("front knee", "front_knee_angle_at_"), ("trunk", "trunk_lean_at_")):
        rows = metrics[metrics["metric"].str.startswith(start) & (metrics["view"] == "side")]
        sure = rows[rows["status"] == "measured"]["measured"].median()
        goals.append(
            Goal(
                f"median measured ± of the {label}, side-on",
                "under 8 deg",
                f"{sure:.1f} deg" if np.isfinite(sure) else "nothing measured",
                f"{(rows['status'] == 'measured').mean():.0%} of {len(rows)} are called measured"
                if len(rows)
                else "",
                bool(sure < 8) if np.isfinite(sure) else None,
            )
        )
    return goals


def _invariance(invariance: pd.DataFrame) -> list[Goal]:
    if invariance.empty:
        return []
    goals = []
    for change, rows in invariance.groupby("change", sort=True):
        inside = rows["inside"].astype(bool)
        goals.append(
            Goal(
                f"metrics between {change}",
                "change inside the stated ±",
                f"{inside.mean():.0%} of {len(rows)} pairs",
                f"{rows['scene'].nunique()} scenes",
                bool(inside.all()),
            )
        )
    return goals


def _traps(traps: Sequence[Row]) -> list[Goal]:
    if not traps:
        return []
    found = sum(len(trap["findings"]) for trap in traps)
    silent = sum(not trap["advice"] for trap in traps)
    return [
        Goal(
            "empty clips and crowds",
            "no technique finding, and advice on filming",
            f"{found} findings, {silent} clips without advice",
            f"{len(traps)} clips",
            found == 0 and silent == 0,
        )
    ]


def table(goals: Sequence[Goal]) -> pd.DataFrame:
    """Put the goals into one table."""
    rows = [
        {**asdict(goal), "reached": "–" if goal.reached is None else "yes" if goal.reached else "**no**"}
        for goal in goals
    ]
    return pd.DataFrame(rows)
