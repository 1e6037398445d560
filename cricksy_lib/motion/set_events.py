"""Events that an analyst set: they take the place of what was read off the body."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cricksy_lib.corrections import EventCorrection
from cricksy_lib.results import Event


def set_events(
    events: list[Event],
    corrections: Sequence[EventCorrection],
    time_s: np.ndarray,
    frame: np.ndarray,
    frame_s: float,
) -> list[Event]:
    """Replace or add the events that were set by hand.

    Parameters
    ----------
    events : as found.
    corrections : what was set.
    time_s, frame : (T,) clip seconds and native numbers of the frames.
    frame_s : clip seconds from one native frame to the next: how far off a reading by eye may be (95 %).

    Returns
    -------
    Events in order of time.
    """
    set_by_hand = {one.place: one for one in corrections}
    kept = [event for event in events if (event.name, event.repetition) not in set_by_hand]
    added = [
        Event(
            name=one.name,
            time_s=one.time_s,
            uncertainty_s=frame_s,
            frame=int(frame[np.argmin(np.abs(time_s - one.time_s))]),
            repetition=one.repetition,
            corrected=True,
        )
        for one in set_by_hand.values()
    ]
    return sorted(kept + added, key=lambda event: event.time_s)
