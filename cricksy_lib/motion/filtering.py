"""Zero-phase filtering of landmark paths that have gaps and uneven frame times."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.signal import butter, sosfiltfilt

# Butterworth order of each of the two directions; the pair acts as one of twice the order without lag.
_ORDER = 2
_SHORTEST_RUN = 6


def runs(present: np.ndarray) -> Iterator[slice]:
    """Yield the contiguous stretches in which ``present`` (T,) is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], present.astype(int), [0]))))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield slice(int(start), int(stop))


def lowpass(time_s: np.ndarray, values: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Filter each column without phase lag, each run between gaps on its own.

    Frame times may be uneven: a run is put on an even grid at its own median rate, filtered, and read
    back at the frames' times. Event times would shift with a one-way filter, so none is used.

    Parameters
    ----------
    time_s : (T,) seconds, strictly increasing.
    values : (T, ...) with NaN in the gaps.
    cutoff_hz : where the gain of the two passes together has fallen to one half; lowered to 0.4 of the
        sampling rate where the clip is too slow for it.

    Returns
    -------
    (T, ...) of the same shape; NaN where ``values`` is NaN. Runs shorter than six frames stay unfiltered.
    """
    if not values.size:
        return np.array(values, dtype=float)
    flat = values.reshape(len(values), -1)
    out = np.array(flat, dtype=float)
    # Columns with the same gaps go together: designing a filter costs more than running it.
    patterns, pattern_of = np.unique(np.isfinite(flat), axis=1, return_inverse=True)
    for number, present in enumerate(patterns.T):
        columns = np.flatnonzero(pattern_of == number)
        for run in runs(present):
            if run.stop - run.start >= _SHORTEST_RUN:
                out[run, columns] = _filter_run(time_s[run], flat[run][:, columns], cutoff_hz)
    return out.reshape(values.shape)


def lowpass_each(time_s: np.ndarray, group: np.ndarray, values: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Filter every group of rows on its own: across a break two places would be blended into one.

    Parameters
    ----------
    time_s, values, cutoff_hz : see `lowpass`.
    group : (T,) number of the tracked run.
    """
    out = np.array(values, dtype=float)
    for number in np.unique(group):
        rows = group == number
        out[rows] = lowpass(time_s[rows], values[rows], cutoff_hz)
    return out


def _filter_run(time_s: np.ndarray, values: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Filter the columns (T, N) of a run without gaps."""
    step = frame_step(time_s)
    even = np.arange(time_s[0], time_s[-1] + step / 2, step)
    uneven = len(even) != len(time_s) or not np.allclose(even, time_s, atol=step / 20)
    signal = _read_at(even, time_s, values) if uneven else values
    if len(signal) < _SHORTEST_RUN:
        return values
    sos = butter(_ORDER, min(cutoff_hz * step, 0.4) * 2, output="sos")
    padding = min(len(signal) - 1, max(6, int(1 / (cutoff_hz * step))))
    smooth = np.asarray(sosfiltfilt(sos, signal, axis=0, padtype="odd", padlen=padding))
    return _read_at(time_s, even, smooth) if uneven else smooth


def _read_at(wanted_s: np.ndarray, time_s: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Interpolate each column of (T, N)."""
    return np.stack([np.interp(wanted_s, time_s, column) for column in values.T], axis=1)


def frame_step(time_s: np.ndarray) -> float:
    """Return the usual time from one frame to the next, in the unit of ``time_s`` (T,); NaN for one frame."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else float("nan")


def derivative(time_s: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Central difference over (possibly uneven) time; NaN where a neighbour is missing.

    Parameters
    ----------
    time_s : (T,) seconds.
    values : (T, ...) in any unit.

    Returns
    -------
    (T, ...) in that unit per second; all NaN for fewer than two frames.
    """
    if len(time_s) < 2:
        return np.full(values.shape, np.nan)
    return np.asarray(np.gradient(values, time_s, axis=0))
