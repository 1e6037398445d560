"""Draw a scene and write it as an H.264 clip with its truth."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from cricksy_lib.progress import Progress, silent
from cricksy_lib.synthetic.backgrounds import draw_background, stumps
from cricksy_lib.synthetic.ballistics import ball_path
from cricksy_lib.synthetic.camera import Camera
from cricksy_lib.synthetic.dressing import ball, bat, dress
from cricksy_lib.synthetic.figure import Body
from cricksy_lib.synthetic.raster import Canvas, Cone
from cricksy_lib.synthetic.scene import Kit, Scene
from cricksy_lib.synthetic.simulation import Simulation, frame_rate_of, run, sample
from cricksy_lib.synthetic.truth import Truth

_CRF = "18"


def _at_frames(body: Body, times_s: np.ndarray) -> Body:
    """The body at the frames instead of on the fine grid."""

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


def draw_frames(simulation: Simulation) -> Iterator[np.ndarray]:
    """Draw every frame, RGB uint8 (H, W, 3)."""
    scene, camera = simulation.scene, simulation.camera
    crease_x, wicket = _crease(simulation)
    still = draw_background(scene.background, camera, scene.width, scene.height, scene.seed, crease_x)
    still_depth = np.full((scene.height, scene.width), np.inf, np.float32)
    if scene.implements and wicket and scene.background != "plain":
        Canvas(still, still_depth).draw(wicket, camera)
    rng = np.random.default_rng([scene.seed, 3])
    athlete = None if scene.empty else _at_frames(simulation.body, simulation.times_s)
    other = None if simulation.bystander is None else _at_frames(simulation.bystander, simulation.times_s)
    other_kit: Kit = "black" if scene.kit != "black" else "red"
    balls = ball_path(simulation)
    for i in range(len(simulation.times_s)):
        image, depth = still.copy(), still_depth.copy()
        canvas = Canvas(image, depth)
        cones: list[Cone] = []
        if other is not None:
            _shadow(image, camera, other, i, scene)
            cones += dress(other, i, other_kit, "light", None)
        if athlete is not None:
            _shadow(image, camera, athlete, i, scene)
            cones += dress(athlete, i, scene.kit, scene.skin, scene.mode)
            if scene.implements:
                if "bat_top" in athlete.extra:
                    cones += bat(athlete.extra["bat_top"][i], athlete.extra["bat_toe"][i])
                if np.isfinite(balls[i]).all():
                    cones.append(ball(balls[i]))
        if cones:
            canvas.draw(cones, camera)
        if scene.noise > 0:
            image += rng.normal(0, scene.noise, image.shape).astype(np.float32)
        yield np.clip(image + 0.5, 0, 255).astype(np.uint8)


def _shadow(image: np.ndarray, camera: Camera, body: Body, i: int, scene: Scene) -> None:
    """A soft dark patch on the ground under the body."""
    if scene.background == "plain":
        return
    under = body.extra["pelvis"][i] * [1, 1, 0]
    patch = under + 0.45 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    (centre, along, across), depth = camera.project(patch)
    if depth.min() < 0.3:
        return
    reach = np.ceil(np.abs(along - centre) + np.abs(across - centre)) + 1
    x0, y0 = np.maximum(np.floor(centre - reach), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(centre + reach) + 1, [image.shape[1], image.shape[0]]).astype(int)
    if x1 <= x0 or y1 <= y0:
        return
    inverse = np.linalg.pinv(np.stack([along - centre, across - centre], axis=1))
    x, y = np.meshgrid(np.arange(x0, x1) - centre[0], np.arange(y0, y1) - centre[1])
    u = inverse[0, 0] * x + inverse[0, 1] * y
    v = inverse[1, 0] * x + inverse[1, 1] * y
    dark = 1 - 0.4 * np.clip(1 - (u * u + v * v), 0, 1)
    image[y0:y1, x0:x1] *= dark[..., None].astype(np.float32)


def render_clip(
    scene: Scene, video_path: str | Path, truth_path: str | Path | None = None, progress: Progress = silent
) -> Truth:
    """Write a scene as H.264 (yuv420p, faststart), whole or not at all.

    Parameters
    ----------
    scene : what to draw.
    video_path : the clip, ending in ``.mp4``.
    truth_path : where its truth goes, if anywhere.
    progress : called once per frame.

    Returns
    -------
    The truth of the clip.
    """
    target = Path(video_path)
    simulation = run(scene)
    rate = frame_rate_of(scene)
    total = len(simulation.times_s)
    temporary = target.with_name(f"{target.stem}.{os.getpid()}.tmp.mp4")
    try:
        with av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=rate, options={"crf": _CRF, "preset": "veryfast"})
            stream.width, stream.height, stream.pix_fmt = scene.width, scene.height, "yuv420p"
            for i, image in enumerate(draw_frames(simulation)):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
                progress("synthetic", i + 1, total)
            container.mux(stream.encode(None))
        if truth_path is not None:
            simulation.truth.write(truth_path)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return simulation.truth
