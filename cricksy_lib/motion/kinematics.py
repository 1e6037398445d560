"""The series of the movement: joint angles in the picture, trunk lean, head and hand speed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from cricksy_lib.motion.angle_source import AngleSource
from cricksy_lib.motion.body import Body, Side, other
from cricksy_lib.motion.filtering import derivative
from cricksy_lib.motion.fitted import FittedAngle, fitted_angles
from cricksy_lib.motion.uncertainty import HALF_WIDTH_95, roll_95, rolling_noise_95
from cricksy_lib.results import SERIES_UNITS

_KINDS = ("spread_", "fit_", "picture_", "model_")
ANGLES = tuple(
    name for name, unit in SERIES_UNITS.items() if unit == "deg" and name != "hip_shoulder_separation"
)
JOINTS = {"knee": ("hip", "knee", "ankle"), "elbow": ("shoulder", "elbow", "wrist")}


def included_angle(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Included angle at ``b`` in degrees, 180 for a straight limb.

    Parameters
    ----------
    a, b, c : (..., 2 or 3) points in one isotropic unit (pixels or metres, never normalised x and y).

    Returns
    -------
    (...) degrees; NaN where a point is missing or two coincide.
    """
    u, v = a - b, c - b
    lengths = np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (u * v).sum(axis=-1) / lengths
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def trunk_lean(hips: np.ndarray, shoulders: np.ndarray) -> np.ndarray:
    """Angle of the trunk from the picture's vertical in degrees, 0 upright, always positive.

    Parameters
    ----------
    hips, shoulders : (..., 2) pixels of the mid-points, y down.
    """
    trunk = shoulders - hips
    return np.asarray(np.degrees(np.arctan2(np.abs(trunk[..., 0]), -trunk[..., 1])))


def lean_in_space(hips: np.ndarray, shoulders: np.ndarray) -> np.ndarray:
    """Angle of the trunk from the vertical in degrees.

    Parameters
    ----------
    hips, shoulders : (..., 3) points of one scale, y down.
    """
    trunk = shoulders - hips
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.degrees(np.arccos(-trunk[..., 1] / np.linalg.norm(trunk, axis=-1))))


def speed(body: Body, path: np.ndarray) -> np.ndarray:
    """Speed of a path (T, 2) in body heights, as tall as the body is at each frame, per real second."""
    return np.asarray(np.linalg.norm(derivative(body.real_s, path), axis=-1) / body.height_at_px)


