"""Positions over time as a TRC file: the text table of markers that OpenSim and others read.

The positions are the pose model's own estimate in metres, approximate in depth, and taken from the middle of
the hips in every frame: the body turns and bends but does not travel. TRC has no place for such a caution,
nor for an uncertainty: what is measured, with its ±, is in the tables of series.
"""

from __future__ import annotations

import io

import numpy as np

from cricksy_lib.pose.track import KEYPOINTS, PoseTrack

# From x right, y down, z away from the camera to TRC's usual y up, still right-handed.
_AXES = np.array([1.0, -1.0, -1.0])
_MM = 1000.0


def trc_text(track: PoseTrack, name: str, slow_motion: float = 1.0) -> str:
    """Return a track as the text of a TRC file.

    Parameters
    ----------
    track : the athlete's pose, cleaned or raw.
    name : the file's own name, which its first line repeats.
    slow_motion : how many times slower than life the clip plays; times are real seconds from its start.

    Returns
    -------
    Tab-separated; millimetres; x to the picture's right, y up, z towards the camera. A marker that was not
    found in a frame has three empty cells there.
    """
    points = track.data["world"].values * _AXES * _MM
    times = track.data["time"].values / slow_motion
    rate = float(track.data.attrs["frame_rate"]) * slow_motion
    out = io.StringIO()
    out.write(f"PathFileType\t4\t(X/Y/Z)\t{name}\n")
    out.write(
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
    )
    count = len(times)
    out.write(f"{rate:.6g}\t{rate:.6g}\t{count}\t{len(KEYPOINTS)}\tmm\t{rate:.6g}\t1\t{count}\n")
    out.write("Frame#\tTime\t" + "\t\t\t".join(KEYPOINTS) + "\t\t\n")
    axes = "\t".join(f"X{i}\tY{i}\tZ{i}" for i in range(1, len(KEYPOINTS) + 1))
    out.write(f"\t\t{axes}\n\n")
    for number, (time_s, row) in enumerate(zip(times, points.reshape(count, -1), strict=True), start=1):
        cells = "\t".join(f"{value:.3f}" if np.isfinite(value) else "" for value in row)
        out.write(f"{number}\t{time_s:.6f}\t{cells}\n")
    return out.getvalue()
