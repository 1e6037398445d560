"""`Scene`: everything that decides a synthetic clip."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cricksy_lib.results import Hand, Mode

Kit = Literal["white", "blue", "green", "red", "black", "yellow"]
Background = Literal["plain", "grass", "net", "drawing"]
Skin = Literal["light", "tan", "brown", "dark"]
Bystander = Literal["standing", "walking"]
Occluder = Literal["net", "stumps", "person"]
Fault = Literal["short_stride", "collapsing_front_knee", "falling_over", "head_moving"]
FAULTS: tuple[Fault, ...] = ("short_stride", "collapsing_front_knee", "falling_over", "head_moving")
Strength = Annotated[float, Field(ge=0, le=1)]

DEFAULT_DURATION_S: dict[Mode, float] = {
    "batting": 2.0,
    "bowling": 2.0,
    "wicketkeeping": 2.2,
    "fielding": 2.6,
}


class Scene(BaseModel):
    """One synthetic clip: who moves how, seen from where.

    World axes, in metres: x along the pitch line in the athlete's target direction (towards the bowler for
    a batter and a keeper, towards the batter for a bowler, in the direction of the throw for a fielder),
    z up from the ground, y to the left of x.

    The camera stands still. ``azimuth_deg`` is where it stands as seen from above: 0 in front of the athlete
    on the pitch line, looking back at them; 90 side-on, to the right of the line (at -y, so that +x is
    to the right in the picture); 180 behind; -90 side-on from the left. It does not change with the hand.

    Attributes
    ----------
    mode, hand : discipline; hand that bats, bowls or throws, and for keeping the side of the take.
    seed : chooses proportions, timings and style; nothing else is random.
    variety : how far body, movement and shirt leave the usual ones, 0..1; at 0 a seed changes them a little.
    duration_s, frame_rate, width, height : of the clip; width and height even. Duration by discipline if
        not given.
    azimuth_deg, camera_height_m, distance_m : the camera; distance from the middle of the movement, more
        where the athlete would come nearer than 2.5 m.
    fill : athlete's standing height over picture height at that distance; made smaller where needed to keep
        the whole movement in the picture.
    fov_deg : vertical field of view instead of ``fill``; then the body may leave the picture.
    tilt_deg, roll_deg : camera pitch (negative looks down; aimed at the movement if not given) and roll.
    shift_x, shift_y : moves the picture's content, in shares of its width and height, right and down.
    kit, skin, background : colours; ``drawing`` is a sheet with a stick figure on it, for ``empty`` scenes.
    height_m : standing height, by seed if not given.
    faults : strength 0..1 of each fault that is turned on.
    bystander : a second person elsewhere in the picture. ``crowd`` : so many more who stand or walk about.
    empty : no athlete at all. ``implements`` : bat, ball and stumps are drawn.
    occluder : what comes between the camera and the athlete: the lines of a net, another wicket's stumps
        that hide part of the legs, or a person who crosses.
    shutter : exposure as a share of the time between two frames, its middle at the frame's time: motion
        blur. ``noise`` : of the sensor, standard deviation in grey levels. ``crf`` : of x264; more is worse.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    mode: Mode
    hand: Hand = "right"
    seed: int = Field(default=0, ge=0)
    variety: Strength = 0.0
    duration_s: float | None = Field(default=None, ge=0.1, le=60)
    frame_rate: float = Field(default=60.0, gt=0, le=1000)
    width: int = Field(default=1280, ge=64, le=8192)
    height: int = Field(default=720, ge=64, le=8192)
    azimuth_deg: float = 90.0
    camera_height_m: float = Field(default=1.4, gt=0, le=20)
    distance_m: float = Field(default=8.0, ge=2, le=100)
    fill: float = Field(default=0.5, gt=0, le=2)
    fov_deg: float | None = Field(default=None, gt=0, lt=150)
    tilt_deg: float | None = Field(default=None, gt=-80, lt=80)
    roll_deg: float = Field(default=0.0, ge=-180, le=180)
    shift_x: float = 0.0
    shift_y: float = 0.0
    kit: Kit = "blue"
    skin: Skin = "tan"
    background: Background = "grass"
    height_m: float | None = Field(default=None, ge=1.0, le=2.2)
    faults: dict[Fault, Strength] = Field(default_factory=dict)
    bystander: Bystander | None = None
    crowd: int = Field(default=0, ge=0, le=12)
    empty: bool = False
    implements: bool = True
    occluder: Occluder | None = None
    shutter: Strength = 0.0
    noise: float = Field(default=0.0, ge=0, le=50)
    crf: int = Field(default=18, ge=0, le=51)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.width % 2 or self.height % 2:
            raise ValueError("width and height must be even: the video's colours are stored for 2x2 pixels")
        if self.background == "drawing" and not self.empty:
            raise ValueError("a drawing has no athlete before it: the scene must be empty")
        return self

    @property
    def seconds(self) -> float:
        """Duration of the clip in seconds."""
        return DEFAULT_DURATION_S[self.mode] if self.duration_s is None else self.duration_s

    def fault(self, name: Fault) -> float:
        """Strength 0..1 of a fault, 0 when it is off."""
        return self.faults.get(name, 0.0)
