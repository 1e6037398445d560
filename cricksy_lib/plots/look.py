"""Colours, units and names, as all figures have them."""

from __future__ import annotations

INK = "#18212b"
MUTED = "#5d6873"
GRID = "#e6e9e4"
COLOURS = ("#0f5c8c", "#b4530a", "#5b4a9c", "#2f7d5b", "#8a3b6b", "#6b6f12")
WORST = "#b4330a"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"

_UNITS = {"deg": "°", "body_heights/s": "body heights/s", "body_heights": "body heights", "": "score, 0 to 1"}


def unit_label(unit: str) -> str:
    """Return a unit as people read it."""
    return _UNITS.get(unit, unit.replace("_", " "))


def unit_suffix(unit: str) -> str:
    """Return a unit as it follows a number."""
    label = unit_label(unit) if unit else ""
    return label if label.startswith("°") or not label else f" {label}"


def event_label(name: str) -> str:
    """Return a series' name as people read it; events have theirs in `cricksy_lib.vocabulary`."""
    return spaced(name).capitalize()


def spaced(name: str) -> str:
    """Return a name as it stands within a sentence."""
    return name.replace("_", " ")


def tint(colour: str, alpha: float) -> str:
    """Return a colour as a transparent one."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
