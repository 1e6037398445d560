"""What must agree among a job's objects: one look at one job, and every fault found in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from cricksy_lib.errors import DamagedObjectError, ResultsError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Claim, load, read_limited
from cricksy_lib.jobs.outputs import PlayerJob, check_results
from cricksy_lib.jobs.record import JobRequest
from cricksy_lib.jobs.store import Store
from cricksy_lib.jobs.view import JobView, load_request, numbers_of, read_view
from cricksy_lib.results import MAX_RESULTS_BYTES, AnalysisPass, results_name

Remedy = Literal["put", "delete", "delete_job", "retry", "hand_back", "write_trend"]
PASSES: tuple[AnalysisPass, ...] = ("quick", "deep")


@dataclass(frozen=True)
class Fault:
    """Something in a store that does not agree with the rest.

    Attributes
    ----------
    kind : a word for programs.
    key : the object, or the prefix of the objects, that it is about.
    text : a word for people.
    remedy : what mends it; None if nothing can but a person.
    job_id : the job, if it is about one.
    """

    kind: str
    key: str
    text: str
    remedy: Remedy | None
    job_id: str | None = None


@dataclass(frozen=True)
class Marks:
    """The keys outside a job's own folder that end with its id."""

    recent: tuple[str, ...] = ()
    queue: bool = False
    players: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()


@dataclass
class Checked:
    """What one look at a job showed.

    Attributes
    ----------
    faults : what does not agree.
    request : what was asked; None if it is absent or damaged.
    damaged : whether it is damaged.
    view : the job; None if it cannot be read whole.
    """

    faults: list[Fault] = field(default_factory=list)
    request: JobRequest | None = None
    damaged: bool = False
    view: JobView | None = None


def check_job(store: Store, job_id: str, keys: frozenset[str], marks: Marks) -> Checked:
    """Look at one job.

    Parameters
    ----------
    store : where it lies.
    job_id : the name of its folder, whether or not that is the id of a job.
    keys : all keys in the folder; none if there are only marks of it.
    marks : the keys elsewhere that name it.
    """
    found = Checked()
    if not layout.is_job_id(job_id) or layout.request(job_id) not in keys:
        found.faults += _without_request(job_id, keys, marks)
        return found
    try:
        found.request = load_request(store, job_id)
        if layout.deletion(job_id) in keys:
            folder = layout.job_folder(job_id)
            text = "The job's deletion was cut short."
            found.faults.append(Fault("deletion_unfinished", folder, text, "delete_job", job_id))
            return found
        found.view = read_view(store, job_id)
    except DamagedObjectError as error:
        found.damaged = found.request is None
        found.faults.append(Fault("document_damaged", error.key, "It is no such document.", None, job_id))
        if marks.queue:
            # No worker can do anything with it, and a restored job is put back by the next look.
            text = "The job on the queue is damaged."
            found.faults.append(Fault("queue_stray", layout.queue(job_id), text, "delete", job_id))
    if found.view is None:
        return found
    view = found.view
    found.faults += _of_markers(view, marks)
    found.faults += _of_attempts(store, view, keys)
    lost = _of_results(store, view) + _of_done(store, view)
    found.faults += lost
    if not lost:  # or the job is done again, and writes it then
        found.faults += _of_trend(store, view, marks)
    return found


def last_pass(request: JobRequest) -> AnalysisPass:
    """Return the pass whose results a job ends with."""
    return "quick" if request.options.passes == "quick" else "deep"


def _without_request(job_id: str, keys: frozenset[str], marks: Marks) -> list[Fault]:
    of = job_id if layout.is_job_id(job_id) else None
    faults = [
        Fault("marker_stray", key, "It marks a job that is not there.", "delete", of)
        for key in (*marks.recent, *marks.videos)
    ]
    if marks.queue:
        key = layout.queue(job_id)
        faults.append(Fault("queue_stray", key, "The job on the queue is not there.", "delete", of))
    faults += [
        Fault("player_stray", key, "It is of a job that is not there.", "delete", of) for key in marks.players
    ]
    if keys:
        folder = layout.job_folder(job_id)
        faults.append(Fault("job_stray", folder, "Objects of a job that is not there.", "delete", of))
    return faults


