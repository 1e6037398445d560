"""A walk over a store finds what does not agree, mends what can be mended, and then all agrees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from made_jobs import NOW, Made, results, sha256
from test_ledger import claim

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Asked, Claim
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.trend import read_trend
from cricksy_lib.jobs.verify import Verdict, verify

DONE = Made(1, player="Pat")
QUEUED, RUNNING, FAILED = Made(2, "queued"), Made(3, "deep_running"), Made(4, "failed")
ALL = (DONE, QUEUED, RUNNING, FAILED, Made(5, "cancelled", player="Pat"), Made(6, video="shared"))
LEASE_S = 60.0


class Clock:
    """Time that passes only while somebody sleeps, and what happens meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds
        self.meanwhile()


@pytest.fixture
def clock() -> Clock:
    """A clock at rest, for jobs that nobody works on."""
    return Clock()


@pytest.fixture
def look(store: FolderStore, clock: Clock) -> Callable[..., Verdict]:
    """Walk the store, its running job's heart beating unless it is dead."""

    def beat() -> None:
        claim(store, RUNNING.id, 1, heartbeat=round(clock.now) + 100)

    def walk(mend: bool = False, dead: bool = False) -> Verdict:
        clock.meanwhile = (lambda: None) if dead or not store.size(layout.request(RUNNING.id)) else beat
        return verify(store, LEASE_S, mend=mend, clock=lambda: clock.now, sleep=clock.sleep)

    return walk


@pytest.fixture(autouse=True)
def jobs(store: FolderStore) -> None:
    """Jobs of every kind, and two that share a video."""
    for made in (*ALL, Made(7, video="shared")):
        made.put(store)
    store.put(layout.HOUSE_RULES, b"rules: []")


def of_done(name: str) -> str:
    return layout.artefact(DONE.id, 1, name)


def cut_deletion_short(store: FolderStore) -> None:
    """Leave a job as a deletion leaves it that was killed in the middle."""
    store.put(layout.deletion(DONE.id), Asked(asked_at=NOW).as_bytes())
    store.delete(layout.recent(DONE.id))
    store.delete(of_done("done.json"))


