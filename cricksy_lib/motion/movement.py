"""All that motion knows of one clip, in one bundle that metrics read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from cricksy_lib.corrections import EventCorrection
from cricksy_lib.motion.angle_source import angle_source, standing
from cricksy_lib.motion.body import Body, Side, build_body, front_side
from cricksy_lib.motion.events import find_events, find_phases
from cricksy_lib.motion.kinematics import ANGLES, kinematics
from cricksy_lib.motion.orientation import forward_sign, hand_side_sign, size_px
from cricksy_lib.motion.scale import find_scale
from cricksy_lib.motion.set_events import set_events
from cricksy_lib.motion.view import Source, ViewEstimate, estimate_hand, estimate_view, hand_by_movement
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import Event, Hand, Mode, Phase, Scale


@dataclass(frozen=True)
class Movement:
    """The athlete's movement: filtered body, view, hand, series, events, and metres a pixel where known.

    ``hand_disagrees`` is true where the user's hand is not what the movement shows: then the left and right
    of the landmarks may be exchanged, or the hand given may be wrong. ``hand_shown`` is the hand that the
    movement alone shows, as its limbs are named here; ``None`` where it shows none.
    """

    mode: Mode
    body: Body
    view: ViewEstimate
    hand: Hand | None
    hand_source: Source
    front: Side | None
    series: xr.Dataset
    events: list[Event]
    phases: list[Phase]
    slow_motion: float
    scale: Scale | None = None
    hand_disagrees: bool = False
    hand_shown: Hand | None = None

    def values(self, name: str) -> np.ndarray:
        """One series (T,)."""
        return np.asarray(self.series[name].values)

    @property
    def repetitions(self) -> list[int]:
        """Numbers of the shots, deliveries, takes or throws in the clip, in order; empty without events."""
        return sorted({e.repetition for e in self.events})

    def event(self, name: str, repetition: int = 1) -> Event | None:
        """The event of that name in a repetition, or ``None`` where it was not seen."""
        return next((e for e in self.events if e.name == name and e.repetition == repetition), None)

    @property
    def forward(self) -> int | None:
        """Which way the target lies in the picture (1 right, -1 left); ``None`` where it does not show."""
        return forward_sign(self.view)

    @property
    def hand_side(self) -> int | None:
        """Which way the side of the athlete's hand lies in the picture, from the front or behind."""
        return hand_side_sign(self.view.view, self.hand)

    def size_px(self, at_s: float) -> float:
        """Standing height in pixels as the athlete is seen at an instant (real seconds)."""
        return size_px(self.body, self.view.view, at_s)


def read_movement(
    track: PoseTrack, options: AnalysisOptions, corrected: Sequence[EventCorrection] = ()
) -> Movement:
    """Go from a cleaned track to the movement.

    Parameters
    ----------
    track : cleaned landmarks.
    options : discipline, and hand, view and slow-motion factor where the user declared them.
    corrected : events that an analyst set; they stand instead of those found.
    """
    body = build_body(track, options.slow_motion, options.mode)
    view = estimate_view(options.mode, body, options.view, options.hand)
    hand, hand_source = estimate_hand(options.mode, body, view.view, options.hand)
    shown = hand_by_movement(options.mode, body, view.view)
    front = front_side(options.mode, hand)
    events = find_events(options.mode, body, front, view.view, options.slow_motion)
    if corrected:
        frame_s = 1.0 / track.data.attrs["frame_rate"]
        events = set_events(events, corrected, body.time_s, body.frame, frame_s)
    return Movement(
        mode=options.mode,
        body=body,
        view=view,
        hand=hand,
        hand_source=hand_source,
        front=front,
        series=kinematics(
            body,
            front,
            {n: angle_source(options.mode, n, view.view) for n in ANGLES},
            {n: standing(options.mode, n, view.view, body, events, options.slow_motion) for n in ANGLES},
        ),
        events=events,
        phases=find_phases(events),
        slow_motion=options.slow_motion,
        scale=find_scale(options, body, view).scale,
        hand_shown=shown,
        hand_disagrees=bool(track.data.attrs.get("hand_contradicted"))
        or (hand is not None and shown is not None and shown != hand),
    )
