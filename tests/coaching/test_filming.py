"""How a clip was filmed, in words: what it means first, and how to say what one knows."""

from __future__ import annotations

import math

import pytest
from coaching_clips import capture, good_metrics, pose, refused_metrics

from cricksy_lib import capture as capturing
from cricksy_lib.coaching import filming
from cricksy_lib.coaching.filming import declare_view, facts_of, view_words
from cricksy_lib.coaching.findings import find
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.report import write_report
from cricksy_lib.motion import view
from cricksy_lib.results import MODES, Capture, Check, Metric, Mode, Report, View

COMMON = load_knowledge().common


def _filmed(seen: View, angle: float | None, **changes: object) -> Capture:
    return capture(seen).model_copy(update={"view_angle_deg": angle, **changes})


def _check(name: str, ok: bool, value: float | None, unit: str = "") -> Check:
    return Check(name=name, ok=ok, value=value, unit=unit, advice="Do it otherwise.")


def _facts(filmed: Capture) -> list[tuple[str, str, str]]:
    facts = facts_of(filmed, load_knowledge().of("batting"), COMMON)
    return [(fact.label, fact.meaning, fact.figure) for fact in facts]


def _report(mode: Mode, metrics: dict[str, Metric], filmed: Capture, first: View | None = None) -> Report:
    findings = find(mode, metrics, filmed, pose())
    return write_report(mode, findings, metrics, filmed, pose(), None, first_view=first)


@pytest.mark.parametrize(
    ("view", "angle", "words"),
    [
        ("side", 78.1, "side-on, 12° off square"),
        ("side", 89.7, "side-on, square"),
        ("front", 8.2, "from in front, 8° off the line"),
        ("behind", 0.3, "from behind, along the line"),
        ("oblique", 47.0, "at a slant, 43° off square"),
        ("unknown", 24.0, "not recognised; perhaps 24° off the line"),
        ("unknown", None, "not recognised"),
    ],
)
def test_a_view_says_how_far_off_it_was(view: View, angle: float | None, words: str) -> None:
    assert view_words(_filmed(view, angle), COMMON) == words


def test_a_line_whose_end_is_not_known_is_told_from_nothing_known() -> None:
    ours = (filming.ALONG_UP_TO_DEG, filming.SIDE_FROM_DEG, filming.WIDEST_DEG)
    assert ours == (view.ALONG_UP_TO_DEG, view.SIDE_FROM_DEG, view.WIDEST_DEG)
    spreads = {
        20.0: "along the line, but from which end is not known",
        60.0: "not recognised; perhaps 24° off the line",
    }
    for spread, words in spreads.items():
        assert view_words(_filmed("unknown", 24.0, view_angle_uncertainty_deg=spread), COMMON) == words


def test_a_declared_view_is_not_claimed_to_be_seen() -> None:
    assert view_words(_filmed("front", 40.0, view_source="user"), COMMON) == "from in front, as stated"


def test_a_check_says_what_it_means_and_then_its_figure() -> None:
    filmed = _filmed("side", 78.1, view_angle_uncertainty_deg=12.4).model_copy(
        update={
            "checks": [
                _check("view", True, 78.1, "deg"),
                _check("light", True, 138.4, "0-255"),
                _check("frame_rate", False, 29.97, "frames/s"),
                _check("file_whole", False, 0.999, "share of frames"),
                _check("hand", True, None),
                _check("something_new", False, 3.0, "px"),
            ]
        }
    )
    assert _facts(filmed) == [
        ("Camera position", "side-on, 12° off square", "78° ± 13° to the line"),
        ("Light", "enough", "brightness 138 of 255"),
        ("Frame rate", "too low for the fastest moments", "30 frames a second"),
        ("File", "cut off or damaged", "99 % of its frames"),
        ("Hand as given", "fits the movement", ""),
        ("Something new", "not good enough", "3.00 px"),
    ]


