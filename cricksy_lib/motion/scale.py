"""Metres for each pixel at the athlete: from the height, or from a marked thing of known length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cricksy_lib.motion.body import Body
from cricksy_lib.motion.view import ViewEstimate
from cricksy_lib.options import AnalysisOptions, ScaleMark
from cricksy_lib.results import Scale

# Laws of Cricket: the stumps stand 28 inches high (law 8), the popping crease lies 4 feet in front of the
# bowling crease (law 7).
KNOWN_M = {"stumps": 0.711, "crease": 1.22}
# Standing height in pixels comes from segment lengths: some 5 % either way between people.
_HEIGHT_95 = 0.05
# Each end of a mark is set to within some pixels (grade I).
_MARKING_PX_95 = 3.0
# The athlete may be nearer or farther than the mark: a metre at ten metres from the side; who plays in front
# of the stumps and is seen along the pitch, two (grade I).
_DEPTH_SIDE_95, _DEPTH_ALONG_95 = 0.10, 0.20
# A crease's length that the view shortens to less than this share is not measured.
_LEAST_SEEN = 0.5


@dataclass(frozen=True)
class ScaleFound:
    """The scale to use, and what is wrong with the mark.

    Attributes
    ----------
    scale : ``None`` where neither height nor mark gives one.
    difference : of the mark's scale from the height's, as a share; ``None`` without both.
    problem : what to do about a mark that cannot be used or does not agree; ``None`` where all is well.
    """

    scale: Scale | None
    difference: float | None = None
    problem: str | None = None


def find_scale(options: AnalysisOptions, body: Body, view: ViewEstimate) -> ScaleFound:
    """Take the better of the two scales that the user's height and mark give, and compare them.

    Parameters
    ----------
    options : ``height_cm`` and ``scale_mark``.
    body : for the size of the athlete and of the picture.
    view : from where a mark along the pitch was seen.
    """
    by_height = _from_height(options.height_cm, body)
    mark = options.scale_mark
    if mark is None:
        return ScaleFound(by_height)
    width, height = body.picture_px
    if max(mark.x1, mark.x2) > width or max(mark.y1, mark.y2) > height:
        return ScaleFound(
            by_height,
            problem=f"The scale mark lies outside the picture of {width:.0f} by {height:.0f} pixels: "
            "mark it again.",
        )
    by_mark = scale_of_mark(mark, view)
    if by_mark is None:
        return ScaleFound(
            by_height,
            problem="A crease shows its length only from the side: mark the stumps, or give the height.",
        )
    if by_height is None:
        return ScaleFound(by_mark)
    difference = by_mark.m_per_px / by_height.m_per_px - 1.0
    agree = abs(difference) <= np.hypot(by_mark.uncertainty, by_height.uncertainty)
    return ScaleFound(
        min(by_height, by_mark, key=lambda scale: scale.uncertainty),
        difference,
        None
        if agree
        else f"The scales from the marked {mark.kind} and from the player's height are {abs(difference):.0%} "
        "apart: check both.",
    )


def _from_height(height_cm: float | None, body: Body) -> Scale | None:
    if height_cm is None or not np.isfinite(body.height_px):
        return None
    # Who runs along the camera's axis has no one scale: what they grow by either way is in the ±.
    sizes = np.log(body.height_at_px / body.height_px)
    return Scale(
        m_per_px=height_cm / 100 / body.height_px,
        source="height given by the user",
        uncertainty=float(np.hypot(_HEIGHT_95, np.abs(np.quantile(sizes, (0.05, 0.95))).max())),
    )


def scale_of_mark(mark: ScaleMark, view: ViewEstimate) -> Scale | None:
    """Scale at the mark, with what it may be off at the athlete in its ±.

    The ± (95 %) holds the marking itself, 3 pixels at each end; the difference in depth between mark and
    athlete, 10 % from the side and 20 % otherwise; and for a crease, which lies along the pitch, that the
    view shortens it by the sine of an angle that is itself uncertain. A camera that looks down by less than
    15 degrees shortens stumps by less than 4 %, which is not added.

    Parameters
    ----------
    mark : in pixels of the clip's first frame.
    view : angle to the pitch line.

    Returns
    -------
    ``None`` for a crease seen along the pitch or from nobody knows where.
    """
    seen, spread = 1.0, 0.0
    if mark.kind == "crease":
        if view.angle_deg is None or view.uncertainty_deg is None:
            return None
        near, angle, far = np.clip(
            view.angle_deg + view.uncertainty_deg * np.array([-1.0, 0.0, 1.0]), 0.0, 90.0
        )
        seen = float(np.sin(np.radians(angle)))
        if seen < _LEAST_SEEN:
            return None
        spread = float(np.abs(np.sin(np.radians([near, far])) / seen - 1.0).max())
    depth = _DEPTH_SIDE_95 if view.view == "side" else _DEPTH_ALONG_95
    marking = _MARKING_PX_95 * np.sqrt(2.0) / mark.length_px
    return Scale(
        m_per_px=KNOWN_M[mark.kind] * seen / mark.length_px,
        source=f"{mark.kind} marked by the user",
        uncertainty=float(np.sqrt(marking**2 + depth**2 + spread**2)),
    )
