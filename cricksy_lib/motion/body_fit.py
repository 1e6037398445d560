"""Fit an articulated body of constant bone lengths to the landmarks of a stretch of frames, all at once.

The picture gives two coordinates of each joint, bone lengths and the model's weak depth give the third. All
are weighed by how far each may be off, so that noise is not turned into depth: joints that lie in the
picture's plane keep their places. Unknown are every joint's place in every frame, the bone lengths, and how
the body's scale changes as it comes nearer. The sum of squares is minimised by Gauss-Newton steps; its
matrix is banded in time with a border for the lengths, so a step costs in proportion to the frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded
from threadpoolctl import threadpool_limits

from cricksy_lib.motion.filtering import frame_step
from cricksy_lib.motion.skeleton import (
    ACCELERATION,
    BONES,
    DEPTH_SPREAD,
    INDEX,
    JOINTS,
    PICTURE_SPREAD,
    SHARE_SPREADS,
    SHARES,
)

_J = len(JOINTS)
_N = 3 * _J
_LENGTHS = len(SHARES)
_BORDER = _LENGTHS + 2
_BAND = 2 * _N + 1
_MOST_STEPS = 14
_SMALL_STEP = 1e-3
_LARGEST_STEP = 0.15
# Errors of a landmark last: neighbouring frames repeat them, and do not average out.
_LASTING_S = 0.033
# The change of scale over the stretch: linear and curved part, natural logarithm.
_SCALE_SPREAD = 0.15
# How far a landmark may be off that an analyst put there, body heights; no outlier, and no error that lasts.
_BY_HAND_SPREAD = 0.005
# A landmark this many spreads off counts half.
_OUTLIER = 2.5
_DEPTH_OUTLIER = 2.0
# The hips' own distance from the camera is not known and does not matter.
_ANCHOR = 1.0
# A knee does not bend forwards: how far behind the line from hip to ankle it may lie.
_KNEE_SPREAD = 0.02
_SHORTEST = 8


@dataclass(frozen=True)
class Fit:
    """A fitted stretch of T frames.

    Attributes
    ----------
    points : (T, J, 3) joints of `cricksy_lib.motion.skeleton.JOINTS` in body heights: x right, y down, z away
        from the camera; z is relative to the hips.
    covariance : (T, 3J, 3J) of each frame's coordinates.
    lengths : (8,) bone lengths of `LENGTH_NAMES`, body heights.
    """

    points: np.ndarray
    covariance: np.ndarray
    lengths: np.ndarray


@dataclass(frozen=True)
class Observed:
    """What is known of a stretch.

    Attributes
    ----------
    real_s : (T,) real seconds, strictly increasing.
    picture : (T, J, 2) joints in the picture, body heights; NaN where not seen.
    depth : (T, J) the model's depth relative to the hips, body heights; NaN where not seen.
    facing : (T, 3) roughly where the face points, any length; NaN where not known.
    by_hand : (T, J) whether an analyst put the joint where it is.
    """

    real_s: np.ndarray
    picture: np.ndarray
    depth: np.ndarray
    facing: np.ndarray
    by_hand: np.ndarray


def fit(observed: Observed) -> Fit | None:
    """Fit the body to a stretch.

    Returns
    -------
    Fit, or None where the stretch is shorter than eight frames, a joint is seen in fewer than three of them,
    or the equations have no solution: angles in the picture, with their own ±, then stand in its place.
    """
    if len(observed.real_s) < _SHORTEST or (np.isfinite(observed.picture[..., 0]).sum(axis=0) < 3).any():
        return None
    # The matrices are many and small: threads that wait for each other cost more than they save.
    with threadpool_limits(limits=1, user_api="blas"):
        try:
            return _Problem(observed).solve()
        except LinAlgError:
            return None


class _Problem:
    """The sum of squares, its derivatives, and the steps that make it small."""

    def __init__(self, observed: Observed) -> None:
        self.t = observed.real_s
        self.step_s = frame_step(self.t)
        lasting = np.sqrt(max(1.0, _LASTING_S / self.step_s))
        self.picture, self.seen = observed.picture, np.isfinite(observed.picture[..., 0])
        self.by_hand = observed.by_hand
        self.depth, self.deep = observed.depth, np.isfinite(observed.depth)
        self.picture_spread = PICTURE_SPREAD * lasting
        self.depth_spread = DEPTH_SPREAD * lasting
        self.bone_spread = np.array([bone.spread for bone in BONES]) * lasting
        self.knee_spread = _KNEE_SPREAD * lasting
        middle = self.t[len(self.t) // 2]
        half = max((self.t[-1] - self.t[0]) / 2, 1e-6)
        along = np.clip((self.t - middle) / half, -1, 1)
        self.growth = np.stack([along, along**2 - 1 / 3], axis=1)
        self.points = self._start()
        self.lengths = SHARES.copy()
        self.scale = np.zeros(2)
        self.forward_sign = self._forward_sign(observed.facing)
        self._second_differences()

    def _start(self) -> np.ndarray:
        points = np.zeros((len(self.t), _J, 3))
        for joint in range(_J):
            rows = self.seen[:, joint]
            for axis in range(2):
                points[:, joint, axis] = np.interp(self.t, self.t[rows], self.picture[rows, joint, axis])
            rows = self.deep[:, joint]
            if rows.any():
                points[:, joint, 2] = np.interp(self.t, self.t[rows], self.depth[rows, joint])
        return points

    def _forward(self) -> np.ndarray:
        """Where the pelvis faces (T, 3), unit; its sign is settled once for the stretch."""
        p = self.points
        up = p[:, INDEX["left_shoulder"]] + p[:, INDEX["right_shoulder"]]
        up = up - p[:, INDEX["left_hip"]] - p[:, INDEX["right_hip"]]
        across = p[:, INDEX["right_hip"]] - p[:, INDEX["left_hip"]]
        forward = np.cross(up, across)
        return np.asarray(forward / np.maximum(np.linalg.norm(forward, axis=1), 1e-9)[:, None])

    def _forward_sign(self, facing: np.ndarray) -> float:
        agreement = (facing * self._forward()).sum(axis=1)
        known = agreement[np.isfinite(agreement)]
        return float(np.sign(np.median(known))) if len(known) else 0.0

    def _second_differences(self) -> None:
        """Weights of three neighbours in the acceleration, and the bands of its square."""
        before, after = np.diff(self.t)[:-1], np.diff(self.t)[1:]
        weights = np.stack(
            [2 / (before * (before + after)), -2 / (before * after), 2 / (after * (before + after))]
        )
        # As many terms a second as at 60 frames a second, whatever the frame rate.
        self.second = weights * np.sqrt(self.step_s * 60.0)
        count = len(self.t)
        bands = [np.zeros(count), np.zeros(count - 1), np.zeros(count - 2)]
        for i in range(3):
            for j in range(i, 3):
                bands[j - i][i : i + count - 2] += self.second[i] * self.second[j]
        self.bands = bands

    def solve(self) -> Fit:
        for _ in range(_MOST_STEPS):
            matrix, gradient, border, corner, corner_gradient = self._normal_equations()
            factor = cholesky_banded(self._banded(matrix), lower=True, check_finite=False)
            flat = border.reshape(-1, _BORDER)
            solved = cho_solve_banded(
                (factor, True), np.column_stack([-gradient.reshape(-1), flat]), check_finite=False
            )
            schur = corner - flat.T @ solved[:, 1:]
            outer = np.linalg.solve(schur, -corner_gradient - flat.T @ solved[:, 0])
            inner = (solved[:, 0] - solved[:, 1:] @ outer).reshape(self.points.shape)
            largest = float(np.abs(inner).max())
            share = min(1.0, _LARGEST_STEP / max(largest, 1e-12))
            self.points = self.points + share * inner
            self.lengths = self.lengths + share * outer[:_LENGTHS]
            self.scale = self.scale + share * outer[_LENGTHS:]
            if largest < _SMALL_STEP:
                break
        covariance = self._covariance(matrix)
        spread = solved[:, 1:].reshape(len(self.t), _N, _BORDER)
        covariance += spread @ np.linalg.solve(schur, spread.transpose(0, 2, 1))
        return Fit(self.points, covariance, self.lengths)

    def _normal_equations(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return blocks (T, N, N), gradient (T, J, 3), border (T, N, B), the corner and its gradient."""
        count = len(self.t)
        matrix = np.zeros((count, _N, _N))
        gradient = np.zeros((count, _J, 3))
        border = np.zeros((count, _N, _BORDER))
        corner = np.zeros((_BORDER, _BORDER))
        corner_gradient = np.zeros(_BORDER)
        self._add_picture(matrix, gradient)
        self._add_depth(matrix, gradient)
        self._add_bones(matrix, gradient, border, corner, corner_gradient)
        self._add_knees(matrix, gradient)
        self._add_lengths(corner, corner_gradient)
        self._add_acceleration(gradient)
        return matrix, gradient, border, corner, corner_gradient

    def _add_picture(self, matrix: np.ndarray, gradient: np.ndarray) -> None:
        off = np.where(self.seen[..., None], self.points[..., :2] - self.picture, 0.0)
        far = (off**2).sum(axis=-1) / self.picture_spread**2
        weight = 1 / (1 + far / _OUTLIER**2) / self.picture_spread**2
        weight = np.where(self.by_hand, 1 / _BY_HAND_SPREAD**2, weight) * self.seen
        gradient[..., :2] += weight[..., None] * off
        for joint in range(_J):
            for axis in range(2):
                matrix[:, 3 * joint + axis, 3 * joint + axis] += weight[:, joint]

    def _add_depth(self, matrix: np.ndarray, gradient: np.ndarray) -> None:
        hips = (INDEX["left_hip"], INDEX["right_hip"])
        middle = self.points[:, hips, 2].mean(axis=1)
        flat = gradient.reshape(len(gradient), _N)
        for joint in range(_J):
            off = np.where(self.deep[:, joint], self.points[:, joint, 2] - middle - self.depth[:, joint], 0.0)
            weight = 1 / (1 + (off / self.depth_spread[joint] / _DEPTH_OUTLIER) ** 2)
            weight = np.where(self.deep[:, joint], weight, 0.0) / self.depth_spread[joint] ** 2
            parts = dict.fromkeys((3 * joint + 2, 3 * hips[0] + 2, 3 * hips[1] + 2), 0.0)
            parts[3 * joint + 2] += 1.0
            for hip in hips:
                parts[3 * hip + 2] -= 0.5
            for a, share_a in parts.items():
                flat[:, a] += weight * off * share_a
                for b, share_b in parts.items():
                    matrix[:, a, b] += weight * share_a * share_b
        for hip in hips:
            matrix[:, 3 * hip + 2, 3 * hip + 2] += 1 / _ANCHOR**2
            gradient[:, hip, 2] += self.points[:, hip, 2] / _ANCHOR**2

    def _add_bones(
        self,
        matrix: np.ndarray,
        gradient: np.ndarray,
        border: np.ndarray,
        corner: np.ndarray,
        corner_gradient: np.ndarray,
    ) -> None:
        scale = np.exp(self.growth @ self.scale)
        for bone, spread in zip(BONES, self.bone_spread, strict=True):
            line = self.points[:, bone.start] - self.points[:, bone.end]
            distance = np.maximum(np.linalg.norm(line, axis=1), 1e-9)
            unit = line / distance[:, None]
            off = (distance - self.lengths[bone.length] * scale) / spread
            gradient[:, bone.start] += unit * (off / spread)[:, None]
            gradient[:, bone.end] -= unit * (off / spread)[:, None]
            square = unit[:, :, None] * unit[:, None, :] / spread**2
            a, b = (slice(3 * joint, 3 * joint + 3) for joint in (bone.start, bone.end))
            matrix[:, a, a] += square
            matrix[:, b, b] += square
            matrix[:, a, b] -= square
            matrix[:, b, a] -= square
            grown = self.lengths[bone.length] * scale
            columns = [bone.length, _LENGTHS, _LENGTHS + 1]
            rates = np.stack([scale, grown * self.growth[:, 0], grown * self.growth[:, 1]], axis=1) / spread
            for column, rate in zip(columns, rates.T, strict=True):
                border[:, a, column] -= unit * (rate / spread)[:, None]
                border[:, b, column] += unit * (rate / spread)[:, None]
                corner_gradient[column] -= float((off * rate).sum())
            corner[np.ix_(columns, columns)] += rates.T @ rates

    def _add_knees(self, matrix: np.ndarray, gradient: np.ndarray) -> None:
        """Keep knees from bending forwards, where it is known which way that is."""
        forward = self._forward() * self.forward_sign
        square = forward[:, :, None] * forward[:, None, :] / self.knee_spread**2
        for side in ("left", "right"):
            parts = (
                (INDEX[f"{side}_knee"], 1.0),
                (INDEX[f"{side}_hip"], -0.5),
                (INDEX[f"{side}_ankle"], -0.5),
            )
            ahead = sum(share * (self.points[:, joint] * forward).sum(axis=1) for joint, share in parts)
            wrong = np.asarray(ahead) < 0
            for a, share_a in parts:
                pull = np.where(wrong, ahead, 0.0) * share_a / self.knee_spread**2
                gradient[:, a] += pull[:, None] * forward
                for b, share_b in parts:
                    matrix[wrong, 3 * a : 3 * a + 3, 3 * b : 3 * b + 3] += share_a * share_b * square[wrong]

    def _add_lengths(self, corner: np.ndarray, corner_gradient: np.ndarray) -> None:
        """Hold the lengths to the table's proportions; the body's whole size is left to the clip."""
        weight = np.diag(1 / SHARE_SPREADS**2)
        along = weight @ SHARES
        free_size = weight - np.outer(along, along) / (SHARES @ along)
        corner[:_LENGTHS, :_LENGTHS] += free_size
        corner_gradient[:_LENGTHS] += free_size @ self.lengths
        corner[_LENGTHS:, _LENGTHS:] += np.eye(2) / _SCALE_SPREAD**2
        corner_gradient[_LENGTHS:] += self.scale / _SCALE_SPREAD**2

    def _add_acceleration(self, gradient: np.ndarray) -> None:
        second = self.second[:, :, None, None]
        parts = [self.points[:-2], self.points[1:-1], self.points[2:]]
        acceleration = (
            sum(w * part for w, part in zip(second, parts, strict=True)) / ACCELERATION[:, None] ** 2
        )
        for i, weight in enumerate(second):
            gradient[i : len(gradient) - 2 + i] += weight * acceleration

    def _banded(self, matrix: np.ndarray) -> np.ndarray:
        """Return the whole matrix in the lower banded form of SciPy."""
        count = len(self.t)
        banded = np.zeros((_BAND, count * _N))
        for below in range(_N):
            for column in range(_N - below):
                banded[below, column::_N] += matrix[:, column + below, column]
        weight = np.repeat(1 / ACCELERATION**2, 3)
        for i, band in enumerate(self.bands):
            banded[i * _N, : len(band) * _N] += (band[:, None] * weight).ravel()
        return banded

    def _covariance(self, matrix: np.ndarray) -> np.ndarray:
        """Diagonal blocks (T, N, N) of the inverse of the banded part: two frames a block, swept twice."""
        count = len(self.t)
        padded = count + count % 2
        weight = np.repeat(1 / ACCELERATION**2, 3)
        size = 2 * _N
        blocks = np.zeros((padded // 2, size, size))
        links = np.zeros((padded // 2 - 1, size, size))
        for t in range(padded):
            part = slice((t % 2) * _N, (t % 2) * _N + _N)
            blocks[t // 2, part, part] += matrix[t] if t < count else np.eye(_N)
        diagonal = np.arange(_N)
        for i, band in enumerate(self.bands):
            for t, value in enumerate(band):
                a, b = t, t + i
                rows, columns = (b % 2) * _N + diagonal, (a % 2) * _N + diagonal
                if a // 2 == b // 2:
                    blocks[a // 2, rows, columns] += value * weight
                    if i:
                        blocks[a // 2, columns, rows] += value * weight
                else:
                    links[a // 2, rows, columns] += value * weight
        inverses = np.empty_like(blocks)
        inverses[0] = np.linalg.inv(blocks[0])
        for k in range(1, len(blocks)):
            inverses[k] = np.linalg.inv(blocks[k] - links[k - 1] @ inverses[k - 1] @ links[k - 1].T)
        for k in range(len(blocks) - 2, -1, -1):
            pull = inverses[k] @ links[k].T
            inverses[k] += pull @ inverses[k + 1] @ pull.T
        out = np.stack([inverses[:, :_N, :_N], inverses[:, _N:, _N:]], axis=1).reshape(-1, _N, _N)
        return np.asarray(out[:count])
