"""Scan conversion of shaded rounded cones into a picture with a depth buffer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cricksy_lib.synthetic.camera import Camera

_LIGHT = np.array([-0.35, -0.75, -0.56])  # towards the light in camera axes (right, down, forward)
_LIGHT = _LIGHT / np.linalg.norm(_LIGHT)
_AMBIENT = 0.52


@dataclass(frozen=True)
class Cone:
    """A rounded cone: two ends (3,) in metres, their radii in metres, an RGB colour 0..255."""

    start: np.ndarray
    end: np.ndarray
    radius_start: float
    radius_end: float
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class Placed:
    """Cones as the camera sees them, far ones first: ends (K, 2, 2), their depths in metres (K, 2) and radii
    (K, 2) in pixels, colours (K, 3), and the boxes that they fill, ``low`` (K, 2) up to ``high`` (K, 2)."""

    ends: np.ndarray
    depth: np.ndarray
    radii: np.ndarray
    colours: np.ndarray
    low: np.ndarray
    high: np.ndarray
    focal_px: float


def place(cones: list[Cone], camera: Camera, width: int, height: int) -> Placed:
    """Project cones; those that reach behind the camera or lie beside the picture are left out."""
    ends = np.array([[c.start, c.end] for c in cones], dtype=float).reshape(-1, 2, 3)
    pixels, depth = camera.project(ends)
    visible = depth.min(axis=1) > 0.25
    radii = np.array([[c.radius_start, c.radius_end] for c in cones]).reshape(-1, 2) * camera.focal_px
    radii = radii / np.where(visible[:, None], depth, 1.0)
    size = radii.max(axis=1)[:, None] + 1.0
    with np.errstate(invalid="ignore"):
        low = np.floor(pixels.min(axis=1) - size)
        high = np.ceil(pixels.max(axis=1) + size) + 1
        visible &= (high > 0).all(axis=1) & (low[:, 0] < width) & (low[:, 1] < height)
    # Far ones first: then a soft edge is blended with what lies behind it.
    order = np.argsort(-depth.mean(axis=1))
    order = order[visible[order]]
    corner = np.array([width, height])
    return Placed(
        ends=pixels[order],
        depth=depth[order],
        radii=radii[order],
        colours=np.array([c.colour for c in cones], np.float32).reshape(-1, 3)[order],
        low=np.clip(low[order], 0, corner).astype(int),
        high=np.clip(high[order], 0, corner).astype(int),
        focal_px=camera.focal_px,
    )


class Canvas:
    """Part of a picture, (H, W, 3) float32, with its depth buffer (H, W); both are drawn on in place.

    Parameters
    ----------
    image, depth : the part.
    corner : where its first pixel lies in the picture, x and y.
    """

    def __init__(self, image: np.ndarray, depth: np.ndarray, corner: tuple[int, int] = (0, 0)) -> None:
        self.image = image
        self.depth = depth
        self.corner = corner

    def draw(self, placed: Placed) -> None:
        """Draw cones that lie inside the part."""
        for i in range(len(placed.ends)):
            (x0, y0), (x1, y1) = placed.low[i].tolist(), placed.high[i].tolist()
            if x1 > x0 and y1 > y0:
                self._cone(
                    (slice(y0, y1), slice(x0, x1)),
                    placed.ends[i],
                    placed.depth[i],
                    placed.radii[i],
                    placed.colours[i],
                    placed.focal_px,
                )

    def _cone(
        self,
        box: tuple[slice, slice],
        ends: np.ndarray,
        depth: np.ndarray,
        radii: np.ndarray,
        colour: np.ndarray,
        focal_px: float,
    ) -> None:
        (ax, ay), (bx, by) = ends.astype(np.float32)
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        x = np.arange(box[1].start, box[1].stop, dtype=np.float32)[None, :] - ax
        y = np.arange(box[0].start, box[0].stop, dtype=np.float32)[:, None] - ay
        # Nearest point of the axis for a cone whose radius changes: shifted along by the slope of its side.
        if length2 > 1e-3:
            length = np.float32(np.sqrt(length2))
            along = (x * dx + y * dy) / length
            across = (y * dx - x * dy) / length
            slope = np.float32((radii[0] - radii[1]) / length)
            if abs(slope) < 0.95:
                along = along - np.abs(across) * slope / np.sqrt(1 - slope * slope)
            s = np.clip(along / length, 0, 1)
        else:
            s = np.full((y.shape[0], x.shape[1]), 0.0 if depth[0] <= depth[1] else 1.0, np.float32)
        radius = radii[0] + s * np.float32(radii[1] - radii[0])
        nx = x - s * dx
        ny = y - s * dy
        distance2 = nx * nx + ny * ny
        cover = np.clip(radius - np.sqrt(distance2) + 0.5, 0, 1)
        here = (
            slice(box[0].start - self.corner[1], box[0].stop - self.corner[1]),
            slice(box[1].start - self.corner[0], box[1].stop - self.corner[0]),
        )
        bulge = np.sqrt(np.maximum(radius * radius - distance2, 0))
        centre_depth = np.float32(depth[0]) + s * np.float32(depth[1] - depth[0])
        z = centre_depth - bulge * (centre_depth / np.float32(focal_px))
        seen = (cover > 0) & (z < self.depth[here])
        if not seen.any():
            return
        shade = (nx * _LIGHT[0] + ny * _LIGHT[1] - bulge * _LIGHT[2]) / np.maximum(radius, 1e-3)
        shade = _AMBIENT + (1 - _AMBIENT) * np.clip(0.5 + 0.62 * shade, 0, 1.1)
        alpha = (cover * seen)[..., None]
        region = self.image[here]
        region += alpha * (shade[..., None] * colour - region)
        solid = seen & (cover > 0.5)
        self.depth[here] = np.where(solid, z, self.depth[here])
