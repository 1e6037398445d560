"""How the camera moved: the background is followed while the clip is being decoded, at a few frames a second.

Points of the background are tracked from one small picture to the next; what lies on the athlete is left
out once it is known where that is, and a similarity (shift, turn, zoom) is fitted to the rest so that other
people and leaves in the wind do not count. The steps add up to a map from every frame to the first one. A
camera that walks, so that near and far things move differently, is not described by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from cricksy_lib.video import DecodedFrame, Timeline, to_rgb

_SIDE = 480
_RATE = 12.0
_CORNERS, _QUALITY, _APART = 240, 0.002, 7
_WINDOW = (21, 21)
# A point that comes back this far (small pixels) from where it set off was lost on the way.
_THERE_AND_BACK = 0.5
_RANSAC_PX = 1.0
_LEAST_POINTS, _LEAST_SHARE = 12, 0.4
# Points within less than this share of the picture may all lie on one moving thing.
_LEAST_AREA = 0.05
_BODY_MARGIN = 0.25
# Less than this share of the longer side is noise, as is less than four times the steps' errors together.
_STILL, _STILL_ERRORS = 0.004, 4.0


@dataclass(frozen=True)
class CameraMotion:
    """What is known of the camera's movement through a clip.

    Attributes
    ----------
    known : false where the background has no texture to follow, or changes at a cut.
    moved : whether it moved by more than noise.
    max_shift_px : the furthest that the picture's content was from its place in the first frame (median of
        centre and corners), pixels of the upright frame; ``None`` where unknown.
    to_first : (T, 2, 3) maps from pixels of each frame to the first one's; ``None`` unless it moved.
    """

    known: bool
    moved: bool = False
    max_shift_px: float | None = None
    to_first: np.ndarray | None = None

    def as_attrs(self) -> dict[str, bool | float | None]:
        """Return what the pose track records of it."""
        return {"known": self.known, "moved": self.moved, "max_shift_px": self.max_shift_px}


@dataclass(frozen=True)
class _Step:
    """Points (N, 2) in pixels of the upright frame, in one sampled frame and in the next."""

    before: np.ndarray
    after: np.ndarray


class CameraWatch:
    """Sees the frames of a clip in order as they are decoded, and keeps where the background's points went.

    Parameters
    ----------
    width, height : of the upright picture.
    timeline : of the clip.
    """

    def __init__(self, width: int, height: int, timeline: Timeline) -> None:
        self._picture = np.array([width, height], dtype=float)
        self._scale = min(1.0, _SIDE / max(width, height))
        self._times = timeline.times_s
        ticks = np.floor(self._times * _RATE + 1e-6)
        self._due = np.r_[True, np.diff(ticks) > 0]
        self._due[-1:] = True
        self._last: tuple[int, np.ndarray] | None = None
        self._steps: list[tuple[int, int, _Step]] = []

    def see(self, frame: DecodedFrame) -> None:
        """Look at a frame; those that are not due, or were seen before, cost nothing."""
        if not self._due[frame.index] or (self._last is not None and frame.index <= self._last[0]):
            return
        width, height = np.maximum((self._picture * self._scale).round().astype(int), 1).tolist()
        small = cv2.cvtColor(to_rgb(frame, size=(width, height)), cv2.COLOR_RGB2GRAY)
        if self._last is not None:
            shown = np.array([width, height]) / self._picture
            before, after = _follow(self._last[1], small)
            # The middle of the first pixel is at 0 in both sizes.
            step = _Step((before + 0.5) / shown - 0.5, (after + 0.5) / shown - 0.5)
            self._steps.append((self._last[0], frame.index, step))
        self._last = (frame.index, small)

    def motion(self, numbers: np.ndarray, points: np.ndarray) -> CameraMotion:
        """Add up the steps, without the points on the athlete.

        Parameters
        ----------
        numbers : (T,) native numbers of the frames for which the athlete was looked for.
        points : (T, K, 2) the athlete's landmarks in pixels, NaN where not found.
        """
        if not self._steps or not numbers.size:
            return CameraMotion(known=False)
        boxes = _boxes(points)
        total, variance = np.eye(3), 0.0
        frames, maps = [self._steps[0][0]], [total]
        for first, second, step in self._steps:
            fitted = _similarity(step, boxes[int(np.abs(numbers - first).argmin())], self._picture)
            if fitted is None:
                return CameraMotion(known=False)
            matrix, error_px = fitted
            total = total @ np.linalg.inv(matrix)
            variance += error_px**2
            frames.append(second)
            maps.append(total)
        stacked = np.stack(maps)[:, :2]
        shift = _shifts(stacked, self._picture)
        largest = float(shift.max())
        if largest <= max(_STILL * self._picture.max(), _STILL_ERRORS * float(np.sqrt(variance))):
            return CameraMotion(known=True, max_shift_px=largest)
        return CameraMotion(True, True, largest, self._between(np.array(frames), stacked, numbers))

    def _between(self, frames: np.ndarray, maps: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Maps at other frames (T, 2, 3): turn, zoom and the centre's place on straight lines between."""
        centre = self._picture / 2
        moved = maps[..., :2] @ centre + maps[..., 2]
        at, known = self._times[numbers], self._times[frames]

        def read(values: np.ndarray) -> np.ndarray:
            return np.asarray(np.interp(at, known, values))

        cosine, sine = read(maps[:, 0, 0]), read(maps[:, 1, 0])
        turn = np.stack([np.stack([cosine, -sine], axis=1), np.stack([sine, cosine], axis=1)], axis=1)
        place = np.stack([read(moved[:, 0]), read(moved[:, 1])], axis=1)
        return np.concatenate([turn, (place - turn @ centre)[..., None]], axis=2)


