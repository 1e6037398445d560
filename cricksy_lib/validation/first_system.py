"""The first system's five scores and their findings, rebuilt to be held beside ours.

It kept x and y normalised apart, averaged over all frames, took no notice of view, hand or phases, and
scored what was missing with 0.5. It sampled every ``int(fps / rate)``-th frame. The landmarks here are the
plain loop's, thinned out; its own ran on the thinned frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.results import Mode

# Frames a second of its deep pass.
SAMPLE_RATE = 10.0
_VISIBLE = 0.5
_MISSING = 0.5
_LIMITS: dict[Mode, dict[str, float]] = {
    "batting": {"head": 0.60, "balance": 0.55, "knee": 0.50, "lag": 0.12, "elbow": 0.55},
    "bowling": {"head": 0.65, "balance": 0.60, "knee": 0.55, "lag": 0.15, "elbow": 0.60},
    "wicketkeeping": {"head": 0.58, "balance": 0.52, "knee": 0.45, "lag": 0.10, "elbow": 0.50},
    "fielding": {"head": 0.55, "balance": 0.50, "knee": 0.48, "lag": 0.11, "elbow": 0.52},
}
_CODES = {
    "head": "HEAD_MOVEMENT",
    "balance": "BALANCE_DRIFT",
    "knee": "KNEE_COLLAPSE",
    "lag": "ROTATION_TIMING",
    "elbow": "ELBOW_DROP",
}


@dataclass(frozen=True)
class Scores:
    """Five scores 0..1 (``lag`` in seconds) and which of them had no frame at all."""

    values: dict[str, float]
    empty: tuple[str, ...]


def scores(track: PoseTrack, sample_rate: float = SAMPLE_RATE) -> Scores:
    """Score a clip as the first system did.

    Parameters
    ----------
    track : landmarks of the plain loop.
    sample_rate : frames a second that it asked for.
    """
    data = track.data
    times = data["time"].values
    rate = 1.0 / float(np.median(np.diff(times))) if len(times) > 1 else sample_rate
    step = max(1, int(rate / sample_rate))
    size = np.array([data.attrs["width"], data.attrs["height"]])
    xy = data["position"].values[::step, :, :2] / size
    xy = np.where((data["confidence"].values[::step] >= _VISIBLE)[..., None], xy, np.nan)
    times = times[::step]

    def at(name: str) -> np.ndarray:
        return np.asarray(xy[:, KEYPOINTS.index(name)])

    width = np.maximum(0.1, np.linalg.norm(at("left_shoulder") - at("right_shoulder"), axis=1))
    moved = np.linalg.norm(np.diff(at("nose"), axis=0), axis=1) / width[1:]
    hips, ankles = (at(f"left_{p}") + at(f"right_{p}") for p in ("hip", "ankle"))
    drift = np.abs(hips - ankles)[:, 0] / 2
    knees = np.concatenate([_knee(at, side) for side in ("left", "right")])
    drop = np.mean([(at(f"{s}_elbow") - at(f"{s}_shoulder"))[:, 1] for s in ("left", "right")], axis=0)
    told = {
        "head": _scored(moved, np.mean, lambda m: 1 - m / 0.3),
        "balance": _scored(drift, np.mean, lambda d: 1 - d / 0.2),
        "knee": _scored(knees, np.min, lambda a: (a - 80) / 100),
        "elbow": _scored(drop, np.mean, lambda d: (d - 0.05) / 0.25),
        "lag": _lag(times, at),
    }
    empty = tuple(name for name, value in told.items() if value is None)
    return Scores({n: (0.0 if n == "lag" else _MISSING) if v is None else v for n, v in told.items()}, empty)


def _knee(at, side: str) -> np.ndarray:  # type: ignore[no-untyped-def]
    thigh, shank = at(f"{side}_hip") - at(f"{side}_knee"), at(f"{side}_ankle") - at(f"{side}_knee")
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (thigh * shank).sum(axis=1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _scored(values: np.ndarray, whole, scale) -> float | None:  # type: ignore[no-untyped-def]
    known = values[np.isfinite(values)]
    return float(np.clip(scale(whole(known)), 0.0, 1.0)) if len(known) else None


def _lag(times: np.ndarray, at) -> float | None:  # type: ignore[no-untyped-def]
    """Seconds from the hip line's fastest turn to the shoulder line's, both in the picture."""
    peaks = []
    for name in ("hip", "shoulder"):
        line = at(f"left_{name}") - at(f"right_{name}")
        angle = np.arctan2(line[:, 1], line[:, 0])
        known = np.flatnonzero(np.isfinite(angle))
        if len(known) < 3:
            return None
        turning = np.abs(np.gradient(np.unwrap(angle[known]), times[known]))
        peaks.append(float(times[known][turning.argmax()]))
    return peaks[1] - peaks[0]


def findings(mode: Mode, told: Scores, detection_rate: float) -> dict[str, str]:
    """Findings as code -> severity.

    Parameters
    ----------
    mode : discipline.
    told : the scores.
    detection_rate : share of the sampled frames with a pose.
    """
    raised: dict[str, str] = {}
    for name, limit in _LIMITS[mode].items():
        short = round(limit - told.values[name], 6)
        if short <= (0.01 if name == "lag" else 0.0):
            continue
        raised[_CODES[name]] = "low" if short < 0.05 else "medium" if short < 0.15 else "high"
    if len(told.empty) > 2:
        raised["INSUFFICIENT_POSE_VISIBILITY"] = "low" if detection_rate >= 0.5 else "medium"
    return raised
