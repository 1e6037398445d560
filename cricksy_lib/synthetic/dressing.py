"""What the body looks like: rounded cones over the joints, in the colours of a kit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cricksy_lib.synthetic.figure import SIDES, SIGN, Body
from cricksy_lib.synthetic.raster import Cone
from cricksy_lib.synthetic.scene import Kit, Scene, Skin
from cricksy_lib.synthetic.style import Style

Colour = tuple[float, float, float]

SKINS: dict[Skin, Colour] = {
    "light": (236, 196, 168),
    "tan": (205, 152, 114),
    "brown": (150, 100, 68),
    "dark": (98, 66, 48),
}
# Shirt, trousers, cap or helmet.
KITS: dict[Kit, tuple[Colour, Colour, Colour]] = {
    "white": ((236, 236, 228), (222, 222, 212), (28, 40, 84)),
    "blue": ((40, 84, 176), (28, 42, 92), (24, 40, 110)),
    "green": ((26, 112, 66), (20, 70, 48), (18, 66, 40)),
    "red": ((182, 38, 42), (64, 26, 32), (120, 20, 28)),
    "black": ((48, 48, 54), (30, 30, 34), (22, 22, 26)),
    "yellow": ((232, 196, 44), (40, 84, 56), (28, 92, 52)),
}
SHOE: Colour = (232, 232, 236)
SOLE: Colour = (90, 90, 96)
PAD: Colour = (240, 238, 226)
GLOVE: Colour = (226, 224, 214)
KEEPER_GLOVE: Colour = (214, 92, 40)
HAIR: Colour = (40, 30, 24)
EYE_WHITE: Colour = (242, 240, 236)
PUPIL: Colour = (24, 18, 16)
LIPS: Colour = (150, 74, 70)
WOOD: Colour = (222, 188, 136)
HANDLE: Colour = (40, 40, 48)
BALL: Colour = (168, 24, 30)


def _darker(colour: Colour, by: float) -> Colour:
    return (colour[0] * by, colour[1] * by, colour[2] * by)


@dataclass(frozen=True)
class Look:
    """What sets one player's clothes apart from the next one's.

    ``chest`` and ``back`` are colours of the shirt's front and back, ``None`` for the shirt's own; ``sleeve``
    is how far down the upper arm it reaches (1: to the elbow, more: down the forearm); ``shorts`` leaves the
    shanks bare where there are no pads.
    """

    chest: Colour | None = None
    back: Colour | None = None
    sleeve: float = 0.62
    shorts: bool = False
    hair: Colour = HAIR


def look_of(scene: Scene) -> Look:
    """Draw the athlete's look: the usual one at variety 0; chest and back differ little or much."""
    style = Style(scene, 3)
    shirt = KITS[scene.kit][0]
    other = KITS[style.pick(tuple(KITS))][0]

    def towards(target: Colour, share: float) -> Colour:
        mixed = np.array(shirt) + share * (np.array(target) - np.array(shirt))
        return (float(mixed[0]), float(mixed[1]), float(mixed[2]))

    much = style.chance(0.5)
    chest, back = style.add(0.0, 0.25) + 0.6 * much, style.add(0.0, 0.25)
    sleeve, shorts = style.within(0.62, 0.4, 1.7), style.chance(0.25)
    if scene.variety == 0:
        return Look()
    return Look(
        chest=towards(other, chest),
        back=towards(style.pick(((0.0, 0.0, 0.0), (255.0, 255.0, 255.0))), back),
        sleeve=sleeve,
        shorts=shorts > 0,
        hair=style.pick((HAIR, (86.0, 58.0, 34.0), (188.0, 152.0, 96.0), (120.0, 118.0, 116.0))),
    )


