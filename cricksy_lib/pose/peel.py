"""Find people whom the detector leaves out: it drops whoever stands within half a body of a stronger one."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

# Painted along the limbs, in body extents: just over the width of a trunk in loose clothes.
_TRUNK, _LIMB, _HEAD = 0.16, 0.11, 0.09
_TRUNK_LINES = ((11, 12), (11, 23), (12, 24), (23, 24), (11, 24), (12, 23))
_ARMS = ((11, 13), (13, 15), (12, 14), (14, 16))
_LEGS = ((23, 25), (25, 27), (24, 26), (26, 28), (27, 31), (28, 32))
# What is "found" mostly on paint is what is left of the one painted over.
_MOST_ON_PAINT = 0.5

Detector = Callable[[np.ndarray], np.ndarray]


def covered(pose: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return where a body is in an image, boolean (H, W), from its landmarks (33, 7) in pixels."""
    mask = np.zeros(shape[:2], dtype=np.uint8)
    extent = float(np.ptp(pose[:, :2], axis=0).max())
    # Landmarks far outside would overflow OpenCV's coordinates.
    points = np.clip(pose[:, :2], -4 * max(shape), 4 * max(shape)).round().astype(int)
    for lines, width in ((_TRUNK_LINES, _TRUNK), (_ARMS + _LEGS, _LIMB)):
        for a, b in lines:
            cv2.line(mask, tuple(points[a]), tuple(points[b]), 1, max(2, round(width * extent)))
    middle = points[[0, 7, 8]].mean(axis=0).round().astype(int)
    cv2.circle(mask, tuple(middle), max(1, round(_HEAD * extent)), 1, -1)
    return mask.astype(bool)


def painted(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return an image with its middle colour where ``mask`` (H, W) is true."""
    out = image.copy()
    out[mask] = np.median(image[::4, ::4].reshape(-1, 3), axis=0)
    return out


def detect_again(detector: Detector, image: np.ndarray) -> np.ndarray:
    """Return the people in an image (H, W, 3), with those who show up once the first are painted over.

    Parameters
    ----------
    detector : gives the people (people, 33, 7) of an image.

    Returns
    -------
    (people, 33, 7); the ones found at first lead.
    """
    first = detector(image)
    if not len(first):
        return first
    paint = np.any([covered(pose, image.shape) for pose in first], axis=0)
    second = [pose for pose in detector(painted(image, paint)) if _share_on(paint, pose) <= _MOST_ON_PAINT]
    return np.concatenate([first, np.array(second).reshape(-1, *first.shape[1:])])


def _share_on(paint: np.ndarray, pose: np.ndarray) -> float:
    """Return the share of a pose's landmarks that lie on paint or outside the image."""
    height, width = paint.shape
    x, y = pose[:, 0].round().astype(int), pose[:, 1].round().astype(int)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return 1.0 - float((~paint[y[inside], x[inside]]).sum()) / len(pose)
