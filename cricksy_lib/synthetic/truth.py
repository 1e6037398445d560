"""`Truth`: what a synthetic clip shows, exactly."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cricksy_lib.synthetic.camera import Camera
from cricksy_lib.synthetic.scene import Scene

_ARRAYS = ("times_s", "joints_px", "joints_m")
_DECIMALS = {"times_s": 6, "joints_px": 3, "joints_m": 5}


@dataclass(frozen=True)
class Truth:
    """Truth of one clip with T frames and J joints.

    Attributes
    ----------
    scene : what was asked.
    joint_names : (J,) names as in `cricksy_lib.pose.track.KEYPOINTS`.
    times_s : (T,) frame times in the clip, 0 at the first.
    joints_px : (T, J, 2) pixels, x right, y down; the middle of the top left pixel is (0, 0). Joints outside
        the picture keep their place outside.
    joints_m : (T, J, 3) metres; x along the pitch line in the target direction, y to its left, z up.
    angles : series of `cricksy_lib.results.SERIES_UNITS`, (T,) each, from the 3-D joints; front and rear as
        in the contract. ``hip_shoulder_separation`` is the shoulder line's direction minus the hip line's as
        seen from above, anticlockwise positive; speeds are in space.
    events : name -> seconds in the clip, read off the joints at 1 kHz.
    facts : single numbers: ``height_m``; ``stride_length_h``, ankle to ankle along the pitch line with both
        feet flat, in body heights (batting, bowling); ``run_up_speed_m_s`` of the hips (bowling).
    camera : position, rotation, focal length, centre. ``bystander_px`` : (T, J, 2) or ``None``.
        With ``scene.empty`` the joints, angles and events are empty (J = 0).
    """

    scene: Scene
    joint_names: tuple[str, ...]
    times_s: np.ndarray
    joints_px: np.ndarray
    joints_m: np.ndarray
    angles: dict[str, np.ndarray]
    events: dict[str, float]
    facts: dict[str, float]
    camera: Camera
    bystander_px: np.ndarray | None = field(default=None)

    def px(self, joint: str) -> np.ndarray:
        """Pixels (T, 2) of a joint."""
        return np.asarray(self.joints_px[:, self.joint_names.index(joint)])

    def m(self, joint: str) -> np.ndarray:
        """Metres (T, 3) of a joint."""
        return np.asarray(self.joints_m[:, self.joint_names.index(joint)])

    def angle_at(self, series: str, event: str) -> float:
        """A series at an event, between frames by linear interpolation."""
        return float(np.interp(self.events[event], self.times_s, self.angles[series]))

    def write(self, path: str | Path) -> None:
        """Write as JSON, whole or not at all."""
        target = Path(path)
        content: dict[str, Any] = {
            "schema": "cricksy.synthetic.truth/1",
            "axes": "metres: x along the pitch line in the target direction, y to its left, z up; "
            "pixels: x right, y down",
            "scene": self.scene.model_dump(mode="json"),
            "joint_names": list(self.joint_names),
            **{name: np.round(getattr(self, name), _DECIMALS[name]).tolist() for name in _ARRAYS},
            "angles": {name: np.round(values, 4).tolist() for name, values in self.angles.items()},
            "events": self.events,
            "facts": self.facts,
            "camera": {
                "position": self.camera.position.tolist(),
                "rotation": self.camera.rotation.tolist(),
                "focal_px": self.camera.focal_px,
                "centre": list(self.camera.centre),
            },
            "bystander_px": None if self.bystander_px is None else np.round(self.bystander_px, 3).tolist(),
        }
        temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        temporary.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
        temporary.replace(target)

    @classmethod
    def read(cls, path: str | Path) -> Truth:
        """Read what `write` wrote.

        Raises
        ------
        ValueError
            If the file is not such a truth.
        """
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content.get("schema") != "cricksy.synthetic.truth/1":
            raise ValueError(f"{Path(path).name} is not the truth of a synthetic clip")
        names = tuple(content["joint_names"])
        count = len(content["times_s"])
        bystander = content["bystander_px"]
        camera = content["camera"]
        return cls(
            scene=Scene.model_validate(content["scene"]),
            joint_names=names,
            times_s=np.array(content["times_s"], dtype=float),
            joints_px=np.array(content["joints_px"], dtype=float).reshape(count, len(names), 2),
            joints_m=np.array(content["joints_m"], dtype=float).reshape(count, len(names), 3),
            angles={name: np.array(values, dtype=float) for name, values in content["angles"].items()},
            events=content["events"],
            facts=content["facts"],
            camera=Camera(
                np.array(camera["position"]),
                np.array(camera["rotation"]),
                camera["focal_px"],
                (camera["centre"][0], camera["centre"][1]),
            ),
            bystander_px=None if bystander is None else np.array(bystander, dtype=float),
        )
