"""The knowledge files: what they may say, and what the loader refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cricksy_lib.coaching import wording
from cricksy_lib.coaching.loader import (
    FOLDER,
    all_texts,
    forbidden_word,
    load_knowledge,
    wording_problems,
)
from cricksy_lib.coaching.schema import HOUSE_RULE_LABEL, Rule
from cricksy_lib.errors import KnowledgeError
from cricksy_lib.metrics.catalogue import load_catalogue
from cricksy_lib.results import MODES, Mode
from cricksy_lib.vocabulary import EVENT_WORDS

REFERENCE = {"low": 0.75, "high": 0.85, "source": "A paper", "cohort": "20 bowlers", "grade": "A"}


def _rule(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "code": "A_RULE",
        "title": "A rule",
        "metric": "trunk_lean_at_impact",
        "unit": "deg",
        "event": "impact",
        "direction": "above",
        "threshold": 50,
        "clear_deviation": 10,
        "max_severity": "medium",
        "basis": "house rule",
        "label": HOUSE_RULE_LABEL,
        "message": "It was {value}; the limit is {threshold}.",
        "why_it_matters": "It matters.",
        "cues": ["Stand up"],
        "drills": ["bat-step-and-hold"],
    }
    return base | changes


def _research(**changes: object) -> dict[str, object]:
    return _rule(**({"basis": "research", "label": None, "reference": REFERENCE} | changes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "knowledge"))


def _change(folder: Path, mode: str, change: object) -> None:
    path = folder / f"{mode}.yaml"
    loader, dumper = (
        getattr(yaml, "CSafeLoader", yaml.SafeLoader),
        getattr(yaml, "CSafeDumper", yaml.SafeDumper),
    )
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    change(data)  # type: ignore[operator]
    path.write_text(yaml.dump(data, Dumper=dumper), encoding="utf-8")


def test_what_ships_is_valid_and_read_once() -> None:
    assert set(load_knowledge().disciplines) == set(MODES)
    assert load_knowledge() is load_knowledge()


def test_what_ships_says_no_forbidden_word() -> None:
    assert list(wording_problems(load_knowledge())) == []


@pytest.mark.parametrize("mode", MODES)
def test_an_event_is_called_by_the_words_of_its_own_name(mode: Mode) -> None:
    for name, label in EVENT_WORDS[mode].items():
        assert set(name.split("_")) <= set(re.split(r"[ -]", label)), label
        assert forbidden_word(label, load_knowledge().common.wording, mode) is None


def test_no_two_disciplines_share_an_event() -> None:
    names = [name for words in EVENT_WORDS.values() for name in words]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("mode", MODES)
def test_an_event_has_one_name_in_labels_reasons_and_pages(mode: Mode) -> None:
    for name, words in EVENT_WORDS[mode].items():
        assert load_catalogue().metrics(mode)[f"trunk_lean_at_{name}"].label == f"Trunk lean at {words}"
        assert wording.event_words(name, load_knowledge().of(mode)) == words


def test_a_defined_contact_of_the_foot_has_no_second_name() -> None:
    labels = [entry.label for mode in MODES for entry in load_catalogue().metrics(mode).values()]
    texts = [text for mode in ("batting", "bowling") for text in all_texts(load_knowledge().of(mode))]
    for text in [*labels, *texts]:
        assert not re.search(r"foot('s)?[ -]((is |was )?down|landing)\b", text.lower()), text


@pytest.mark.parametrize("mode", MODES)
def test_every_rule_is_on_a_metric_of_the_catalogue_or_says_that_it_waits_for_one(mode: Mode) -> None:
    measured = load_catalogue().metrics(mode)
    for rule in load_knowledge().of(mode).rules:
        assert (rule.metric in measured) != rule.awaits_metric, rule.code
        if rule.metric in measured:
            assert rule.unit == measured[rule.metric].unit, rule.code
            assert rule.unit in load_knowledge().common.units, rule.code


@pytest.mark.parametrize("mode", MODES)
def test_no_two_rules_judge_one_metric(mode: Mode) -> None:
    metrics = [rule.metric for rule in load_knowledge().of(mode).rules]
    assert len(metrics) == len(set(metrics))


@pytest.mark.parametrize("mode", MODES)
def test_every_drill_has_dose_safety_and_a_rule_that_uses_it(mode: Mode) -> None:
    discipline = load_knowledge().of(mode)
    used = {drill for rule in discipline.rules for drill in rule.drills}
    assert used == {drill.id for drill in discipline.drills}
    assert all(drill.dose and drill.safety and drill.how for drill in discipline.drills)


def test_disciplines_share_no_drill() -> None:
    ids = [drill.id for discipline in load_knowledge().disciplines.values() for drill in discipline.drills]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("mode", ["wicketkeeping", "fielding"])
def test_keeping_and_fielding_have_house_rules_only(mode: Mode) -> None:
    discipline = load_knowledge().of(mode)
    assert {rule.basis for rule in discipline.rules} == {"house rule"}
    assert any("No published reference" in note for note in discipline.notes)


def test_styles_are_not_rules() -> None:
    bowling = load_knowledge().of("bowling")
    assert not {"ELBOW_DROP", "ROTATION_TIMING"} & {rule.code for rule in bowling.rules}
    for discipline in load_knowledge().disciplines.values():
        assert not any("elbow_angle" in rule.metric for rule in discipline.rules)


def test_front_leg_of_bowlers_carries_the_load_caveat() -> None:
    bowling = load_knowledge().of("bowling")
    knee = next(rule for rule in bowling.rules if rule.metric == "front_knee_brace_score")
    assert knee.caveat is not None
    assert "load" in knee.caveat.lower()
    assert knee.max_severity == "low"
    assert bowling.load_caveat is not None
    assert "juniors" in bowling.load_caveat


def test_knowledge_cannot_be_changed() -> None:
    discipline = load_knowledge().of("batting")
    with pytest.raises(ValidationError):
        discipline.rules[0].threshold = 1.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        discipline.words["player"] = "x"  # type: ignore[index]


@pytest.mark.parametrize("grade", ["C", "M", "I"])
def test_research_needs_grade_a_or_b(grade: str) -> None:
    with pytest.raises(ValidationError, match="grade A or B"):
        Rule.model_validate(_research(reference=REFERENCE | {"grade": grade}))


def test_grade_b_is_worded_as_reported_and_is_at_most_medium() -> None:
    grade_b = REFERENCE | {"grade": "B"}
    with pytest.raises(ValidationError, match="reported by"):
        Rule.model_validate(_research(reference=grade_b))
    with pytest.raises(ValidationError, match="reported by"):
        Rule.model_validate(
            _research(reference=grade_b, max_severity="high", message="Reported by X: {value}.")
        )
    Rule.model_validate(_research(reference=grade_b, message="Reported by X: {value}."))


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (_rule(label=None), "labelled"),
        (_rule(max_severity="high"), "at most medium"),
        (_rule(reference=REFERENCE), "no reference"),
        (_rule(basis="research", label=None), "grade A or B"),
        (_rule(metric="hip_shoulder_separation_at_impact"), "never judged"),
        (_rule(metric="hand_speed_at_impact"), "never judged"),
        (_rule(event="backlift_top"), "not at the event"),
        (_rule(message="It was {score}."), "is not one of"),
        (_rule(threshold=float("nan")), "finite"),
        (_rule(clear_deviation=0), "greater than 0"),
        (_rule(surprise=1), "Extra inputs"),
        (
            _rule(
                metric="front_knee_angle_at_impact",
                direction="below",
                strength={"margin": 5, "text": "A firm front leg ({value})."},
            ),
            "load caveat",
        ),
    ],
)
def test_schema_refuses(rule: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Rule.model_validate(rule)


def test_unknown_drill_is_refused(folder: Path) -> None:
    _change(folder, "batting", lambda data: data["rules"][0].update(drills=["bat-unheard-of"]))
    with pytest.raises(KnowledgeError, match="unknown drill 'bat-unheard-of'"):
        load_knowledge(folder)


def test_drill_of_another_discipline_is_unknown(folder: Path) -> None:
    _change(folder, "fielding", lambda data: data["rules"][0].update(drills=["bat-step-and-hold"]))
    with pytest.raises(KnowledgeError, match="unknown drill"):
        load_knowledge(folder)


def test_week_without_a_rest_day_is_refused(folder: Path) -> None:
    def fill(data: dict[str, list[dict[str, object]]]) -> None:
        for day in data["plan_with_findings"]:
            day["trains"] = "none"

    _change(folder, "bowling", fill)
    with pytest.raises(KnowledgeError, match="rest day"):
        load_knowledge(folder)


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("batting", "This protects from injury"),
        ("batting", "See a physiotherapist"),
        ("fielding", "It may cause pain"),
        ("bowling", "A diagnosis of the action"),
        ("bowling", "Ask a doctor"),
        ("batting", "Stand still at address"),
        ("bowling", "Hold the bat straight"),
        ("bowling", "Strong through contact"),
        ("batting", "Keep the run-up smooth"),
        ("wicketkeeping", "Backlift too low"),
        ("fielding", "Swap the gloves"),
        ("batting", "Excellent technique!"),
    ],
)
def test_forbidden_words_are_refused(folder: Path, mode: str, text: str) -> None:
    _change(folder, mode, lambda data: data["rules"][0].update(why_it_matters=text))
    with pytest.raises(KnowledgeError, match="must not be said"):
        load_knowledge(folder)


@pytest.mark.parametrize("text", ["A painted line", "Bowl at the batter", "A combat of wits"])
def test_words_that_only_look_alike_are_allowed(text: str) -> None:
    assert forbidden_word(text, load_knowledge().common.wording, "bowling") is None


@pytest.mark.parametrize("content", ["rules: [", "just words", "\x00", "- a\n- b"])
def test_broken_file_gives_a_sentence_and_advice(folder: Path, content: str) -> None:
    (folder / "bowling.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"bowling\.yaml cannot be used") as raised:
        load_knowledge(folder)
    assert raised.value.exit_code == 2
    assert str(folder) not in str(raised.value)


def test_missing_file_gives_a_sentence_and_advice(folder: Path) -> None:
    (folder / "fielding.yaml").unlink()
    with pytest.raises(KnowledgeError, match="cannot be read"):
        load_knowledge(folder)


def test_file_of_another_discipline_is_refused(folder: Path) -> None:
    shutil.copy(folder / "batting.yaml", folder / "bowling.yaml")
    with pytest.raises(KnowledgeError, match="it is about batting"):
        load_knowledge(folder)


def test_a_coachs_own_limits_can_be_loaded(folder: Path) -> None:
    _change(folder, "batting", lambda data: data["rules"][0].update(threshold=0.7))
    assert load_knowledge(folder).of("batting").rules[0].threshold == 0.7


def test_every_text_is_looked_at() -> None:
    texts = set(all_texts(load_knowledge().of("batting")))
    discipline = load_knowledge().of("batting")
    assert discipline.drills[0].safety in texts
    assert discipline.plan_with_findings[0].activities[0] in texts
    assert discipline.not_judged[0].why in texts


def test_descriptions_of_style_are_never_judged() -> None:
    style = ("backlift", "front_leg_", "release_height", "run_up_speed", "feet_alignment", "stance_width")
    for discipline in load_knowledge().disciplines.values():
        assert not [rule.code for rule in discipline.rules if rule.metric.startswith(style)]


@pytest.mark.parametrize("mode", MODES)
def test_a_research_rule_has_the_range_of_its_metric(mode: Mode) -> None:
    published = load_catalogue().metrics(mode)
    for rule in load_knowledge().of(mode).rules:
        if rule.reference is not None:
            known = published[rule.metric].reference
            assert known is not None, rule.code
            assert (known.low, known.high, known.grade) == (
                rule.reference.low,
                rule.reference.high,
                rule.reference.grade,
            )


@pytest.mark.parametrize("mode", MODES)
def test_a_finding_s_drills_train_the_event_it_is_found_at_or_one_before(mode: Mode) -> None:
    discipline = load_knowledge().of(mode)
    order = list(discipline.events)
    for rule in discipline.rules:
        if rule.event is None:
            continue
        trained = [discipline.drill(drill).event for drill in rule.drills]
        assert any(e is not None and order.index(e) <= order.index(rule.event) for e in trained), rule.code