def _of_markers(view: JobView, marks: Marks) -> list[Fault]:
    job_id = view.request.id
    recent, queue = layout.recent(job_id), layout.queue(job_id)
    at_video = layout.job_of_video(view.request.video_sha256, job_id)
    faults = [
        Fault("marker_stray", key, "It lists the job in the wrong place.", "delete", job_id)
        for key in (*marks.recent, *marks.videos)
        if key not in (recent, at_video)
    ]
    if recent not in marks.recent:
        faults.append(Fault("marker_missing", recent, "The job is in no list.", "put", job_id))
    if at_video not in marks.videos:
        text = "The job's video does not know of it."
        faults.append(Fault("marker_missing", at_video, text, "put", job_id))
    if not view.terminal and view.status != "awaiting_upload" and not marks.queue:
        faults.append(Fault("queue_missing", queue, "Work remains, but is not on the queue.", "put", job_id))
    if view.terminal and marks.queue:
        faults.append(Fault("queue_stray", queue, "The job on the queue is over.", "delete", job_id))
    return faults


def _of_attempts(store: Store, view: JobView, keys: frozenset[str]) -> list[Fault]:
    job_id, claims = view.request.id, numbers_of(keys, view.request.id).claims
    prefix = f"{layout.job_folder(job_id)}attempts/"
    there = {key[len(prefix) :].partition("/")[0] for key in keys if key.startswith(prefix)}
    orphaned = sorted(there - {str(number) for number in claims})
    faults = [
        Fault("attempt_orphaned", f"{prefix}{name}/", "Nobody has claimed the attempt.", "delete", job_id)
        for name in orphaned
    ]
    for number in claims:
        faults += _damage(store, layout.claim(job_id, number), Claim, job_id)
    return faults


def _damage(store: Store, key: str, kind: type[BaseModel], job_id: str) -> list[Fault]:
    try:
        load(store, key, kind)
    except DamagedObjectError:
        return [Fault("document_damaged", key, "It is no such document.", None, job_id)]
    return []


def _of_results(store: Store, view: JobView) -> list[Fault]:
    """Check the results of every claimed attempt: those that count by redoing the job, others by dropping."""
    job_id, faults = view.request.id, []
    for number in view.numbers.claims:
        counts = number == view.attempt and view.counts
        for which in PASSES:
            key = layout.artefact(job_id, number, results_name(which))
            if key not in view.numbers.keys or not _is_bad(store, key, job_id, which):
                continue
            remedy: Remedy | None = "delete"
            if counts and view.status == "done":
                remedy = _redo(store, view)
            elif counts and not view.terminal:
                remedy = None
            faults.append(Fault("results_invalid", key, "It does not match the schema.", remedy, job_id))
    return faults


def _is_bad(store: Store, key: str, job_id: str, which: AnalysisPass) -> bool:
    try:
        content = read_limited(store, key, MAX_RESULTS_BYTES)
        if content is not None:
            check_results(content, job_id, which)
    except (DamagedObjectError, ResultsError):
        return True
    return False


def _of_done(store: Store, view: JobView) -> list[Fault]:
    if view.status != "done" or view.done is None:
        return []
    job_id = view.request.id
    own = layout.attempt_folder(job_id, view.attempt)
    last = results_name(last_pass(view.request))
    named = {*view.done.artefacts.values(), layout.artefact(job_id, view.attempt, last)}
    faults = []
    for key in sorted(named):
        if key.startswith(own):
            there = key in view.numbers.keys
        else:
            poses = key.startswith(layout.poses(view.request.video_sha256)) or key == view.request.pose_key
            there = poses and store.size(key) is not None
        if not there:
            text = "done.json names it, but it is not there."
            faults.append(Fault("artefact_missing", key, text, _redo(store, view), job_id))
    return faults


def _redo(store: Store, view: JobView) -> Remedy | None:
    """Analysing the job again mends its results, as long as its video is there."""
    return "retry" if store.size(view.request.video_key) is not None else None


def _of_trend(store: Store, view: JobView, marks: Marks) -> list[Fault]:
    job_id, player = view.request.id, view.request.options.player
    own = layout.player_job(player, job_id) if player is not None else None
    faults = [
        Fault("player_stray", key, "It files the job under another player.", "delete", job_id)
        for key in marks.players
        if key != own
    ]
    if own is None:
        return faults
    if view.status == "done":
        text = "The player's trend lacks the job."
        if own in marks.players:
            text = "The player's trend cannot read it."
            if not _trend_is_bad(store, own, job_id):
                return faults
        faults.append(Fault("player_missing", own, text, "write_trend", job_id))
    elif view.terminal and own in marks.players:
        faults.append(Fault("player_stray", own, "It is of a job that is not done.", "delete", job_id))
    return faults


def _trend_is_bad(store: Store, key: str, job_id: str) -> bool:
    try:
        found = load(store, key, PlayerJob)
    except DamagedObjectError:
        return True
    return found is None or found.job_id != job_id


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults by kind, then by key."""
    return sorted(faults, key=lambda fault: (fault.kind, fault.key))
