"""All that is seen in a scene: what stands still, drawn once, and who moves, drawn where they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from cricksy_lib.synthetic.backgrounds import draw_background, stumps
from cricksy_lib.synthetic.ballistics import ball_path
from cricksy_lib.synthetic.camera import Camera
from cricksy_lib.synthetic.dressing import Look, ball, bat, dress, look_of, stick_figure
from cricksy_lib.synthetic.events import front_side
from cricksy_lib.synthetic.figure import Body
from cricksy_lib.synthetic.occluders import Veil, near_wicket, net
from cricksy_lib.synthetic.raster import Canvas, Cone, Placed, place
from cricksy_lib.synthetic.scene import Kit, Scene, Skin
from cricksy_lib.synthetic.simulation import Simulation, frame_rate_of, sample

_MOST_EXPOSURES = 12
_EXPOSURE_PX = 3.5  # movement between two sub-frames that still looks like one blur
_KITS: tuple[Kit, ...] = ("white", "blue", "green", "red", "black", "yellow")
_SKINS: tuple[Skin, ...] = ("light", "tan", "brown", "dark")
_FASTEST = ("left_wrist", "right_wrist", "left_ankle", "right_ankle", "left_knee", "right_knee", "nose")


@dataclass(frozen=True)
class _Person:
    """Somebody who moves, already sampled at the exposures."""

    body: Body
    kit: Kit
    skin: Skin
    mode: str | None = None
    look: Look | None = None


def exposures(simulation: Simulation) -> tuple[np.ndarray, np.ndarray]:
    """When a frame's light comes in.

    Returns
    -------
    Times (K,) in seconds of all sub-frames, in order, and how many belong to each frame (T,): as many as its
    movement asks for. Their mean is the frame's own time.
    """
    times = simulation.times_s
    open_s = simulation.scene.shutter / float(frame_rate_of(simulation.scene))
    moved = np.zeros(len(times))
    if open_s > 0:
        athlete = () if simulation.scene.empty else (simulation.body,)
        people = [*athlete, *(() if simulation.crossing is None else (simulation.crossing,))]
        paths = [(body.t, body.joints[name]) for body in people for name in _FASTEST]
        paths += [(body.t, body.extra["bat_toe"]) for body in athlete if "bat_toe" in body.extra]
        for t, path in paths:
            ends = [sample(path, t, times + side * open_s / 2) for side in (-1, 1)]
            pixels, _ = simulation.camera.project(np.stack(ends))
            moved = np.maximum(moved, np.linalg.norm(pixels[1] - pixels[0], axis=-1))
    counts = np.clip(np.ceil(moved / _EXPOSURE_PX), 1, _MOST_EXPOSURES).astype(int)
    middles = [(np.arange(n) + 0.5) / n - 0.5 if n > 1 else np.zeros(1) for n in counts]
    return np.concatenate([t + open_s * m for t, m in zip(times, middles, strict=True)]), counts


class Cast:
    """Everybody who moves in a scene, with bat and ball, at some times.

    Parameters
    ----------
    simulation : the scene.
    times_s : (K,) seconds.
    """

    def __init__(self, simulation: Simulation, times_s: np.ndarray) -> None:
        scene = simulation.scene
        kit: Kit = "black" if scene.kit != "black" else "red"
        self._scene = scene
        self._people: list[_Person] = []
        if simulation.bystander is not None:
            self._people.append(_Person(_at(simulation.bystander, times_s), kit, "light"))
        rng = np.random.default_rng([scene.seed, 31])
        for body in [*simulation.crowd, *(() if simulation.crossing is None else (simulation.crossing,))]:
            kit, skin = _KITS[int(rng.integers(len(_KITS)))], _SKINS[int(rng.integers(len(_SKINS)))]
            self._people.append(_Person(_at(body, times_s), kit, skin))
        self._athlete: Body | None = None
        if not scene.empty:
            self._athlete = _at(simulation.body, times_s)
            self._people.append(_Person(self._athlete, scene.kit, scene.skin, scene.mode, look_of(scene)))
        # The ball's path is read at the frames' times, whatever these are.
        self._balls = ball_path(replace(simulation, times_s=times_s))

    @property
    def bodies(self) -> list[Body]:
        """Everybody, sampled at the times."""
        return [person.body for person in self._people]

    def cones(self, k: int) -> list[Cone]:
        """Everything that moves, at one of the times."""
        cones: list[Cone] = []
        for person in self._people:
            cones += dress(person.body, k, person.kit, person.skin, person.mode, person.look)
        if self._athlete is not None and self._scene.implements:
            if "bat_top" in self._athlete.extra:
                cones += bat(self._athlete.extra["bat_top"][k], self._athlete.extra["bat_toe"][k])
            if np.isfinite(self._balls[k]).all():
                cones.append(ball(self._balls[k]))
        return cones


def standing_cones(simulation: Simulation) -> list[Cone]:
    """The stumps that belong to the scene, and those that stand before the athlete."""
    scene = simulation.scene
    cones: list[Cone] = []
    if scene.implements and scene.background in ("grass", "net"):
        cones += _crease(simulation)[1]
    if scene.occluder == "stumps":
        knee = f"{front_side(scene.mode, scene.hand)}_knee"
        cones += near_wicket(scene, simulation.camera, simulation.body, knee)
    return cones


class Stage:
    """A scene ready to be drawn.

    Attributes
    ----------
    still : picture (H, W, 3) float32 of all that stands still. ``depth`` : (H, W) metres.
    veil : what hangs before everything, if anything.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.scene, self.camera = simulation.scene, simulation.camera
        self.still, self.depth = self._draw_still(simulation)
        self.veil = self._veil(simulation)
        times, counts = exposures(simulation)
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self._cast = Cast(simulation, times)

    def _draw_still(self, simulation: Simulation) -> tuple[np.ndarray, np.ndarray]:
        scene, camera = self.scene, self.camera
        crease_x, _ = _crease(simulation)
        still = draw_background(scene.background, camera, scene.width, scene.height, scene.seed, crease_x)
        depth = np.full((scene.height, scene.width), np.inf, np.float32)
        cones = standing_cones(simulation)
        if scene.background == "drawing":
            middle = int(np.abs(simulation.body.t - scene.seconds / 2).argmin())
            cones += stick_figure(simulation.body, middle)
        Canvas(still, depth).draw(place(cones, camera, scene.width, scene.height))
        return still, depth

    def _veil(self, simulation: Simulation) -> Veil | None:
        if self.scene.occluder != "net":
            return None
        hips = simulation.body.extra["pelvis"][::20]
        away = float(np.median((hips - self.camera.position) @ self.camera.rotation[2]))
        return net(self.scene, self.camera, away)

    def moving(self, frame: int) -> tuple[tuple[slice, slice], np.ndarray] | None:
        """Draw what moves in a frame.

        Returns
        -------
        The box of the picture (rows, columns) outside which nothing moves, and its picture, float32; ``None``
        where nothing is seen to move.
        """
        scene, camera = self.scene, self.camera
        first, last = self._first[frame], self._first[frame + 1]
        middle = int(first + last) // 2
        # The shadow is soft and slow: once a frame.
        shadows = [
            s for s in (_shadow(camera, body, middle, scene) for body in self._cast.bodies) if s is not None
        ]
        placed = [place(self._cast.cones(k), camera, scene.width, scene.height) for k in range(first, last)]
        box = _around([(p.low, p.high) for p in placed] + [(s.low[None], s.high[None]) for s in shadows])
        if box is None:
            return None
        corner = (box[1].start, box[0].start)
        ground = self.still[box].copy()
        for shadow in shadows:
            rows = slice(shadow.low[1] - corner[1], shadow.high[1] - corner[1])
            columns = slice(shadow.low[0] - corner[0], shadow.high[0] - corner[0])
            ground[rows, columns] *= shadow.dark
        image = self._exposed(placed, ground, self.depth[box], corner)
        return box, image if self.veil is None else self.veil.over(image, box)

    def _exposed(
        self, placed: list[Placed], ground: np.ndarray, depth: np.ndarray, corner: tuple[int, int]
    ) -> np.ndarray:
        """The mean of the sub-frames."""
        total: np.ndarray | None = None
        for cones in placed:
            canvas = Canvas(ground.copy(), depth.copy(), corner)
            canvas.draw(cones)
            total = canvas.image if total is None else total + canvas.image
        assert total is not None
        return total if len(placed) == 1 else total / np.float32(len(placed))


