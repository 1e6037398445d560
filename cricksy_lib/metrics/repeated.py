"""Several repetitions of one number: their median, its ±, and the repetition that is worth looking at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cricksy_lib.metrics.catalogue import MetricEntry
from cricksy_lib.metrics.readings import Reading

# The median of n normal values scatters this much more than their mean does.
_MEDIAN_OVER_MEAN = float(np.sqrt(np.pi / 2))


def median_value(readings: Sequence[Reading]) -> float:
    """Median of the values."""
    return float(np.median([reading.value for reading in readings]))


def median_noise(readings: Sequence[Reading]) -> float | None:
    """95 % half width of the median from what differs between repetitions; ``None`` if one is unknown.

    Independent errors average out; of two values the median is the mean.
    """
    known = [reading.noise for reading in readings if reading.noise is not None]
    if len(known) < len(readings) or not np.isfinite(known).all():
        return None
    typical, count = float(np.sqrt(np.mean(np.square(known)))), len(known)
    return typical * (_MEDIAN_OVER_MEAN if count > 2 else 1.0) / float(np.sqrt(count))


def median_shared(readings: Sequence[Reading]) -> float | None:
    """95 % half width from what the repetitions have in common, which no repeating makes smaller."""
    known = [reading.shared for reading in readings if reading.shared is not None]
    if len(known) < len(readings) or not np.isfinite(known).all():
        return None
    return float(np.median(known))


def worst(entry: MetricEntry, readings: Sequence[Reading], threshold: float | None) -> int:
    """Which repetition to look at.

    The one farthest in the worse direction, where the metric has one; else the one farthest on that side of
    the threshold on which the median lies, or farthest from the median.
    """
    values = np.array([reading.value for reading in readings])
    if entry.direction == "higher":
        return int(values.argmin())
    if entry.direction == "lower":
        return int(values.argmax())
    middle = float(np.median(values))
    if threshold is None:
        return int(np.abs(values - middle).argmax())
    return int((values if middle >= threshold else -values).argmax())