def test_what_was_not_measured_is_not_called_poor_and_needs_no_advice() -> None:
    checks = [
        _check("athlete_large_enough", False, None, "px"),
        _check("light", False, None, "0-255"),
        _check("scale", False, None, "%"),
        _check("hand", False, None),
    ]
    facts = facts_of(
        _filmed("side", 88.0).model_copy(update={"checks": checks}), load_knowledge().of("batting"), COMMON
    )
    assert [fact.meaning for fact in facts] == ["not measured"] * 3 + ["looks like the other hand"]
    # What hindered a scale is known, and said by the check itself.
    assert [bool(fact.advice) for fact in facts] == [False, False, True, True]


@pytest.mark.parametrize(
    ("name", "value", "ok", "figure"),
    [
        ("frame_rate", 49.6, False, "49.6 frames a second"),
        ("frame_rate", 49.97, False, "49.9 frames a second"),
        ("frame_rate", 29.97, False, "30 frames a second"),
        ("frame_rate", 50.0, True, "50 frames a second"),
        ("frame_rate", 59.94, True, "59.9 frames a second"),
        ("light", 39.6, False, "brightness 39.6 of 255"),
        ("light", 38.6, False, "brightness 39 of 255"),
        ("light", 225.03, False, "brightness 225.1 of 255"),
        ("athlete_large_enough", 159.7, False, "159.7 pixels tall"),
        ("athlete_large_enough", 159.99, False, "159.9 pixels tall"),
        ("athlete_large_enough", 159.2, False, "159 pixels tall"),
        ("whole_body_in_picture", 0.8999, False, "89 % of frames"),
    ],
)
def test_what_fails_does_not_read_like_its_limit(name: str, value: float, ok: bool, figure: str) -> None:
    filmed = _filmed("side", 88.0).model_copy(update={"checks": [_check(name, ok, value)]})
    assert _facts(filmed)[0][2] == figure


def test_the_limits_of_the_checks_are_those_of_the_capture() -> None:
    assert {
        "athlete_large_enough": (capturing.LEAST_ATHLETE_PX, math.inf),
        "frame_rate": (capturing.LEAST_FRAME_RATE, math.inf),
        "light": (capturing.LEAST_LIGHT, capturing.MOST_LIGHT),
    } == filming.LIMITS


def test_a_view_that_is_not_sure_says_so() -> None:
    filmed = _filmed("side", 65.0).model_copy(update={"checks": [_check("view", False, 65.0, "deg")]})
    assert _facts(filmed)[0][1] == "side-on, 25° off square, not certain"


@pytest.mark.parametrize(("angle", "spread", "asked"), [(45, 4, False), (45, 16, True), (33, 5, True)])
def test_a_slant_that_is_sure_is_not_to_be_declared_away(angle: float, spread: float, asked: bool) -> None:
    filmed = _filmed("oblique", float(angle), view_angle_uncertainty_deg=float(spread))
    assert (declare_view(filmed, load_knowledge().of("bowling"), COMMON) is not None) is asked


@pytest.mark.parametrize("mode", MODES)
def test_whose_view_was_not_recognised_is_told_how_to_declare_it(mode: Mode) -> None:
    unseen = refused_metrics(mode)
    for metric in unseen.values():
        metric.reason = "The view is not known; this number needs a view from the side."
    for metrics in (unseen, good_metrics(mode)):
        report = _report(mode, metrics, _filmed("unknown", 20.0))
        (advice,) = (note for note in report.notes if "--view front" in note)
        assert load_knowledge().of(mode).words["front"] in advice
    assert "--view front" in _report(mode, unseen, _filmed("unknown", 20.0)).summary


@pytest.mark.parametrize("view", ["side", "front"])
def test_nobody_is_asked_to_declare_what_was_seen(view: View) -> None:
    assert "--view" not in " ".join(_report("batting", good_metrics("batting"), _filmed(view, 5.0)).notes)


