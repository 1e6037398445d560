"""Where the camera stood relative to the pitch line, read off the body over the clip, with its uncertainty.

Every discipline shows the line in several ways (where the body runs, where shoulders and hips face, where the
feet stand); each is a cue with its own standard deviation, taken as a median over a stretch of the movement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import theilslopes

from cricksy_lib.motion.body import Body, front_side, other
from cricksy_lib.motion.filtering import derivative
from cricksy_lib.motion.signals import window
from cricksy_lib.motion.uncertainty import HALF_WIDTH_95
from cricksy_lib.options import HandChoice
from cricksy_lib.results import Hand, Mode

# Standard deviations in degrees, grade I. How far the model's own turn of a line is off was seen on rendered
# figures (shoulders 9 to 13, hips 17, feet 13); people are taken to be no worse, and no offset is corrected.
_SHOULDERS, _HIPS, _FEET = 13.0, 17.0, 15.0
# A runner's shoulders swing with the arms, and on filmed run-ups the model turns them towards the camera.
_RUNNING_SHOULDERS = 20.0
# Shoulders turn by 140 degrees within a throw: their mean over it is further from its direction.
_THROWING_SHOULDERS = 18.0
# How far people are from their discipline's line, which no cue can show: an open or closed stance, a run-up
# from an angle, a keeper who lines up with the ball.
_PERSON: dict[Mode, float] = {"batting": 8.0, "bowling": 5.0, "wicketkeeping": 7.0, "fielding": 8.0}
# A phone's lens (26 to 30 mm) to a coach's two-fold zoom: focal length over the picture's longer side.
_FOCAL, _FOCAL_LOG_SD = 1.1, 0.35
# What smoothed size and place of the body may be off at the ends of a run, as shares of body height.
_SIZE_SD, _PLACE_SD = 0.04, 0.05
_LEAST_TRAVEL = 0.6
_RUN_UP_S, _THROW_S = 1.5, (0.6, 0.4)
# From the bound on the chest is turned to the side, more in some actions than in others.
_COIL_S = 0.5
# The downswing starts 0.36 to 0.38 s before impact (Stretch 1998): before that a batter stands in the stance.
_STANCE_S = (1.6, 0.4)
_LEAST_FRAMES = 5
# Model metres along the body's line by which the hands must go from one side to the other to call it a swing.
_LEAST_SWING_M = 0.05
# How many times further one foot must go than the other, and how many body heights, to call it the front one.
_LEAST_STRIDE, _LEAST_STRIDE_HEIGHTS = 1.5, 0.05


@dataclass(frozen=True)
class Cue:
    """One way in which the body shows the line: an azimuth in degrees, and its standard deviation."""

    name: str
    azimuth_deg: float
    sd_deg: float


@dataclass(frozen=True)
class Azimuth:
    """Where the camera stands as seen from above the athlete.

    Attributes
    ----------
    azimuth_deg : -180..180; 0 in front of the athlete on the pitch line (towards the bowler for a batter and
        a keeper, the batter for a bowler, the throw's target for a fielder), 90 square to the right of the
        line, 180 behind.
    uncertainty_deg : half width of its 95 % interval.
    ends_known : false where only the line is known: the camera may as well stand at the other end of it.
    cues : what it was joined from.
    """

    azimuth_deg: float
    uncertainty_deg: float
    ends_known: bool
    cues: tuple[Cue, ...]

    @property
    def from_line_deg(self) -> float:
        """Angle between the camera's axis and the pitch line, 0..90."""
        return float(min(abs(self.azimuth_deg), 180.0 - abs(self.azimuth_deg)))


def estimate_azimuth(mode: Mode, body: Body, hand: HandChoice = "auto") -> Azimuth | None:
    """Estimate the camera's azimuth to the pitch line.

    Parameters
    ----------
    mode : discipline, which says how the body lies to the line.
    body : filtered landmarks.
    hand : the hand that bats, where the user declared it.

    Returns
    -------
    The azimuth, or ``None`` where the body is not seen for long enough.
    """
    if len(body.real_s) < _LEAST_FRAMES or not np.isfinite(body.height_px):
        return None
    ends_known = True
    if mode == "batting":
        front = front_side(mode, hand if hand != "auto" else batting_hand(body))
        ends_known = front is not None
        cues = _batting_cues(body, toward=front or "left")
    else:
        finders: dict[Mode, Callable[[Body], list[Cue | None]]] = {
            "bowling": _bowling_cues,
            "fielding": _throwing_cues,
            "wicketkeeping": _keeping_cues,
        }
        cues = [cue for cue in finders[mode](body) if cue is not None]
    if not cues:
        return None
    angle, sd = _join(cues, axis=mode == "batting")
    total = float(np.hypot(sd, _PERSON[mode]))
    return Azimuth(angle, HALF_WIDTH_95 * total, ends_known, tuple(cues))


def _join(cues: list[Cue], axis: bool) -> tuple[float, float]:
    """Weighted mean direction and its standard deviation, widened where the cues disagree (Birge's ratio).

    Lines (``axis``) are joined without regard to their ends: left and right may be swapped in one of them.
    The end is that of most of them.
    """
    angles = np.radians([cue.azimuth_deg for cue in cues])
    weights = np.array([cue.sd_deg for cue in cues]) ** -2
    turns = 2 if axis else 1
    mean = np.angle((weights * np.exp(1j * turns * angles)).sum()) / turns
    if axis and (weights * np.cos(angles - mean)).sum() < 0:
        mean += np.pi
    off = np.degrees(np.angle(np.exp(1j * turns * (angles - mean)))) / turns
    sd = weights.sum() ** -0.5
    if len(cues) > 1:
        sd *= max(1.0, float(np.sqrt((weights * off**2).sum() / (len(cues) - 1))))
    return float((np.degrees(mean) + 180.0) % 360.0 - 180.0), float(sd)


def _direction(name: str, ground: np.ndarray, sd_deg: float, axis: bool = False) -> Cue | None:
    """Median direction over frames of a vector that points along the line towards its target.

    Parameters
    ----------
    ground : (N, 2) the vector seen from above, in the camera's axes: to the right, and away from it.
    sd_deg : of the model; what the directions scatter through the frames is added, as from four independent
        ones.
    axis : directions that differ by half a turn count as one.
    """
    ground = ground[np.isfinite(ground).all(axis=1) & (np.abs(ground) > 0).any(axis=1)]
    if len(ground) < _LEAST_FRAMES:
        return None
    turns = 2 if axis else 1
    angles = np.arctan2(ground[:, 0], -ground[:, 1])
    units = np.exp(1j * turns * angles)
    middle = np.angle(np.median(units.real) + 1j * np.median(units.imag)) / turns
    if axis and np.median(np.cos(angles - middle)) < 0:
        middle += np.pi
    scatter = np.degrees(np.median(np.abs(np.angle(units * np.exp(-1j * turns * middle))))) / turns
    return Cue(name, float(np.degrees(middle)), float(np.hypot(sd_deg, 1.48 * scatter / 2)))


def _line(body: Body, rows: np.ndarray, start: str, end: str) -> np.ndarray:
    """From one landmark to another as seen from above (N, 2), by the model's metres."""
    return np.asarray((body.world_point(end) - body.world_point(start))[rows][:, [0, 2]])


def _facing(body: Body, rows: np.ndarray, name: str) -> np.ndarray:
    """Where the chest or the pelvis faces as seen from above (N, 2): a quarter turn from left to right."""
    across = _line(body, rows, f"left_{name}", f"right_{name}")
    return np.stack([-across[:, 1], across[:, 0]], axis=1)


def _fastest_s(body: Body, paths: list[np.ndarray]) -> float | None:
    """When one of some paths (T, 2) is fastest, by a median over a tenth of a second; real seconds.

    A single frame does not count: the model puts a wrist on the other hand for a frame or two.
    """
    around = max(1, round(0.05 / body.step_s))
    best, at = 0.0, None
    for path in paths:
        pace = np.nan_to_num(np.linalg.norm(derivative(body.real_s, path), axis=1))
        windows = sliding_window_view(np.pad(pace, around), 2 * around + 1)
        middle = np.median(windows, axis=1)
        row = int(np.argmax(middle))
        if middle[row] > best:
            best, at = float(middle[row]), float(body.real_s[row])
    return at


def _arms(body: Body) -> list[np.ndarray]:
    return [body.point(f"{s}_wrist") - body.point(f"{s}_shoulder") for s in ("left", "right")]


def _travel(body: Body, rows: np.ndarray) -> Cue | None:
    """Where the body runs: its path across the picture, and along the camera's axis by its change of size.

    The distance from the camera, in body heights, is the focal length over the athlete's size in the picture;
    a clip does not tell the focal length, so a phone's is assumed and what it may be instead is in the ±.
    """
    height = body.height_at_px
    hips = body.middle("hip")
    rows = rows[np.isfinite(hips[rows, 0])]
    if len(rows) < _LEAST_FRAMES:
        return None
    # A camera that pans looks along its middle direction.
    across = (hips - np.median(body.centre_px[rows], axis=0))[:, 0] / height
    real_s = body.real_s[rows]
    lasting_s = float(real_s[-1] - real_s[0])
    few = np.linspace(0, len(rows) - 1, min(len(rows), 150)).round().astype(int)
    sideways = float(theilslopes(across[rows][few], real_s[few])[0])
    growth = float(theilslopes(np.log(height[rows][few]), real_s[few])[0])
    distance = _FOCAL * max(body.picture_px) / float(np.median(height[rows]))
    towards = distance * growth
    if np.hypot(sideways, towards) * lasting_s < _LEAST_TRAVEL:
        return None
    towards_sd = np.hypot(_FOCAL_LOG_SD * towards, distance * _SIZE_SD / lasting_s)
    sideways_sd = _PLACE_SD / lasting_s
    sd = np.hypot(towards * sideways_sd, sideways * towards_sd) / (sideways**2 + towards**2)
    return Cue("travel", float(np.degrees(np.arctan2(sideways, towards))), float(np.degrees(sd)))


def _bowling_cues(body: Body) -> list[Cue | None]:
    """Read the run-up: the bowler runs along the line, and faces along it."""
    release = _fastest_s(body, _arms(body))
    if release is None:
        return []
    travel = _travel(body, window(body.real_s, release - _RUN_UP_S, release))
    running = window(body.real_s, release - _RUN_UP_S, release - _COIL_S)
    facing = _direction("shoulders", _facing(body, running, "shoulder"), _RUNNING_SHOULDERS)
    if travel and facing and np.cos(np.radians(facing.azimuth_deg - travel.azimuth_deg)) < 0:
        # Nobody runs up backwards: left and right are swapped.
        facing = None
    return [travel, facing]


def _throwing_cues(body: Body) -> list[Cue | None]:
    """Read the throw: the body goes where it throws, and the chest turns through that direction."""
    release = _fastest_s(body, _arms(body))
    if release is None:
        return []
    rows = window(body.real_s, release - _THROW_S[0], release + _THROW_S[1])
    facing = _facing(body, rows, "shoulder")
    length = np.linalg.norm(facing, axis=1, keepdims=True)
    facing = facing[np.isfinite(facing).all(axis=1) & (length[:, 0] > 0)]
    if len(facing) < _LEAST_FRAMES:
        return [_travel(body, rows)]
    # The mean of a turn from side-on to past the target, not its median.
    middle = (facing / np.linalg.norm(facing, axis=1, keepdims=True)).mean(axis=0)
    turned = float(np.degrees(np.arctan2(middle[0], -middle[1])))
    return [_travel(body, rows), Cue("shoulders", turned, _THROWING_SHOULDERS)]


def _keeping_cues(body: Body) -> list[Cue | None]:
    """Read the crouch, before the hands go to the ball: shoulders and hips are square to the line."""
    take = _fastest_s(body, [body.middle("wrist") - body.middle("hip")])
    rows = window(body.real_s, -np.inf, np.inf if take is None else take - 0.1)
    rows = rows if len(rows) >= _LEAST_FRAMES else np.arange(len(body.real_s))
    return [
        _direction("shoulders", _facing(body, rows, "shoulder"), _SHOULDERS),
        _direction("hips", _facing(body, rows, "hip"), _HIPS),
    ]


def _stance(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the stance before the fastest swing, and of the time in which the front foot has landed."""
    swing = _fastest_s(body, [body.middle("wrist") - body.middle("hip")])
    everything = np.arange(len(body.real_s))
    if swing is None:
        return everything, everything[:0]
    before = window(body.real_s, swing - _STANCE_S[0], swing - _STANCE_S[1])
    if len(before) < _LEAST_FRAMES:
        before = window(body.real_s, -np.inf, swing)
    return before, window(body.real_s, swing - 0.1, swing + 0.3)


def _batting_cues(body: Body, toward: Hand) -> list[Cue]:
    """Read the stance: shoulders, hips and feet lie along the line, the feet also after the stride."""
    stance, landed = _stance(body)
    away = other(toward)
    lines = [
        ("shoulders", stance, "shoulder", _SHOULDERS),
        ("hips", stance, "hip", _HIPS),
        ("feet", stance, "ankle", _FEET),
        ("feet after the stride", landed, "ankle", _FEET),
    ]
    found = [
        _direction(name, _line(body, rows, f"{away}_{joint}", f"{toward}_{joint}"), sd, axis=True)
        for name, rows, joint, sd in lines
    ]
    return [cue for cue in found if cue is not None]


def batting_hand(body: Body) -> Hand | None:
    """Hand of the batter: a swing goes to the side of the front shoulder, and the front foot strides.

    ``None`` where neither is seen, or where the two disagree, as when the model's depth misleads it in a view
    along the pitch.
    """
    said = {hand for hand in (_hand_by_swing(body), _hand_by_stride(body)) if hand is not None}
    return said.pop() if len(said) == 1 else None


def _hand_by_swing(body: Body) -> Hand | None:
    """Follow the hands along the line of shoulders and hips in the stance, by the model's metres."""
    swing = _fastest_s(body, [body.middle("wrist") - body.middle("hip")])
    stance, _ = _stance(body)
    if swing is None:
        return None
    line = _line(body, stance, "right_shoulder", "left_shoulder") + _line(
        body, stance, "right_hip", "left_hip"
    )
    hands = (body.world_point("left_wrist") + body.world_point("right_wrist"))[:, [0, 2]] / 2
    towards_left = _median_row(line)
    moved = _median_row(hands[window(body.real_s, swing - 0.02, swing + 0.12)]) - _median_row(
        hands[window(body.real_s, swing - 0.3, swing - 0.15)]
    )
    along = float(moved @ towards_left / np.linalg.norm(towards_left))
    if not abs(along) >= _LEAST_SWING_M:
        return None
    return "right" if along > 0 else "left"


def _hand_by_stride(body: Body) -> Hand | None:
    """Compare how far the two feet go from the stance to the stroke, in the picture."""
    stance, landed = _stance(body)
    left, right = (
        float(np.linalg.norm(_median_row(body.foot(side)[landed]) - _median_row(body.foot(side)[stance])))
        for side in ("left", "right")
    )
    if not max(left, right) >= _LEAST_STRIDE_HEIGHTS * body.height_px:
        return None
    if not max(left, right) >= _LEAST_STRIDE * min(left, right):
        return None
    return "right" if left > right else "left"


def _median_row(rows: np.ndarray) -> np.ndarray:
    """Median of the rows (N, 2) that are known; NaN without any."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    return np.median(rows, axis=0) if len(rows) else np.full(rows.shape[1], np.nan)
