"""A club's own limits for house rules: a small YAML file that its store may carry.

``{discipline: {CODE: {threshold: number, enabled: true|false}}}``. Only house rules may be changed: what
rests on research has its limit from a source, and a club cannot move that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from cricksy_lib.coaching.schema import Code, Discipline, HouseRuleChange, Knowledge, Rule
from cricksy_lib.errors import KnowledgeError, first_fault
from cricksy_lib.results import Mode

MOST_BYTES = 64 * 1024
_CHANGES: TypeAdapter[dict[Mode, dict[Code, HouseRuleChange]]] = TypeAdapter(
    dict[Mode, Annotated[dict[Code, HouseRuleChange], Field(min_length=1)]]
)


def read_house_rules(given: Path | bytes) -> bytes:
    """Content of a club's file.

    Raises
    ------
    KnowledgeError
        If it cannot be read, or is larger than such a file can be.
    """
    try:
        content = given.read_bytes() if isinstance(given, Path) else given
    except OSError as error:
        raise _error("it cannot be read") from error
    if len(content) > MOST_BYTES:
        raise _error(f"it is larger than {MOST_BYTES // 1024} KiB")
    return content


def with_house_rules(knowledge: Knowledge, content: bytes) -> Knowledge:
    """Knowledge with a club's limits in the place of the ones that ship.

    Parameters
    ----------
    knowledge : as it ships.
    content : of the club's file; empty changes nothing.

    Raises
    ------
    KnowledgeError
        If it is not YAML of the form above, names a rule that is not there, or touches research.
    """
    disciplines = dict(knowledge.disciplines)
    for mode, changes in _parse(content).items():
        disciplines[mode] = _changed(disciplines[mode], changes)
    return Knowledge(common=knowledge.common, disciplines=disciplines)


def _parse(content: bytes) -> dict[Mode, dict[Code, HouseRuleChange]]:
    try:
        # Not the loader in C: brackets nested ten thousand deep end the process there, and an error here.
        data = yaml.load(content.decode("utf-8"), Loader=yaml.SafeLoader)
        return _CHANGES.validate_python({} if data is None else data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise _error(f"it is not YAML ({(str(error).splitlines() or ['unreadable'])[0]})") from error
    except ValidationError as error:
        raise _error(first_fault(error, "it")) from error


def _changed(discipline: Discipline, changes: dict[Code, HouseRuleChange]) -> Discipline:
    known = {rule.code: rule for rule in discipline.rules}
    for code in changes:
        if code not in known:
            raise _error(f"{discipline.discipline} has no rule {code}")
        if known[code].basis == "research":
            raise _error(f"{code} rests on research, and its limit is its source's")
    rules = [_rule(rule, changes.get(rule.code)) for rule in discipline.rules]
    # Drills and the week's plan stay as they are: what no rule asks for any more is simply not given.
    return discipline.model_copy(update={"rules": tuple(rule for rule in rules if rule is not None)})


def _rule(rule: Rule, change: HouseRuleChange | None) -> Rule | None:
    if change is None:
        return rule
    if not change.enabled:
        return None
    return rule.model_copy(update={"threshold": change.threshold, "shipped_threshold": rule.threshold})


def _error(problem: str) -> KnowledgeError:
    return KnowledgeError(
        f"The club's own house rules cannot be used: {problem}.",
        "Mend that entry; docs/knowledge.md says what the file may hold.",
    )
