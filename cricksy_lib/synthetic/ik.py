"""Rotations and two-bone inverse kinematics on whole time grids."""

from __future__ import annotations

import numpy as np


def unit(v: np.ndarray) -> np.ndarray:
    """Scale vectors (..., 3) to length 1."""
    return np.asarray(v / np.linalg.norm(v, axis=-1, keepdims=True))


def turn(axis: int, angle: np.ndarray) -> np.ndarray:
    """Rotation matrices (N, 3, 3) about a world axis (0 x, 1 y, 2 z), angle (N,) in radians."""
    c, s = np.cos(angle), np.sin(angle)
    out = np.zeros((len(angle), 3, 3))
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    out[:, axis, axis] = 1
    out[:, i, i], out[:, i, j], out[:, j, i], out[:, j, j] = c, -s, s, c
    return out


def lean(towards_x: np.ndarray, towards_y: np.ndarray) -> np.ndarray:
    """Rotation (N, 3, 3) by the shortest way that takes +z to a direction leaned by two angles (radians)."""
    up = np.stack(
        [
            np.sin(towards_x) * np.cos(towards_y),
            np.sin(towards_y),
            np.cos(towards_x) * np.cos(towards_y),
        ],
        axis=-1,
    )
    x, y, z = up[:, 0], up[:, 1], up[:, 2]
    k = 1.0 / (1.0 + z)
    rows = [
        np.stack([1 - k * x * x, -k * x * y, x], axis=-1),
        np.stack([-k * x * y, 1 - k * y * y, y], axis=-1),
        np.stack([-x, -y, z], axis=-1),
    ]
    return np.stack(rows, axis=1)


def apply(rotation: np.ndarray, vector: np.ndarray | tuple[float, float, float]) -> np.ndarray:
    """Rotate one vector (3,) or (N, 3) by matrices (N, 3, 3)."""
    v = np.asarray(vector, dtype=float)
    return np.einsum("nij,j->ni", rotation, v) if v.ndim == 1 else np.einsum("nij,nj->ni", rotation, v)


def chord(a: float, b: float, angle: np.ndarray | float) -> np.ndarray:
    """Distance between the ends of two bones with that included angle in radians."""
    return np.sqrt(a * a + b * b - 2 * a * b * np.cos(angle))


def middle_joint(start: np.ndarray, end: np.ndarray, a: float, b: float, pole: np.ndarray) -> np.ndarray:
    """Where the joint between two bones lies.

    Parameters
    ----------
    start, end : (N, 3) ends of the limb, in reach of each other.
    a, b : lengths of the bone at ``start`` and at ``end``.
    pole : (N, 3) direction to which the joint bends.

    Returns
    -------
    (N, 3); NaN where the end is out of reach, so that no unreachable target goes unseen.
    """
    line = end - start
    distance = np.linalg.norm(line, axis=-1)
    along = line / distance[:, None]
    shift = (distance**2 + a * a - b * b) / (2 * distance)
    with np.errstate(invalid="ignore"):
        height = np.sqrt(a * a - shift**2)
    side = pole - (pole * along).sum(axis=-1, keepdims=True) * along
    return np.asarray(start + shift[:, None] * along + height[:, None] * unit(side))


def soft_minimum(values: list[np.ndarray], width: float) -> np.ndarray:
    """Smooth function (N,) that is never above any of the values."""
    stack = np.stack(values)
    lowest = stack.min(axis=0)
    return np.asarray(lowest - width * np.log(np.exp(-(stack - lowest) / width).sum(axis=0)))
