"""What comes between the camera and the athlete, but for people: the lines of a net, another wicket."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cricksy_lib.synthetic.backgrounds import stumps
from cricksy_lib.synthetic.camera import Camera
from cricksy_lib.synthetic.figure import Body
from cricksy_lib.synthetic.raster import Cone
from cricksy_lib.synthetic.scene import Scene

_TWINE_M = 0.0035


@dataclass(frozen=True)
class Veil:
    """A sheet before everything else: how much it hides of each pixel (H, W, 1), 0..1, and its colour."""

    cover: np.ndarray
    colour: np.ndarray

    def over(self, image: np.ndarray, box: tuple[slice, slice]) -> np.ndarray:
        """The part ``box`` of the picture, seen through the sheet."""
        cover = self.cover[box]
        return np.asarray(image + cover * (self.colour - image))


def net(scene: Scene, camera: Camera, away_m: float) -> Veil:
    """The net through which the camera looks, square to its view.

    Parameters
    ----------
    away_m : how far the athlete is.
    """
    rng = np.random.default_rng([scene.seed, 23])
    depth = max(0.8, away_m * float(rng.uniform(0.25, 0.5)))
    mesh = float(rng.uniform(0.05, 0.10))
    slant = np.radians(45.0 if rng.uniform() < 0.3 else float(rng.uniform(-6, 6)) + scene.roll_deg)
    metres = depth / camera.focal_px
    x = (np.arange(scene.width, dtype=np.float32) - camera.centre[0])[None, :] * metres
    y = (np.arange(scene.height, dtype=np.float32) - camera.centre[1])[:, None] * metres
    along, down = x * np.cos(slant) + y * np.sin(slant), y * np.cos(slant) - x * np.sin(slant)
    # It sags and bulges a little, so that no line is straight.
    sag = 0.25 * mesh
    sway = rng.uniform(0, 2 * np.pi, 2)
    along, down = along + sag * np.sin(2.1 * down + sway[0]), down + sag * np.sin(1.7 * along + sway[1])
    half = _TWINE_M / 2 / metres  # half a line's width in pixels
    cover = np.zeros((scene.height, scene.width), np.float32)
    for path in (along, down):
        off = np.abs((path / mesh + 0.5) % 1 - 0.5) * mesh / metres
        cover = np.maximum(cover, np.clip(half + 0.5 - off, 0, min(1.0, 2 * half)))
    shade = float(rng.choice([40.0, 60.0, 205.0]))
    return Veil(0.85 * cover[..., None].astype(np.float32), np.array([shade] * 3, np.float32))


def near_wicket(scene: Scene, camera: Camera, body: Body, front_knee: str) -> list[Cone]:
    """Stumps of the next pitch: before the athlete's front knee at some time about the middle of the clip."""
    rng = np.random.default_rng([scene.seed, 29])
    inside = (body.t >= 0) & (body.t <= scene.seconds)
    joints = np.stack([path[inside][::10] for path in body.joints.values()])
    flat = camera.rotation[2] * [1, 1, 0] / np.linalg.norm(camera.rotation[2][:2])
    nearest = float(((joints - camera.position) @ flat).min())
    now = int(np.abs(body.t - scene.seconds * float(rng.uniform(0.45, 0.7))).argmin())
    line = (body.joints[front_knee][now] - camera.position) * [1, 1, 0]
    share = min(float(rng.uniform(0.72, 0.88)), max(nearest - 0.5, 1.0) / float(line @ flat))
    place = camera.position + share * line
    right = camera.rotation[0][:2] / np.linalg.norm(camera.rotation[0][:2])
    return stumps(float(place[0]), float(place[1]), (float(right[0]), float(right[1])))
