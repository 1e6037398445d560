"""Which numbers rest on what an analyst set right: those that would be others without it, and whose ± do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cricksy_lib.results import Correction, Event, Metric
from cricksy_lib.vocabulary import event_words

# A moved landmark changes the athlete's height, and so every length, by a hair: that is no correction yet.
_LEAST_SHARE_OF_UNCERTAINTY = 0.05
_OF_THE_UNCERTAINTY: dict[Correction, str] = {
    "landmark": "Only its ± rests on landmarks that an analyst moved.",
    "event": "Only its ± rests on an event that an analyst set.",
}


def mark_corrected(
    metrics: Mapping[str, Metric],
    without: Mapping[Correction, Mapping[str, Metric]],
    events: Sequence[Event],
) -> dict[str, Metric]:
    """Mark the metrics whose number a correction changed, and say so in their reason.

    A correction that moved a metric's ± and nothing else does not make it a corrected one: its number is that
    of the clip as it was found. Its reason says that the ± is not.

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
            if _another_number(metric, others[key]) or (kind == "event" and metric.event in set_by_hand)
        ]
        only_its_uncertainty: list[Correction] = [
            kind
            for kind, others in without.items()
            if kind not in kinds and _another_uncertainty(metric, others[key])
        ]
        update: dict[str, object] = {"corrected": kinds}
        if metric.value is not None:
            said = [
                *_sayings(metric, kinds, set_by_hand),
                *(_OF_THE_UNCERTAINTY[kind] for kind in only_its_uncertainty),
            ]
            update["reason"] = " ".join([*filter(None, [metric.reason]), *said]) or None
        marked[key] = metric.model_copy(update=update)
    return marked


def _sayings(metric: Metric, kinds: list[Correction], set_by_hand: set[str]) -> list[str]:
    said = []
    if "landmark" in kinds:
        said.append("It rests on landmarks that an analyst moved.")
    if "event" in kinds and metric.event is not None and metric.event in set_by_hand:
        said.append(f"An analyst set the {event_words(metric.event)}.")
    elif "event" in kinds:
        said.append("It rests on an event that an analyst set.")
    return said


def _another_number(one: Metric, other: Metric) -> bool:
    """Say whether value or status differ: a number that counts only thanks to a correction rests on it."""
    return one.status != other.status or _apart(one.value, other.value, one, other)


def _another_uncertainty(one: Metric, other: Metric) -> bool:
    return _apart(one.uncertainty, other.uncertainty, one, other)


def _apart(a: float | None, b: float | None, one: Metric, other: Metric) -> bool:
    if a is None or b is None:
        return (a is None) != (b is None)
    least = [u for u in (one.uncertainty, other.uncertainty) if u is not None]
    scale = _LEAST_SHARE_OF_UNCERTAINTY * min(least) if least else 0.0
    return not np.isclose(a, b, rtol=1e-6, atol=scale)