@dataclass(frozen=True)
class _Shadow:
    """How bright the ground stays (H, W, 1) in a box of the picture from ``low`` to ``high`` (x, y)."""

    dark: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _shadow(camera: Camera, body: Body, i: int, scene: Scene) -> _Shadow | None:
    """A soft dark patch on the ground under the body."""
    if scene.background in ("plain", "drawing"):
        return None
    under = body.extra["pelvis"][i] * [1, 1, 0]
    patch = under + 0.45 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    (centre, along, across), depth = camera.project(patch)
    if depth.min() < 0.3:
        return None
    reach = np.ceil(np.abs(along - centre) + np.abs(across - centre)) + 1
    x0, y0 = np.maximum(np.floor(centre - reach), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(centre + reach) + 1, [scene.width, scene.height]).astype(int)
    if x1 <= x0 or y1 <= y0:
        return None
    inverse = np.linalg.pinv(np.stack([along - centre, across - centre], axis=1))
    x, y = np.meshgrid(np.arange(x0, x1) - centre[0], np.arange(y0, y1) - centre[1])
    u = inverse[0, 0] * x + inverse[0, 1] * y
    v = inverse[1, 0] * x + inverse[1, 1] * y
    dark = 1 - 0.4 * np.clip(1 - (u * u + v * v), 0, 1)
    return _Shadow(dark[..., None].astype(np.float32), np.array([x0, y0]), np.array([x1, y1]))


def _around(boxes: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[slice, slice] | None:
    """Rows and columns that hold all boxes, each given by (K, 2) corners; ``None`` without any."""
    pairs = [(low, high) for low, high in boxes if len(low)]
    if not pairs:
        return None
    x0, y0 = np.min([low.min(axis=0) for low, _ in pairs], axis=0).tolist()
    x1, y1 = np.max([high.max(axis=0) for _, high in pairs], axis=0).tolist()
    return (slice(y0, y1), slice(x0, x1)) if x1 > x0 and y1 > y0 else None


def _at(body: Body, times_s: np.ndarray) -> Body:
    """The body at some times instead of on the fine grid."""

    def pick(paths: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: sample(path, body.t, times_s) for name, path in paths.items()}

    return replace(
        body, t=times_s, joints=pick(body.joints), extra=pick(body.extra), frames=pick(body.frames)
    )


def _crease(simulation: Simulation) -> tuple[float, list[Cone]]:
    """Where the popping crease lies, and the stumps that belong to it (metres)."""
    scene, body = simulation.scene, simulation.body
    metres = body.size.height_m
    if scene.mode == "batting":
        return 0.25 * metres, stumps(0.25 * metres - 1.22, 0.0)
    if scene.mode == "bowling":
        side = 1.0 if scene.hand == "right" else -1.0
        return 0.1, stumps(0.1 - 1.22, -0.75 * side)
    if scene.mode == "wicketkeeping":
        return 2.6, stumps(1.4, 0.35 if scene.hand == "right" else -0.35)
    return -40.0, []
