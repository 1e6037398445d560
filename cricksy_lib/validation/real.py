"""A real clip against angles from four calibrated cameras (a man balancing; Pose2Sim's trial, BSD-3-Clause).

The reference is markerless, too: points found by OpenPose, triangulated and filtered. Clip and points may
be some frames apart, so the offset is estimated and stated: the points are projected into the camera, and
the angles that they make in the picture are correlated with the ones that were found there. An angle in
space would not do for that: in a view that is not square it goes its own way.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from cricksy_lib.motion.kinematics import included_angle, lean_in_space
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.settings import Settings
from cricksy_lib.validation import plain
from cricksy_lib.validation.errors import at_times, summarise
from cricksy_lib.validation.read import plain_pose, raw_pose, read_clip
from cricksy_lib.validation.record import Row

CLIPS = {"ref_p2s_single_cam01.mp4": "cam_01", "ref_p2s_single_cam03.mp4": "cam_03"}
CAMERAS = "p2s_Calib_qualisys.toml"
POINTS = "p2s_single_balancing_body25b_filt_butterworth.trc"
# Which of a fielder's limbs are in front is given by the hand alone: the left ones for a right-hander.
_OPTIONS = AnalysisOptions(mode="fielding", hand="right")
_SIDES = {"front": "L", "rear": "R"}
_CHAINS = {"knee": ("Hip", "Knee", "Ankle"), "elbow": ("Shoulder", "Elbow", "Wrist")}
_MOST_OFFSET_S, _STEP_S, _LEAST_OVERLAP_S = 0.5, 1 / 240, 0.8


def read_trc(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read marker paths in OpenSim's text format.

    Returns
    -------
    Times (T,) in seconds, and points (T, 3) by name in the file's unit and axes.

    Raises
    ------
    ValueError
        If the lines do not have three numbers for every name.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    names = [name for name in lines[3].split("\t")[2:] if name.strip()]
    values = np.array([[float(v) for v in line.split()] for line in lines[5:] if line.strip()])
    points = values[:, 2:].reshape(len(values), len(names), 3)
    return values[:, 1], {name.strip(): points[:, i] for i, name in enumerate(names)}


def reference_angles(points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Our series (degrees) in space, from points (T, 3) with y up; front is left."""
    hips, shoulders = ((points[f"L{p}"] + points[f"R{p}"]) / 2 for p in ("Hip", "Shoulder"))
    return joint_angles(points) | {"trunk_lean": lean_in_space(hips * [1, -1, 1], shoulders * [1, -1, 1])}


def project(points: Mapping[str, np.ndarray], camera: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Pixels (T, 2) of points (T, 3) in a calibrated camera; its lens hardly distorts and is taken as ideal.

    Parameters
    ----------
    points : of the reference, y up: (X, Y, Z) there is (Z, X, Y) for the camera.
    camera : ``matrix``, ``rotation`` (a rotation vector) and ``translation``.
    """
    rotation, matrix = Rotation.from_rotvec(camera["rotation"]).as_matrix(), np.array(camera["matrix"])
    seen = {}
    for name, path in points.items():
        local = path[:, [2, 0, 1]] @ rotation.T + np.array(camera["translation"])
        pixels = local @ matrix.T
        seen[name] = pixels[:, :2] / pixels[:, 2:]
    return seen


def joint_angles(points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Our joint series (degrees) from points (T, 2 or 3) by their names in the reference; front is left."""
    return {
        f"{where}_{joint}_angle": included_angle(*(points[f"{side}{part}"] for part in chain))
        for where, side in _SIDES.items()
        for joint, chain in _CHAINS.items()
    }


def best_offset(
    times_s: np.ndarray,
    ours: Mapping[str, np.ndarray],
    reference_s: np.ndarray,
    reference: Mapping[str, np.ndarray],
) -> tuple[float, float]:
    """Find how much later the same movement is in our clip than in the reference.

    Parameters
    ----------
    times_s, ours : (T,) seconds and series of degrees.
    reference_s, reference : the same of the reference; names that both have are used.

    Returns
    -------
    (seconds, mean correlation of the series at that offset); NaN, NaN without enough overlap.
    """
    best = (float("nan"), float("nan"))
    for offset in np.arange(-_MOST_OFFSET_S, _MOST_OFFSET_S + _STEP_S / 2, _STEP_S):
        found = []
        for name in ours.keys() & reference.keys():
            there = at_times(reference_s, reference[name], times_s - offset)
            both = np.isfinite(there) & np.isfinite(ours[name])
            if both.sum() < 3 or np.ptp(times_s[both]) < _LEAST_OVERLAP_S:
                continue
            a, b = ours[name][both], there[both]
            if a.std() > 0 and b.std() > 0:
                found.append(float(np.corrcoef(a, b)[0, 1]))
        if found and not np.mean(found) <= best[1]:
            best = (float(offset), float(np.mean(found)))
    return best


def compare_real(clips: Path | None, folder: Path, settings: Settings) -> list[Row] | str:
    """Hold ours, the plain loop and the model's own angles against the reference.

    Parameters
    ----------
    clips : folder of the real clips; the reference points are in the folder ``reference`` beside it.
    folder : keeps landmarks.
    settings : the place of the model.

    Returns
    -------
    Rows of ``clip``, ``series``, ``method``, ``offset_s``, ``correlation`` and `errors.summarise`; or why
    there are none. The method "picture" holds the angles of our landmarks in the picture against those of
    the projected reference: what is left there is not the view's fault.
    """
    if clips is None:
        return "no folder of real clips was given (--real, or CRICKSY_TEST_CLIPS)"
    folder_of = clips.parent / "reference"
    points, cameras = folder_of / POINTS, folder_of / CAMERAS
    missing = [
        path.name for path in (points, cameras, *(clips / name for name in CLIPS)) if not path.is_file()
    ]
    if missing:
        return f"not there: {', '.join(missing)}"
    reference_s, paths = read_trc(points)
    calibrated = tomllib.loads(cameras.read_text(encoding="utf-8"))
    rows: list[Row] = []
    for name, camera in CLIPS.items():
        seen = joint_angles(project(paths, calibrated[camera]))
        rows += _one(clips / name, reference_s, reference_angles(paths), seen, folder, settings)
    return rows


def _one(
    clip: Path,
    reference_s: np.ndarray,
    in_space: Mapping[str, np.ndarray],
    in_picture: Mapping[str, np.ndarray],
    folder: Path,
    settings: Settings,
) -> list[Row]:
    reading = read_clip(clip, raw_pose(clip, _OPTIONS, settings, folder), _OPTIONS)
    simple = plain_pose(clip, settings, folder)
    at_s, seen = np.array(reading.kinematics.time_s), plain.angles(reading.clean, "left")["plain"]
    offset, correlation = best_offset(at_s, seen, reference_s, in_picture)
    ours = {name: reading.movement.values(name) for name in in_space}
    methods = {"ours": (at_s, ours, in_space), "picture": (at_s, seen, in_picture)}
    for method, told in plain.angles(simple, "left").items():
        methods[method] = (simple.data["time"].values, told, in_space)
    rows: list[Row] = []
    for method, (times, told, reference) in methods.items():
        for name, true in reference.items():
            there = at_times(reference_s, true, times - offset)
            error = (told[name] - there)[np.isfinite(there)]
            row = {"clip": clip.stem, "series": name, "method": method, "offset_s": offset}
            rows.append({**row, "correlation": correlation, **summarise(error)})
    return rows