def dress(body: Body, i: int, kit: Kit, skin: Skin, mode: str | None, look: Look | None = None) -> list[Cone]:
    """Cones of one body at one frame.

    Parameters
    ----------
    body : arrays already sampled at the frames.
    i : frame.
    kit, skin : colours.
    mode : decides pads, gloves and helmet; ``None`` for somebody who does not play.
    look : the usual one if not given.
    """
    look = look or Look()
    metres, girth = body.size.height_m, body.size.girth
    shirt, trousers, cap = KITS[kit]
    tone = SKINS[skin]
    j = {name: path[i] for name, path in body.joints.items()}
    chest, pelvis = body.extra["chest"][i], body.extra["pelvis"][i]
    cones: list[Cone] = []

    def add(a: np.ndarray, b: np.ndarray, ra: float, rb: float, colour: Colour, wide: float = 1.0) -> None:
        cones.append(Cone(a, b, ra * metres * wide, rb * metres * wide, colour))

    trunk, hips = body.frames["trunk"][i], body.frames["pelvis"][i]
    up, hip_up = trunk[:, 2] * metres, hips[:, 2] * metres
    for s in SIDES:
        side = trunk[:, 1] * SIGN[s] * metres
        hip_side = hips[:, 1] * SIGN[s] * metres
        add(
            chest + side * 0.062 - up * 0.045,
            pelvis + hip_side * 0.040 + hip_up * 0.06,
            0.062,
            0.054,
            shirt,
            girth,
        )
        add(
            j[f"{s}_shoulder"] - side * 0.02 - up * 0.012,
            chest + side * 0.02 - up * 0.01,
            0.040,
            0.046,
            shirt,
            girth,
        )
        add(pelvis + hip_side * 0.042 + hip_up * 0.03, j[f"{s}_hip"], 0.060, 0.058, trousers, girth)
        add(j[f"{s}_hip"], j[f"{s}_knee"], 0.056, 0.036, trousers, girth)
        calf = j[f"{s}_knee"] + 0.35 * (j[f"{s}_ankle"] - j[f"{s}_knee"])
        padded = mode in ("batting", "wicketkeeping")
        if padded:
            thigh = j[f"{s}_knee"] + 0.2 * (j[f"{s}_hip"] - j[f"{s}_knee"])
            add(thigh, j[f"{s}_knee"], 0.049, 0.050, PAD, max(1.0, girth))
            add(j[f"{s}_knee"], j[f"{s}_ankle"], 0.048, 0.036, PAD, max(1.0, girth))
        else:
            shank = tone if look.shorts else trousers
            add(j[f"{s}_knee"], calf, 0.035, 0.035, shank, girth)
            add(calf, j[f"{s}_ankle"], 0.035, 0.026, shank, girth)
        heel, toe, ankle = j[f"{s}_heel"], j[f"{s}_foot_index"], j[f"{s}_ankle"]
        lift = np.array([0, 0, 0.008]) * metres
        add(heel + lift, toe + lift * 0.6, 0.022, 0.018, SHOE)
        add(ankle, (heel + toe) / 2 + lift * 2, 0.026, 0.021, SHOE)
        add(heel, toe, 0.013, 0.012, SOLE)
        elbow, wrist = j[f"{s}_elbow"], j[f"{s}_wrist"]
        cloth = _darker(shirt, 0.93)
        if look.sleeve <= 1:
            sleeve = j[f"{s}_shoulder"] + look.sleeve * (elbow - j[f"{s}_shoulder"])
            add(j[f"{s}_shoulder"], sleeve, 0.037, 0.031, cloth, girth)
            add(sleeve, elbow, 0.026, 0.023, tone, girth)
            add(elbow, wrist, 0.024, 0.016, tone, girth)
        else:
            sleeve = elbow + min(1.0, look.sleeve - 1) * (wrist - elbow)
            add(j[f"{s}_shoulder"], elbow, 0.037, 0.029, cloth, girth)
            add(elbow, sleeve, 0.029, 0.023, cloth, girth)
            add(sleeve, wrist, 0.020, 0.016, tone, girth)
        palm = (j[f"{s}_index"] + j[f"{s}_pinky"]) / 2
        middle = wrist + 0.55 * (palm - wrist)
        if padded:
            glove = GLOVE if mode == "batting" else KEEPER_GLOVE
            big = 1.0 if mode == "batting" else 1.35
            add(wrist, palm, 0.024 * big, 0.026 * big, glove)
            add(wrist, j[f"{s}_thumb"], 0.014 * big, 0.013 * big, glove)
        else:
            add(wrist, middle, 0.017, 0.021, tone)
            add(middle, palm + 0.3 * (palm - wrist), 0.020, 0.011, tone)
            add(wrist, j[f"{s}_thumb"], 0.011, 0.008, tone)
    add(chest - up * 0.06, pelvis + hip_up * 0.05, 0.068, 0.062, shirt, girth)
    for colour, towards in ((look.chest, 1.0), (look.back, -1.0)):
        if colour is not None:
            # A sheet of flat bulges that stands out of the trunk on that side alone.
            for sign in (-1.0, 0.0, 1.0):
                out = trunk[:, 0] * towards * metres * 0.0165 + trunk[:, 1] * sign * metres * 0.036
                top, bottom = chest - up * 0.055 + out, pelvis + hip_up * 0.06 + out * 0.85
                add(top, bottom, 0.057, 0.051, colour, girth)
    cones += _head(body, i, tone, cap, mode, look.hair)
    return cones


