"""Follow one athlete through a stretch of consecutive pictures, in a crop that moves with the body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cricksy_lib.pose.athlete import body_size, hips
from cricksy_lib.pose.crops import CROP_PX, Path, crop_around, to_frame
from cricksy_lib.pose.footage import Picture
from cricksy_lib.pose.pool import WorkerLink
from cricksy_lib.video.geometry import Crop

_SIZE = (CROP_PX, CROP_PX)
# The hips of a sprinter move 4 to 5 body heights a second; landmarks of blurred frames scatter besides.
_JUMP = 0.3
_JUMP_PER_S = 6.0
# A frame that was missed is looked at once more, alone; so many for each stretch, and
# not far from a found one.
_MENDED_SHARE = 0.25
_MEND_WITHIN_S = 0.4
# Where the path is not known well, the start is looked for in a wider square (in crop sides).
_WIDE = 1.8


@dataclass(frozen=True)
class Stretch:
    """Consecutive pictures, the athlete's expected path through them; whether its start is guessed."""

    pictures: Sequence[Picture]
    path: Path
    guessed: bool


def follow(link: WorkerLink, stretch: Stretch, done_one: Callable[[int], None]) -> np.ndarray:
    """Return the athlete's poses (T, 33, 7) in pixels of the frame; NaN where not found.

    Each crop is centred on where the hips are expected from the frames before (the answer to the frame just
    before is still on its way), so that fast travel stays in the middle of a small crop.
    """
    pictures, path = stretch.pictures, stretch.path
    poses = np.full((len(pictures), 33, 7), np.nan)
    if stretch.guessed:
        path = _located(link, pictures, path)
    aim = _Aim(np.array([p.time_s for p in pictures]), path, poses)
    crops: list[Crop] = []
    for i in range(len(pictures) + 1):
        if i < len(pictures):
            crops.append(aim.crop(i))
            link.send("track", pictures[i].look(crops[i], _SIZE), i == 0)
        if i > 0:
            answer = link.receive()
            if answer is not None:
                pose = to_frame(answer, crops[i - 1], _SIZE)
                if aim.accepts(i - 1, pose):
                    poses[i - 1] = pose
            done_one(1)
    _mend(link, pictures, aim, poses)
    return poses


class _Aim:
    """Where the athlete is expected, from what was found so far and from the path."""

    def __init__(self, times: np.ndarray, path: Path, poses: np.ndarray) -> None:
        self.times, self.path, self.poses = times, path, poses
        self._size = float(np.nanmedian(path.sizes))

    def neighbours(self, i: int) -> np.ndarray:
        """Return the found frames before ``i`` that tell about it, latest last."""
        found = np.flatnonzero(np.isfinite(self.poses[:i, 0, 0]))
        return found[self.times[i] - self.times[found] < 0.5][-4:]

    def centre(self, i: int) -> np.ndarray:
        """Return where the hips are expected in frame ``i``."""
        found = self.neighbours(i)
        if found.size == 0:
            return self.path.centres[i]
        at = np.array([hips(self.poses[k]) for k in found])
        if found.size == 1:
            return np.asarray(at[0])
        # A straight line through the last few; extrapolated by a few frames at most.
        since = self.times[found] - self.times[found[-1]]
        ahead = min(self.times[i] - self.times[found[-1]], 0.2)
        slope = ((since - since.mean()) @ (at - at.mean(axis=0))) / ((since - since.mean()) ** 2).sum()
        return np.asarray(at.mean(axis=0) + slope * (ahead - since.mean()))

    def crop(self, i: int) -> Crop:
        """Return the square to cut; its side changes only with a clear change of size."""
        found = self.neighbours(i)
        size = self.path.sizes[i] if found.size == 0 else np.median([body_size(self.poses[k]) for k in found])
        if not 0.87 < size / self._size < 1.15:
            self._size = float(size)
        return crop_around(self.centre(i), self._size)

    def accepts(self, i: int, pose: np.ndarray) -> bool:
        """Whether a pose can be the athlete: no leap, and not suddenly another size."""
        found = self.neighbours(i)
        if found.size == 0:
            return True
        before = self.poses[found[-1]]
        size = max(body_size(before), 0.8 * self._size)
        leap = float(np.linalg.norm(hips(pose) - hips(before))) / size
        step = self.times[i] - self.times[found[-1]]
        return leap < _JUMP + _JUMP_PER_S * step and 0.5 < body_size(pose) / size < 2.0


def _located(link: WorkerLink, pictures: Sequence[Picture], path: Path) -> Path:
    """Shift a guessed path to the person who is nearest to it in the first picture, if there is one."""
    square = crop_around(path.centres[0], path.sizes[0] * _WIDE)
    people = to_frame(link.ask("detect", pictures[0].look(square, _SIZE)), square, _SIZE)
    near = [p for p in people if 0.6 < body_size(p) / path.sizes[0] < 1.6]
    if not near:
        return path
    nearest = min(near, key=lambda p: float(np.linalg.norm(hips(p) - path.centres[0])))
    return Path(path.centres + (hips(nearest) - path.centres[0]), path.sizes)


def _mend(link: WorkerLink, pictures: Sequence[Picture], aim: _Aim, poses: np.ndarray) -> None:
    """Look once more, picture by picture, at frames that were missed next to found ones."""
    times = aim.times
    left = max(4, int(_MENDED_SHARE * len(pictures)))
    for i in np.flatnonzero(~np.isfinite(poses[:, 0, 0])).tolist():
        found = np.flatnonzero(np.isfinite(poses[:, 0, 0]))
        if found.size == 0 or left == 0:
            return
        nearest = found[np.abs(times[found] - times[i]).argmin()]
        if abs(times[nearest] - times[i]) > _MEND_WITHIN_S:
            continue
        left -= 1
        size = body_size(poses[nearest])
        after = found[found > i]
        before = found[found < i]
        if after.size and before.size:
            a, b = before[-1], after[0]
            share = (times[i] - times[a]) / (times[b] - times[a])
            centre = (1 - share) * hips(poses[a]) + share * hips(poses[b])
        else:
            centre = hips(poses[nearest])
        square = crop_around(centre, size)
        people = to_frame(link.ask("detect", pictures[i].look(square, _SIZE)), square, _SIZE)
        near = [
            p
            for p in people
            if np.linalg.norm(hips(p) - centre) < _JUMP * size and 0.6 < body_size(p) / size < 1.6
        ]
        if near:
            poses[i] = min(near, key=lambda p: float(np.linalg.norm(hips(p) - centre)))
