"""The landmarks of a pose as a long table: what an analyst reads before moving one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cricksy_lib.pose.move import moved_landmarks
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack

LANDMARK_COLUMNS = {
    "frame": "native frame number, as corrections name it",
    "time_s": "seconds in the clip, 0 at the first frame shown",
    "keypoint": "name of the landmark; left and right are the athlete's own",
    "x_px": "pixels of the upright picture from its left edge; empty where the landmark was not found",
    "y_px": "pixels of the upright picture from its top edge; empty where the landmark was not found",
    "confidence": "0 to 1, the pose model's own; 1 where put by hand, empty where filled in or not found",
    "segment": "run of frames in which one person was followed without a break, from 0; -1: nobody was found",
    "moved": "whether an analyst put it there",
}
"""Every column, with its meaning and unit."""

# A hundredth of a pixel, a thousandth, a microsecond: none of them is measured any finer.
_DECIMALS = {"time_s": 6, "x_px": 2, "y_px": 2, "confidence": 3}


def landmarks_frame(track: PoseTrack) -> pd.DataFrame:
    """Return one row for each landmark of each frame, with the columns of `LANDMARK_COLUMNS`.

    Parameters
    ----------
    track : the athlete's pose, cleaned or raw.

    Returns
    -------
    Frame by frame, the landmarks in the pose model's order.
    """
    data, each = track.data, len(KEYPOINTS)
    position = data["position"].values
    frame = pd.DataFrame(
        {
            "frame": np.repeat(data["frame"].values, each),
            "time_s": np.repeat(data["time"].values, each),
            "keypoint": list(KEYPOINTS) * data.sizes["time"],
            "x_px": position[..., 0].ravel(),
            "y_px": position[..., 1].ravel(),
            "confidence": data["confidence"].values.ravel(),
            "segment": np.repeat(data["segment"].values, each),
            "moved": moved_landmarks(track).ravel(),
        },
        columns=list(LANDMARK_COLUMNS),
    )
    return frame.round(_DECIMALS)
