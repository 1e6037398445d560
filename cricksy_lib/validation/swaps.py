"""Left and right the wrong way round, against truth."""

from __future__ import annotations

import numpy as np

from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.synthetic.truth import Truth

LEG = ("hip", "knee", "ankle")
# Labels count as wrong only where the other way round fits clearly better: by this share of the standing
# height on average over the chain's points. Legs that lie on each other in the picture have no labels.
CLEARLY = 0.02


def swapped_frames(
    left: np.ndarray,
    right: np.ndarray,
    true_left: np.ndarray,
    true_right: np.ndarray,
    height_px: float,
    clearly: float = CLEARLY,
) -> np.ndarray:
    """Find the frames in which two chains carry each other's labels.

    Parameters
    ----------
    left, right : (T, K, 2) pixels as found; NaN where missing.
    true_left, true_right : (T, K, 2) pixels as they are.
    height_px : standing height.
    clearly : least gain of the other labelling, in heights on average over the points.

    Returns
    -------
    (T,) boolean; false where a point is missing.
    """

    def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.norm(a - b, axis=-1).mean(axis=-1))

    as_found = apart(left, true_left) + apart(right, true_right)
    crossed = apart(left, true_right) + apart(right, true_left)
    with np.errstate(invalid="ignore"):
        return np.asarray(as_found - crossed > 2 * clearly * height_px)


def swapped_legs(track: PoseTrack, truth: Truth) -> np.ndarray:
    """Say in which frames of a track the legs' labels are the wrong way round: (T,) boolean."""
    chains = {side: [f"{side}_{point}" for point in LEG] for side in ("left", "right")}
    position = track.data["position"].values[..., :2]
    rows = rows_of(track, truth)
    found = {side: position[:, [KEYPOINTS.index(n) for n in names]] for side, names in chains.items()}
    true = {
        side: truth.joints_px[rows][:, [truth.joint_names.index(n) for n in names]]
        for side, names in chains.items()
    }
    return swapped_frames(found["left"], found["right"], true["left"], true["right"], true_height_px(truth))


def followed_athlete(track: PoseTrack, truth: Truth, within: float = 0.35) -> float | None:
    """Share of the frames with a pose in which the hips are the athlete's; ``None`` without any.

    Parameters
    ----------
    track, truth : of one clip.
    within : standing heights between found and true mid-hip that still are the same person.
    """
    hips = (track.xy("left_hip") + track.xy("right_hip")) / 2
    rows = rows_of(track, truth)
    off = np.linalg.norm(hips - (truth.px("left_hip") + truth.px("right_hip"))[rows] / 2, axis=1)
    off = off[np.isfinite(off)]
    return float((off < within * true_height_px(truth)).mean()) if len(off) else None


def rows_of(track: PoseTrack, truth: Truth) -> np.ndarray:
    """Rows (T,) of the truth's frames nearest to the track's."""
    times = track.data["time"].values
    after = np.clip(np.searchsorted(truth.times_s, times), 1, max(1, len(truth.times_s) - 1))
    nearer = np.abs(truth.times_s[after - 1] - times) <= np.abs(truth.times_s[after] - times)
    return np.asarray(np.where(nearer, after - 1, after))


def true_height_px(truth: Truth) -> float:
    """Standing height in pixels at the athlete's median distance."""
    if not truth.joint_names:
        return float("nan")
    hips = (truth.m("left_hip") + truth.m("right_hip")) / 2
    _, depth = truth.camera.project(hips)
    return float(truth.camera.focal_px * truth.facts["height_m"] / np.median(depth))
