"""How a clip was filmed, in words that say what it means for the numbers; the figure comes second."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from cricksy_lib.coaching import wording
from cricksy_lib.coaching.schema import Common, Discipline
from cricksy_lib.results import Capture, Check, View

# Where a view along the line ends and one from the side begins, and how sure an angle must be to tell them:
# as `cricksy_lib.motion.view` has it, which this room does not import; a test holds them together.
ALONG_UP_TO_DEG, SIDE_FROM_DEG, WIDEST_DEG = 30.0, 60.0, 45.0
# The least and the most that is good enough, as `cricksy_lib.capture` has it, where the figure is no share
# (which is rounded down): a failed check must not read like its limit. A test holds these together as well.
LIMITS: Mapping[str, tuple[float, float]] = {
    "athlete_large_enough": (160.0, math.inf),
    "frame_rate": (50.0, math.inf),
    "light": (40.0, 225.0),
}


@dataclass(frozen=True)
class FilmedFact:
    """One thing about the filming.

    Attributes
    ----------
    label : what it is about.
    meaning : what it means, a few words.
    figure : what was measured for it; empty without a number.
    ok : whether it is good enough.
    advice : what to film differently; empty where it is good enough.
    """

    label: str
    meaning: str
    figure: str
    ok: bool
    advice: str


def facts_of(capture: Capture, discipline: Discipline, common: Common) -> list[FilmedFact]:
    """Put every capture check into words, in the checks' order."""
    return [_fact(check, capture, discipline, common) for check in capture.checks]


def view_words(capture: Capture, common: Common) -> str:
    """From where the clip was filmed, for example ``side-on, 12° off square``."""
    view = common.views[capture.view]
    angle = capture.view_angle_deg
    if capture.view_source == "user":
        return common.views["as_stated"].format(view=view)
    if angle is None:
        return view
    from_square = capture.view in ("side", "oblique")
    off = wording.rounded(90.0 - angle if from_square else angle, 0)
    if capture.view == "unknown":
        spread = capture.view_angle_uncertainty_deg
        if angle <= ALONG_UP_TO_DEG and spread is not None and spread <= WIDEST_DEG:
            return common.views["along"]
        return common.views["perhaps"].format(view=view, off=off)
    if off == "0":
        return common.views["square" if from_square else "in_line"].format(view=view)
    return common.views["off_square" if from_square else "off_line"].format(view=view, off=off)


def declare_view(capture: Capture, discipline: Discipline, common: Common) -> str | None:
    """How to say from where the clip was filmed; ``None`` where that is known, or nobody was found.

    A camera that surely stood at a slant is known: no view that could be declared would be true.
    """
    if capture.view_source == "user" or capture.athlete_height_px is None:
        return None
    if capture.view != "unknown" and not (capture.view == "oblique" and _may_be_a_view(capture)):
        return None
    return common.report["declare_view"].format(
        front=discipline.words["front"], behind=discipline.words["behind"]
    )


def _may_be_a_view(capture: Capture) -> bool:
    """Whether a slant may be off by so much that it is a view from the side or along the line."""
    angle, spread = capture.view_angle_deg, capture.view_angle_uncertainty_deg
    if angle is None or spread is None:
        return True
    return angle - spread < ALONG_UP_TO_DEG or angle + spread >= SIDE_FROM_DEG


def was_measured(check: Check, common: Common) -> bool:
    """Whether there is a figure behind a check, where it has one: light and size of nobody have none."""
    words = common.checks.get(check.name)
    return check.value is not None or words is None or not words.number


def advice_on(check: Check, common: Common) -> str:
    """What to film differently about a check: the knowledge's words, or else the check's own.

    Of what was not measured nothing is known to be wrong: only a check that says itself what hindered it
    has advice then.
    """
    words = common.checks.get(check.name)
    if words is None or not words.advice:
        return check.advice
    return words.advice if was_measured(check, common) else ""


def contradictions(capture: Capture, common: Common) -> dict[str, str]:
    """Say what was declared and the body contradicts, by the name of the check that failed over it."""
    said = {}
    if hand_contradicted(capture):
        said["hand"] = common.warnings["hand_contradicted"].format(hand=capture.hand)
    if capture.view_disagrees:
        said["view"] = common.warnings["view_contradicted"].format(view=capture.view)
    return said


def hand_contradicted(capture: Capture) -> bool:
    """Whether the movement looks like that of the other hand than the one that was declared."""
    return failed(capture, "hand")


def failed(capture: Capture, name: str) -> bool:
    """Whether the capture check of that name was made and is not good enough."""
    return any(check.name == name and not check.ok for check in capture.checks)


def view_changed(first: View | None, now: View, common: Common) -> str | None:
    """Say that a later pass takes another view than the first did; ``None`` where it takes the same."""
    if first is None or first == now:
        return None
    return common.warnings["view_changed"].format(first=common.views[first], now=common.views[now])


def _fact(check: Check, capture: Capture, discipline: Discipline, common: Common) -> FilmedFact:
    words = common.checks.get(check.name)
    advice = "" if check.ok else advice_on(check, common)
    if words is None:
        label = wording.sentence(check.name.replace("_", " "))
        meaning = common.report["check_good" if check.ok else "check_poor"]
        value = check.value
        return FilmedFact(
            label,
            meaning,
            "" if value is None else wording.number(value, check.unit, common),
            check.ok,
            advice,
        )
    if check.name != "view":
        meaning = words.good if check.ok else words.poor
        if not check.ok and not was_measured(check, common):
            meaning = common.statuses["not_measurable"]
        return FilmedFact(words.label, meaning, _figure(check, words.number), check.ok, advice)
    angle, declare = capture.view_angle_deg, declare_view(capture, discipline, common)
    figure = ""
    if angle is not None:
        shown = wording.with_error(angle, capture.view_angle_uncertainty_deg, "deg", common)
        figure = words.number.format(value=shown)
    advice = " ".join(part for part in (advice, declare) if part)
    meaning = view_words(capture, common)
    if not check.ok and capture.view in ("side", "front", "behind"):
        meaning = f"{meaning}, {words.poor}"
    return FilmedFact(words.label, meaning, figure, check.ok, advice)


def _figure(check: Check, template: str) -> str:
    if check.value is None or not template:
        return ""
    whole = wording.rounded(check.value, 0)
    # A rate of 49.6 is no 50.
    fine = whole if abs(check.value - round(check.value)) < 0.05 else wording.rounded(check.value, 1)
    if not check.ok:
        whole, fine = (_short_of_limit(check, text) for text in (whole, fine))
    return template.format(value=whole, fine=fine, percent=wording.percent(check.value))


def _short_of_limit(check: Check, text: str) -> str:
    """A failed check's figure; one that rounds to its limit is rounded away from it, to a tenth."""
    least, most = LIMITS.get(check.name, (-math.inf, math.inf))
    if check.value is None or least <= check.value <= most:
        return text
    if check.value < least <= float(text):
        return wording.rounded(math.floor(10 * check.value) / 10, 1)
    if check.value > most >= float(text):
        return wording.rounded(math.ceil(10 * check.value) / 10, 1)
    return text
