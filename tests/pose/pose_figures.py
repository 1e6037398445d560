"""A body of landmarks to place in pictures that are never drawn."""

from __future__ import annotations

import numpy as np

from cricksy_lib.pose.athlete import Look


def placed(figure: np.ndarray, x: float, y: float, height: float, colour: float = 0.5) -> Look:
    """Return a look at the figure with its hips at (x, y), of a height in pixels."""
    pose = figure.copy()
    pose[:, :2] = (figure[:, :2] - (0, 0.5)) * height + (x, y)
    return Look(pose, np.full(3, colour))
