"""Which numbers are marked as corrected, and what is said of those whose ± alone moved."""

from __future__ import annotations

from typing import Any

import pytest
from dashboard.sample_results import sample_results

from cricksy_lib.metrics.corrected import mark_corrected
from cricksy_lib.results import Correction, Event, Metric

KEY = "front_knee_brace_score"
FOUND = (
    sample_results("deep")
    .metrics[KEY]
    .model_copy(
        update={"value": 124.0, "uncertainty": 10.0, "status": "measured", "reason": None, "event": "impact"}
    )
)
GONE = {"value": None, "uncertainty": None, "status": "not_measurable"}
IMPACT = Event(name="impact", time_s=1.0, uncertainty_s=0.01, frame=60, corrected=True)


def marked(
    kind: Correction = "landmark", found: Metric = FOUND, events: tuple[Event, ...] = (), **changes: Any
) -> Metric:
    """The metric with a correction, where it is ``found`` without."""
    now = FOUND.model_copy(update=changes)
    return mark_corrected({KEY: now}, {kind: {KEY: found}}, events)[KEY]


@pytest.mark.parametrize("changes", [{"value": 130.0}, {"status": "low_confidence"}, {"value": 124.6}, GONE])
def test_another_value_or_status_is_a_corrected_one(changes: dict[str, Any]) -> None:
    after = marked(**changes)
    assert after.corrected == ["landmark"]
    assert (after.reason is None) == (after.value is None)
    assert "Only" not in (after.reason or "")


def test_a_value_that_only_a_correction_gave_is_a_corrected_one() -> None:
    assert marked(found=FOUND.model_copy(update=GONE)).corrected == ["landmark"]


@pytest.mark.parametrize("changes", [{}, {"value": 124.4}, {"uncertainty": 10.4}])
def test_less_than_a_twentieth_of_the_uncertainty_is_no_correction(changes: dict[str, Any]) -> None:
    after = marked(**changes)
    assert (after.corrected, after.reason) == ([], None)


@pytest.mark.parametrize(
    ("kind", "what"), [("landmark", "landmarks that an analyst moved"), ("event", "an event that an analyst")]
)
@pytest.mark.parametrize("uncertainty", [12.0, 7.0])
def test_a_value_whose_uncertainty_alone_moved_is_not_corrected_and_says_so(
    kind: Correction, what: str, uncertainty: float
) -> None:
    after = marked(kind, uncertainty=uncertainty, reason="Seen from behind.")
    assert after.corrected == []
    assert (after.value, after.uncertainty) == (FOUND.value, uncertainty)
    assert after.reason is not None
    assert after.reason.startswith("Seen from behind. Only its ± rests on " + what)


def test_each_kind_is_judged_by_itself() -> None:
    now = FOUND.model_copy(update={"value": 130.0, "uncertainty": 12.0})
    without: dict[Correction, dict[str, Metric]] = {
        "landmark": {KEY: FOUND.model_copy(update={"value": 130.0})},
        "event": {KEY: FOUND.model_copy(update={"uncertainty": 12.0})},
    }
    after = mark_corrected({KEY: now}, without, [])[KEY]
    assert after.corrected == ["event"]
    assert after.reason == (
        "It rests on an event that an analyst set. Only its ± rests on landmarks that an analyst moved."
    )


def test_a_number_at_an_event_that_was_set_is_always_corrected() -> None:
    after = marked("event", events=(IMPACT,))
    assert (after.corrected, after.reason) == (["event"], "An analyst set the impact.")
