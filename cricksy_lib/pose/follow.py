"""Follow one athlete through a stretch of consecutive pictures, in a crop that moves with the body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cricksy_lib.pose.athlete import body_size, hips, shirt_colour
from cricksy_lib.pose.crops import CROP_PX, Path, crop_around, to_frame
from cricksy_lib.pose.footage import Picture
from cricksy_lib.pose.peel import covered, painted
from cricksy_lib.pose.pool import WorkerLink
from cricksy_lib.pose.rivals import Rivals
from cricksy_lib.video.geometry import Crop

_SIZE = (CROP_PX, CROP_PX)
# The hips of a sprinter move 4 to 5 body heights a second; landmarks of blurred frames scatter besides.
_JUMP = 0.3
_JUMP_PER_S = 6.0
# A frame that was missed is looked at once more, alone; so many for each stretch, and
# not far from a found one.
_MENDED_SHARE = 0.25
_MEND_WITHIN_S = 0.4
# So many frames after the last found one its movement tells no more than the path through the survey.
_STALE = 3
# The athlete who was mistaken is looked for in every frame for so long, then so often; in squares of these
# shares of the usual one.
_SEARCH_S, _SEARCH_EVERY_S = 0.2, 0.06
_SQUARES = (1.0, 0.65)
# Where the path is not known well, the start is looked for in a wider square (in crop sides).
_WIDE = 1.8


@dataclass(frozen=True)
class Stretch:
    """Consecutive pictures, the paths of the athlete and of others; whether the start is guessed."""

    pictures: Sequence[Picture]
    rivals: Rivals
    guessed: bool


def follow(link: WorkerLink, stretch: Stretch, done_one: Callable[[int], None]) -> np.ndarray:
    """Return the athlete's poses (T, 33, 7) in pixels of the frame; NaN where not found.

    Each crop is centred on where the hips are expected from the frames before (the answer to the frame just
    before is still on its way), so that fast travel stays in the middle of a small crop.
    """
    pictures, rivals = stretch.pictures, stretch.rivals
    poses = np.full((len(pictures), 33, 7), np.nan)
    path = _located(link, pictures, rivals.path) if stretch.guessed else rivals.path
    aim = _Aim(np.array([p.time_s for p in pictures]), path, poses, rivals)
    asked: tuple[int, Crop, np.ndarray] | None = None
    lost: _Lost | None = None
    strangers: list[np.ndarray] = []
    for i in range(len(pictures) + 1):
        ahead = None
        if i < len(pictures) and lost is None:
            crop = aim.crop(i)
            image = pictures[i].look(crop, _SIZE)
            if strangers:
                # The tracker takes up the most prominent person; from then on it keeps to that one.
                image = _left_alone(image, crop, strangers, poses[i - 1])
            ahead = (i, crop, image)
            link.send("track", image, i == 0 or bool(strangers))
            strangers = []
        if asked is not None:
            before, crop, image = asked
            answer = link.receive()
            if answer is not None and aim.accepts(before, to_frame(answer, crop, _SIZE), answer, image):
                poses[before] = to_frame(answer, crop, _SIZE)
            elif rivals.others and (answer is not None or rivals.near(before)):
                lost = lost or _Lost(aim.times[before])
            done_one(1)
        asked = ahead
        if i < len(pictures) and ahead is None and lost is not None:
            if lost.due(aim.times[i]):
                found, strangers = _picked(link, pictures[i], aim, i)
                if found is not None:
                    poses[i], lost = found, None
            done_one(1)
    _mend(link, pictures, aim, poses)
    return poses


class _Lost:
    """Somebody else was taken for the athlete, who is now looked for: often at first, then now and then."""

    def __init__(self, since_s: float) -> None:
        self._since_s = self._last_s = since_s

    def due(self, time_s: float) -> bool:
        """Whether to look at this time, seconds."""
        long = time_s - self._since_s > _SEARCH_S
        if long and time_s - self._last_s < _SEARCH_EVERY_S:
            return False
        self._last_s = time_s
        return True


def _picked(
    link: WorkerLink, picture: Picture, aim: _Aim, i: int
) -> tuple[np.ndarray | None, list[np.ndarray]]:
    """Return the athlete (33, 7) among all the people near where he or she is expected, and the others there.

    A smaller square shows the athlete larger than whoever is beside.
    """
    strangers: list[np.ndarray] = []
    centre = aim.centre(i)
    for share in _SQUARES:
        square = aim.crop(i, share)
        image = picture.look(square, _SIZE)
        seen = link.ask("detect_again", image)
        fits: list[np.ndarray] = []
        for answer, pose in zip(seen, to_frame(seen, square, _SIZE), strict=True):
            fit = aim.accepts(i, pose, answer, image) and aim.rivals.alike(shirt_colour(image, answer))
            (fits if fit else strangers).append(pose)
        if fits:
            return min(fits, key=lambda p: float(np.linalg.norm(hips(p) - centre))), strangers
    return None, strangers


def _left_alone(
    image: np.ndarray, crop: Crop, strangers: Sequence[np.ndarray], athlete: np.ndarray
) -> np.ndarray:
    """Return a square's image with others painted over where the athlete, as of just before, is not."""
    scale = _SIZE[0] / (crop[2] - crop[0])
    own, *others = [(p[:, :2] - crop[0:2]) * scale for p in (athlete, *strangers)]
    paint = np.any([covered(pose, image.shape) for pose in others], axis=0)
    return painted(image, paint & ~covered(own, image.shape))