def test_nothing_is_to_be_declared_where_it_was_or_nobody_was_there() -> None:
    book = load_knowledge()
    for filmed in (
        _filmed("oblique", 45.0, view_source="user"),
        _filmed("unknown", None, athlete_height_px=None),
    ):
        assert declare_view(filmed, book.of("bowling"), COMMON) is None


def test_what_a_view_from_the_side_cannot_give_is_not_to_be_filmed_from_the_side() -> None:
    metrics = good_metrics("batting")
    metrics["feet_alignment"] = metrics["feet_alignment"].model_copy(
        update={
            "status": "not_measurable",
            "value": None,
            "reason": "The view is side; this number needs a view from the front or behind.",
        }
    )
    film = [n for n in _report("batting", metrics, _filmed("side", 88.0)).notes if n.startswith("Next time")]
    assert film == [
        "Next time: For the numbers that a view from the side cannot give, "
        "film from in front or from behind as well."
    ]


@pytest.mark.parametrize("mode", MODES)
def test_the_week_does_not_ask_for_the_view_that_this_clip_has(mode: Mode) -> None:
    def film(view: View) -> str:
        week = _report(mode, good_metrics(mode), _filmed(view, 88.0)).one_week_plan
        (text,) = (a for day in week for a in day.activities if a.startswith("Film six"))
        return text

    assert film("front").endswith("from the side")
    assert not film("side").endswith("from the side")


def test_a_later_pass_that_takes_another_view_says_so() -> None:
    metrics, now = good_metrics("batting"), _filmed("unknown", 24.0)
    changed = _report("batting", metrics, now, first="oblique").reliability_warning or ""
    assert "at a slant" in changed
    assert "not recognised" in changed
    for same in ("unknown", None):
        assert "quick look" not in (_report("batting", metrics, now, first=same).reliability_warning or "")


def _contradicted(**changes: object) -> Capture:
    """A clip whose declared hand and view the body contradicts."""
    checks = [_check("view", False, 12.0, "deg"), _check("hand", False, None)]
    declared = {"view_source": "user", "view_disagrees": True, "hand_source": "user", "checks": checks}
    return _filmed("side", 12.0, **(declared | changes))


@pytest.mark.parametrize("mode", MODES)
def test_what_was_declared_against_the_body_is_said_at_the_top_and_is_no_filming_advice(mode: Mode) -> None:
    for metrics in (good_metrics(mode), refused_metrics(mode)):
        report = _report(mode, metrics, _contradicted())
        hand, view = (report.reliability_warning or "").split(" The view ")
        assert hand.startswith("The hand was given as right, but")
        assert "--hand" in hand
        assert view.startswith("was given as side, but the body looks as if filmed from another side")
        assert "--view" in view
        assert not any("otherwise" in note or "hand that was given" in note for note in report.notes)
    view_alone = _report(mode, good_metrics(mode), _contradicted(checks=[])).reliability_warning or ""
    assert "--view" in view_alone
    assert "--hand" not in view_alone


def test_a_view_that_is_only_unsure_is_not_called_wrong() -> None:
    unsure = _filmed("side", 62.0, view_source="user", checks=[_check("view", False, 62.0, "deg")])
    report = _report("batting", good_metrics("batting"), unsure)
    assert report.reliability_warning is None
    assert "Next time: Do it otherwise." in report.notes


@pytest.mark.parametrize(("filled", "said"), [(0, False), (60, True)])
def test_sides_exchanged_for_a_wrong_hand_are_not_called_badly_seen_joints(filled: int, said: bool) -> None:
    filmed, seen = _contradicted(), pose(swapped_frames=120, filled_frames=filled)
    metrics = good_metrics("bowling")
    findings = find("bowling", metrics, filmed, seen)
    warning = write_report("bowling", findings, metrics, filmed, seen, None).reliability_warning or ""
    assert warning.startswith("The hand was given")
    assert ("joints had to be corrected" in warning) is said
    assert "100 %" not in warning
