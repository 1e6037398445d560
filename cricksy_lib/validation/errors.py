"""Errors of series and events against truth: pure functions on arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

FRAME_60_S = 1.0 / 60.0
# The movement reaches this far beyond its first and last event.
MARGIN_S = 0.1


def movement_rows(times_s: np.ndarray, events: Mapping[str, float], margin_s: float = MARGIN_S) -> np.ndarray:
    """Say which frames belong to the movement: from the first event to the last, and a margin.

    Parameters
    ----------
    times_s : (T,) seconds.
    events : true times, seconds.
    margin_s : before the first and after the last.

    Returns
    -------
    (T,) boolean; all false without events.
    """
    if not events:
        return np.zeros(len(times_s), dtype=bool)
    first, last = min(events.values()), max(events.values())
    return np.asarray((times_s >= first - margin_s) & (times_s <= last + margin_s))


def at_times(of_s: np.ndarray, values: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Read a series (T,) at other times on straight lines; NaN outside it and beside a missing value."""
    if not len(of_s):
        return np.full(np.shape(times_s), np.nan)
    return np.asarray(np.interp(times_s, of_s, values, left=np.nan, right=np.nan))


def summarise(error: np.ndarray) -> dict[str, float | int | None]:
    """Describe signed errors of one scene.

    Parameters
    ----------
    error : (N,) measured minus true; NaN where nothing was measured.

    Returns
    -------
    ``n`` values and the share ``known`` of them; mean absolute error ``mae``; ``bias`` (mean error) and
    ``noise`` (standard deviation about it); ``p95`` and ``worst`` absolute error. ``None`` where ``n`` is 0.
    """
    seen = error[np.isfinite(error)]
    if not len(seen):
        nothing = dict.fromkeys(("mae", "bias", "noise", "p95", "worst"))
        return {"n": 0, "known": 0.0 if len(error) else None, **nothing}
    size = np.abs(seen)
    return {
        "n": len(seen),
        "known": len(seen) / len(error),
        "mae": float(size.mean()),
        "bias": float(seen.mean()),
        "noise": float(seen.std()),
        "p95": float(np.quantile(size, 0.95)),
        "worst": float(size.max()),
    }


def pair_events(
    truth: Mapping[str, float], found: Mapping[str, list[tuple[float, float]]]
) -> list[dict[str, float | str | None]]:
    """Hold found events against true ones.

    Parameters
    ----------
    truth : name -> seconds.
    found : name -> (seconds, ±) of every repetition that was found.

    Returns
    -------
    A row for each true event: ``event``, ``true_s``, ``found_s``, signed ``error_s`` and ``frames`` (of 60 a
    second), ``uncertainty_s`` and how many more were found than there are (``extra``); ``None`` where none
    was found. Of several repetitions the nearest counts.
    """
    rows: list[dict[str, float | str | None]] = []
    for name, true_s in truth.items():
        seen = found.get(name, [])
        nearest = min(seen, key=lambda pair: abs(pair[0] - true_s), default=None)
        error = None if nearest is None else nearest[0] - true_s
        rows.append(
            {
                "event": name,
                "true_s": true_s,
                "found_s": None if nearest is None else nearest[0],
                "error_s": error,
                "frames": None if error is None else error / FRAME_60_S,
                "uncertainty_s": None if nearest is None else nearest[1],
                "extra": float(max(0, len(seen) - 1)),
            }
        )
    return rows
