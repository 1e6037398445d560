"""When a holder counts as dead."""

from __future__ import annotations

from cricksy_lib.jobs.lease import LeaseWatch


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_heartbeat_seen_for_the_first_time_is_never_dead() -> None:
    assert not LeaseWatch(10, Clock()).stands_still("job", 1, 5)


def test_a_heartbeat_that_stands_still_for_the_lease_is_dead() -> None:
    clock = Clock()
    watch = LeaseWatch(10, clock)
    watch.stands_still("job", 1, 5)
    clock.now = 9.9
    assert not watch.stands_still("job", 1, 5)
    clock.now = 10.0
    assert watch.stands_still("job", 1, 5)


def test_a_heartbeat_that_moved_starts_the_lease_anew() -> None:
    clock = Clock()
    watch = LeaseWatch(10, clock)
    watch.stands_still("job", 1, 5)
    clock.now = 9.0
    assert not watch.stands_still("job", 1, 6)
    clock.now = 18.0
    assert not watch.stands_still("job", 1, 6)


def test_a_new_attempt_starts_the_lease_anew() -> None:
    clock = Clock()
    watch = LeaseWatch(10, clock)
    watch.stands_still("job", 1, 5)
    clock.now = 20.0
    assert not watch.stands_still("job", 2, 5)
