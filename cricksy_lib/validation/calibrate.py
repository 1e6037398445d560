"""Fit the measured part of the ± to the errors of the scenes that may be tuned on.

What a clip shows of its own noise is a raw half width ``r``. The catalogue turns it into
``sqrt((scale * r)**2 + floor**2)`` for each joint and view: ``scale`` for noise that the clip shows too
little or too much of, ``floor`` for what it does not show at all. Both are fitted so that 95 % of the errors
lie inside, with the narrowest intervals that do so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import yaml

from cricksy_lib.metrics.catalogue import load_catalogue
from cricksy_lib.results import MODES

COVER = 0.95
# Fewer values than this say nothing about the last twentieth.
LEAST_VALUES = 20
_SCALES = np.concatenate(([0.0], np.geomspace(0.1, 5.0, 60)))
_LEAST_SCALE = 0.1


@dataclass(frozen=True)
class Fit:
    """Half width = sqrt((scale * raw)**2 + floor**2), and how it did on what it was fitted to."""

    scale: float
    floor: float
    n: int
    inside: float
    median: float


def half_width(raw: np.ndarray, scale: float, floor: float) -> np.ndarray:
    """Half width (95 %) from what the clip shows: root of the squares' sum."""
    return np.asarray(np.hypot(scale * raw, floor))


def raw_width(measured: np.ndarray, scale: float, floor: float) -> np.ndarray:
    """What the clip showed, from a half width that `half_width` made; 0 where the floor alone is left."""
    return np.asarray(np.sqrt(np.maximum(0.0, measured**2 - floor**2)) / scale)


def fit(error: np.ndarray, raw: np.ndarray, least_floor: float, cover: float = COVER) -> Fit:
    """Fit scale and floor.

    For every scale there is one smallest floor that covers enough: the quantile of what the squared errors
    exceed the squared widths by. The quantile is that of one more value than there are, so that the next
    error, and not only the last ones, lies inside so often. Of all scales the one with the smallest mean
    half width is taken.

    Parameters
    ----------
    error : (N,) signed.
    raw : (N,) half widths as the clips show them, 0 or more.
    least_floor : in the unit of the errors; no ± is ever narrower.
    cover : share that is to lie inside.

    Raises
    ------
    ValueError
        With no value at all.
    """
    known = np.isfinite(error) & np.isfinite(raw)
    size, width = np.abs(error[known]), raw[known]
    if not len(size):
        raise ValueError("there is nothing to fit to")
    rank = min(len(size), int(np.ceil(cover * (len(size) + 1)))) - 1
    found: list[tuple[float, float, float]] = []
    for scale in _SCALES[_SCALES >= _LEAST_SCALE]:
        beyond = np.sort(size**2 - (scale * width) ** 2)[rank]
        floor = max(least_floor, float(np.sqrt(max(0.0, beyond))))
        found.append((float(half_width(width, scale, floor).mean()), float(scale), floor))
    _, scale, floor = min(found)
    whole = half_width(width, scale, floor)
    return Fit(scale, floor, len(size), float((size <= whole).mean()), float(np.median(whole)))


def fit_all(values: pd.DataFrame, least_floor: dict[str, float]) -> dict[str, dict[str, Fit]]:
    """Fit every joint and view for which there are enough values.

    Parameters
    ----------
    values : a row for each value: ``joint``, ``view``, ``error``, ``raw``.
    least_floor : by joint.

    Returns
    -------
    Joint -> view -> fit; view ``any`` is of all views together, for those with too few values of their own.
    """
    told: dict[str, dict[str, Fit]] = {}
    known = values[values["error"].notna() & values["raw"].notna()]
    for joint, of_joint in known.groupby("joint", sort=True):
        groups = {str(view): rows for view, rows in of_joint.groupby("view", sort=True)} | {"any": of_joint}
        for view, rows in groups.items():
            if len(rows) >= LEAST_VALUES:
                fitted = fit(
                    rows["error"].to_numpy(), rows["raw"].to_numpy(), least_floor.get(str(joint), 0.0)
                )
                told.setdefault(str(joint), {})[view] = fitted
    return told


def to_yaml(fits: dict[str, dict[str, Fit]], source: str) -> str:
    """Write fits as the catalogue's section ``measured``."""
    content = {
        joint: {
            view: {
                "scale": float(f"{one.scale:.3g}"),
                "floor": float(f"{one.floor:.3g}"),
                "source": f"{source}; {one.n} values, {one.inside:.0%} inside",
            }
            for view, one in views.items()
        }
        for joint, views in fits.items()
    }
    return yaml.safe_dump({"measured": content}, sort_keys=False, width=110, allow_unicode=True)


def joints() -> dict[str, str]:
    """The joint (or kind) that the catalogue gives each metric."""
    book = load_catalogue()
    return {key: entry.joint for mode in MODES for key, entry in book.metrics(mode).items()}
