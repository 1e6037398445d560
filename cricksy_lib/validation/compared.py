"""The first system's scores and findings beside ours, on the same clips."""

from __future__ import annotations

import pandas as pd

from cricksy_lib.validation.evidence import Evidence
from cricksy_lib.validation.record import SceneRecord
from cricksy_lib.validation.tables import markdown


def findings_without_fault(records: list[SceneRecord]) -> pd.DataFrame:
    """Findings on scenes whose figure has no fault, by discipline: theirs and ours.

    Returns
    -------
    A row for each discipline: ``scenes``, mean number of findings a scene of the first system and of ours,
    and the share of scenes with any.
    """
    rows = []
    sound = [r for r in records if r.first_system and not r.scene.get("faults")]
    for mode in dict.fromkeys(record.groups["mode"] for record in sound):
        group = [record for record in sound if record.groups["mode"] == mode]
        theirs = [len(record.first_system["findings"]) for record in group]
        ours = [len(record.findings) for record in group]
        rows.append(
            {
                "mode": mode,
                "scenes": len(group),
                "first system, findings a scene": sum(theirs) / len(group),
                "scenes with any": sum(n > 0 for n in theirs) / len(group),
                "ours, findings a scene": sum(ours) / len(group),
                "scenes with any of ours": sum(n > 0 for n in ours) / len(group),
            }
        )
    return pd.DataFrame(rows)


def head_by_rate(records: list[SceneRecord]) -> pd.DataFrame:
    """The first system's head score of the same clips, sampled 5, 10 and 30 times a second."""
    rows = [record.first_system["head_by_rate"] for record in records if record.first_system]
    if not rows:
        return pd.DataFrame()
    table = pd.DataFrame(rows)
    return pd.DataFrame(
        {
            "samples a second": list(table.columns),
            "mean score": [float(table[name].mean()) for name in table],
            "least": [float(table[name].min()) for name in table],
            "most": [float(table[name].max()) for name in table],
        }
    )


def first_system_tables(evidence: Evidence) -> list[str]:
    """Markdown of how the first system did."""
    scenes = [record for record in evidence.scenes if record.first_system]
    if not scenes:
        return ["(not run)"]
    traps = [record for record in evidence.traps if record.first_system]
    parts = [
        "Its five scores, rebuilt from the plain loop's landmarks thinned to its ten frames a second: x and "
        "y normalised apart, no view, no hand, no phases, 0.5 for what is missing. Its scores have no truth "
        "to be held against, so what they say is counted.",
        "Findings on figures without a fault:",
        markdown(findings_without_fault(scenes), 2),
        "Its head score of one and the same movement, by how often it looks:",
        markdown(head_by_rate(scenes), 2),
    ]
    if traps:
        found = [len(record.first_system["findings"]) for record in traps]
        parts.append(
            f"On the {len(traps)} clips that show no technique it has {sum(found)} findings "
            f"({min(found)} to {max(found)} a clip); ours has {sum(len(r.findings) for r in traps)}."
        )
    return parts