class _Aim:
    """Where the athlete is expected, from what was found so far and from the path."""

    def __init__(self, times: np.ndarray, path: Path, poses: np.ndarray, rivals: Rivals) -> None:
        self.times, self.path, self.poses, self.rivals = times, path, poses, rivals
        self._size = float(np.nanmedian(path.sizes))

    def neighbours(self, i: int) -> np.ndarray:
        """Return the found frames before ``i`` that tell about it, latest last."""
        found = np.flatnonzero(np.isfinite(self.poses[:i, 0, 0]))
        return found[self.times[i] - self.times[found] < 0.5][-4:]

    def centre(self, i: int) -> np.ndarray:
        """Return where the hips are expected in frame ``i``."""
        found = self.neighbours(i)
        # With others about, the survey knows better than an old movement where the athlete is by now.
        if found.size == 0 or (self.rivals.others and i - int(found[-1]) > _STALE):
            return self.path.centres[i]
        at = np.array([hips(self.poses[k]) for k in found])
        if found.size == 1:
            return np.asarray(at[0])
        # A straight line through the last few; extrapolated by a few frames at most.
        since = self.times[found] - self.times[found[-1]]
        ahead = min(self.times[i] - self.times[found[-1]], 0.2)
        slope = ((since - since.mean()) @ (at - at.mean(axis=0))) / ((since - since.mean()) ** 2).sum()
        return np.asarray(at.mean(axis=0) + slope * (ahead - since.mean()))

    def crop(self, i: int, share: float = 1.0) -> Crop:
        """Return the square to cut, or a share of its side; that changes only with a clear change of size."""
        found = self.neighbours(i)
        size = self.path.sizes[i] if found.size == 0 else np.median([body_size(self.poses[k]) for k in found])
        if not 0.87 < size / self._size < 1.15:
            self._size = float(size)
        return crop_around(self.centre(i), self._size * share)

    def accepts(self, i: int, pose: np.ndarray, seen: np.ndarray, image: np.ndarray) -> bool:
        """Whether a pose can be the athlete: no leap, not suddenly another size, and nobody else.

        ``seen`` is the pose in pixels of the square's ``image``.
        """
        if self.rivals.mistaken(i, pose, shirt_colour(image, seen)):
            return False
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
        image = pictures[i].look(square, _SIZE)
        seen = link.ask("detect_again" if aim.rivals.near(i) else "detect", image)
        near = [
            p
            for answer, p in zip(seen, to_frame(seen, square, _SIZE), strict=True)
            if np.linalg.norm(hips(p) - centre) < _JUMP * size
            and 0.6 < body_size(p) / size < 1.6
            and not aim.rivals.mistaken(i, p, shirt_colour(image, answer), closely=True)
        ]
        if near:
            poses[i] = min(near, key=lambda p: float(np.linalg.norm(hips(p) - centre)))
