"""A pinhole camera that stands still, framed on the movement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cricksy_lib.synthetic.scene import Scene

_CLEARANCE_M = 2.5
_MARGIN = 0.44  # half the picture's share that the movement may take


@dataclass(frozen=True)
class Camera:
    """Position (3,) in metres, rotation (3, 3) of rows right, down, forward; focal and centre in pixels."""

    position: np.ndarray
    rotation: np.ndarray
    focal_px: float
    centre: tuple[float, float]

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (..., 2), x right and y down, and depth (...) in metres of world points (..., 3)."""
        local = (points - self.position) @ self.rotation.T
        depth = local[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            pixels = self.focal_px * local[..., :2] / depth[..., None] + np.array(self.centre)
        return pixels, depth

    def rays(self, width: int, first: int, last: int) -> np.ndarray:
        """World directions (last - first, width, 3), of depth 1, through the pixels of some rows."""
        x = (np.arange(width) - self.centre[0]) / self.focal_px
        y = (np.arange(first, last) - self.centre[1]) / self.focal_px
        local = np.stack([*np.meshgrid(x, y), np.ones((last - first, width))], axis=-1)
        return np.asarray(local @ self.rotation)


def _rotation(pan: float, tilt: float, roll: float) -> np.ndarray:
    forward = np.array([np.cos(tilt) * np.cos(pan), np.cos(tilt) * np.sin(pan), np.sin(tilt)])
    right = np.array([np.sin(pan), -np.cos(pan), 0.0])
    down = np.cross(forward, right)
    c, s = np.cos(roll), np.sin(roll)
    return np.stack([c * right + s * down, -s * right + c * down, forward])


def frame_movement(scene: Scene, points: np.ndarray, height_m: float) -> Camera:
    """Place and aim the camera.

    Parameters
    ----------
    scene : the camera's settings.
    points : (K, 3) everything of the body over the whole clip, metres.
    height_m : the athlete's standing height.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    focus = (low + high) / 2
    azimuth = np.radians(scene.azimuth_deg)
    towards = np.array([np.cos(azimuth), -np.sin(azimuth), 0.0])
    # Somebody who runs at the camera does not run through it.
    nearest = float(((points - focus) @ towards).max())
    distance_m = max(scene.distance_m, nearest + _CLEARANCE_M)
    position = focus * np.array([1, 1, 0]) + distance_m * towards
    position[2] = scene.camera_height_m
    roll = np.radians(scene.roll_deg)
    line = focus - position
    pan = float(np.arctan2(line[1], line[0]))
    tilt = float(np.arctan2(line[2], np.hypot(line[0], line[1])))
    if scene.tilt_deg is not None:
        tilt = float(np.radians(scene.tilt_deg))
    unit_camera = Camera(position, _rotation(pan, tilt, 0.0), 1.0, (0.0, 0.0))
    for _ in range(4):
        pixels, depth = unit_camera.project(points)
        pixels = pixels[depth > 0.3]
        middle = (pixels.min(axis=0) + pixels.max(axis=0)) / 2
        pan -= float(np.arctan(middle[0]))
        if scene.tilt_deg is None:
            tilt -= float(np.arctan(middle[1]))
        unit_camera = Camera(position, _rotation(pan, tilt, 0.0), 1.0, (0.0, 0.0))
    camera = Camera(position, _rotation(pan, tilt, roll), 1.0, (0.0, 0.0))
    pixels, _ = camera.project(points)
    if scene.fov_deg is not None:
        focal = scene.height / 2 / np.tan(np.radians(scene.fov_deg) / 2)
    else:
        far = np.abs(pixels).max(axis=0)
        distance = float(np.linalg.norm(focus - position))
        focal = min(
            scene.fill * scene.height * distance / height_m,
            _MARGIN * scene.width / far[0],
            _MARGIN * scene.height / far[1],
        )
    centre = (scene.width * (0.5 + scene.shift_x) - 0.5, scene.height * (0.5 + scene.shift_y) - 0.5)
    return Camera(position, camera.rotation, float(focal), centre)
