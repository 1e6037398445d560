"""Look for people in sampled frames: the whole picture, and parts in which small people are big enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from cricksy_lib.pose.athlete import Look, Person, body_size, hips, link, shirt_colour, without_duplicates
from cricksy_lib.pose.crops import crop_around, to_frame
from cricksy_lib.pose.footage import Picture
from cricksy_lib.pose.looks import Looks, Question
from cricksy_lib.pose.pool import PosePool, WorkerLink
from cricksy_lib.video.geometry import Crop

# The detector sees 224 x 224; more than this only costs conversion.
LOOK_PX = 512
# Side of the square around a person who is too small for the whole picture, in crop sides.
_FOCUS = 1.3
# Pictures held for a second look; a long clip has more samples than that.
_SECOND_LOOKS = 90
_MOST_SQUARES = 4


def views(width: int, height: int, zoom: int) -> list[Crop]:
    """Return the parts of a picture to look at: the whole (zoom 0), or overlapping squares of a smaller side.

    Parameters
    ----------
    width, height : of the upright picture, pixels.
    zoom : 0 for the whole picture; 1 and 2 for squares of 0.75 and 0.45 of the shorter side.
    """
    if zoom == 0:
        return [(0, 0, width, height)]
    side = round(min(width, height) * (0.75, 0.45)[zoom - 1])
    return [(x, y, x + side, y + side) for y in _starts(height, side) for x in _starts(width, side)]


def _starts(length: int, side: int) -> list[int]:
    """Return starts of stretches of ``side`` that cover ``length`` and overlap by a third or more."""
    if side >= length:
        return [0]
    count = int(np.ceil((length - side) / (side * 0.66))) + 1
    return [round(x) for x in np.linspace(0, length - side, count)]


def look_size(crop: Crop) -> tuple[int, int]:
    """Return the size (width, height) in which a part is shown to the detector."""
    width, height = crop[2] - crop[0], crop[3] - crop[1]
    scale = LOOK_PX / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def look_at(worker: WorkerLink, picture: Picture, crops: Sequence[Crop], closely: bool = False) -> list[Look]:
    """Return the people in these parts of a picture, once each, the best seen first.

    ``closely`` finds those who stand beside somebody, too, and takes about half as long again.
    """
    found: list[tuple[float, Look]] = []
    for crop in crops:
        size = look_size(crop)
        image = picture.look(crop, size)
        for pose in worker.ask("detect_again" if closely else "detect", image):
            look = Look(to_frame(pose, crop, size), shirt_colour(image, pose))
            found.append((body_size(look.pose) / (crop[2] - crop[0]), look))
    # Who fills more of a view is seen in more detail, and gives the better pose of two.
    found.sort(key=lambda pair: -pair[0])
    return without_duplicates([look for _, look in found])


@dataclass
class Survey:
    """What was seen where: for each sampled frame number, its time and the people in it.

    Nobody looks again where ``looks`` holds what was seen; ``without_lines`` says how the pictures are shown.
    """

    width: int
    height: int
    looks: Looks
    without_lines: bool = False
    seen: dict[int, tuple[float, list[Look]]] = field(default_factory=dict)
    _pictures: list[Picture] = field(default_factory=list, repr=False)

    @property
    def times(self) -> np.ndarray:
        """Seconds of the sampled frames (S,), in order."""
        return np.array([self.seen[n][0] for n in sorted(self.seen)])

    def people(self) -> list[Person]:
        """Link what was seen to persons."""
        return link([self.seen[n] for n in sorted(self.seen)])

    def look(
        self,
        pool: PosePool,
        pictures: Iterable[Picture],
        zoomed: set[int],
        zoom: int = 1,
        *,
        closely: bool = False,
    ) -> Iterable[int]:
        """Look at pictures, the whole of each and, in those numbered in ``zoomed``, also the parts.

        Every other picture is looked at closely, or all of them with ``closely``; the pictures before then
        get their second look with these.

        Yields
        ------
        int
            The number of pictures handed out so far; everything is seen once the iteration ends.
        """
        width, height = self.width, self.height
        if not closely:
            self._pictures.clear()
        waiting: list[_Asked] = []
        for picture in pictures:
            crops = views(width, height, 0)
            if picture.index in zoomed:
                crops = crops + views(width, height, zoom)
            waiting.append(self._ask(pool, picture, crops, closely or len(waiting) % 2 == 0))
            if len(self._pictures) < _SECOND_LOOKS:
                self._pictures.append(picture)
            yield len(waiting)
        self._gather(waiting)

    def focus(self, pool: PosePool) -> None:
        """Look at the last pictures again in squares around people who are known but were not seen in them.

        People too small for the whole picture are seen in few samples; this finds them in all.
        """
        persons = self.people()
        waiting = []
        for picture in self._pictures:
            present = [look.pose for look in self.seen.get(picture.index, (0.0, []))[1]]
            crops = _focus_squares(persons, picture.time_s, present)
            if crops:
                waiting.append(self._ask(pool, picture, crops, True))
        self._gather(waiting)

    def _ask(self, pool: PosePool, picture: Picture, crops: Sequence[Crop], closely: bool) -> _Asked:
        question = Question(picture.index, tuple(crops), closely, self.without_lines)
        known = self.looks.known(question)
        if known is None:
            return _Asked(picture, question, pool.submit(_LookJob(picture, crops, closely)))
        answered: Future[list[Look]] = Future()
        answered.set_result(known)
        return _Asked(picture, question, answered)

    def _gather(self, waiting: Sequence[_Asked]) -> None:
        for asked in waiting:
            picture, people = asked.picture, asked.answer.result()
            self.looks.keep(asked.question, people)
            before = self.seen.get(picture.index, (picture.time_s, []))[1]
            self.seen[picture.index] = (picture.time_s, without_duplicates([*people, *before]))


@dataclass(frozen=True)
class _Asked:
    picture: Picture
    question: Question
    answer: Future[list[Look]]


@dataclass(frozen=True)
class _LookJob:
    picture: Picture
    crops: Sequence[Crop]
    closely: bool = False

    def __call__(self, worker: WorkerLink) -> list[Look]:
        return look_at(worker, self.picture, self.crops, self.closely)


def _focus_squares(persons: Sequence[Person], time_s: float, present: Sequence[np.ndarray]) -> list[Crop]:
    squares = []
    for person in sorted(persons, key=lambda p: -len(p.sightings)):
        nearest = min(person.sightings, key=lambda s: abs(s.time_s - time_s))
        place = np.array([np.interp(time_s, person.times, person.centres[:, axis]) for axis in range(2)])
        if any(np.linalg.norm(hips(pose) - place) < 0.5 * nearest.size for pose in present):
            continue
        squares.append(crop_around(place, nearest.size * _FOCUS))
    return squares[:_MOST_SQUARES]
