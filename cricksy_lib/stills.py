"""Pictures of the moments that findings point at, for the self-contained report."""

from __future__ import annotations

from pathlib import Path

import cv2

from cricksy_lib.coaching.page import StillImage
from cricksy_lib.errors import AnalysisError
from cricksy_lib.results import Results
from cricksy_lib.video import read_frames
from cricksy_lib.vocabulary import event_title

_WIDTH = 640
_QUALITY = 80
_MOST_EVENTS = 3


def take_stills(overlay: Path, results: Results) -> list[StillImage]:
    """Take one picture for each finding and, without findings, one for each event.

    Parameters
    ----------
    overlay : the clip with the skeleton drawn, on the original's times.
    results : findings and events.

    Returns
    -------
    JPEG pictures in order of time.
    """
    wanted: list[tuple[float, str, str | None]] = []
    for finding in results.findings.findings:
        frames = finding.evidence.worst_frames
        if frames:
            wanted.append((frames[0].time_s, finding.title, finding.code))
    if not wanted:
        wanted = [(e.time_s, event_title(e.name), None) for e in results.events[:_MOST_EVENTS]]
    return [_still(overlay, *moment) for moment in sorted(wanted, key=lambda m: m[0])]


def _still(overlay: Path, time_s: float, caption: str, code: str | None) -> StillImage:
    nearest = None  # as an event's frame is: the one before would not show a contact yet
    for frame in read_frames(overlay, start_s=max(0.0, time_s - 0.1), width=_WIDTH):
        if nearest is None or abs(frame.time_s - time_s) < abs(nearest.time_s - time_s):
            nearest = frame
        if frame.time_s > time_s:
            break
    if nearest is None:
        raise AnalysisError(
            f"The overlay holds no frame at {time_s:.2f} s.", "Run the analysis of this clip again."
        )
    bgr = cv2.cvtColor(nearest.image, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return StillImage(data=encoded.tobytes(), caption=caption, time_s=time_s, code=code)
