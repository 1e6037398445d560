"""Was the clip filmed so that it can be measured? The checks that the quick pass answers first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from cricksy_lib.motion.body import RUNNERS, Body, other
from cricksy_lib.motion.movement import Movement
from cricksy_lib.motion.scale import find_scale
from cricksy_lib.motion.view import FAST_FRAMES, ViewEstimate, raised_wrist_speed
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.results import Capture, Check, Hand
from cricksy_lib.rounding import rounded_up
from cricksy_lib.video import Frame, VideoInfo, read_frames, read_timeline

LEAST_DETECTION = 0.6
LEAST_ATHLETE_PX = 160.0
LEAST_WHOLE = 0.9
# A front foot lands about 0.06 s before impact in a drive (Stretch 1998): under two frames at 30 a second.
LEAST_FRAME_RATE = 50.0
LEAST_LIGHT, MOST_LIGHT = 40.0, 225.0
_FILM_SQUARE = "film square from the side of the pitch, or straight along it."
_FROM = {"side": "the side", "front": "in front", "behind": "behind"}
_HEAD_AND_FEET = ("nose", "left_ankle", "right_ankle", "left_foot_index", "right_foot_index")


@dataclass(frozen=True)
class Light:
    """Mean brightness of the picture, 0 (black) to 255 (white)."""

    brightness: float


def measure_light(video: VideoInfo, frames: int = 5) -> Light:
    """Mean brightness over a few frames spread through the clip, decoded small.

    Where decoding can start at enough places, it does: of a long clip nothing else is decoded.
    """
    timeline = read_timeline(video.path)
    starts, times = timeline.keyframes, timeline.times_s
    if starts.size >= frames:
        wanted = times[starts[np.linspace(0, starts.size - 1, frames).round().astype(int)]]
        images: Iterator[Frame] = chain.from_iterable(
            islice(read_frames(video.path, start_s=float(t), width=160, threads=1), 1) for t in wanted
        )
    else:
        images = read_frames(video.path, rate=frames / video.duration_s, width=160)
    means = [float(frame.image.mean()) for frame in images]
    return Light(float(np.mean(means)) if means else float("nan"))


def whole_share(track: PoseTrack) -> float:
    """Share of the frames with a pose in which head and feet lie inside the picture; NaN without a pose."""
    rows = np.flatnonzero(track.found)
    if not len(rows):
        return float("nan")
    points = track.data["position"].values[rows][:, [KEYPOINTS.index(n) for n in _HEAD_AND_FEET], :2]
    size = np.array([track.data.attrs["width"], track.data.attrs["height"]])
    inside = ((points >= 0) & (points <= size)).all(axis=(1, 2))
    return float(inside.mean())


def describe_capture(
    video: VideoInfo, track: PoseTrack, movement: Movement, options: AnalysisOptions, light: Light
) -> Capture:
    """Put together how the clip was filmed and which of it is good enough.

    Parameters
    ----------
    video : facts of the clip.
    track : the athlete as the model saw him or her, before cleaning.
    movement : view, hand and height as read off the body.
    options : what the user declared.
    light : brightness of the picture.
    """
    height = movement.body.height_px
    known_height = float(height) if np.isfinite(height) else None
    real_rate = video.frame_rate * options.slow_motion
    whole = whole_share(track)
    view = movement.view
    attrs = track.data.attrs
    checks: list[Check] = []
    if attrs["people"] > 1 and (attrs["undecided"] or track.found.any()):
        checks.append(
            Check(
                name="which_player",
                ok=not attrs["undecided"],
                value=float(attrs["people"]),
                unit="people",
                advice="Say where the player is (--athlete), or film with nobody else moving in the picture.",
            )
        )
    checks += [
        Check(
            name="athlete_found",
            ok=track.detection_rate >= LEAST_DETECTION,
            value=track.detection_rate,
            unit="share of frames",
            advice="Film one player, whole from head to feet, with nobody walking in front.",
        ),
        Check(
            name="athlete_large_enough",
            ok=known_height is not None and known_height >= LEAST_ATHLETE_PX,
            value=known_height,
            unit="px",
            advice="Go closer or zoom in, until the player fills at least half of the picture's height.",
        ),
        Check(
            name="whole_body_in_picture",
            ok=bool(np.isfinite(whole) and whole >= LEAST_WHOLE),
            value=whole if np.isfinite(whole) else None,
            unit="share of frames",
            advice="Leave a little room around head, hands and feet, so that nothing leaves the picture.",
        ),
        Check(
            name="view",
            ok=view.view in ("side", "front", "behind") and view.sure and not view.disagrees,
            value=view.angle_deg,
            unit="deg",
            advice=_view_advice(view),
        ),
        Check(
            name="frame_rate",
            ok=real_rate >= LEAST_FRAME_RATE,
            value=real_rate,
            unit="frames/s",
            advice="Film with 60 frames a second or more; 120 is better for the fastest moments.",
        ),
        Check(
            name="light",
            ok=bool(LEAST_LIGHT <= light.brightness <= MOST_LIGHT),
            value=light.brightness if np.isfinite(light.brightness) else None,
            unit="0-255",
            advice="Film in daylight or under full lights, with the light behind the camera.",
        ),
        Check(
            name="file_whole",
            ok=video.present_share >= 1,
            value=video.present_share,
            unit="share of frames",
            advice="Copy the clip from the phone again, and wait until its copying is over.",
        ),
    ]
    if movement.hand_source == "user" and _hand_was_tested(track, movement):
        checks.append(
            Check(
                name="hand",
                ok=not movement.hand_disagrees,
                value=None,
                unit="",
                advice="Check the hand that was given: the movement looks like that of the other hand.",
            )
        )
    camera = attrs["camera"]
    if camera["known"]:
        checks.append(
            Check(
                name="camera_still",
                ok=not camera["moved"],
                value=camera["max_shift_px"],
                unit="px",
                advice="Put the phone on a tripod or against something firm, and do not follow with it.",
            )
        )
    found = find_scale(options, movement.body, view)
    if options.scale_mark is not None:
        checks.append(
            Check(
                name="scale",
                ok=found.problem is None,
                value=None if found.difference is None else 100 * found.difference,
                unit="% between mark and height",
                advice=found.problem or "Mark both ends as exactly as the picture allows.",
            )
        )
    return Capture(
        view=view.view,
        view_source=view.source,
        view_angle_deg=view.angle_deg,
        view_angle_uncertainty_deg=view.uncertainty_deg,
        view_disagrees=view.disagrees,
        hand=movement.hand,
        hand_source=movement.hand_source,
        athlete_height_px=known_height,
        scale=found.scale,
        checks=checks,
    )


def _hand_was_tested(track: PoseTrack, movement: Movement) -> bool:
    """Whether the movement says anything for or against the hand that was given.

    A bowler's and a fielder's arms may have been named after that hand: then it is no wonder that they agree.
    """
    if movement.hand_disagrees:
        return True
    if movement.hand is None or movement.hand_shown is None:
        return False
    return movement.mode not in RUNNERS or _arm_has_its_first_name(track, movement.body, movement.hand)


def _arm_has_its_first_name(track: PoseTrack, body: Body, hand: Hand) -> bool:
    """Whether the wrist of the hand that was given is, where it is fastest, the one the model called so."""
    speed = raised_wrist_speed(body, hand)
    if not np.isfinite(speed).any():
        return False
    fast = speed >= np.nanquantile(speed, FAST_FRAMES)
    wrist = body.point(f"{hand}_wrist")[fast]
    own, others = (
        np.linalg.norm(track.steady(track.xy(f"{side}_wrist"))[fast] - wrist, axis=1)
        for side in (hand, other(hand))
    )
    return bool((own < others).all())


def _view_advice(view: ViewEstimate) -> str:
    if view.disagrees:
        return f"The body looks as if filmed from another side than '{view.view}': check the view given."
    if view.view in ("side", "front", "behind") and view.angle_deg is not None and not view.sure:
        off = 90.0 - view.angle_deg if view.view == "side" else view.angle_deg
        spread = rounded_up(view.uncertainty_deg or 0.0, 0)
        if 2 * off < spread:  # that it stood off at all is not known
            return f"The camera's place is known only to within {_degrees(spread)}: {_FILM_SQUARE}"
        return (
            f"The camera may have stood {_degrees(off)} (give or take {spread:.0f}) off "
            f"the view from {_FROM[view.view]}: {_FILM_SQUARE}"
        )
    return f"{_FILM_SQUARE[:1].upper()}{_FILM_SQUARE[1:]}"


def _degrees(angle: float) -> str:
    whole = f"{angle:.0f}"
    return f"{whole} degree" if whole == "1" else f"{whole} degrees"
