"""Fit the measured part of the ± to the errors of the scenes that may be tuned on.

What a clip shows of its own noise is a raw half width ``r``. The catalogue turns it into
``sqrt((scale * r)**2 + floor**2)`` for each joint and view: ``scale`` for noise that the clip shows too
little or too much of, ``floor`` for what it does not show at all. Both are fitted so that 95 % of the errors
lie inside, with the narrowest intervals that do so.

``python -m cricksy_lib.validation.calibrate accuracy.json`` prints the section for the catalogue; ``--into``
puts the rows that a catalogue has into it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, cast

import numpy as np
import pandas as pd
import typer
import yaml
from scipy.stats import t as student_t

from cricksy_lib.metrics.catalogue import MetricEntry, load_catalogue
from cricksy_lib.passrun import write_text
from cricksy_lib.results import MODES, Mode
from cricksy_lib.validation.evidence import Evidence

By = Literal["joint", "metric", "discipline"]
Status = Literal["all", "measured"]
Known = Mapping[str, Mapping[str, tuple[float, float]]]
# No ± is narrower than this, by unit: the scenes cannot tell less from nothing.
LEAST_FLOOR = {"deg": 1.0, "body_heights": 0.005, "body_heights/s": 0.02, "s": 0.004}
COVER = 0.95
_SAME_PERSON = 0.9  # share of the frames with a pose
# Fewer values than this say nothing about the last twentieth; of up to twenty the worst is the limit.
LEAST_VALUES = 5
# Of fewer than this the empirical limit alone is too narrow for further values.
_FEW_VALUES = 40
_ROWS_OF = re.compile(r"  ([\w.]+):")
_ROW_OF_A_VIEW = re.compile(r"    (\w+): \{scale: .*\}")
# What a clip shows of its own noise always counts in full: were it taken for less, clips that are too noisy
# to be called measured would be called so, and they are not those that were fitted to.
_SCALES = np.geomspace(1.0, 4.0, 40)


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


def fit(
    error: np.ndarray,
    raw: np.ndarray,
    least_floor: float,
    cover: float = COVER,
    scales: np.ndarray = _SCALES,
) -> Fit:
    """Fit scale and floor.

    For every scale there is one smallest floor that covers enough: the quantile of what the squared errors
    exceed the squared widths by, which single wild values do not move. A few values hardly reach into the
    last twentieth: with fewer than forty the floor also makes the intervals, by their mean square, as wide as
    those in which a further value of a normal distribution lies (Student's t). Of all scales the one with the
    smallest mean half width is taken.

    Parameters
    ----------
    error : (N,) signed.
    raw : (N,) half widths as the clips show them, 0 or more.
    least_floor : in the unit of the errors; no ± is ever narrower.
    cover : share that is to lie inside.
    scales : those to choose from.

    Raises
    ------
    ValueError
        With no value at all.
    """
    known = np.isfinite(error) & np.isfinite(raw)
    size, width = np.abs(error[known]), raw[known]
    if not len(size):
        raise ValueError("there is nothing to fit to")
    rank = int(np.ceil(cover * len(size))) - 1
    further = float(student_t.ppf((1 + cover) / 2, len(size))) ** 2 * float(np.mean(size**2))
    found: list[tuple[float, float, float]] = []
    for scale in scales:
        beyond = np.sort(size**2 - (scale * width) ** 2)[rank]
        few = further - float(np.mean((scale * width) ** 2)) if len(size) < _FEW_VALUES else 0.0
        floor = max(least_floor, float(np.sqrt(max(0.0, beyond, few))))
        found.append((float(half_width(width, scale, floor).mean()), float(scale), floor))
    _, scale, floor = min(found)
    whole = half_width(width, scale, floor)
    return Fit(scale, floor, len(size), float((size <= whole).mean()), float(np.median(whole)))


def fit_all(
    values: pd.DataFrame, least_floor: dict[str, float], known: Known | None = None
) -> dict[str, dict[str, Fit]]:
    """Fit every joint and view for which there are enough values.

    Parameters
    ----------
    values : a row for each value: ``joint``, ``view``, ``error``, ``raw``.
    least_floor : by joint.
    known : rows that are only to be widened: these alone are fitted, their scale stays, no floor shrinks.
        Which values are called measured hangs on the rows themselves, so that fitting them anew would swing.

    Returns
    -------
    Joint -> view -> fit; view ``any`` is of all views together, for those with too few values of their own.
    """
    told: dict[str, dict[str, Fit]] = {}
    there = values[values["error"].notna() & values["raw"].notna()]
    for joint, of_joint in there.groupby("joint", sort=True):
        groups = {str(view): rows for view, rows in of_joint.groupby("view", sort=True)} | {"any": of_joint}
        for view, rows in groups.items():
            row = None if known is None else known.get(str(joint), {}).get(view)
            if len(rows) < LEAST_VALUES or (known is not None and row is None):
                continue
            scales, at_least = (_SCALES, 0.0) if row is None else (np.array([row[0]]), row[1])
            least = max(at_least, least_floor.get(str(joint), 0.0))
            told.setdefault(str(joint), {})[view] = fit(
                rows["error"].to_numpy(), rows["raw"].to_numpy(), least, scales=scales
            )
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


def put_into(catalogue: str, fits: Mapping[str, Mapping[str, Fit]], scenes: int) -> tuple[str, set[str]]:
    """Put fits into the rows that a catalogue's section ``measured`` has; all else of its text stays.

    Returns
    -------
    The new text, and the fits that found no row in it, as ``name.view``.
    """
    lines, name, inside = catalogue.split("\n"), "", False
    left = {f"{row}.{view}" for row, views in fits.items() for view in views}
    for number, line in enumerate(lines):
        if line and not line.startswith((" ", "#")):
            inside = line == "measured:"
        if heading := _ROWS_OF.fullmatch(line):
            name = heading[1]
        row = _ROW_OF_A_VIEW.fullmatch(line)
        one = fits.get(name, {}).get(row[1]) if inside and row else None
        if row and one is not None:
            told = f"{scenes} rendered develop scenes, {one.n} values"
            lines[number] = (
                f'    {row[1]}: {{scale: {one.scale:.2f}, floor: {one.floor:.3g}, source: "{told}"}}'
            )
            left.discard(f"{name}.{row[1]}")
    return "\n".join(lines), left


def values_of(evidence: Evidence, by: By = "joint", status: Status = "all") -> pd.DataFrame:
    """Put the errors of a run's metrics into the form that `fit_all` takes.

    Scenes in which somebody else was followed are left out: no ± is that of another person's movement.

    Parameters
    ----------
    evidence : of the scenes that may be tuned on.
    by : what rows of the catalogue are kept by: the joint (or kind of number), every metric's own key, or
        the discipline and within it the series of an angle and the key of all else.
    status : all values that carry a number, or those called measured alone.

    Returns
    -------
    ``joint`` (or the key), ``view`` as it was read off the body, ``error``, ``raw`` and ``unit``.
    """
    book = load_catalogue()
    entries = {key: entry for mode in MODES for key, entry in book.metrics(mode).items()}
    rows = []
    for record in evidence.scenes:
        if (record.facts.get("right_person") or 0.0) < _SAME_PERSON:
            continue
        for row in record.metrics:
            entry = entries[row["metric"]]
            if row["fit_measured"] is None or (status != "all" and row["status"] != status):
                continue
            # What the catalogue has already done is taken back.
            names = entry.kept_under(row["metric"])
            mode = cast(Mode, record.groups["mode"])
            floor, one = (float(book.calibrated(names, mode, row["seen_from"], raw)) for raw in (0.0, 1.0))
            raw = raw_width(np.array(row["fit_measured"]), float(np.sqrt(one**2 - floor**2)), floor)
            rows.append(
                {
                    "joint": _kept_by(by, mode, row["metric"], entry),
                    "view": row["seen_from"],
                    "error": row["fit_error"],
                    "raw": float(raw),
                    "unit": row["unit"],
                }
            )
    return pd.DataFrame(rows, columns=["joint", "view", "error", "raw", "unit"])


def _kept_by(by: By, mode: str, key: str, entry: MetricEntry) -> str:
    if by == "joint":
        return entry.joint
    if by == "metric":
        return key
    names = entry.kept_under(key)
    return f"{mode}.{names[1] if len(names) > 2 else key}"


def _rows_of_the_catalogue() -> Known:
    return {
        row: {view: (one.scale, one.floor) for view, one in views.items()}
        for row, views in load_catalogue().measured.items()
    }


def main(
    numbers: Annotated[Path, typer.Argument(help="accuracy.json of the set 'develop'.")],
    by: Annotated[By, typer.Option(help="What the rows are kept by.")] = "joint",
    status: Annotated[Status, typer.Option(help="Which values to fit to.")] = "all",
    widen: Annotated[bool, typer.Option("--widen", help="Only widen the catalogue's own rows.")] = False,
    into: Annotated[
        Path | None, typer.Option(help="The catalogue, to put the rows that it has into.")
    ] = None,
) -> None:
    """Print the catalogue's section ``measured``, fitted to a run over the scenes that may be tuned on."""
    evidence = Evidence.read(numbers)
    if evidence.set_name != "develop":
        raise typer.BadParameter("only the set 'develop' may be tuned on", param_hint="NUMBERS")
    values = values_of(evidence, by, status)
    floors = {str(row["joint"]): LEAST_FLOOR.get(str(row["unit"]), 0.0) for row in values.to_dict("records")}
    fits = fit_all(values, floors, _rows_of_the_catalogue() if widen else None)
    typer.echo(to_yaml(fits, f"fitted to {len(evidence.scenes)} rendered scenes"), nl=False)
    if into is not None:
        text, left = put_into(into.read_text(encoding="utf-8"), fits, len(evidence.scenes))
        write_text(into, text)
        if left:
            typer.echo(f"Without a row in {into}: {', '.join(sorted(left))}.", err=True)


if __name__ == "__main__":
    typer.run(main)
