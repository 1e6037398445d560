"""The groups by which errors are told apart: view, discipline, hand, frame rate, size."""

from __future__ import annotations

from typing import Literal

from cricksy_lib.synthetic.scene import Scene

ViewGroup = Literal["side", "front", "behind", "oblique"]
# Within this many degrees of square, or of the pitch line, a scene counts as filmed from there.
VIEW_WITHIN_DEG = 25.0
# One-way groupings among which the worst group is looked for, in the order in which tables show them.
FACTORS = ("mode", "hand", "frame_rate", "lines", "camera")
# Shown besides: what stands between or beside.
ALSO = ("about",)


def pitch_line_deg(azimuth_deg: float) -> float:
    """Angle between the camera's axis and the pitch line, 0 (along it) to 90 (square)."""
    folded = azimuth_deg % 180.0
    return min(folded, 180.0 - folded)


def view_group(azimuth_deg: float) -> ViewGroup:
    """From where a scene is filmed, by the camera's azimuth (degrees, see `Scene`)."""
    angle = pitch_line_deg(azimuth_deg)
    if angle >= 90.0 - VIEW_WITHIN_DEG:
        return "side"
    if angle <= VIEW_WITHIN_DEG:
        return "front" if abs((azimuth_deg + 180.0) % 360.0 - 180.0) < 90.0 else "behind"
    return "oblique"


def groups_of(scene: Scene) -> dict[str, str]:
    """Name the groups that a scene belongs to, by factor."""
    lines = min(scene.width, scene.height)
    return {
        "view": view_group(scene.azimuth_deg),
        "mode": scene.mode,
        "hand": scene.hand,
        "frame_rate": f"{scene.frame_rate:.0f} frames/s",
        "lines": "up to 360 lines"
        if lines <= 360
        else "up to 720 lines"
        if lines <= 720
        else "over 720 lines",
        "about": f"{scene.occluder} in front"
        if scene.occluder
        else "others about"
        if scene.bystander or scene.crowd
        else "alone",
        "camera": "from the left" if (scene.azimuth_deg + 180.0) % 360.0 - 180.0 < 0 else "from the right",
    }
