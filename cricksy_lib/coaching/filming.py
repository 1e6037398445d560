"""How a clip was filmed, in words that say what it means for the numbers; the figure comes second."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cricksy_lib.coaching import wording
from cricksy_lib.coaching.schema import Common, Discipline
from cricksy_lib.results import Capture, Check, View

# Views that a coach who knows better can put right by declaring one.
_DOUBTED: tuple[View, ...] = ("unknown", "oblique")
# An angle this near the line and this sure is a view along it, of which only the end can be missing: as
# `cricksy_lib.motion.view` has it, which this room does not import; a test holds them together.
ALONG_UP_TO_DEG, WIDEST_DEG = 30.0, 45.0


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
    """How to say from where the clip was filmed; ``None`` where that is known, or nobody was found."""
    if capture.view not in _DOUBTED or capture.view_source == "user" or capture.athlete_height_px is None:
        return None
    return common.report["declare_view"].format(
        front=discipline.words["front"], behind=discipline.words["behind"]
    )


def advice_on(check: Check, common: Common) -> str:
    """What to film differently about a check: the knowledge's words, or else the check's own."""
    words = common.checks.get(check.name)
    return words.advice if words and words.advice else check.advice


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
        return FilmedFact(
            words.label,
            words.good if check.ok else words.poor,
            _figure(check, words.number),
            check.ok,
            advice,
        )
    angle, declare = capture.view_angle_deg, declare_view(capture, discipline, common)
    figure = ""
    if angle is not None:
        shown = wording.with_error(angle, capture.view_angle_uncertainty_deg, "deg", common)
        figure = words.number.format(value=shown)
    advice = " ".join(part for part in (advice, declare) if part)
    return FilmedFact(words.label, view_words(capture, common), figure, check.ok, advice)


def _figure(check: Check, template: str) -> str:
    if check.value is None or not template:
        return ""
    # A share is rounded down: 99.9 % of a file is not all of it.
    return template.format(
        value=wording.rounded(check.value, 0), percent=math.floor(100 * check.value + 1e-9)
    )
