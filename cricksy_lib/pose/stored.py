"""Raw poses that were found before: whose they are, and their use by another pass over the same clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cricksy_lib.errors import AnalysisError, PoseFileError
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose import plan
from cricksy_lib.pose.segments import BREAK_AFTER_S
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import AnalysisPass
from cricksy_lib.video import VideoInfo, read_timeline


def signed(track: PoseTrack, video_sha256: str, options: AnalysisOptions) -> PoseTrack:
    """Return the raw track with attributes that say of which clip it is and how its athlete was chosen."""
    return PoseTrack(track.data.assign_attrs(_signature(video_sha256, options)))


def read_stored(
    path: Path, info: VideoInfo, video_sha256: str, options: AnalysisOptions, analysis_pass: AnalysisPass
) -> PoseTrack:
    """Read a raw deep pose instead of looking for the body; no frame is decoded.

    Parameters
    ----------
    path : file that holds a raw track of every frame.
    info, video_sha256 : the clip.
    options : discipline and point on the athlete, which must be those with which the pose was made.
    analysis_pass : the quick pass takes of it the frames that it would look at itself.

    Raises
    ------
    PoseFileError
        If the file is not a pose, or not the raw one of this athlete in every frame of this clip.
    """
    if not path.is_file():
        raise PoseFileError(f"There is no pose file '{path}'.", "Check its path.")
    try:
        track = PoseTrack.from_parquet(path)
    except AnalysisError as error:
        raise PoseFileError(error.cause, "Leave it out, so that the athlete is looked for again.") from error
    attrs = track.data.attrs
    if attrs["repairs"]:
        raise PoseFileError(
            "The pose file holds landmarks that were cleaned already.",
            "Give the raw pose of the same analysis.",
        )
    if attrs.get("video_sha256") != video_sha256 or track.data.sizes["time"] != info.frames:
        raise PoseFileError(
            "The pose file is not of every frame of this clip.",
            "Give the raw pose that a deep pass over this very file wrote.",
        )
    if {name: attrs.get(name) for name in ("mode", "athlete")} != _choice(options):
        raise PoseFileError(
            "The pose file is of another discipline, or its athlete was chosen otherwise.",
            "Leave the pose file out, so that the athlete is looked for.",
        )
    if analysis_pass == "deep":
        return track
    return picked(track, plan.wanted_frames(read_timeline(info.path), analysis_pass))


def picked(track: PoseTrack, wanted: np.ndarray) -> PoseTrack:
    """Return the frames of a track that are wanted, boolean (T,).

    Where they pause for longer than a gap may last, a new segment begins, as in a pass over them alone.
    """
    data = track.data.isel(time=np.flatnonzero(wanted)).copy(deep=True)
    times, segment = data["time"].values, data["segment"].values
    rows = np.flatnonzero(segment >= 0)
    if rows.size:
        breaks = (np.diff(segment[rows]) != 0) | (np.diff(times[rows]) > BREAK_AFTER_S)
        segment[rows] = np.concatenate(([0], np.cumsum(breaks)))
    return PoseTrack(data)


def _choice(options: AnalysisOptions) -> dict[str, object]:
    athlete = options.athlete.model_dump() if options.athlete is not None else None
    return {"mode": options.mode, "athlete": athlete}


def _signature(video_sha256: str, options: AnalysisOptions) -> dict[str, object]:
    return {"video_sha256": video_sha256, **_choice(options)}
