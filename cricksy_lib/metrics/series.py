"""The kinematic series as results carry them: value, ± and status at every frame."""

from __future__ import annotations

import numpy as np

from cricksy_lib.metrics.catalogue import Catalogue, load_catalogue
from cricksy_lib.motion.movement import Movement
from cricksy_lib.results import SERIES_UNITS, Kinematics, MetricStatus, Series, finite_or_none

# Drawn as shapes: neither their value nor their ± can be vouched for.
_LIMBS = {"knee": "legs", "elbow": "arms"}
SHAPES = frozenset({"hip_shoulder_separation", "head_speed", "hand_speed"})


def describe_series(movement: Movement, catalogue: Catalogue | None = None) -> Kinematics:
    """Put the series on one time base; a value that this view cannot give is drawn as a shape at most.

    Parameters
    ----------
    movement : what motion knows of the clip.
    catalogue : for the views and the footage term of each joint; the one that ships unless given.
    """
    book = catalogue or load_catalogue()
    view = movement.view.view
    series = {}
    for name, unit in SERIES_UNITS.items():
        values = movement.values(name)
        footage = None
        if name not in SHAPES and view in book.angles[name].views:
            footage = book.footage_term(book.angles[name].joint, view)
        spread = np.full(len(values), np.nan)
        sure = np.zeros(len(values), dtype=bool)
        if footage is not None:
            names = (name, book.angles[name].joint)
            shown = book.calibrated(names, movement.mode, view, movement.values(f"spread_{name}"))
            spread = np.hypot(shown, footage)
            doubtful = movement.hand_disagrees and name.startswith(("front_", "rear_"))
            if movement.mode not in book.angles[name].low_confidence_in and not doubtful:
                sure = spread <= book.widest_useful[book.angles[name].joint]
                limb = _LIMBS.get(book.angles[name].joint)
                if limb in movement.body.doubtful:
                    sure &= ~movement.body.doubtful[limb]
        status: list[MetricStatus] = [
            "not_measurable" if not np.isfinite(value) else "measured" if known else "low_confidence"
            for value, known in zip(values, sure, strict=True)
        ]
        series[name] = Series(
            unit=unit,
            values=finite_or_none(values),
            uncertainty=finite_or_none(spread),
            status=status,
            source=movement.series[name].attrs.get("source") if np.isfinite(values).any() else None,
        )
    return Kinematics(time_s=[float(t) for t in movement.body.time_s], series=series)
