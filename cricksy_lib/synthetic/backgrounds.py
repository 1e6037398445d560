"""Backgrounds, drawn once per scene: plain, grass with a pitch, indoor net."""

from __future__ import annotations

import numpy as np

from cricksy_lib.synthetic.camera import Camera
from cricksy_lib.synthetic.raster import Cone
from cricksy_lib.synthetic.scene import Background

_SKY_LOW, _SKY_HIGH = np.array([206.0, 222, 236]), np.array([112.0, 160, 214])
_GRASS, _GRASS_LIGHT = np.array([84.0, 128, 62]), np.array([98.0, 144, 70])
_PITCH, _CREASE = np.array([190.0, 168, 122]), np.array([240.0, 238, 230])
_TREES = np.array([48.0, 78, 50])
_FLOOR, _WALL, _NET = np.array([92.0, 118, 96]), np.array([150.0, 150, 152]), np.array([60.0, 62, 66])
STUMP = (214.0, 176, 112)
_BAND = 96


def _noise(x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """Value noise 0..1 on a lattice of whole numbers, without a table."""
    x0, y0 = np.floor(x), np.floor(y)
    fx, fy = x - x0, y - y0
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)

    def value(i: np.ndarray, k: np.ndarray) -> np.ndarray:
        v = np.sin(i * 127.1 + k * 311.7 + seed * 17.3) * 43758.5453
        return np.asarray(v - np.floor(v))

    low = value(x0, y0) * (1 - fx) + value(x0 + 1, y0) * fx
    high = value(x0, y0 + 1) * (1 - fx) + value(x0 + 1, y0 + 1) * fx
    return np.asarray(low * (1 - fy) + high * fy)


def draw_background(
    kind: Background, camera: Camera, width: int, height: int, seed: int, crease_x: float
) -> np.ndarray:
    """Picture (height, width, 3) float32 of what stands still.

    Parameters
    ----------
    crease_x : where the popping crease crosses the pitch line, metres.
    """
    if kind in ("plain", "drawing"):
        shade = np.linspace(196, 168, height)[:, None, None] * np.array([1.0, 1.0, 1.02])
        return np.broadcast_to(shade, (height, width, 3)).astype(np.float32)
    picture = np.empty((height, width, 3), np.float32)
    # In bands of rows: at 4K the whole picture's coordinates would take gigabytes.
    for first in range(0, height, _BAND):
        last = min(first + _BAND, height)
        picture[first:last] = _band(kind, camera, camera.rays(width, first, last), seed, crease_x)
    return picture


def _band(kind: Background, camera: Camera, rays: np.ndarray, seed: int, crease_x: float) -> np.ndarray:
    """Some rows of the background, from the world directions (rows, width, 3) of their pixels."""
    down = rays[..., 2] < -1e-3
    with np.errstate(divide="ignore"):
        far = np.where(down, -camera.position[2] / np.where(down, rays[..., 2], -1), np.inf)
    far = np.minimum(far, 400.0)
    x = camera.position[0] + far * rays[..., 0]
    y = camera.position[1] + far * rays[..., 1]
    fade = np.exp(-far / 40.0)[..., None]
    on_pitch = ((np.abs(y) < 1.52) & (x > crease_x - 22) & (x < crease_x + 22))[..., None]
    on_crease = on_pitch & ((np.abs(x - crease_x) < 0.03) | (np.abs(x - crease_x + 1.22) < 0.03))[..., None]
    fine = _noise(x * 9, y * 9, seed)[..., None] + 0.6 * _noise(x * 31, y * 31, seed + 1)[..., None] - 0.8
    if kind == "grass":
        stripe = (np.sin(x * 1.1) > 0)[..., None]
        ground = np.where(stripe, _GRASS, _GRASS_LIGHT) + 20 * fine * fade
        ground = np.where(on_pitch, _PITCH + 12 * fine * fade, ground)
        ground = np.where(on_crease, _CREASE, ground)
        lift = np.clip(rays[..., 2], 0, 0.6)[..., None] / 0.6
        above = _SKY_LOW + (_SKY_HIGH - _SKY_LOW) * lift
        bearing = np.arctan2(rays[..., 1], rays[..., 0])
        hills = (
            0.035
            + 0.035 * _noise(bearing * 14, bearing * 0, seed)
            + 0.012 * _noise(bearing * 90, bearing * 0, seed)
        )
        leaves = _noise(bearing * 160, rays[..., 2] * 160, seed + 2)[..., None]
        above = np.where((rays[..., 2] < hills)[..., None], _TREES + 26 * leaves, above)
        return np.where(down[..., None], ground, above)
    floor = np.where(on_pitch, _FLOOR * 1.12, _FLOOR) + 8 * fine * fade
    floor = np.where(on_crease, _CREASE, floor)
    return _net_hall(camera, rays, np.where(down[..., None], floor, _WALL), far)


def _net_hall(camera: Camera, rays: np.ndarray, picture: np.ndarray, floor_at: np.ndarray) -> np.ndarray:
    """A round wall about the pitch, alike from every azimuth, and a net that hangs some metres before it."""
    horizontal = rays[..., :2]
    radius = 26.0
    b = (horizontal * camera.position[:2]).sum(-1)
    a = (horizontal**2).sum(-1)
    for distance, net in ((radius, False), (max(radius * 0.5, np.hypot(*camera.position[:2]) + 4), True)):
        c = float((camera.position[:2] ** 2).sum()) - distance**2
        hit = (-b + np.sqrt(np.maximum(b * b - a * c, 0))) / np.maximum(a, 1e-9)
        z = camera.position[2] + hit * rays[..., 2]
        before = hit < floor_at
        bearing = np.arctan2(camera.position[1] + hit * rays[..., 1], camera.position[0] + hit * rays[..., 0])
        if not net:
            band = np.where(z < 1.2, 0.78, 1.0)[..., None] * _WALL * (1 - 0.03 * np.clip(z, 0, 8))[..., None]
            picture = np.where(before[..., None], band, picture)
            continue
        along, mesh = bearing * distance, 0.25
        lines = ((np.abs((along / mesh) % 1 - 0.5) > 0.44) | (np.abs((z / mesh) % 1 - 0.5) > 0.44)) & before
        picture = np.where(lines[..., None], 0.55 * picture + 0.45 * _NET, picture)
    return picture


def stumps(x: float, y: float, line: tuple[float, float] = (0.0, 1.0)) -> list[Cone]:
    """Three stumps and bails, 0.711 m high, 0.229 m wide, at a place on the ground.

    Parameters
    ----------
    x, y : the middle stump, metres.
    line : unit direction from above along which they stand; across the pitch line if not given.
    """
    sides = (-0.0955, 0.0, 0.0955)

    def at(side: float, z: float) -> np.ndarray:
        return np.array([x + side * line[0], y + side * line[1], z])

    cones = [Cone(at(s, 0.0), at(s, 0.70), 0.018, 0.018, STUMP) for s in sides]
    for low, high in ((sides[0], 0.0), (0.0, sides[2])):
        cones.append(Cone(at(low, 0.715), at(high, 0.715), 0.010, 0.010, STUMP))
    return cones
