"""Draw and write the overlay, frame by frame, on the same timeline as the clip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from cricksy_lib.errors import NoDecodableFrameError
from cricksy_lib.motion.body import Side, front_side, other
from cricksy_lib.overlay import drawing
from cricksy_lib.overlay.drawing import Colour, Point
from cricksy_lib.overlay.scene import (
    Joints,
    JointsOverTime,
    angle_at,
    event_label,
    flashing,
)
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.progress import Progress, silent
from cricksy_lib.results import Event, Hand, Kinematics, Mode
from cricksy_lib.rounding import rounded_up
from cricksy_lib.video.container import RECORD_AGAIN
from cricksy_lib.video.convert import to_rgb
from cricksy_lib.video.decode import decode_frames
from cricksy_lib.video.encode import fit, write_mp4
from cricksy_lib.video.probe import VideoInfo

MAX_SIDE = 1280
# Text on a smaller picture than this cannot be read: small clips are enlarged to it.
_MIN_SIDE = 960
_SURE = 0.5

# Orange and blue stay apart for every kind of colour vision.
ONE: Colour = (255, 165, 30)
TWO: Colour = (70, 180, 255)
TRUNK: Colour = (245, 245, 245)
WHITE: Colour = (255, 255, 255)
EVENT: Colour = (255, 225, 80)

_LIMBS = (
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("ankle", "heel"),
    ("heel", "foot_index"),
    ("ankle", "foot_index"),
)
_TRUNK = (
    ("left_shoulder", "right_shoulder"),
    ("left_hip", "right_hip"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
)
_JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


@dataclass(frozen=True)
class _Sides:
    """Which side has which colour, and what the sides are called."""

    first: Side
    names: tuple[str, str]

    @classmethod
    def of(cls, mode: Mode, hand: Hand | None) -> _Sides:
        front = front_side(mode, hand)
        return cls(front, ("front", "rear")) if front else cls("left", ("left", "right"))


def write_overlay(
    video: VideoInfo,
    track: PoseTrack,
    events: list[Event],
    kinematics: Kinematics,
    mode: Mode,
    hand: Hand | None,
    target: Path,
    progress: Progress = silent,
) -> None:
    """Write a copy of the clip with skeleton, events, the front knee's angle and the time on it.

    Every frame keeps its own time, so a seek lands on the same instant as in the clip. Where the athlete was
    not found nothing is drawn; limbs of low confidence are thin; an angle that is not measurable is absent.

    Parameters
    ----------
    video : the clip.
    track : landmarks in pixels of its upright frame.
    events : instants to flash and to mark on the bar.
    kinematics : series; ``front_knee_angle`` is drawn at the knee.
    mode, hand : say which limbs are the front ones; with ``hand`` None left and right are told apart.
    target : MP4 to write; it appears only when it is whole.
    progress : told the number of frames done.

    Raises
    ------
    VideoError
        If the clip cannot be read.
    AnalysisError
        If the overlay cannot be written.
    """
    size = fit(video.width, video.height, MAX_SIDE)
    if max(size) < _MIN_SIDE:
        factor = _MIN_SIDE / max(video.width, video.height)
        size = fit(round(video.width * factor), round(video.height * factor), _MIN_SIDE)
    painter = _Painter(video, track, events, kinematics, _Sides.of(mode, hand), size)
    frames = _painted(video, painter, size, progress)
    first = next(frames, None)
    if first is None:
        raise NoDecodableFrameError(f"No frame of '{video.filename}' can be decoded.", RECORD_AGAIN)
    write_mp4(target, chain((first,), frames), frame_rate=video.frame_rate)
    progress("overlay", video.frames, video.frames)


def _painted(
    video: VideoInfo, painter: _Painter, size: tuple[int, int], progress: Progress
) -> Iterator[tuple[float, np.ndarray]]:
    for frame in decode_frames(video.path):
        image = to_rgb(frame, size=size)
        if not image.flags.writeable:
            image = image.copy()
        painter.paint(image, frame.time_s)
        yield frame.time_s, image
        progress("overlay", frame.index + 1, video.frames)


class _Painter:
    """Paints everything onto one frame after another."""

    def __init__(
        self,
        video: VideoInfo,
        track: PoseTrack,
        events: list[Event],
        kinematics: Kinematics,
        sides: _Sides,
        size: tuple[int, int],
    ) -> None:
        self._video = video
        self._joints = JointsOverTime(track)
        self._events = events
        self._kinematics = kinematics
        self._sides = sides
        self._scale = np.array([size[0] / video.width, size[1] / video.height])
        self._text = max(16, round(max(size) / 48))
        self._limb = _limb_thickness(track, float(self._scale[1]))

    def paint(self, image: np.ndarray, time_s: float) -> None:
        """Draw on the image, in place."""
        joints = self._joints.at(time_s)
        if joints is not None:
            scaled = Joints(joints.xy * self._scale, joints.confidence)
            self._skeleton(image, scaled)
            self._knee(image, scaled, time_s)
        self._bar(image, time_s)
        self._flashes(image, time_s)
        self._legend(image)

    def _colour(self, side: Side) -> Colour:
        return ONE if side == self._sides.first else TWO

    def _skeleton(self, image: np.ndarray, joints: Joints) -> None:
        far = other(self._sides.first)
        for start, end in _TRUNK:
            self._bone(image, joints, start, end, TRUNK)
        for side in (far, self._sides.first):
            for start, end in _LIMBS:
                self._bone(image, joints, f"{side}_{start}", f"{side}_{end}", self._colour(side))
            for name in _JOINTS:
                place = joints.point(f"{side}_{name}")
                if place is not None and joints.sure(f"{side}_{name}") >= _SURE:
                    drawing.dot(image, place, 0.9 * self._limb, self._colour(side))
        self._head(image, joints)

    def _bone(self, image: np.ndarray, joints: Joints, start: str, end: str, colour: Colour) -> None:
        a, b = joints.point(start), joints.point(end)
        if a is None or b is None:
            return
        sure = joints.sure(start, end) >= _SURE
        drawing.line(image, a, b, colour, self._limb if sure else 1, edge=sure)

    def _head(self, image: np.ndarray, joints: Joints) -> None:
        head, neck = _middle(joints, "ear"), _middle(joints, "shoulder")
        if head is None or neck is None:
            return
        reach = float(np.hypot(head[0] - neck[0], head[1] - neck[1]))
        sure = joints.sure("left_ear", "right_ear") >= _SURE
        if reach > 2:
            drawing.ring(image, head, 0.5 * reach, TRUNK, max(1, self._limb - 1) if sure else 1)

    def _knee(self, image: np.ndarray, joints: Joints, time_s: float) -> None:
        if self._sides.names[0] != "front":
            return
        side = self._sides.first
        angle = angle_at(self._kinematics, "front_knee_angle", time_s)
        hip, knee, ankle = (joints.point(f"{side}_{n}") for n in ("hip", "knee", "ankle"))
        if angle is None or hip is None or knee is None or ankle is None:
            return
        shank = float(np.hypot(ankle[0] - knee[0], ankle[1] - knee[1]))
        radius = max(10.0, 0.35 * shank)
        middle = drawing.arc(image, knee, hip, ankle, radius, WHITE, max(2, self._limb - 1))
        about = "" if angle.status == "measured" else "about "
        spread = f" ± {rounded_up(angle.uncertainty, 0):.0f}°" if angle.uncertainty is not None else ""
        words = f"{about}{angle.value:.0f}°{spread}"
        width, height = drawing.text_size(words, self._text)
        # Beside the knee, on the side away from the other leg, which it would hide.
        rest = [joints.point(f"{other(side)}_{n}") for n in ("knee", "ankle")]
        xs = [point[0] for point in rest if point is not None]
        to_right = knee[0] >= float(np.mean(xs)) if xs else middle[0] >= knee[0]
        clear = 0.35 * self._text
        edges = (knee[0], middle[0])
        x = max(edges) + clear if to_right else min(edges) - clear - width
        drawing.label(image, words, (x, knee[1] - height / 2), self._text, WHITE)

    def _bar(self, image: np.ndarray, time_s: float) -> None:
        height, width = image.shape[:2]
        text = self._text
        words = f"{time_s:.2f} s"
        plate_width, plate_height = drawing.text_size("00.00 s" if time_s < 100 else words, text)
        right = width - text
        base = height - text
        drawing.label(image, words, (right - plate_width, base - plate_height), text, WHITE)
        left, end = text, right - plate_width - text
        y = base - plate_height // 2
        last = max(self._video.duration_s, 1e-6)

        def place(t: float) -> float:
            return left + (end - left) * min(max(t / last, 0.0), 1.0)

        half = max(1, text // 10)
        drawing.plate(image, left - 2, y - half - 2, end + 2, y + half + 2, drawing.EDGE, 0.72)
        image[y - half : y + half, left:end] = (120, 124, 130)
        image[y - half : y + half, left : max(left + 1, round(place(time_s)))] = WHITE
        drawing.dot(image, (place(time_s), y), 0.32 * text, WHITE)
        for event in self._events:
            x = place(event.time_s)
            drawing.line(image, (x, y - 0.55 * text), (x, y + 0.55 * text), EVENT, max(2, text // 8))

    def _flashes(self, image: np.ndarray, time_s: float) -> None:
        repetitions = max((event.repetition for event in self._events), default=1)
        frame_s = 1.0 / self._video.frame_rate
        y = float(self._text)
        for event, strength in flashing(self._events, time_s, frame_s):
            words = event_label(event, repetitions)
            size = round(1.25 * self._text)
            width, height = drawing.text_size(words, size, 700)
            fresh = abs(time_s - event.time_s) <= 0.5 * frame_s + 1e-9
            drawing.label(
                image,
                words,
                ((image.shape[1] - width) / 2, y),
                size,
                drawing.EDGE if fresh else EVENT,
                weight=700,
                ground=EVENT if fresh else drawing.EDGE,
                opacity=0.95 if fresh else 0.35 + 0.45 * strength,
            )
            y += height + self._text / 4

    def _legend(self, image: np.ndarray) -> None:
        size = max(14, round(0.8 * self._text))
        plates = [drawing.text_size(name, size) for name in self._sides.names]
        x, y, step = self._text, self._text, plates[0][1] - drawing.margin(size)
        right, bottom = x + max(width for width, _ in plates), y + step + plates[1][1]
        drawing.plate(image, x, y, right, bottom, drawing.EDGE, 0.72)
        for name, colour in zip(self._sides.names, (ONE, TWO), strict=True):
            drawing.label(image, name, (x, y), size, colour, opacity=0.0)
            y += step


def _middle(joints: Joints, name: str) -> Point | None:
    left, right = joints.point(f"left_{name}"), joints.point(f"right_{name}")
    if left is None or right is None:
        return None
    return (left[0] + right[0]) / 2, (left[1] + right[1]) / 2


def _limb_thickness(track: PoseTrack, scale: float) -> int:
    """Thickness for the size of the athlete: a small one must not vanish under the lines."""
    y = track.data["position"].values[..., 1]
    rows = y[np.isfinite(y).any(axis=1)]
    if not rows.size:
        return 2
    tall = float(np.median(np.nanmax(rows, axis=1) - np.nanmin(rows, axis=1))) * scale
    return int(np.clip(round(tall / 110), 2, 6))
