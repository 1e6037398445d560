"""Draw a scene and write it as an H.264 clip with its truth."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from cricksy_lib.progress import Progress, silent
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import Simulation, frame_rate_of, run
from cricksy_lib.synthetic.stage import Stage
from cricksy_lib.synthetic.truth import Truth

# x264 writes other bits with another number of threads: a number of our own makes clips alike everywhere.
_THREADS = "2"


def _levels(image: np.ndarray) -> np.ndarray:
    """Grey levels 0..255 of a picture in float."""
    return np.clip(image + 0.5, 0, 255).astype(np.uint8)


def draw_frames(simulation: Simulation) -> Iterator[np.ndarray]:
    """Draw every frame, RGB uint8 (H, W, 3)."""
    scene = simulation.scene
    stage = Stage(simulation)
    whole = (slice(None), slice(None))
    still = stage.still if stage.veil is None else stage.veil.over(stage.still, whole)
    levels = _levels(still)
    grain = _Grain(scene) if scene.noise > 0 else None
    for i in range(len(simulation.times_s)):
        moved = stage.moving(i)
        if grain is None:
            image = levels.copy()
            if moved is not None:
                image[moved[0]] = _levels(moved[1])
            yield image
            continue
        exact = still.copy()
        if moved is not None:
            exact[moved[0]] = moved[1]
        yield _levels(exact + grain.next())


class _Grain:
    """Sensor noise: cut from a long strip at a place of its own for each frame, since to draw it afresh
    costs more than all the rest of the picture."""

    def __init__(self, scene: Scene) -> None:
        self._shape = (scene.height, scene.width, 3)
        self._rng = np.random.default_rng([scene.seed, 3])
        self._strip = self._rng.standard_normal(2 * int(np.prod(self._shape)), np.float32)
        self._strip *= np.float32(scene.noise)

    def next(self) -> np.ndarray:
        count = int(np.prod(self._shape))
        first = int(self._rng.integers(len(self._strip) - count))
        return self._strip[first : first + count].reshape(self._shape)


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
    options = {"crf": str(scene.crf), "preset": "veryfast", "threads": _THREADS}
    try:
        with av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=rate, options=options)
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
