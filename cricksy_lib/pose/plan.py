"""Which frames to look at: all or some for the landmarks, and a few in which people are looked for."""

from __future__ import annotations

import itertools
from collections.abc import Collection

import numpy as np

from cricksy_lib.results import AnalysisPass
from cricksy_lib.video import Timeline

# Frames of one stretch: long enough that its start costs little, short enough to share out evenly.
STRETCH_FRAMES = 64
# Frames further apart than this are not followed from one to the next.
PAUSE_S = 0.6
_QUICK_RATE = 12.0
_QUICK_FRAMES = 120
_QUICK_PARTS = 3
_SURVEY_STEP_S = 1.2
_SURVEY_LEAST = 8
_AROUND_S, _AROUND_RATE = 1.2, 4.0
_AROUND_LEAST, _AROUND_SHARE = 60, 0.05
_DENSE_RATE = 6.0
_DENSE_MOST = 60


def wanted_frames(timeline: Timeline, analysis_pass: AnalysisPass) -> np.ndarray:
    """Return which frames get landmarks, boolean (frames in the clip,).

    The deep pass takes all. The quick pass takes 12 a second, and of a long clip only three parts, at the
    start, the middle and the end, so that it ends within seconds.
    """
    times = timeline.times_s
    if analysis_pass == "deep":
        return np.ones(times.size, dtype=bool)
    wanted = timeline.sampled(_QUICK_RATE)
    if wanted.sum() <= _QUICK_FRAMES:
        return wanted
    length = _QUICK_FRAMES / _QUICK_PARTS / _QUICK_RATE
    starts = np.linspace(times[0], times[-1] - length, _QUICK_PARTS)
    inside = ((times[:, None] >= starts) & (times[:, None] < starts + length)).any(axis=1)
    return np.asarray(wanted & inside)


def searched_frames(timeline: Timeline, wanted: np.ndarray) -> np.ndarray:
    """Return which frames may be searched for people, boolean (frames in the clip,).

    All of them, also in a quick pass, so that the deep one finds its answers there; a quick pass over parts
    of a long clip keeps to these.
    """
    whole = timeline.sampled(_QUICK_RATE).sum() <= _QUICK_FRAMES
    return np.ones_like(wanted) if whole else wanted


def survey_frames(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the numbers of the frames in which people are looked for, in order.

    One at least every 1.2 s and eight in all (fewer if the clip has fewer wanted frames), among them the
    start of every stretch.
    """
    numbers = np.flatnonzero(wanted)
    if numbers.size <= _SURVEY_LEAST:
        return numbers
    chosen: list[int] = []
    for rows in stretches(times[numbers]):
        span = times[numbers[rows[-1]]] - times[numbers[rows[0]]]
        parts = max(int(np.ceil(span / _SURVEY_STEP_S)), -(-_SURVEY_LEAST * len(rows) // numbers.size))
        chosen += np.linspace(rows.start, rows.stop, parts, endpoint=False).astype(int).tolist()
    return np.asarray(numbers[np.unique([*chosen, numbers.size - 1])])


def frames_around(
    times: np.ndarray, wanted: np.ndarray, moments: np.ndarray, seen: Collection[int]
) -> np.ndarray:
    """Return the numbers of more frames about moments at which somebody was seen for a short while only.

    A delivery is over in two seconds: in a long clip the first look catches one or two frames of it.

    Parameters
    ----------
    times : seconds (frames in the clip,).
    wanted : boolean (frames in the clip,).
    moments : seconds (M,).
    seen : numbers of the frames already looked at; none is asked for again, nor any right beside one.
    """
    numbers = np.flatnonzero(wanted)
    if not numbers.size or not moments.size:
        return numbers[:0]
    ticks = np.floor(times[numbers] * _AROUND_RATE + 1e-6)
    numbers = numbers[np.r_[True, np.diff(ticks) > 0]]
    near = np.abs(times[numbers][:, None] - moments).min(axis=1) <= _AROUND_S
    before = times[np.fromiter(seen, dtype=int)]
    fresh = np.abs(times[numbers][:, None] - before).min(axis=1, initial=np.inf) > 0.6 / _AROUND_RATE
    numbers = numbers[near & fresh]
    most = max(_AROUND_LEAST, int(wanted.sum() * _AROUND_SHARE))
    return numbers if numbers.size <= most else numbers[np.linspace(0, numbers.size - 1, most).astype(int)]


def stretches(times: np.ndarray) -> list[range]:
    """Cut frames at these times (T,) into runs of rows that are followed in one go; a pause ends one."""
    pauses = np.flatnonzero(np.diff(times) > PAUSE_S) + 1
    cut: list[range] = []
    for first, stop in itertools.pairwise([0, *pauses.tolist(), times.size]):
        parts = -(-(stop - first) // STRETCH_FRAMES)
        bounds = np.linspace(first, stop, parts + 1).round().astype(int).tolist()
        cut += [range(a, b) for a, b in itertools.pairwise(bounds)]
    return cut


def dense_frames(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the numbers of more frames, to tell by their movement which of several people is the athlete.

    Six a second; in a long clip in ten bursts of a second.
    """
    numbers = np.flatnonzero(wanted)
    ticks = np.floor(times[numbers] * _DENSE_RATE + 1e-6)
    numbers = numbers[np.r_[True, np.diff(ticks) > 0]]
    if numbers.size <= _DENSE_MOST:
        return numbers
    bursts = _DENSE_MOST // 6
    starts = np.linspace(0, numbers.size - 6, bursts).round().astype(int)
    return np.asarray(numbers[np.unique((starts[:, None] + np.arange(6)).ravel())])
