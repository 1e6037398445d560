"""Where the names of events stand above a chart: in rows, so that none runs into another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Name:
    """A name to write at a point of the time axis; `at` and `width` share a unit of the caller's."""

    text: str
    at: float
    width: float


@dataclass(frozen=True)
class Place:
    """Where a name stands: in which row, counted from 0, and which part of it is at its point."""

    row: int
    anchor: Anchor


def places(names: Sequence[Name], low: float, high: float, rows: int) -> list[Place | None]:
    """Place names within a chart's ends, each text once.

    Parameters
    ----------
    names : what is to be written; of two that want the same room, the one given first has it.
    low, high : the chart's ends.
    rows : how many rows there are.

    Returns
    -------
    A place for each name in order; `None` where there is no room for it, or where its text stands already.
    """
    taken: list[list[tuple[float, float]]] = [[] for _ in range(rows)]
    written: set[str] = set()
    found: list[Place | None] = []
    for name in names:
        beside = _beside(name, low, high)
        place = None
        if beside is not None and name.text not in written:
            anchor, left = beside
            right = left + name.width
            row = next((i for i, row in enumerate(taken) if _is_free(row, left, right)), None)
            if row is not None:
                taken[row].append((left, right))
                written.add(name.text)
                place = Place(row, anchor)
        found.append(place)
    return found


def _beside(name: Name, low: float, high: float) -> tuple[Anchor, float] | None:
    """Return how a name stands at its point within the ends, and where it begins."""
    anchors: tuple[tuple[Anchor, float], ...] = (
        ("middle", name.at - name.width / 2),
        ("start", name.at),
        ("end", name.at - name.width),
    )
    return next(((a, left) for a, left in anchors if left >= low and left + name.width <= high), None)


def _is_free(row: Sequence[tuple[float, float]], left: float, right: float) -> bool:
    return all(right <= start or end <= left for start, end in row)
