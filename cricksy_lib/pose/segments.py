"""Contiguous segments of one person: where the track breaks, and frames that turn out to be somebody else."""

from __future__ import annotations

from typing import Any

import numpy as np

from cricksy_lib.pose.athlete import Person, body_size, hips

# A shorter absence is a gap within a segment; a longer one is a break.
BREAK_AFTER_S = 0.5
# What the survey saw and what was followed may differ so far, in body sizes, in frames so near in time.
_AGREE = 0.5
_NEAR_S = 0.06
# A leap of the hips that no person makes, in body sizes, plus so many for each second.
_LEAP = 0.5
_LEAP_PER_S = 6.0


def reject_strangers(
    times: np.ndarray, poses: np.ndarray, chosen: Person | None
) -> tuple[np.ndarray, list[float]]:
    """Blank the frames in which somebody else was followed, seen from the survey of the chosen person.

    Parameters
    ----------
    times : seconds (T,).
    poses : (T, 33, 7); not changed.
    chosen : the athlete's sightings.

    Returns
    -------
    poses : (T, 33, 7) with NaN from half-way after the last sighting that agrees to half-way to the next one.
    times : seconds at which a stranger was dropped.
    """
    poses = poses.copy()
    dropped: list[float] = []
    if chosen is None:
        return poses, dropped
    found = np.isfinite(poses[:, 0, 0])
    agreement: list[tuple[float, bool]] = []
    for sighting in chosen.sightings:
        rows = np.flatnonzero(found & (np.abs(times - sighting.time_s) <= _NEAR_S))
        if rows.size:
            row = rows[np.abs(times[rows] - sighting.time_s).argmin()]
            size = max(sighting.size, body_size(poses[row]))
            far = float(np.linalg.norm(hips(poses[row]) - sighting.centre)) / size
            agreement.append((sighting.time_s, far < _AGREE))
    for i, (time_s, agrees) in enumerate(agreement):
        if agrees:
            continue
        start = (agreement[i - 1][0] + time_s) / 2 if i else times[0]
        stop = (agreement[i + 1][0] + time_s) / 2 if i + 1 < len(agreement) else times[-1] + 1
        poses[(times >= start) & (times < stop)] = np.nan
        dropped.append(float(start))
    return poses, dropped


def segments_of(
    times: np.ndarray, poses: np.ndarray, strangers: list[float]
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Number the contiguous segments and list the breaks between them.

    Returns
    -------
    segment : (T,) int; -1 where nobody was found.
    breaks : {time_s, reason} for each new segment after the first; the time is that of the last frame before.
    """
    found = np.flatnonzero(np.isfinite(poses[:, 0, 0]))
    segment = np.full(times.size, -1)
    breaks: list[dict[str, Any]] = []
    number = 0
    for i, row in enumerate(found):
        if i > 0:
            before = found[i - 1]
            pause = times[row] - times[before]
            size = max(body_size(poses[row]), body_size(poses[before]))
            leap = float(np.linalg.norm(hips(poses[row]) - hips(poses[before]))) / size
            reason = None
            if any(times[before] <= t + 1e-9 and t <= times[row] for t in strangers):
                reason = "another person was in the way"
            elif pause > BREAK_AFTER_S:
                reason = "the athlete was out of sight"
            elif leap > _LEAP + _LEAP_PER_S * pause:
                reason = "the athlete's place changed at once"
            if reason is not None:
                number += 1
                breaks.append({"time_s": float(times[before]), "reason": reason})
        segment[row] = number
    return segment, breaks
