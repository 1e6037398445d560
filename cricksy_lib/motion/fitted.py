"""Joint angles in space from the fitted body, each with how far it may be off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cricksy_lib.motion.body import Body
from cricksy_lib.motion.body_fit import Fit, Observed, fit
from cricksy_lib.motion.size import standing_height
from cricksy_lib.motion.skeleton import INDEX, JOINTS

JOINT_CHAINS: dict[str, tuple[str, str, str]] = {
    f"{side}_{joint}": (f"{side}_{above}", f"{side}_{joint}", f"{side}_{below}")
    for side in ("left", "right")
    for above, joint, below in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
}
# Frames fitted in one go, and how many of the next are fitted along, so that no stretch ends inside another.
_STRETCH, _OVERLAP = 600, 30
# The spread of an angle near straight is that of one slightly bent: the straight line itself has no slope.
_LEAST_SINE = 0.15


@dataclass(frozen=True)
class FittedAngle:
    """An angle over the clip: degrees (T,) and its standard deviation (T,), NaN where nothing was fitted."""

    values: np.ndarray
    spread: np.ndarray


def fitted_angles(body: Body) -> dict[str, FittedAngle]:
    """Fit every tracked run of a clip and read the angles off it.

    Parameters
    ----------
    body : cleaned landmarks of the clip.

    Returns
    -------
    ``left_knee``, ``right_knee``, ``left_elbow``, ``right_elbow`` (included angles, 180 straight) and
    ``trunk_lean`` (from the picture's vertical).
    """
    count = len(body.real_s)
    out = {
        name: FittedAngle(np.full(count, np.nan), np.full(count, np.nan))
        for name in (*JOINT_CHAINS, "trunk_lean")
    }
    observed = _observe(body)
    for rows, kept in _stretches(body.segment):
        found = fit(
            Observed(
                observed.real_s[rows],
                observed.picture[rows],
                observed.depth[rows],
                observed.facing[rows],
                observed.by_hand[rows],
            )
        )
        if found is None:
            continue
        inside = np.isin(rows, kept)
        for name, angle in out.items():
            values, spread = _lean(found) if name == "trunk_lean" else _included(found, JOINT_CHAINS[name])
            angle.values[kept], angle.spread[kept] = values[inside], spread[inside]
    for name, angle in out.items():
        unseen = ~_seen(body, name)
        angle.values[unseen] = angle.spread[unseen] = np.nan
    return out


def _seen(body: Body, name: str) -> np.ndarray:
    """Frames in which all the landmarks of an angle were seen (T,): elsewhere the fit only bridges."""
    if name == "trunk_lean":
        points = [f"{side}_{part}" for side in ("left", "right") for part in ("hip", "shoulder")]
    else:
        points = list(JOINT_CHAINS[name])
    return np.asarray(np.all([np.isfinite(body.raw(point)[:, 0]) for point in points], axis=0))


def _observe(body: Body) -> Observed:
    """What the fit rests on: landmarks that were seen; what cleaning filled in says nothing new."""

    def joint(source: np.ndarray, name: str) -> np.ndarray:
        if name == "head":
            return (body.pick(source, "left_ear") + body.pick(source, "right_ear")) / 2
        return body.pick(source, name)

    def seen(source: np.ndarray) -> np.ndarray:
        return np.where(np.isfinite(body.confidence)[..., None], source, np.nan)

    picture, world = seen(body.raw_xy), seen(body.world)
    size = standing_height(body.world)
    nose = body.pick(world, "nose") - joint(world, "head")
    return Observed(
        real_s=body.real_s,
        picture=np.stack([joint(picture, name) for name in JOINTS], axis=1)
        / body.height_at_px[:, None, None],
        depth=np.stack([joint(world, name)[:, 2] for name in JOINTS], axis=1) / size,
        facing=nose,
        # Of two landmarks midway both must have been put there.
        by_hand=np.stack([joint(body.by_hand.astype(float), name) for name in JOINTS], axis=1) == 1.0,
    )


def _stretches(segment: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows to fit together, and those of them whose result counts."""
    for number in np.unique(segment[segment >= 0]):
        rows = np.flatnonzero(segment == number)
        for start in range(0, len(rows), _STRETCH):
            kept = rows[start : start + _STRETCH]
            yield rows[max(0, start - _OVERLAP) : start + _STRETCH + _OVERLAP], kept


def _included(found: Fit, chain: tuple[str, str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Included angle and standard deviation, degrees (T,)."""
    a, b, c = (INDEX[name] for name in chain)
    u, v = found.points[:, a] - found.points[:, b], found.points[:, c] - found.points[:, b]
    long_u, long_v = np.linalg.norm(u, axis=1)[:, None], np.linalg.norm(v, axis=1)[:, None]
    u, v = u / long_u, v / long_v
    cosine = np.clip((u * v).sum(axis=1), -1.0, 1.0)[:, None]
    sine = np.maximum(np.sqrt(1 - cosine**2), _LEAST_SINE)
    by_a, by_c = (cosine * u - v) / (long_u * sine), (cosine * v - u) / (long_v * sine)
    slopes = np.concatenate([by_a, -by_a - by_c, by_c], axis=1)
    return np.degrees(np.arccos(cosine[:, 0])), _spread(found, (a, b, c), slopes)


def _lean(found: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Angle of the trunk from the vertical and standard deviation, degrees (T,)."""
    joints = tuple(INDEX[f"{side}_{part}"] for part in ("shoulder", "hip") for side in ("left", "right"))
    trunk = found.points[:, joints[:2]].mean(axis=1) - found.points[:, joints[2:]].mean(axis=1)
    length = np.linalg.norm(trunk, axis=1)[:, None]
    unit = trunk / length
    up = np.array([0.0, -1.0, 0.0])
    cosine = np.clip(unit @ up, -1.0, 1.0)[:, None]
    sine = np.maximum(np.sqrt(1 - cosine**2), _LEAST_SINE)
    slope = (cosine * unit - up) / (length * sine)
    slopes = np.concatenate([slope / 2, slope / 2, -slope / 2, -slope / 2], axis=1)
    return np.degrees(np.arccos(cosine[:, 0])), _spread(found, joints, slopes)


def _spread(found: Fit, joints: tuple[int, ...], slopes: np.ndarray) -> np.ndarray:
    columns = np.concatenate([np.arange(3 * joint, 3 * joint + 3) for joint in joints])
    block = found.covariance[:, columns[:, None], columns]
    return np.degrees(np.sqrt(np.einsum("ti,tij,tj->t", slopes, block, slopes)))