def line_angle(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Unwrapped direction in degrees of a left-to-right line seen from above, from model metres (T, 3).

    The model's depth is weak: good for shape and timing, never for a value.
    """
    across = left - right
    angle = np.degrees(np.arctan2(across[:, 2], across[:, 0]))
    present = np.isfinite(angle)
    angle[present] = np.unwrap(angle[present], period=360.0)
    return np.asarray(angle)


def kinematics(
    body: Body,
    front: Side | None,
    sources: Mapping[str, AngleSource] | None = None,
    standing: Mapping[str, np.ndarray] | None = None,
) -> xr.Dataset:
    """Compute every series of the contract.

    Parameters
    ----------
    body : filtered landmarks.
    front : which limbs are the front ones; ``None`` leaves the front and rear series NaN.
    sources : where a series comes from, for those that do not come from the fit.
    standing : for series from the fit, the share (T,) of the picture in them.

    Returns
    -------
    Dataset with dim ``time`` (seconds in the clip), one variable for each series with ``units`` in its
    attrs. Angles are those of the fitted body, unless ``sources`` says otherwise; where a tracked run cannot
    be fitted, those in the picture. ``attrs["source"]`` of an angle says which. For the angles there are also
    ``spread_<series>``, the 95 % half width that the clip itself gives, and, to compare with,
    ``fit_<series>`` of the fitted body, ``picture_<series>`` from filtered landmarks and ``model_<series>``
    from the model's own three-dimensional ones.
    """
    fitted = fitted_angles(body)
    use, share = dict(sources or {}), dict(standing or {})
    series: dict[str, np.ndarray] = {}
    sides = {"front": front, "rear": other(front) if front else None}
    for where, side in sides.items():
        for joint, chain in JOINTS.items():
            name = f"{where}_{joint}_angle"
            if side is None:
                missing = np.full(len(body.time_s), np.nan)
                series.update({f"{kind}{name}": missing for kind in ("", *_KINDS)})
                continue
            points = [f"{side}_{p}" for p in chain]
            series |= _angle(
                name,
                body.real_s,
                fitted[f"{side}_{joint}"],
                use.get(name, "fit"),
                picture=included_angle(*(body.point(p) for p in points)),
                raw=included_angle(*(body.raw(p) for p in points)),
                model=included_angle(*(body.world_point(p) for p in points)),
                share=share.get(name, 0.0),
            )
    raw_middle = {p: (body.raw(f"left_{p}") + body.raw(f"right_{p}")) / 2 for p in ("hip", "shoulder")}
    middle = {p: body.world_point(f"left_{p}") + body.world_point(f"right_{p}") for p in ("hip", "shoulder")}
    series |= _angle(
        "trunk_lean",
        body.real_s,
        fitted["trunk_lean"],
        use.get("trunk_lean", "fit"),
        picture=trunk_lean(body.middle("hip"), body.middle("shoulder")),
        raw=trunk_lean(raw_middle["hip"], raw_middle["shoulder"]),
        model=lean_in_space(middle["hip"], middle["shoulder"]),
        share=share.get("trunk_lean", 0.0),
    )
    hips = line_angle(body.world_point("left_hip"), body.world_point("right_hip"))
    shoulders = line_angle(body.world_point("left_shoulder"), body.world_point("right_shoulder"))
    series["hip_shoulder_separation"] = (shoulders - hips + 180.0) % 360.0 - 180.0
    series["head_speed"] = speed(body, body.head())
    series["hand_speed"] = np.fmax(
        speed(body, body.point("left_wrist")), speed(body, body.point("right_wrist"))
    )
    data = xr.Dataset(
        {name: ("time", values) for name, values in series.items()}, coords={"time": body.time_s}
    )
    for name in ANGLES:
        data[name].attrs["source"] = _came_from(series, name, use.get(name, "fit"))
    for name in series:
        plain = next((name.removeprefix(kind) for kind in _KINDS if name.startswith(kind)), name)
        data[name].attrs["units"] = SERIES_UNITS[plain]
    return data


def _came_from(series: Mapping[str, np.ndarray], name: str, source: AngleSource) -> str:
    known = np.isfinite(series[name])
    fitted = known & np.isfinite(series[f"fit_{name}"]) & (series[name] == series[f"fit_{name}"])
    if source != "fit" or not known.any():
        return source
    return "fit" if fitted.sum() == known.sum() else "fit and picture" if fitted.any() else "picture"


def _blended(fitted: np.ndarray, other_source: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Values (T,) with so large a share of the other source; an unknown one of no share does not count."""
    mixed = (1 - share) * fitted + share * other_source
    return np.where(share == 0, fitted, np.where(share == 1, other_source, mixed))


def _angle(
    name: str,
    real_s: np.ndarray,
    fitted: FittedAngle,
    source: AngleSource,
    *,
    picture: np.ndarray,
    raw: np.ndarray,
    model: np.ndarray,
    share: np.ndarray | float,
) -> dict[str, np.ndarray]:
    """One angle in all its kinds, degrees (T,); in a fitted one the picture has a ``share``."""
    flat = np.hypot(rolling_noise_95(real_s, raw, picture), np.abs(picture - model))
    known = np.isfinite(fitted.values) & (source == "fit")
    other_source = model if source == "model" else picture
    seen = np.where(known, np.where(np.isfinite(flat), share, 0.0), 1.0)
    # Where the fit lies beyond what picture and model span, it may be the one that is wrong; in a gap that it
    # bridges there is neither.
    lower, upper = np.fmin(picture, model), np.fmax(picture, model)
    alone = np.nan_to_num(np.maximum(lower - fitted.values, fitted.values - upper).clip(min=0.0))
    wide = np.hypot(HALF_WIDTH_95 * fitted.spread, alone)
    return {
        name: _blended(fitted.values, other_source, seen),
        f"spread_{name}": np.hypot(_blended(wide, flat, seen), roll_95(name)),
        f"fit_{name}": fitted.values,
        f"picture_{name}": picture,
        f"model_{name}": model,
    }
