"""Numbers and lists in words; the sentences themselves are in the knowledge files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from cricksy_lib import vocabulary
from cricksy_lib.coaching.schema import Common, Discipline, Unit
from cricksy_lib.results import Findings, Metric
from cricksy_lib.rounding import rounded_up

_MINUS = "−"


def rounded(value: float, decimals: int) -> str:
    """A number in fixed decimals; what rounds to zero has no sign."""
    text = f"{abs(value):.{decimals}f}"
    negative = value < 0 and float(text) != 0
    return f"{_MINUS}{text}" if negative else text


def percent(share: float) -> int:
    """A share in whole percent, rounded down: 99.9 % of a file is not all of it."""
    return math.floor(100 * share + 1e-9)


def number(value: float, unit: str, common: Common) -> str:
    """A value with its unit, in that unit's decimals; a unit that is not listed is printed as it is."""
    how = common.units.get(unit) or Unit(text=f" {unit}" if unit else "", decimals=2)
    return f"{rounded(value, how.decimals)}{how.text}"


def with_error(value: float, uncertainty: float | None, unit: str, common: Common) -> str:
    """A value ± its 95 % half width, for example ``104° ± 5°``; the half width is rounded up."""
    if uncertainty is None:
        return number(value, unit, common)
    how = common.units.get(unit) or Unit(text=f" {unit}" if unit else "", decimals=2)
    half = rounded_up(uncertainty, how.decimals)
    if how.text.startswith(" "):
        return f"{rounded(value, how.decimals)} ± {rounded(half, how.decimals)}{how.text}"
    return f"{rounded(value, how.decimals)}{how.text} ± {rounded(half, how.decimals)}{how.text}"


def event_words(event: str | None, discipline: Discipline) -> str:
    """An event's name, or what the discipline calls its whole movement."""
    if event is None:
        return f"whole {discipline.words['movement']}"
    return vocabulary.event_words(event)


def listed(items: Sequence[str], most: int | None = None) -> str:
    """Items as a list in a sentence: ``a, b and c``, or ``a, b and 3 more``."""
    shown = list(items)
    if most is not None and len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """The text with a small first letter, unless its first word is an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def nothing_found(findings: Findings, common: Common) -> str:
    """What a clip without findings is called in few words: little judged is no clean bill."""
    return common.report["little_in_headings" if findings.little_judged else "nothing_in_lists"]


def name_of(key: str, metric: Metric, common: Common) -> str:
    """What a metric is about, within a sentence: a series at any event has the series' name."""
    series, at, _ = key.partition("_at_")
    return lower_first(common.series[series] if at and series in common.series else metric.label)


def names_of(
    metrics: Mapping[str, Metric],
    keys: Sequence[str],
    discipline: Discipline,
    common: Common,
    *,
    brief: bool = False,
) -> list[str]:
    """Metrics' names within a sentence; one series at several events is one name.

    Its events are added in brackets, unless the name stands for all of them or `brief` is asked for.
    """
    groups: dict[str, list[str]] = {}
    for key in keys:
        events = groups.setdefault(name_of(key, metrics[key], common), [])
        series, at, event = key.partition("_at_")
        if at and series in common.series:
            events.append(event_words(event, discipline))
    return [
        name
        if brief or not events or len(events) == len(discipline.events)
        else f"{name} ({', '.join(events)})"
        for name, events in groups.items()
    ]
