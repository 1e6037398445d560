"""Walking a whole store to see whether all agrees, and mending what does not.

Work goes on meanwhile, so a fault counts only if a second look, a moment later, finds it again. A job is past
its lease only if this walk has itself seen its heartbeat stand still for all of it.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cricksy_lib.errors import DamagedObjectError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.checks import Checked, Fault, Marks, check_job, in_order
from cricksy_lib.jobs.deletion import named_elsewhere
from cricksy_lib.jobs.lease import LeaseWatch
from cricksy_lib.jobs.mend import mend as mend_one
from cricksy_lib.jobs.parallel import in_parallel
from cricksy_lib.jobs.record import JobRequest
from cricksy_lib.jobs.store import WALK_SIZE, Store, every_key
from cricksy_lib.jobs.view import JobView, read_view
from cricksy_lib.progress import Progress, silent

# Longer than a submission takes from its first object to its last.
SECOND_LOOK_S = 2.0
_VIDEO = re.compile(r"(?:videos|poses)/([0-9a-f]{64})[./]")
_AT_VIDEO = re.compile(r"videos/[0-9a-f]{64}/jobs/(.*)")


@dataclass(frozen=True)
class Verdict:
    """What a walk found.

    Attributes
    ----------
    jobs : how many there are.
    objects : how many there are in all.
    faults : what does not agree.
    mended : those of them that now do.
    """

    jobs: int
    objects: int
    faults: tuple[Fault, ...]
    mended: tuple[Fault, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing is left that does not agree."""
        return len(self.mended) == len(self.faults)


@dataclass
class _Listed:
    """All keys of a store, by what they are of."""

    jobs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    recent: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    queue: set[str] = field(default_factory=set)
    players: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    videos: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    at_videos: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    nameless: list[str] = field(default_factory=list)
    objects: int = 0

    def marks(self, job_id: str) -> Marks:
        """Return the marks of a job."""
        recent, players, videos = (
            tuple(by_job.get(job_id, ())) for by_job in (self.recent, self.players, self.at_videos)
        )
        return Marks(recent, job_id in self.queue, players, videos)

    def ids(self) -> list[str]:
        """Return every job of which there is anything."""
        return sorted({*self.jobs, *self.recent, *self.queue, *self.players, *self.at_videos})


