"""Raw landmarks of one athlete through a clip: find the people, choose one, follow through the frames."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import numpy as np

from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose import athlete, crops, manner, plan
from cricksy_lib.pose.athlete import Person
from cricksy_lib.pose.camera import CameraMotion, CameraWatch
from cricksy_lib.pose.follow import Stretch, follow
from cricksy_lib.pose.footage import Footage, Picture
from cricksy_lib.pose.looks import Looks
from cricksy_lib.pose.model import ModelFile, ensure_model
from cricksy_lib.pose.pool import PosePool, WorkerLink
from cricksy_lib.pose.rivals import Rivals, rivals_of
from cricksy_lib.pose.scout import Survey
from cricksy_lib.pose.segments import reject_strangers, segments_of
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.progress import Progress, silent
from cricksy_lib.results import AnalysisPass
from cricksy_lib.settings import Settings, get_settings
from cricksy_lib.video import Timeline, VideoInfo, read_timeline

FINDING, FOLLOWING = "finding the athlete", "following the athlete"
# Below this body size in the working frames, pixels, the native frames are read for their detail.
_SMALL_PX = 170
# Several people: this much better suited than the next one, and the choice is clear without a closer look.
_CLEAR_LEAD = 3.0
# A body smaller than this share of the shorter side is often missed in the whole picture.
_MISSED_BELOW = 0.4
_MOST_MISSED = 24
# So small a share of the frames is found where the model cannot see the body well.
_FEW = 0.7
# Two paths that are mostly apart by less than this share of the body are of one person.
_ONE_BODY = 0.6
_GUESSED_AFTER_S = 0.35


def extract(
    info: VideoInfo,
    options: AnalysisOptions,
    analysis_pass: AnalysisPass,
    *,
    settings: Settings | None = None,
    looks: Looks | None = None,
    progress: Progress = silent,
) -> PoseTrack:
    """Extract one athlete's raw landmarks.

    Parameters
    ----------
    info : the clip, probed.
    options : the discipline and, if the user named one, the point on the athlete.
    analysis_pass : "deep" for every native frame; "quick" for at most 120 of them.
    settings : processes and the place of the model; None for those of the environment.
    looks : what another pass over the clip saw while it looked for people; what this one sees is added. It
        saves time and changes no number.
    progress : called with a stage's name and numbers of frames, from the calling thread.

    Returns
    -------
    PoseTrack
        Unsmoothed landmarks; NaN where the athlete was not found. The result does not depend on the number of
        processes.

    Raises
    ------
    PoseModelError
        If the model is not installed, altered or unusable.
    AnalysisError
        If a worker process is lost.
    VideoError
        If the clip cannot be read.
    """
    settings = settings or get_settings()
    model = ensure_model(settings)
    looks = Looks() if looks is None else looks
    looks.keep_to(model.sha256)
    timeline = read_timeline(info.path)
    wanted = plan.wanted_frames(timeline, analysis_pass)
    # The search for people passes all frames; the quick pass has too few landmarks for this to matter.
    watch = CameraWatch(info.width, info.height, timeline) if analysis_pass == "deep" else None
    footage = Footage(info, timeline, wanted, watch)
    with PosePool(model.path, settings.pose_processes) as pool:
        finder = _Finder(info, options, timeline, footage, pool, looks, progress)
        found = _find_and_follow(finder, wanted)
        if found.hardly and not footage.without_lines:
            # Known from the survey and yet not followed: the meshes of a net may be in the way.
            footage.without_lines = True
            cleared = _find_and_follow(replace(finder, progress=silent), wanted)
            if cleared.count > found.count and cleared.same_as(found):
                found = cleared
    return _track(info, model, timeline, np.flatnonzero(wanted), found, watch)


@dataclass(frozen=True)
class _Followed:
    """The athlete, or None, with the path that led there and poses (T, 33, 7) in the wanted frames.

    ``undecided`` says that the athlete could not be told from others, ``alone`` that nobody else is about.
    """

    athlete: Person | None
    path: crops.Path
    poses: np.ndarray
    people: int
    undecided: bool
    alone: bool

    @property
    def count(self) -> int:
        """Number of frames with a pose."""
        return int(np.isfinite(self.poses[:, 0, 0]).sum())

    @property
    def hardly(self) -> bool:
        """Whether somebody was seen in the survey and then found in few of the frames."""
        return self.athlete is not None and self.alone and self.count < _FEW * self.path.known.sum()

    def same_as(self, other: _Followed) -> bool:
        """Whether both paths, where both are known, lead to one body."""
        off = np.linalg.norm(self.path.centres - other.path.centres, axis=1)
        size = np.fmax(self.path.sizes, other.path.sizes)
        both = self.path.known & other.path.known
        return bool(both.any() and np.median(off[both] / size[both]) < _ONE_BODY)


def _find_and_follow(finder: _Finder, wanted: np.ndarray) -> _Followed:
    timeline = finder.timeline
    chosen = finder.find(plan.searched_frames(timeline, wanted))
    numbers = np.flatnonzero(wanted)
    rivals = rivals_of(chosen or Person(), finder.people, timeline.times_s[numbers])
    frames = _Frames(numbers, timeline, rivals)
    poses = _follow_all(frames, chosen, finder.footage, finder.pool, finder.progress)
    return _Followed(
        chosen, frames.path, poses, finder.people_seen, finder.undecided, alone=not rivals.others
    )


@dataclass
class _Finder:
    """Find the people of a clip and choose the athlete."""

    info: VideoInfo
    options: AnalysisOptions
    timeline: Timeline
    footage: Footage
    pool: PosePool
    looks: Looks
    progress: Progress
    people_seen: int = 0
    undecided: bool = False
    people: list[Person] = field(default_factory=list)
    _looked: int = 0
    _to_look: int = 0

    def find(self, searched: np.ndarray) -> Person | None:
        """Return the athlete among the people in these frames, boolean (frames in the clip,), or None."""
        chosen = self._find(searched)
        if chosen is None and not self.people_seen:
            # A net before the camera hides everybody from the model.
            self.footage.without_lines = True
            chosen = self._find(searched)
        return chosen

    def _find(self, searched: np.ndarray) -> Person | None:
        times = self.timeline.times_s
        survey = Survey(self.info.width, self.info.height, self.looks, self.footage.without_lines)
        numbers = plan.survey_frames(times, searched)
        point = self.options.athlete
        if point is not None:
            named = np.flatnonzero(searched)[np.abs(times[searched] - point.time_s).argsort()[:3]]
            numbers = np.union1d(numbers, named)
        zoomed = {int(numbers[numbers.size // 2])}
        if point is not None:
            zoomed |= set(named.tolist())
        self._look(survey, numbers, zoomed, 1)
        if any(len(looks) != 1 for _, looks in survey.seen.values()):
            few = numbers[np.linspace(0, numbers.size - 1, 5).astype(int)[1:-1]]
            self._look(survey, np.unique(few), set(few.tolist()), 1)
        survey.focus(self.pool)
        brief = athlete.brief_times(survey.people())
        around = plan.frames_around(times, searched, brief, survey.seen)
        if around.size:
            self._look(survey, around, set(), 0)
            survey.focus(self.pool)
        chosen, clear = self._choose(survey)
        if chosen is None:
            few = np.unique(numbers[np.linspace(0, numbers.size - 1, 4).astype(int)])
            self._look(survey, few, set(few.tolist()), 2)
            survey.focus(self.pool)
            chosen, clear = self._choose(survey)
        elif (unseen := self._unseen(survey, chosen)).size:
            self._look(survey, unseen, set(unseen.tolist()), 1)
            survey.focus(self.pool)
            chosen, clear = self._choose(survey)
        if not clear:
            more = np.setdiff1d(plan.dense_frames(times, searched), numbers)
            self._look(survey, more, set(), 0, closely=True)
            survey.focus(self.pool)
            chosen, _ = self._choose(survey)
        people = self.people
        self.people_seen = len(athlete.plausible(people, survey.times))
        # Two people suit so nearly alike that following either may be following the wrong one.
        ranks = [] if point is not None else self._ranks(survey)
        self.undecided = len(ranks) > 1 and manner.lead(ranks) < manner.LEAST_LEAD
        return athlete.rejoined(chosen, people) if chosen and not self.undecided else None

    def _ranks(self, survey: Survey) -> list[tuple[float, Person]]:
        longer = max(self.info.width, self.info.height)
        return manner.ranked(self.people, self.options.mode, survey.times, longer)

    def _unseen(self, survey: Survey, chosen: Person) -> np.ndarray:
        """Return the sampled frames, not too many, in which a small athlete may have been overlooked."""
        small = np.median(chosen.sizes) < _MISSED_BELOW * min(self.info.width, self.info.height)
        seen = set(chosen.times.tolist())
        unseen = np.array([n for n, (time_s, _) in survey.seen.items() if time_s not in seen], dtype=int)
        if not small or unseen.size <= _MOST_MISSED:
            return np.sort(unseen) if small else unseen[:0]
        return np.sort(unseen)[np.linspace(0, unseen.size - 1, _MOST_MISSED).astype(int)]

    def _look(
        self, survey: Survey, numbers: np.ndarray, zoomed: set[int], zoom: int, *, closely: bool = False
    ) -> None:
        self._to_look += numbers.size
        for _ in survey.look(self.pool, self.footage.read(numbers), zoomed, zoom, closely=closely):
            self._looked += 1
            self.progress(FINDING, self._looked, self._to_look)

    def _choose(self, survey: Survey) -> tuple[Person | None, bool]:
        """Return the best choice so far, and whether there is no doubt about it."""
        people = survey.people()
        self.people = people
        if self.options.athlete is not None:
            named = athlete.at_point(people, self.options.athlete)
            return named, named is not None and not athlete.doubtful(named)
        ranks = self._ranks(survey)
        if not ranks:
            return None, not people
        best = ranks[0][1]
        return best, manner.lead(ranks) > _CLEAR_LEAD and not athlete.doubtful(best)


@dataclass(frozen=True)
class _Frames:
    """The frames to follow through: native numbers, the athlete's path through them and others'."""

    numbers: np.ndarray
    timeline: Timeline
    rivals: Rivals

    @property
    def path(self) -> crops.Path:
        return self.rivals.path

    @property
    def times(self) -> np.ndarray:
        return np.asarray(self.timeline.times_s[self.numbers])

    def stretches(self) -> list[list[int]]:
        """Rows of the frames to follow, by stretch: those through which the path is known."""
        known = self.path.known
        cut = [[row for row in rows if known[row]] for rows in plan.stretches(self.times)]
        return [rows for rows in cut if rows]


def _follow_all(
    frames: _Frames, chosen: Person | None, footage: Footage, pool: PosePool, progress: Progress
) -> np.ndarray:
    poses = np.full((frames.numbers.size, 33, 7), np.nan)
    if chosen is None:
        progress(FOLLOWING, 1, 1)
        return poses
    counter = _Counter()
    total = int(frames.path.known.sum())
    rows_of = {int(number): row for row, number in enumerate(frames.numbers)}
    waiting: list[tuple[list[int], Future[np.ndarray]]] = []
    stretches = frames.stretches()
    followed = (
        np.concatenate([np.array(rows) for rows in stretches]) if stretches else np.array([], dtype=int)
    )
    pictures = iter(_pictures(frames, followed, footage))
    held: Picture | None = None
    for rows in stretches:
        current: list[Picture] = []
        last = frames.numbers[rows[-1]]
        while (picture := held or next(pictures, None)) is not None and picture.index <= last:
            current.append(picture)
            held = None
            progress(FOLLOWING, counter.value, total)
        held = picture
        if current:
            here = [rows_of[p.index] for p in current]
            job = _FollowJob(_stretch(frames, here, current, chosen), counter)
            waiting.append((here, pool.submit(job)))
    for here, future in waiting:
        poses[here] = future.result()
        progress(FOLLOWING, counter.value, total)
    progress(FOLLOWING, total, total)
    return poses


def _pictures(frames: _Frames, rows: np.ndarray, footage: Footage) -> Iterable[Picture]:
    """Read the frames at the working size, or cut from the native ones if the athlete is too small in it."""
    path, numbers = frames.path, frames.numbers[rows]
    size = float(np.nanmedian(path.sizes[rows]))
    if footage.scale == 1.0 or size * footage.scale >= _SMALL_PX:
        return footage.read(numbers)
    squares = {
        int(frames.numbers[row]): crops.crop_around(path.centres[row], 1.6 * path.sizes[row]) for row in rows
    }
    return footage.read_cut(numbers, squares, round(1.6 * crops.SIDE_IN_BODIES * 1.3 * _SMALL_PX))


def _stretch(frames: _Frames, rows: list[int], pictures: Sequence[Picture], chosen: Person) -> Stretch:
    nearest = float(np.abs(chosen.times - pictures[0].time_s).min())
    return Stretch(pictures, frames.rivals.at(rows), nearest > _GUESSED_AFTER_S)


@dataclass(frozen=True)
class _FollowJob:
    stretch: Stretch
    counter: _Counter

    def __call__(self, worker: WorkerLink) -> np.ndarray:
        return follow(worker, self.stretch, self.counter.add)


class _Counter:
    def __init__(self) -> None:
        self.value = 0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self.value += count


def _track(
    info: VideoInfo,
    model: ModelFile,
    timeline: Timeline,
    numbers: np.ndarray,
    found: _Followed,
    watch: CameraWatch | None,
) -> PoseTrack:
    times = timeline.times_s[numbers]
    camera = watch.motion(numbers, found.poses[..., :2]) if watch else CameraMotion(known=False)
    poses, strangers = reject_strangers(times, found.poses, found.athlete)
    segment, breaks = segments_of(times, poses, strangers)
    attrs = {
        "width": info.width,
        "height": info.height,
        "frame_rate": info.frame_rate,
        "frames_in_clip": int(timeline.times_s.size),
        "model": model.name,
        "model_sha256": model.sha256,
        "breaks": breaks,
        "people": found.people,
        "undecided": found.undecided,
        "camera": camera.as_attrs(),
    }
    return PoseTrack.from_arrays(
        times, numbers, poses[..., 0:3], poses[..., 3:6], poses[..., 6], segment, attrs, camera.to_first
    )