def _follow(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of one small grey picture and where they are in the next: (N, 2) each, N may be 0."""
    none = np.empty((0, 2))
    corners = cv2.goodFeaturesToTrack(before, _CORNERS, _QUALITY, _APART)
    if corners is None:
        return none, none
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, corners.copy(), winSize=_WINDOW)
    back, returned, _ = cv2.calcOpticalFlowPyrLK(after, before, there, there.copy(), winSize=_WINDOW)
    kept = (found.ravel() == 1) & (returned.ravel() == 1)
    kept &= np.linalg.norm((back - corners).reshape(-1, 2), axis=1) < _THERE_AND_BACK
    return corners.reshape(-1, 2)[kept].astype(float), there.reshape(-1, 2)[kept].astype(float)


def _boxes(points: np.ndarray) -> np.ndarray:
    """Box around the athlete (T, 4) as left, top, right, bottom, with a margin; NaN where not found."""
    boxes = np.full((len(points), 4), np.nan)
    for row in np.flatnonzero(np.isfinite(points).any(axis=(1, 2))):
        low, high = np.nanmin(points[row], axis=0), np.nanmax(points[row], axis=0)
        margin = _BODY_MARGIN * float(np.max(high - low))
        boxes[row] = [*(low - margin), *(high + margin)]
    return boxes


def _similarity(step: _Step, box: np.ndarray, picture: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Fit one step: a 3 x 3 map from the frame before to the one after, and its error in pixels.

    ``None`` where too few points agree, or where they lie too close together.
    """
    x, y = step.before[:, 0], step.before[:, 1]
    outside = ~((x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3]))
    before, after = step.before[outside], step.after[outside]
    if len(before) < _LEAST_POINTS:
        return None
    limit = _RANSAC_PX * max(1.0, float(picture.max()) / _SIDE)
    matrix, inside = cv2.estimateAffinePartial2D(
        before, after, method=cv2.RANSAC, ransacReprojThreshold=limit, confidence=0.999
    )
    if matrix is None:
        return None
    good = inside.ravel() == 1
    if good.sum() < max(_LEAST_POINTS, _LEAST_SHARE * len(before)):
        return None
    if float(np.prod(np.ptp(before[good], axis=0) / picture)) < _LEAST_AREA:
        return None
    off = before[good] @ matrix[:, :2].T + matrix[:, 2] - after[good]
    error = float(np.sqrt((off**2).sum(axis=1).mean() / good.sum()))
    return np.vstack([matrix, [0.0, 0.0, 1.0]]), error


def _shifts(maps: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Median distance (K,) that maps (K, 2, 3) move the picture's centre and corners."""
    spots = np.array([[0.5, 0.5], [0, 0], [1, 0], [0, 1], [1, 1]]) * picture
    moved = np.einsum("kij,pj->kpi", maps[..., :2], spots) + maps[:, None, :, 2]
    return np.asarray(np.median(np.linalg.norm(moved - spots, axis=2), axis=1))
