"""Which numbers rest on what an analyst set right: those that would be others without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cricksy_lib.results import Correction, Event, Metric

# A moved landmark changes the athlete's height, and so every length, by a hair: that is no correction yet.
_LEAST_SHARE_OF_UNCERTAINTY = 0.05


def mark_corrected(
    metrics: Mapping[str, Metric],
    without: Mapping[Correction, Mapping[str, Metric]],
    events: Sequence[Event],
) -> dict[str, Metric]:
    """Mark the metrics that a correction changed, and say so in their reason.

    Parameters
    ----------
    metrics : with all corrections.
    without : the same with all but one kind of them, by the kind left out.
    events : of the movement; a metric at one that was set by hand is always marked.
    """
    set_by_hand = {event.name for event in events if event.corrected}
    marked = {}
    for key, metric in metrics.items():
        kinds: list[Correction] = [
            kind
            for kind, others in without.items()
            if _differ(metric, others[key]) or (kind == "event" and metric.event in set_by_hand)
        ]
        update: dict[str, object] = {"corrected": kinds}
        if kinds and metric.value is not None:
            update["reason"] = " ".join(
                [*filter(None, [metric.reason]), *_sayings(metric, kinds, set_by_hand)]
            )
        marked[key] = metric.model_copy(update=update)
    return marked


def _sayings(metric: Metric, kinds: list[Correction], set_by_hand: set[str]) -> list[str]:
    said = []
    if "landmark" in kinds:
        said.append("It rests on landmarks that an analyst moved.")
    if "event" in kinds and metric.event is not None and metric.event in set_by_hand:
        said.append(f"An analyst set the {metric.event.replace('_', ' ')}.")
    elif "event" in kinds:
        said.append("It rests on an event that an analyst set.")
    return said


def _differ(one: Metric, other: Metric) -> bool:
    if one.status != other.status:
        return True
    least = [u for u in (one.uncertainty, other.uncertainty) if u is not None]
    scale = _LEAST_SHARE_OF_UNCERTAINTY * min(least) if least else 0.0
    return any(
        (a is None) != (b is None)
        or (a is not None and b is not None and not np.isclose(a, b, rtol=1e-6, atol=scale))
        for a, b in ((one.value, other.value), (one.uncertainty, other.uncertainty))
    )
