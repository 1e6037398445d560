"""The scenes on which accuracy is developed and reported, and the traps that must be refused.

The two sets share no body, no movement and no camera: seeds come from ranges of their own, and all else is
drawn from a stream of the set's own. Within a set each dimension is dealt out evenly and then shuffled,
so that no view, size or frame rate is missing by chance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numpy as np

from cricksy_lib.results import MODES, Hand, Mode
from cricksy_lib.synthetic.render import render_clip
from cricksy_lib.synthetic.scene import FAULTS, Fault, Scene
from cricksy_lib.synthetic.truth import Truth

SetName = Literal["develop", "report"]
SIZE: dict[Mode, int] = {"batting": 40, "bowling": 40, "wicketkeeping": 15, "fielding": 15}
SIDE_ON_DEG = 25.0  # within so much of square a scene counts as side-on

_SEEDS: dict[SetName, int] = {"develop": 10_000, "report": 20_000}
_DURATIONS_S: dict[Mode, tuple[float, float]] = {
    "batting": (1.7, 2.3),
    "bowling": (1.6, 2.1),
    "wicketkeeping": (1.9, 2.3),
    "fielding": (2.1, 2.4),
}
_DISTANCES_M: dict[Mode, tuple[float, float]] = {
    "batting": (5.0, 14.0),
    "bowling": (7.0, 18.0),
    "wicketkeeping": (4.5, 12.0),
    "fielding": (6.0, 16.0),
}
_LANDSCAPE = {(426, 240): 2, (640, 360): 8, (854, 480): 8, (960, 540): 5, (1280, 720): 9, (1920, 1080): 2}
_PORTRAIT = {(360, 640): 2, (404, 720): 2, (608, 1080): 1}
# Who runs across an upright picture is small in it: nobody films so.
_ACROSS: tuple[Mode, ...] = ("bowling", "fielding")
_FRONT_DEG = (0.0, 15.0, 180.0, -15.0)
_NOT_DRAWING = ("__init__.py", "__main__.py", "truthsets.py", "truth_metrics.py", "visibility.py")
T = TypeVar("T")


def _dealt(weights: dict[T, float], count: int, rng: np.random.Generator) -> list[T]:
    """``count`` choices, each as often as its weight says, shuffled."""
    choices, shares = list(weights), np.cumsum(list(weights.values()))
    at = (np.arange(count) + rng.uniform()) / count * shares[-1]
    picked = np.minimum(np.searchsorted(shares, at, side="right"), len(choices) - 1)
    return [choices[i] for i in rng.permutation(picked)]


def _spread(low: float, high: float, count: int, rng: np.random.Generator) -> list[float]:
    """``count`` numbers, one from each equal part of the range, shuffled."""
    shares = (rng.permutation(count) + rng.uniform(size=count)) / count
    return [round(float(v), 3) for v in low + (high - low) * shares]


def _views(count: int, rng: np.random.Generator) -> list[tuple[float, Hand]]:
    """Azimuths with the athlete's hand, so that each hand is seen from everywhere.

    Half are side-on from either side, a quarter near front-on or behind, the rest between, in this order.
    """
    side, front = round(count / 2), round(count / 4)
    signs, hands = (1.0, -1.0), ("right", "left")
    # More near to square on: there the numbers have to be best.
    off = [o * abs(o) / SIDE_ON_DEG for o in _spread(-SIDE_ON_DEG, SIDE_ON_DEG, side, rng)]
    out = [(signs[k % 2] * (90 + off[k]), hands[k // 2 % 2]) for k in range(side)]
    for k in range(front):
        out.append((_FRONT_DEG[k % 4] + float(rng.uniform(-2, 2)), hands[(k + k // 4) % 2]))
    for k, angle in enumerate(_spread(22, 63, count - side - front, rng)):
        # Every third from behind.
        out.append((signs[k % 2] * (180 - angle if k % 3 == 2 else angle), hands[k // 2 % 2]))
    return [(round((azimuth + 180) % 360 - 180, 2), cast(Hand, hand)) for azimuth, hand in out]


def is_side_on(azimuth_deg: float) -> bool:
    """Whether a camera stands within `SIDE_ON_DEG` of square to the pitch line, on either side."""
    return bool(abs(abs((azimuth_deg + 180) % 360 - 180) - 90) <= SIDE_ON_DEG)


def _faults(count: int, rng: np.random.Generator) -> list[dict[Fault, float]]:
    kinds: dict[tuple[Fault, ...], float] = {(): 8}
    kinds |= {(name,): 2 for name in FAULTS}
    kinds |= {("collapsing_front_knee", "falling_over"): 1, ("short_stride", "head_moving"): 1}
    dealt = _dealt(kinds, count, rng)
    return [{name: round(float(rng.uniform(0.4, 1.0)), 2) for name in names} for names in dealt]


def _sizes(side_on: Sequence[bool], mode: Mode, rng: np.random.Generator) -> list[tuple[int, int]]:
    across = [i for i, side in enumerate(side_on) if side and mode in _ACROSS]
    others = [i for i in range(len(side_on)) if i not in across]
    out: dict[int, tuple[int, int]] = {}
    for places, sizes in ((across, _LANDSCAPE), (others, _LANDSCAPE | _PORTRAIT)):
        out |= dict(zip(places, _dealt(dict(sizes), len(places), rng), strict=True))
    return [out[i] for i in range(len(side_on))]


def truth_set(name: SetName, mode: Mode) -> list[Scene]:
    """The scenes of a set for one discipline, the same ones every time.

    Parameters
    ----------
    name : ``develop`` to look at and calibrate on, ``report`` to measure on, and on nothing else.
    mode : discipline.

    Returns
    -------
    `SIZE` scenes.
    """
    count, first = SIZE[mode], _SEEDS[name] + 1000 * MODES.index(mode)
    rng = np.random.default_rng(first)
    views = _views(count, rng)
    side_on = [is_side_on(azimuth) for azimuth, _ in views]
    sizes = _sizes(side_on, mode, rng)
    columns: dict[str, Sequence[Any]] = {
        "azimuth_deg": [azimuth for azimuth, _ in views],
        "hand": [hand for _, hand in views],
        "frame_rate": _dealt({30.0: 3, 60.0: 5, 120.0: 2}, count, rng),
        "duration_s": _spread(*_DURATIONS_S[mode], count, rng),
        "camera_height_m": _spread(0.6, 2.6, count, rng),
        "distance_m": _spread(*_DISTANCES_M[mode], count, rng),
        "fill": _spread(0.32, 0.72, count, rng),
        "height_m": _spread(1.36, 1.98, count, rng),
        "variety": _spread(0.6, 1.0, count, rng),
        "kit": _dealt(dict.fromkeys(("white", "blue", "green", "red", "black", "yellow"), 1), count, rng),
        "skin": _dealt(dict.fromkeys(("light", "tan", "brown", "dark"), 1), count, rng),
        "background": _dealt({"grass": 5, "net": 4, "plain": 1}, count, rng),
        "faults": _faults(count, rng),
        "shutter": [max(0.0, v) for v in _spread(-0.2, 0.9, count, rng)],
        "noise": [max(0.0, v) for v in _spread(-1.5, 6.0, count, rng)],
        "crf": _dealt({18: 3, 23: 4, 28: 3, 33: 1}, count, rng),
        "occluder": _dealt({None: 14, "net": 2, "stumps": 2, "person": 2}, count, rng),
        "roll_deg": [0.0 if abs(v) > 3 else v for v in _spread(-9, 9, count, rng)],
        "bystander": _dealt({None: 4, "standing": 1, "walking": 1}, count, rng),
        "crowd": _dealt({0: 9, 2: 1}, count, rng),
    }
    # One in four cameras is aimed beside the movement's middle.
    off = [v if abs(v) < 3.5 else None for v in _spread(-14, 14, count, rng)]
    scenes = []
    for i in range(count):
        drawn: dict[str, Any] = {key: column[i] for key, column in columns.items()}
        drawn["width"], drawn["height"] = sizes[i]
        if drawn["height"] * drawn["width"] > 1280 * 720:
            drawn["frame_rate"] = min(60.0, drawn["frame_rate"])  # no phone but the newest does more
        if off[i] is not None:
            aim = np.degrees(np.arctan2(0.9 - drawn["camera_height_m"], drawn["distance_m"]))
            drawn["tilt_deg"] = round(float(aim) + float(off[i] or 0.0), 2)
        if drawn["occluder"] == "person" and not side_on[i] and mode in _ACROSS:
            drawn["occluder"] = "net"  # the runner comes so near to the camera that nobody fits between
        scenes.append(Scene(mode=mode, seed=first + i, **drawn))
    return scenes


def trap_scenes() -> list[Scene]:
    """Clips without an athlete, of which nothing may be said: empty ones, drawings, crowds."""
    small: dict[str, Any] = {
        "empty": True,
        "duration_s": 1.6,
        "frame_rate": 30.0,
        "width": 640,
        "height": 360,
    }
    return [
        Scene(mode="batting", seed=30_000, **small),
        Scene(mode="bowling", seed=30_001, background="net", noise=5.0, crf=28, **small),
        Scene(mode="fielding", seed=30_002, background="plain", noise=3.0, **small),
        Scene(mode="wicketkeeping", seed=30_003, azimuth_deg=0.0, occluder="net", **small),
        Scene(mode="batting", seed=30_004, background="drawing", **small),
        Scene(mode="bowling", seed=30_005, background="drawing", azimuth_deg=30.0, noise=4.0, **small),
        Scene(mode="bowling", seed=30_006, crowd=5, **small),
        Scene(mode="batting", seed=30_007, crowd=8, background="net", shutter=0.5, **small),
        Scene(mode="fielding", seed=30_008, crowd=4, bystander="walking", azimuth_deg=-40.0, **small),
        Scene(mode="wicketkeeping", seed=30_009, crowd=6, azimuth_deg=180.0, occluder="net", **small),
    ]


@lru_cache(maxsize=1)
def _sources() -> bytes:
    """Digest of all files that decide what a scene looks like and what is true of it."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted(here.rglob("*.py")):
        if path.name not in _NOT_DRAWING or path.parent != here:
            digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()


def _paths(scene: Scene, folder: Path) -> tuple[Path, Path]:
    key = hashlib.sha256(_sources() + scene.model_dump_json().encode()).hexdigest()[:20]
    return folder / f"{scene.mode}-{key}.mp4", folder / f"{scene.mode}-{key}.truth.json"


def rendered(scene: Scene, folder: str | Path) -> tuple[Path, Truth]:
    """Render a scene unless the folder has it already, and read its truth.

    Clips are named after the scene and the renderer's sources: one drawn by another renderer is not taken.
    Two processes may ask for the same scene at once; both then draw the same clip, and each file appears
    whole or not at all.

    Returns
    -------
    The clip and its truth, rounded as in its file.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    clip, truth = _paths(scene, place)
    if not (clip.exists() and truth.exists()):
        render_clip(scene, clip, truth)
    return clip, Truth.read(truth)
