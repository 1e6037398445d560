"""The table of all metrics as a page of documentation: ``python -m cricksy_lib.metrics.document`` renews it.

The table in ``docs/metrics.md`` stands between two marks; everything else on that page is written by hand.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cricksy_lib.metrics.catalogue import Catalogue, MetricEntry, load_catalogue
from cricksy_lib.results import MODES, Mode
from cricksy_lib.vocabulary import event_words

START, END = "<!-- table: start -->", "<!-- table: end -->"


def table(book: Catalogue | None = None) -> str:
    """All metrics as Markdown: the kept scores, the angles, then each discipline's own."""
    book = book or load_catalogue()
    parts = ["### In every discipline", "", _HEAD]
    for key, entry in book.scores.items():
        moments = "; ".join(f"{mode}: {_moments(entry, mode)}" for mode in MODES)
        parts.append(_row(key, entry, moments, book))
    parts += ["", "Angles, one metric at each event of the discipline:", "", _HEAD]
    for series, angle in book.angles.items():
        first = next(e for k, e in book.metrics("batting").items() if k.startswith(f"{series}_at_"))
        parts.append(
            _row(f"{series}_at_<event>", first.model_copy(update={"label": angle.label}), "each event", book)
        )
    for mode in MODES:
        own = {key: book.metrics(mode)[key] for key in book.disciplines[mode]}
        parts += ["", f"### {mode.capitalize()}", "", _HEAD]
        parts += [_row(key, entry, _moments(entry, mode), book) for key, entry in own.items()]
    return "\n".join(parts) + "\n"


_HEAD = """| key | what it is | unit | when | from | added for real footage (±) | published |
|---|---|---|---|---|---|---|"""


def _row(key: str, entry: MetricEntry, moments: str, book: Catalogue) -> str:
    terms = [
        f"{view} {term.value:g} ({term.grade or 'no grade'})"
        for view, term in book.footage[entry.joint].items()
        if view == "any" or view in entry.views
    ]
    cells = [
        f"`{key}`",
        f"**{entry.label}.** {entry.definition}",
        entry.unit.replace("_", " "),
        moments,
        ", ".join(entry.views),
        ", ".join(terms) or "none",
        _published(entry),
    ]
    return "| " + " | ".join(cells) + " |"


def _moments(entry: MetricEntry, mode: Mode) -> str:
    return " to ".join(dict.fromkeys(event_words(name) for name in entry.window[mode]))


def _published(entry: MetricEntry) -> str:
    said = []
    if entry.reference is not None:
        ends = [f"{end:g}" for end in (entry.reference.low, entry.reference.high) if end is not None]
        said.append(
            f"{' to '.join(ends)}: {entry.reference.source}; {entry.reference.cohort} "
            f"(grade {entry.reference.grade})."
        )
    if entry.context is not None:
        said.append(entry.context)
    return " ".join(said) or "none found"


def renewed(page: str) -> str:
    """Return the page with today's table between its marks.

    Raises
    ------
    ValueError
        If the page has lost its marks.
    """
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"the page needs '{START}' and '{END}'")
    return f"{before}{START}\n\n{table()}\n{END}{after}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Renew the table of metrics.")
    parser.add_argument("page", type=Path, nargs="?", default=Path("docs/metrics.md"))
    target = parser.parse_args().page
    target.write_text(renewed(target.read_text(encoding="utf-8")), encoding="utf-8")