def verify(
    store: Store,
    lease_s: float,
    *,
    mend: bool = False,
    progress: Progress = silent,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Verdict:
    """Walk a store.

    Parameters
    ----------
    store : the store.
    lease_s : for how long a heartbeat must stand still; if jobs are running, the walk takes that long.
    mend : apply the remedies.
    progress : told how many jobs were looked at.
    clock, sleep : for the lease and the second look.

    Raises
    ------
    StoreError
        If the store fails.
    """
    listed = _list(store)
    watch = LeaseWatch(lease_s, clock)
    ids = listed.ids()
    suspects: list[str] = []
    held: list[str] = []
    named: set[str] = set()
    videoless: list[JobRequest] = []
    damaged = False

    def look(job_id: str) -> Checked:
        return check_job(store, job_id, frozenset(listed.jobs.get(job_id, ())), listed.marks(job_id))

    for number, (job_id, checked) in enumerate(zip(ids, in_parallel(look, ids), strict=True), 1):
        progress("jobs", number, len(ids))
        if checked.faults:
            suspects.append(job_id)
        request = checked.request
        if request is not None:
            named.add(request.video_sha256)
            if request.video_key not in listed.videos.get(request.video_sha256, ()):
                videoless.append(request)
        damaged |= checked.damaged
        view = checked.view
        if view is not None and view.held:
            held.append(job_id)
            watch.stands_still(job_id, view.attempt, _heartbeat(view))
    unnamed = sorted(sha256 for sha256 in listed.videos if sha256 not in named)
    if suspects or unnamed or videoless or listed.nameless:
        sleep(SECOND_LOOK_S)
    faults = [fault for job_id in suspects for fault in _look_again(store, job_id, listed).faults]
    faults += _of_videos(store, listed, unnamed, damaged)
    faults += _without_video(store, videoless)
    faults += [
        Fault("marker_stray", key, "It names no job.", "delete")
        for key in listed.nameless
        if store.size(key) is not None
    ]
    if held:
        sleep(lease_s)
        faults += _past_lease(store, held, listed, watch)
    faults = in_order(faults)
    mended = [fault for fault in faults if mend and mend_one(store, fault)]
    return Verdict(len(listed.jobs), listed.objects, tuple(faults), tuple(mended))


def _heartbeat(view: JobView) -> int:
    return view.state.heartbeat if view.state is not None else -1


def _list(store: Store) -> _Listed:
    listed = _Listed()
    # Markers and what trends take come after the jobs: what is submitted meanwhile has none too few.
    for key in every_key(store, layout.JOBS, WALK_SIZE):
        listed.objects += 1
        listed.jobs[key.removeprefix(layout.JOBS).partition("/")[0]].add(key)
    for prefix, by_job in ((layout.RECENT, listed.recent), (layout.PLAYERS, listed.players)):
        for key in every_key(store, prefix, WALK_SIZE):
            listed.objects += 1
            job_id = layout.job_of_player_key(key)
            if layout.is_job_id(job_id):
                by_job[job_id].append(key)
            else:
                listed.nameless.append(key)
    for key in every_key(store, layout.QUEUE, WALK_SIZE):
        listed.objects += 1
        job_id = key.removeprefix(layout.QUEUE)
        if layout.is_job_id(job_id):
            listed.queue.add(job_id)
        else:
            listed.nameless.append(key)
    for key in every_key(store, layout.AWAITING, WALK_SIZE):
        listed.objects += 1
        if key.removeprefix(layout.AWAITING) not in listed.jobs:
            listed.nameless.append(key)
    for prefix in (layout.VIDEOS, layout.POSES):
        for key in every_key(store, prefix, WALK_SIZE):
            listed.objects += 1
            marker, match = _AT_VIDEO.fullmatch(key), _VIDEO.match(key)
            if marker is None:
                listed.videos[match[1] if match else key].append(key)
            elif layout.is_job_id(marker[1]):
                listed.at_videos[marker[1]].append(key)
            else:
                listed.nameless.append(key)
    return listed


def _look_again(store: Store, job_id: str, listed: _Listed) -> Checked:
    """Look at a job afresh, its marks included."""
    keys = frozenset(every_key(store, layout.job_folder(job_id)))
    before = listed.marks(job_id)
    if not layout.is_job_id(job_id):
        return check_job(store, job_id, keys, before)

    def there(candidates: Iterable[str]) -> tuple[str, ...]:
        return tuple(key for key in sorted(candidates) if store.size(key) is not None)

    players, videos = set(before.players), set(before.videos)
    first = check_job(store, job_id, keys, before)
    if first.request is not None:
        videos.add(layout.job_of_video(first.request.video_sha256, job_id))
        if first.request.options.player is not None:
            players.add(layout.player_job(first.request.options.player, job_id))
    marks = Marks(
        there({*before.recent, layout.recent(job_id)}),
        store.size(layout.queue(job_id)) is not None,
        there(players),
        there(videos),
    )
    return check_job(store, job_id, keys, marks)


def _of_videos(store: Store, listed: _Listed, unnamed: list[str], damaged: bool) -> list[Fault]:
    """Videos that no job names; kept while a job cannot say which video it names."""
    if not unnamed:
        return []
    still = set(unnamed) - named_elsewhere(store, unnamed, listed.jobs)
    text = "No job names the video that it is, or is of."
    if damaged:
        text = "No job that can be read names the video that it is, or is of."
    return [
        Fault("video_unnamed", key, text, None if damaged else "delete")
        for sha256 in sorted(still)
        for key in listed.videos[sha256]
        if store.size(key) is not None
    ]


def _without_video(store: Store, requests: list[JobRequest]) -> list[Fault]:
    """Jobs whose video is gone: what was found can be seen, but not looked for again."""
    faults = []
    for request in requests:
        view = None if store.size(request.video_key) is not None else _view_or_none(store, request.id)
        if view is not None and view.status not in ("awaiting_upload", "failed", "cancelled"):
            text = "The job's video is not there."
            faults.append(Fault("video_missing", request.video_key, text, None, request.id))
    return faults


def _view_or_none(store: Store, job_id: str) -> JobView | None:
    try:
        return read_view(store, job_id)
    except DamagedObjectError:
        return None


def _past_lease(store: Store, held: list[str], listed: _Listed, watch: LeaseWatch) -> list[Fault]:
    faults = []
    for job_id in held:
        view = _look_again(store, job_id, listed).view
        if view is None or not view.held:
            continue
        if watch.stands_still(job_id, view.attempt, _heartbeat(view)):
            key = layout.attempt_folder(job_id, view.attempt)
            text = "Its worker has not been heard of for a whole lease."
            faults.append(Fault("lease_over", key, text, "hand_back", job_id))
    return faults
