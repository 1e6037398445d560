"""`PoseTrack`: where one athlete's body is, frame by frame; absent is NaN and stays NaN."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr

from cricksy_lib.errors import AnalysisError
from cricksy_lib.vocabulary import KEYPOINTS as KEYPOINTS

SPACE = ("x", "y", "z")


@dataclass(frozen=True)
class PoseTrack:
    """One athlete through one clip.

    Attributes
    ----------
    data : xarray.Dataset
        Dims ``time``, ``keypoint`` (33, named), ``space`` (x, y, z). Variables ``position`` (pixels of the
        upright frame, x right, y down; z is the model's relative depth in the same pixels, smaller is
        nearer), ``world`` (metres, hip-centred, y down, approximate) and ``confidence`` (time, keypoint;
        0..1, the model's visibility); where the camera moved, also ``to_first`` (time, row, column): a 2 x 3
        map from pixels of each frame to those of the first. Positions stay where they are in the picture.
        Coords on ``time``: ``time`` (seconds in the clip), ``frame`` (native frame number), ``segment``
        (contiguous run of one tracked person; a new number after every break,
        -1 where nobody was found). Attrs, JSON-able: ``width``, ``height``, ``frame_rate``,
        ``frames_in_clip``, ``model``, ``model_sha256``, ``breaks`` (list of {time_s, reason}),
        ``people`` (how many were seen), ``undecided`` (whether the athlete could not be told from the others
        and nobody was followed), ``camera`` (see `cricksy_lib.pose.camera.CameraMotion`) and
        ``repairs`` (see `cricksy_lib.results.Repairs`; empty while raw). A cleaned track has ``doubtful`` and
        ``flickering`` (see `cricksy_lib.pose.clean.clean`), a settled one ``hand_contradicted``.
        A track that an analysis made also says of which clip and choice of athlete it is (``video_sha256``,
        ``mode``, ``athlete``), and ``moved`` lists {keypoint, time_s} of the landmarks moved by hand.
    """

    data: xr.Dataset

    def __post_init__(self) -> None:
        if tuple(self.data["position"].dims) != ("time", "keypoint", "space"):
            raise ValueError("position must have dims (time, keypoint, space)")
        times = self.data["time"].values
        if times.size > 1 and not (np.diff(times) > 0).all():
            raise ValueError("time must increase strictly")

    @classmethod
    def from_arrays(
        cls,
        time_s: np.ndarray,
        frame: np.ndarray,
        position: np.ndarray,
        world: np.ndarray,
        confidence: np.ndarray,
        segment: np.ndarray,
        attrs: dict[str, Any],
        to_first: np.ndarray | None = None,
    ) -> PoseTrack:
        """Build a track from plain arrays of shapes (T,), (T,), (T, 33, 3), (T, 33, 3), (T, 33), (T,).

        ``to_first`` (T, 2, 3) is for a camera that moved.
        """
        axes = ("time", "keypoint", "space")
        data = xr.Dataset(
            {
                "position": (axes, np.asarray(position, dtype=float)),
                "world": (axes, np.asarray(world, dtype=float)),
                "confidence": (axes[:2], np.asarray(confidence, dtype=float)),
            },
            coords={
                "time": np.asarray(time_s, dtype=float),
                "keypoint": list(KEYPOINTS),
                "space": list(SPACE),
                "frame": ("time", np.asarray(frame, dtype=int)),
                "segment": ("time", np.asarray(segment, dtype=int)),
            },
            attrs={
                "breaks": [],
                "people": 0,
                "undecided": False,
                "camera": {"known": False},
                "repairs": {},
                **attrs,
            },
        )
        if to_first is not None:
            data["to_first"] = (("time", "row", "column"), np.asarray(to_first, dtype=float))
        return cls(data)

    @property
    def found(self) -> np.ndarray:
        """Boolean (T,): whether the athlete was found in a frame."""
        return np.isfinite(self.data["position"].values[..., 0]).any(axis=1)

    @property
    def detection_rate(self) -> float:
        """Share of the sampled frames in which the athlete was found; 0 for an empty track."""
        return float(self.found.mean()) if self.data.sizes["time"] else 0.0

    def xy(self, keypoint: str) -> np.ndarray:
        """Pixels (T, 2) of one keypoint."""
        return np.asarray(self.data["position"].sel(keypoint=keypoint).values[:, :2])

    def steady(self, points: np.ndarray) -> np.ndarray:
        """Take points (T, ..., 2) of each frame to pixels of the first, as if the camera had stood still.

        Unchanged where the camera stood still, or where it is not known how it moved.
        """
        if "to_first" not in self.data:
            return np.array(points)
        maps = self.data["to_first"].values
        flat = points.reshape(len(points), -1, 2)
        return np.asarray(flat @ maps[..., :2].transpose(0, 2, 1) + maps[:, None, :, 2]).reshape(points.shape)

    def to_parquet(self, path: str | Path) -> None:
        """Write the track as one Parquet file: a row a frame, attributes in the schema's metadata."""
        d = self.data
        count = d.sizes["time"]
        columns: dict[str, np.ndarray] = {
            "time": d["time"].values,
            "frame": d["frame"].values,
            "segment": d["segment"].values,
        }
        for name in ("position", "world"):
            flat = d[name].values.reshape(count, -1)
            for i, keypoint in enumerate(KEYPOINTS):
                for j, axis in enumerate(SPACE):
                    columns[f"{name}.{keypoint}.{axis}"] = flat[:, i * 3 + j]
        for i, keypoint in enumerate(KEYPOINTS):
            columns[f"confidence.{keypoint}"] = d["confidence"].values[:, i]
        if "to_first" in d:
            flat = d["to_first"].values.reshape(count, -1)
            columns |= {f"to_first.{i}": flat[:, i] for i in range(flat.shape[1])}
        table = pa.table(columns).replace_schema_metadata({"cricksy.pose": json.dumps(d.attrs)})
        pq.write_table(table, path, compression="zstd")

    @classmethod
    def from_parquet(cls, path: str | Path) -> PoseTrack:
        """Read a track that `to_parquet` wrote.

        Raises
        ------
        AnalysisError
            If the file is not such a track.
        """
        try:
            table = pq.read_table(path)
            attrs = json.loads(table.schema.metadata[b"cricksy.pose"])
            column = {name: table[name].to_numpy() for name in table.column_names}
            shape = (table.num_rows, len(KEYPOINTS), len(SPACE))
            spatial = {
                name: np.stack([column[f"{name}.{k}.{a}"] for k in KEYPOINTS for a in SPACE], axis=1).reshape(
                    shape
                )
                for name in ("position", "world")
            }
            confidence = np.stack([column[f"confidence.{k}"] for k in KEYPOINTS], axis=1)
            to_first = None
            if "to_first.0" in column:
                to_first = np.stack([column[f"to_first.{i}"] for i in range(6)], axis=1).reshape(-1, 2, 3)
        except (OSError, KeyError, TypeError, ValueError, pa.ArrowException) as error:
            raise AnalysisError(
                "The pose file is not one that Cricksy wrote, or is damaged.",
                "Analyse the clip again to have a new one.",
            ) from error
        return cls.from_arrays(
            column["time"],
            column["frame"],
            spatial["position"],
            spatial["world"],
            confidence,
            column["segment"],
            attrs,
            to_first,
        )