def _head(body: Body, i: int, tone: Colour, cap: Colour, mode: str | None, hair: Colour) -> list[Cone]:
    metres = body.size.height_m
    head, skull = body.frames["head"][i], body.extra["skull"][i]
    cones: list[Cone] = []

    def at(x: float, y: float, z: float) -> np.ndarray:
        return np.asarray(skull + head @ np.array([x, y, z]) * metres)

    def add(a: np.ndarray, b: np.ndarray, ra: float, rb: float, colour: Colour) -> None:
        cones.append(Cone(a, b, ra * metres, rb * metres, colour))

    add(body.extra["chest"][i], at(-0.012, 0, -0.03), 0.034, 0.030, _darker(tone, 0.9))
    add(at(0.006, 0, 0.020), at(0.017, 0, -0.040), 0.048, 0.031, tone)
    if mode == "batting":
        add(at(-0.006, 0, 0.026), at(-0.010, 0, 0.004), 0.058, 0.054, cap)
        add(at(0.045, 0.018, 0.040), at(0.045, -0.018, 0.040), 0.020, 0.020, cap)
        add(at(0.070, 0.016, 0.036), at(0.070, -0.016, 0.036), 0.009, 0.009, _darker(cap, 0.8))
    else:
        add(at(-0.012, 0, 0.022), at(-0.016, 0, 0.0), 0.053, 0.048, hair)
        if mode is not None:
            add(at(0.0, 0, 0.040), at(-0.006, 0, 0.034), 0.052, 0.052, cap)
            add(at(0.055, 0.014, 0.050), at(0.055, -0.014, 0.050), 0.013, 0.013, cap)
    add(at(0.052, 0, 0.008), at(0.061, 0, -0.010), 0.006, 0.010, tone)
    add(at(0.047, 0.012, -0.034), at(0.047, -0.012, -0.034), 0.005, 0.005, LIPS)
    for sign in (1, -1):
        add(at(0.0, 0.048 * sign, 0.006), at(0.0, 0.047 * sign, -0.010), 0.011, 0.008, _darker(tone, 0.92))
        add(at(0.046, 0.019 * sign, 0.014), at(0.046, 0.021 * sign, 0.014), 0.0075, 0.0075, EYE_WHITE)
        add(at(0.052, 0.019 * sign, 0.014), at(0.052, 0.0195 * sign, 0.014), 0.0042, 0.0042, PUPIL)
        add(at(0.050, 0.011 * sign, 0.027), at(0.046, 0.028 * sign, 0.026), 0.0032, 0.0028, hair)
    return cones


def bat(top: np.ndarray, toe: np.ndarray) -> list[Cone]:
    """A bat of handle and blade between two points."""
    line = toe - top
    neck = top + 0.33 * line
    return [
        Cone(top, neck, 0.016, 0.017, HANDLE),
        Cone(neck, neck + 0.1 * line, 0.020, 0.045, WOOD),
        Cone(neck + 0.1 * line, top + 0.97 * line, 0.045, 0.048, WOOD),
    ]


def ball(place: np.ndarray) -> Cone:
    """A cricket ball."""
    return Cone(place, place + 1e-4, 0.036, 0.036, BALL)


_BONES = (
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("shoulder", "hip"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("ankle", "foot_index"),
)
_INK: Colour = (34, 34, 40)


def stick_figure(body: Body, i: int) -> list[Cone]:
    """The body at one instant as a child would draw it: thin lines and a round head."""
    thin = 0.012 * body.size.height_m
    j = {name: path[i] for name, path in body.joints.items()}
    lines = [(j[f"{s}_{a}"], j[f"{s}_{b}"]) for s in SIDES for a, b in _BONES]
    lines += [(j[f"left_{part}"], j[f"right_{part}"]) for part in ("shoulder", "hip")]
    cones = [Cone(a, b, thin, thin, _INK) for a, b in lines]
    head = body.extra["skull"][i]
    return [*cones, Cone(head, head + 1e-4, 6 * thin, 6 * thin, _INK)]
