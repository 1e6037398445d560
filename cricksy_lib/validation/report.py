"""The report: what was found, in tables for people (Markdown), with its figures and all numbers beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from cricksy_lib.passrun import write_text
from cricksy_lib.validation import figures, goals, invariance
from cricksy_lib.validation.compared import first_system_tables
from cricksy_lib.validation.coverage import coverage, refusals
from cricksy_lib.validation.evidence import Evidence
from cricksy_lib.validation.groups import ALSO, FACTORS
from cricksy_lib.validation.record import Row, SceneRecord, frame
from cricksy_lib.validation.tables import (
    angle_errors,
    beside,
    event_errors,
    markdown,
    metric_errors,
    pick,
    worst_group,
)

REPORT, NUMBERS, FIGURES = "accuracy.md", "accuracy.json", "accuracy_figures.html"
_FIGURED = ("front_knee_angle", "rear_knee_angle", "trunk_lean", "front_elbow_angle")
_STRETCHES = ("movement", "measured", "seen", "hidden", "hidden and sure")


@dataclass
class Tables:
    """The rows of all scenes, by kind."""

    evidence: Evidence
    series: pd.DataFrame = field(init=False)
    events: pd.DataFrame = field(init=False)
    metrics: pd.DataFrame = field(init=False)
    metrics_auto: pd.DataFrame = field(init=False)
    swaps: pd.DataFrame = field(init=False)
    facts: pd.DataFrame = field(init=False)
    changes: pd.DataFrame = field(init=False)
    traps: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        scenes = self.evidence.scenes
        for kind in ("series", "events", "metrics", "metrics_auto", "swaps", "facts"):
            setattr(self, kind, frame(scenes, kind))
        self.changes = invariance.changes(self.evidence.filmed)
        self.traps = [trap_row(record) for record in self.evidence.traps]

    def goals(self) -> list[goals.Goal]:
        """Every goal with what was reached."""
        return goals.judge(self.series, self.events, self.metrics, self.swaps, self.changes, self.traps)


def trap_row(record: SceneRecord) -> Row:
    """What was said of a clip that shows no technique, beside what the first system would have said."""
    return {
        "clip": record.name,
        "level": record.facts.get("level", record.failed),
        "findings": record.findings,
        "advice": record.advice,
        "first_system": sorted(record.first_system.get("findings", {})),
    }


def write(evidence: Evidence, out: Path, command: str) -> Tables:
    """Write report, numbers and figures into a folder.

    Parameters
    ----------
    evidence : what was found.
    out : folder; made if it is not there.
    command : what repeats it.
    """
    out.mkdir(parents=True, exist_ok=True)
    tables = Tables(evidence)
    evidence.write(out / NUMBERS)
    figures.write_page(all_figures(tables), out / FIGURES)
    write_text(out / REPORT, to_markdown(tables, command))
    return tables


def all_figures(tables: Tables) -> list[go.Figure]:
    """Every figure for which there are numbers."""
    drawn: list[go.Figure] = []
    if len(tables.series):
        azimuths = {r.name: r.scene.get("azimuth_deg", 90.0) for r in tables.evidence.scenes}
        drawn += [
            figures.errors_by_series(tables.series, view) for view in sorted(set(tables.series["view"]))
        ]
        drawn += [figures.error_by_azimuth(tables.series, azimuths, name) for name in _FIGURED]
    if len(tables.events):
        drawn.append(figures.event_figure(tables.events))
    if len(tables.metrics):
        drawn.append(figures.coverage_figure(tables.metrics))
    if len(tables.swaps):
        drawn.append(figures.swap_figure(tables.swaps))
    if len(tables.changes):
        drawn.append(figures.invariance_figure(tables.changes))
    return drawn


def to_markdown(tables: Tables, command: str) -> str:
    """Write the whole report."""
    evidence = tables.evidence
    parts = ["# Accuracy", *_opening(tables, command), "## Goals", markdown(goals.table(tables.goals()))]
    if len(tables.series):
        parts += _angles(tables)
    if len(tables.events):
        parts += _events(tables.events)
    if len(tables.metrics):
        parts += _metrics(tables)
    if len(tables.swaps):
        parts += _swaps(tables.swaps)
    parts += ["## Hand, view and athlete", markdown(_readings(tables.facts))]
    parts += _traps(tables.traps)
    parts += ["## The first system on the same clips", *first_system_tables(evidence)]
    parts += ["## The same movement filmed otherwise"]
    parts.append(
        markdown(invariance.summary(tables.changes), 2) if len(tables.changes) else "(not looked at)"
    )
    parts += ["## A real clip against four calibrated cameras", *_real(evidence.real)]
    return "\n\n".join(parts) + "\n"


def _opening(tables: Tables, command: str) -> list[str]:
    evidence = tables.evidence
    failed = [f"- `{r.name}`: {r.failed}" for r in evidence.scenes if r.failed]
    made = ", ".join(f"{name} {value[:16]}" for name, value in evidence.made_with.items())
    lines = [
        f"Made by `{command}`: {len(evidence.scenes)} rendered scenes of the set '{evidence.set_name}' "
        f"({', '.join(evidence.modes)}), held against their exact truth. {made}.",
        "Errors are found minus true. In a group every scene weighs the same; bias is the mean error, noise "
        "the scatter within scenes, and between the scatter of the scenes' own biases. The movement reaches "
        "from the first event to the last and 0.1 s beyond. Side is within 25 degrees of square, front and "
        "behind within 25 degrees of the pitch line. The hand is declared; what is read without it stands "
        "apart. The plain loop and the model's own angles are told which side is in front. A rendered figure "
        "is not a person: these errors are the least to expect, and the ± of a result adds what people are "
        "worse by.",
    ]
    if evidence.skipped:
        lines.append("Left out: " + "; ".join(evidence.skipped) + ".")
    if failed:
        lines.append("Not analysed:\n" + "\n".join(failed))
    return lines


def _angles(tables: Tables) -> list[str]:
    series = tables.series
    moving = pick(series, over="movement")
    parts = [
        "## Joint angles over the movement (deg)",
        "By view; plain and model are mean absolute errors too.",
    ]
    parts.append(markdown(beside(moving, ["view", "series"])))
    parts += ["Side-on, by discipline:", markdown(beside(pick(moving, view="side"), ["series", "mode"]))]
    for factor in (*FACTORS[1:], *ALSO):
        table = angle_errors(pick(moving, view="side", method="ours"), ["series", factor])
        parts += [f"Side-on, by {factor.replace('_', ' ')}:", markdown(table)]
    worst = []
    for name in sorted(set(moving["series"])):
        rows = pick(moving, view="side", method="ours", series=name)
        group, degrees, count = worst_group(rows)
        mean = float(rows["mae"].mean()) if len(rows) else float("nan")
        worst.append({"series": name, "mean": mean, "worst group": degrees, "which": group, "scenes": count})
    parts += ["Side-on, the worst group beside the mean:", markdown(pd.DataFrame(worst))]
    parts += ["## Joint angles where they are called measured (deg)"]
    parts.append(markdown(angle_errors(pick(series, method="ours", over="measured"), ["view", "series"])))
    elbows = pick(series, method="ours", over=("seen", "hidden"))
    parts += ["Elbows, while the body hides them from the camera and while not:"]
    parts.append(markdown(angle_errors(elbows, ["view", "series", "over"])))
    parts += ["## Joint angles at the true instant of an event (deg)"]
    instants = series[~series["over"].isin(_STRETCHES)]
    table = beside(pick(instants, view="side"), ["series", "over"]).drop(columns="noise")
    parts += ["Side-on:", markdown(table)]
    return parts


def _events(events: pd.DataFrame) -> list[str]:
    parts = ["## Events (frames at 60 a second)", "Shares are of the found ones."]
    parts.append(markdown(event_errors(events, ["event", "view"]), 2, n=0))
    for factor in ("frame_rate", "hand", "lines"):
        parts += [f"Side-on, by {factor.replace('_', ' ')}:"]
        parts.append(markdown(event_errors(pick(events, view="side"), ["event", factor]), 2))
    return parts


def _metrics(tables: Tables) -> list[str]:
    metrics = tables.metrics
    parts = ["## Metrics", "Those that carry a number, in their own units, at the events as they were found:"]
    parts.append(markdown(metric_errors(metrics, ["metric", "view"]), 3))
    parts += [
        "## Is the truth inside the ±?",
        "Values called measured: the share whose error is inside the measured part of the ±, with its 95 % "
        "interval, and inside the whole ±; medians of both parts and of the absolute error.",
    ]
    parts.append(markdown(coverage(metrics, []), 2))
    parts.append(markdown(coverage(metrics, ["view", "unit"]), 2))
    parts.append(markdown(coverage(metrics, ["metric", "view"]), 2))
    parts += ["The same with nothing declared, hand and view read off the body:"]
    parts.append(markdown(coverage(tables.metrics_auto, []), 2))
    parts += [
        "## Refusals, right and wrong",
        "Wrong: called measured, and off by more than the whole ±. Near: within 5 degrees though doubted or "
        "refused (angles at events, of those whose series is known).",
        markdown(refusals(metrics, ["view"])),
        markdown(refusals(metrics, ["metric"])),
    ]
    sure = metrics[(metrics["status"] == "measured") & (metrics["error"].abs() > metrics["total"])]
    if len(sure):
        listed = sure[["scene", "metric", "value", "truth", "total"]]
        parts += ["Measured, sure and wrong:", markdown(listed, 2)]
    return parts


def _swaps(swaps: pd.DataFrame) -> list[str]:
    shares = ["plain", "raw", "repaired", "raw_moving", "repaired_moving"]
    shares = [name for name in shares if name in swaps]
    table = pd.DataFrame(
        {
            "": [name.replace("_moving", ", in the movement") for name in shares],
            "scenes with any": [int((swaps[name] > 0).sum()) for name in shares],
            "mean % of frames": [100 * swaps[name].mean() for name in shares],
            "worst % of frames": [100 * swaps[name].max() for name in shares],
        }
    )
    left = swaps[swaps["repaired"] > 0][["scene", "raw", "repaired", "repaired_moving", "unflagged"]]
    parts = [
        "## Left and right",
        "Legs whose labels fit the other leg's true place clearly better. A scene is unflagged where a frame "
        "of the movement is left wrong and a knee there is called measured.",
        markdown(table),
    ]
    return [*parts, "Left after repair (shares of frames):", markdown(left, 3)] if len(left) else parts


def _readings(facts: pd.DataFrame) -> pd.DataFrame:
    if facts.empty:
        return facts
    rows = []
    for (mode, view), group in facts.groupby(["mode", "view"], sort=True):
        hand = group["hand_read"]
        right = hand == group["hand"]
        rows.append(
            {
                "mode": mode,
                "view": view,
                "scenes": len(group),
                "right hand read": int(right.sum()),
                "unknown": int(hand.isna().sum()),
                "wrong": int((hand.notna() & ~right).sum()),
                "read as": ", ".join(f"{n} {name}" for name, n in group["view_read"].value_counts().items()),
                "another person followed": int((group["right_person"] < 0.9).sum()),
            }
        )
    return pd.DataFrame(rows)


def _traps(traps: list[Row]) -> list[str]:
    if not traps:
        return []
    rows = [
        {
            "clip": trap["clip"],
            "findings": ", ".join(trap["findings"]) or "none",
            "level": trap["level"],
            "advice on filming": "yes" if trap["advice"] else "**none**",
            "first system's findings": len(trap["first_system"]),
        }
        for trap in traps
    ]
    return ["## Clips that show no technique", markdown(pd.DataFrame(rows))]


def _real(real: list[Row] | str) -> list[str]:
    if isinstance(real, str):
        return [f"Skipped: {real}."]
    rows = pd.DataFrame(real)
    said = [
        f"`{clip}`: our clip is {group['offset_s'].iloc[0] * 1000:+.0f} ms against the reference "
        f"(mean correlation of the angles in the picture {group['correlation'].iloc[0]:.2f})."
        for clip, group in rows.groupby("clip", sort=True)
    ]
    table = rows.pivot(index=["clip", "series"], columns="method", values="mae").reset_index()
    ours = rows[rows["method"] == "ours"].set_index(["clip", "series"])
    for name in ("bias", "noise"):
        table[name] = [ours.loc[(c, s), name] for c, s in zip(table["clip"], table["series"], strict=True)]
    columns = ["clip", "series", "ours", "bias", "noise", "plain", "model", "picture"]
    return [
        "A man balancing, left limbs in front; mean absolute errors (deg) of angles in space. Picture: our "
        "landmarks' angles in the picture against those of the projected reference.",
        *said,
        markdown(table[columns]),
    ]
