"""Which metric is read by what: by its key in the catalogue; an angle at an event needs no entry."""

from __future__ import annotations

from cricksy_lib.metrics import kept
from cricksy_lib.metrics.front_leg import FRONT_LEG
from cricksy_lib.metrics.lengths import LENGTHS
from cricksy_lib.metrics.readings import Ask, Reader, Reading, angle_at_event
from cricksy_lib.metrics.times import TIMES

READERS: dict[str, Reader] = {
    "head_stability_score": kept.head_stability,
    "balance_drift_score": kept.balance_drift,
    "front_knee_brace_score": kept.front_knee_brace,
    "hip_shoulder_separation_timing": kept.hip_shoulder_timing,
    "elbow_drop_score": kept.elbow_height,
    **LENGTHS,
    **TIMES,
    **FRONT_LEG,
}


def read(ask: Ask) -> Reading:
    """Read one metric of one repetition."""
    return READERS.get(ask.key, angle_at_event)(ask)
