"""A club's own house rules: another limit or none, never for what rests on research."""

from __future__ import annotations

from pathlib import Path

import pytest
from coaching_clips import beyond, capture, good_metrics, metric_at, pose

from cricksy_lib.coaching.findings import find, thresholds
from cricksy_lib.coaching.house_rules import MOST_BYTES
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.errors import KnowledgeError
from cricksy_lib.results import MODES

OWN = b"batting:\n  BALANCE_DRIFT: {threshold: 0.4}\n  ELBOW_DROP: {enabled: false}\n"


def _rule(code: str):  # type: ignore[no-untyped-def]
    return next(rule for rule in load_knowledge().of("batting").rules if rule.code == code)


def test_a_limit_is_replaced_and_a_rule_left_out() -> None:
    shipped, own = load_knowledge().of("batting"), load_knowledge(overrides=OWN).of("batting")
    assert thresholds("batting", load_knowledge(overrides=OWN))["balance_drift_score"] == 0.4
    assert {rule.code for rule in shipped.rules} - {rule.code for rule in own.rules} == {"ELBOW_DROP"}
    others = {rule.code: rule for rule in own.rules if rule.code != "BALANCE_DRIFT"}
    assert all(others[rule.code] == rule for rule in shipped.rules if rule.code in others)


def test_what_ships_stays_as_it_is() -> None:
    load_knowledge(overrides=OWN)
    assert _rule("BALANCE_DRIFT").threshold == 0.32
    assert load_knowledge().of("bowling") == load_knowledge(overrides=OWN).of("bowling")


def test_a_file_does_what_its_content_does(tmp_path: Path) -> None:
    path = tmp_path / "house_rules.yaml"
    path.write_bytes(OWN)
    assert load_knowledge(overrides=path) == load_knowledge(overrides=OWN)


def test_an_empty_file_changes_nothing() -> None:
    assert load_knowledge(overrides=b"# nothing yet\n") == load_knowledge()


def test_findings_use_the_own_limit_and_say_so() -> None:
    rule = _rule("BALANCE_DRIFT")
    metrics = good_metrics("batting") | {rule.metric: metric_at(rule, 0.38, 0.02)}
    codes = [f.code for f in find("batting", metrics, capture(), pose()).findings]
    own = load_knowledge(overrides=OWN)
    assert codes == ["BALANCE_DRIFT"]
    assert find("batting", metrics, capture(), pose(), own).findings == []
    metrics[rule.metric] = metric_at(rule, 0.6, 0.02)
    (finding,) = find("batting", metrics, capture(), pose(), own).findings
    assert "the club's own; the one that ships is 0.32 body heights" in finding.message
    assert finding.evidence.threshold == 0.4


def test_a_rule_that_is_left_out_finds_nothing() -> None:
    rule = _rule("ELBOW_DROP")
    metrics = good_metrics("batting") | {rule.metric: metric_at(rule, beyond(rule, 0.3), 0.02)}
    assert find("batting", metrics, capture(), pose()).findings
    assert find("batting", metrics, capture(), pose(), load_knowledge(overrides=OWN)).findings == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"bowling: {STRIDE_LONG: {threshold: 0.9}}", "rests on research"),
        (b"bowling: {STRIDE_LONG: {enabled: false}}", "rests on research"),
        (b"batting: {UNHEARD_OF: {threshold: 1}}", "no rule UNHEARD_OF"),
        (b"golf: {BALANCE_DRIFT: {threshold: 1}}", "golf"),
        (b"batting: {5: {threshold: 1}}", "used: batting, 5 must be a valid string."),
        (b"batting: {balance: {threshold: 1}}", "batting, balance"),
        (b"batting: {BALANCE_DRIFT: {severity: high}}", "severity"),
        (b"batting: {BALANCE_DRIFT: {threshold: .nan}}", "finite"),
        (b"batting: {BALANCE_DRIFT: {threshold: true}}", "number"),
        (b"batting: {BALANCE_DRIFT: {threshold: '0.4'}}", "number"),
        (b"batting: {BALANCE_DRIFT: {enabled: 1}}", "boolean"),
        (b"batting: {BALANCE_DRIFT: {}}", "threshold"),
        (b"batting: {}", "at least 1"),
        (b"- batting", "parts by name"),
        (b"batting: [", "not YAML"),
        (b"\xff\xfe", "not YAML"),
        (b"[" * 30000, "not YAML"),
        (b"!!python/object/apply:os.system [ls]", "not YAML"),
        (b"#" * (MOST_BYTES + 1), "larger"),
    ],
)
def test_what_may_not_be_said_is_refused_with_advice(content: bytes, problem: str) -> None:
    with pytest.raises(KnowledgeError, match="own house rules cannot be used") as raised:
        load_knowledge(overrides=content)
    assert problem in raised.value.cause
    assert raised.value.exit_code == 2


def test_a_missing_file_is_refused_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="cannot be read") as raised:
        load_knowledge(overrides=tmp_path / "none.yaml")
    assert str(tmp_path) not in str(raised.value)


@pytest.mark.parametrize("mode", MODES)
def test_every_house_rule_may_be_changed_and_every_research_rule_not(mode: str) -> None:
    for rule in load_knowledge().of(mode).rules:  # type: ignore[arg-type]
        content = f"{mode}: {{{rule.code}: {{enabled: false}}}}".encode()
        if rule.basis == "research":
            with pytest.raises(KnowledgeError):
                load_knowledge(overrides=content)
        else:
            codes = [r.code for r in load_knowledge(overrides=content).of(mode).rules]  # type: ignore[arg-type]
            assert rule.code not in codes