FAULTS: dict[str, tuple[str, Callable[[FolderStore], object]]] = {
    "no marker in the list": ("marker_missing", lambda s: s.delete(layout.recent(DONE.id))),
    "a marker in a wrong place": ("marker_stray", lambda s: s.put(f"recent/1-{DONE.id}", b"")),
    "a marker of nothing": ("marker_stray", lambda s: s.put(layout.recent(Made(99).id), b"")),
    "a marker without an id": ("marker_stray", lambda s: s.put("recent/nonsense", b"")),
    "no marker at the video": (
        "marker_missing",
        lambda s: s.delete(layout.job_of_video(DONE.sha256, DONE.id)),
    ),
    "a marker at another's video": (
        "marker_stray",
        lambda s: s.put(layout.job_of_video(Made(6, video="shared").sha256, DONE.id), b""),
    ),
    "a marker of nothing at a video": (
        "marker_stray",
        lambda s: s.put(layout.job_of_video(DONE.sha256, Made(99).id), b""),
    ),
    "a marker at a video without an id": (
        "marker_stray",
        lambda s: s.put(layout.jobs_of_video(DONE.sha256) + "nonsense", b""),
    ),
    "work that is not queued": ("queue_missing", lambda s: s.delete(layout.queue(QUEUED.id))),
    "an ended job on the queue": ("queue_stray", lambda s: s.put(layout.queue(DONE.id), b"")),
    "nothing on the queue": ("queue_stray", lambda s: s.put(layout.queue(Made(99).id), b"")),
    "a queue marker without an id": ("marker_stray", lambda s: s.put("queue/nonsense", b"")),
    "an attempt that nobody claimed": (
        "attempt_orphaned",
        lambda s: s.put(layout.artefact(DONE.id, 2, "overlay.mp4"), b"late"),
    ),
    "objects of a job that is gone": (
        "job_stray",
        lambda s: s.put(layout.artefact(Made(99).id, 1, "done.json"), b"{}"),
    ),
    "a folder that is no job's": ("job_stray", lambda s: s.put("jobs/nonsense/job.json", b"{}")),
    "results that are none": ("results_invalid", lambda s: s.put(of_done("deep_results.json"), b"{}")),
    "results of another job": (
        "results_invalid",
        lambda s: s.put(of_done("quick_results.json"), results(Made(6).id, "quick")),
    ),
    "bad results of a failed attempt": (
        "results_invalid",
        lambda s: s.put(layout.artefact(FAILED.id, 1, "quick_results.json"), b"[]"),
    ),
    "no results": ("artefact_missing", lambda s: s.delete(of_done("deep_results.json"))),
    "no overlay": ("artefact_missing", lambda s: s.delete(of_done("overlay.mp4"))),
    "a video of no job": ("video_unnamed", lambda s: s.put(layout.video(sha256("none"), ".mp4"), b"v")),
    "a pose of no job": ("video_unnamed", lambda s: s.put(layout.pose(sha256("none"), "a.parquet"), b"p")),
    "a trend that lacks a job": ("player_missing", lambda s: s.delete(layout.player_job("Pat", DONE.id))),
    "a trend with a damaged job": (
        "player_missing",
        lambda s: s.put(layout.player_job("Pat", DONE.id), b"{}"),
    ),
    "a trend with another's job": ("player_stray", lambda s: s.put(layout.player_job("Sam", DONE.id), b"{}")),
    "a trend with a job that is gone": (
        "player_stray",
        lambda s: s.put(layout.player_job("Pat", Made(99).id), b"{}"),
    ),
    "a trend with a job that is not done": (
        "player_stray",
        lambda s: s.put(layout.player_job("Pat", Made(5).id), b"{}"),
    ),
    "a deletion that was cut short": (
        "deletion_unfinished",
        lambda s: (
            s.put(layout.deletion(DONE.id), Asked(asked_at=NOW).as_bytes()),
            s.delete(of_done("done.json")),
        ),
    ),
}


def test_a_store_of_jobs_in_every_state_agrees(store: FolderStore, look: Callable[..., Verdict]) -> None:
    before = {key: store.get(key) for key in every_key(store, "") if RUNNING.id not in key}
    verdict = look(mend=True)
    assert verdict.agrees
    assert verdict.faults == ()
    assert verdict.jobs == len(ALL) + 1
    assert {key: store.get(key) for key in every_key(store, "") if RUNNING.id not in key} == before


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_mended(store: FolderStore, look: Callable[..., Verdict], name: str) -> None:
    kind, break_it = FAULTS[name]
    break_it(store)
    keys = list(every_key(store, ""))
    found = look()
    assert [fault.kind for fault in found.faults] == [kind]
    assert not found.agrees
    assert list(every_key(store, "")) == keys  # a look changes nothing
    mended = look(mend=True)
    assert mended.faults == found.faults
    assert mended.agrees
    assert look().faults == ()


def test_a_job_whose_results_are_lost_is_analysed_again(
    store: FolderStore, ledger: Ledger, look: Callable[..., Verdict]
) -> None:
    store.put(of_done("deep_results.json"), b"{}")
    look(mend=True)
    assert ledger.read(DONE.id).status == "queued"
    assert store.size(layout.queue(DONE.id)) is not None


def test_a_lost_trend_is_made_of_the_results_again(store: FolderStore, look: Callable[..., Verdict]) -> None:
    key = layout.player_job("Pat", DONE.id)
    before = store.get(key)
    store.delete(key)
    look(mend=True)
    assert store.get(key) == before
    assert [point.job.job_id for point in read_trend(store, "Pat")] == [DONE.id]


def test_a_finished_deletion_takes_everything(store: FolderStore, look: Callable[..., Verdict]) -> None:
    cut_deletion_short(store)
    look(mend=True)
    assert not [key for key in every_key(store, "") if DONE.id in key or DONE.sha256 in key]


@pytest.mark.parametrize(
    ("key", "content"),
    [
        (layout.request(DONE.id), b"{damaged"),
        (layout.request(DONE.id), b'{"a":' * 100_000),
        (layout.claim(DONE.id, 1), b"{}"),
        (of_done("done.json"), b"<script>alert(1)</script>"),
        (of_done("state.json"), b"null"),
    ],
)
def test_a_damaged_document_is_named_and_left_to_people(
    store: FolderStore, look: Callable[..., Verdict], key: str, content: bytes
) -> None:
    store.put(key, content)
    verdict = look(mend=True)
    assert [(fault.kind, fault.key) for fault in verdict.faults if fault.kind != "video_unnamed"] == [
        ("document_damaged", key)
    ]
    assert not verdict.agrees
    assert store.get(key) == content
    assert store.size(layout.video(DONE.sha256, ".mp4")) is not None  # it may be restored from a backup


def test_a_damaged_job_can_be_deleted_and_then_all_agrees(
    store: FolderStore, ledger: Ledger, look: Callable[..., Verdict]
) -> None:
    store.put(layout.request(DONE.id), b"{damaged")
    ledger.delete(DONE.id)
    assert look(mend=True).agrees
    assert not [key for key in every_key(store, "") if DONE.id in key or DONE.sha256 in key]


def test_a_damaged_job_is_taken_off_the_queue(store: FolderStore, look: Callable[..., Verdict]) -> None:
    store.put(layout.request(QUEUED.id), b"{damaged")
    look(mend=True)
    assert store.size(layout.queue(QUEUED.id)) is None


def test_a_missing_video_is_named(store: FolderStore, look: Callable[..., Verdict]) -> None:
    store.delete(layout.video(DONE.sha256, ".mp4"))
    assert [(fault.kind, fault.job_id, fault.remedy) for fault in look(mend=True).faults] == [
        ("video_missing", DONE.id, None)
    ]


def test_only_a_heart_that_stood_still_for_a_whole_lease_is_dead(
    store: FolderStore, ledger: Ledger, look: Callable[..., Verdict], clock: Clock
) -> None:
    found = look(mend=True, dead=True)
    assert [(fault.kind, fault.job_id) for fault in found.faults] == [("lease_over", RUNNING.id)]
    assert sum(clock.slept) >= LEASE_S
    job = ledger.read(RUNNING.id)
    assert (job.status, job.attempt) == ("queued", 2)  # the next worker need not wait for the lease
    assert look(dead=True).faults == ()


def test_without_a_running_job_no_lease_is_waited_for(
    store: FolderStore, look: Callable[..., Verdict], clock: Clock, ledger: Ledger
) -> None:
    ledger.cancel(RUNNING.id)
    store.delete(layout.queue(RUNNING.id))  # as its worker does
    assert look().faults == ()
    assert clock.slept == []


def test_what_is_put_right_between_two_looks_is_no_fault(
    store: FolderStore, look: Callable[..., Verdict], clock: Clock
) -> None:
    """A submission in mid-way: the job is there, its markers come a moment later."""
    store.delete(layout.recent(QUEUED.id))
    store.delete(layout.queue(QUEUED.id))
    clock.meanwhile = lambda: [
        store.put(key, b"") for key in (layout.recent(QUEUED.id), layout.queue(QUEUED.id))
    ]
    verdict = verify(store, LEASE_S, clock=lambda: clock.now, sleep=clock.sleep)
    assert [fault.kind for fault in verdict.faults] == ["lease_over"]  # nobody works on the running one here


def test_a_taken_over_attempt_is_no_fault(store: FolderStore, look: Callable[..., Verdict]) -> None:
    store.put(layout.claim(RUNNING.id, 2), Claim(worker="w", claimed_at=NOW).as_bytes())
    verdict = look(dead=True)
    assert [(fault.kind, fault.key) for fault in verdict.faults] == [
        ("lease_over", layout.attempt_folder(RUNNING.id, 2))
    ]
