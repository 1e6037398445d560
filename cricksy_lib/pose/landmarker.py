"""MediaPipe's pose landmarker behind two small classes; images in, plain arrays in pixels out.

Loaded only in worker processes. Every array of a pose has shape (33, 7): x, y, z in pixels of the image
given (z the model's relative depth), the three world coordinates in metres, and the visibility.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from cricksy_lib.errors import PoseModelError

VALUES = 7
# One tracked person in VIDEO mode costs no detector run, but MediaPipe then smooths. Its One-Euro filters
# weigh the past by the time since: between frames declared 28 hours apart 3e-5 of it remains.
_STEP_MS = 100_000_000
# Visibility passes a plain low-pass of this weight, whatever the time; it is undone exactly.
_VISIBILITY_ALPHA = 0.1
# One blank picture is enough; a bound for models of a user's own.
_MOST_BLANKS = 3


def _landmarker(model: Path, mode: vision.RunningMode, num_poses: int) -> Any:
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)), running_mode=mode, num_poses=num_poses
    )
    try:
        return vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError, OSError) as error:
        raise PoseModelError(
            "MediaPipe cannot load the pose model.",
            "Run 'cricksy model install', or correct CRICKSY_POSE_MODEL.",
        ) from error


def _image(pixels: np.ndarray) -> Any:
    # MediaPipe ignores strides: a view of a padded picture would be read askew.
    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(pixels, dtype=np.uint8))


def _arrays(result: Any, width: int, height: int) -> np.ndarray:
    """Turn a result into an array (people, 33, 7)."""
    poses = np.empty((len(result.pose_landmarks), 33, VALUES))
    for pose, near, world in zip(poses, result.pose_landmarks, result.pose_world_landmarks, strict=True):
        pose[:, 0:3] = [(p.x, p.y, p.z) for p in near]
        pose[:, 3:6] = [(p.x, p.y, p.z) for p in world]
        pose[:, 6] = [p.visibility for p in near]
    # z has the scale of x, which MediaPipe divides by the image's width.
    poses[..., 0:3] *= (width, height, width)
    return poses


class PeopleDetector:
    """Find up to ``num_poses`` people in single pictures, without memory between them."""

    def __init__(self, model: Path, num_poses: int = 5) -> None:
        self._landmarker = _landmarker(model, vision.RunningMode.IMAGE, num_poses)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Return the people in an RGB image (H, W, 3) as an array (people, 33, 7)."""
        return _arrays(self._landmarker.detect(_image(image)), image.shape[1], image.shape[0])

    def close(self) -> None:
        """Free the model."""
        self._landmarker.close()


class PersonTracker:
    """Follow one person through consecutive, athlete-centred crops of equal size; landmarks come out raw.

    The landmarks of one crop tell the model where to look in the next, so that the detector runs only at the
    start of a run and after a loss.
    """

    def __init__(self, model: Path) -> None:
        self._landmarker = _landmarker(model, vision.RunningMode.VIDEO, 1)
        self._time_ms = 0
        self._tracking = False
        self._smoothed: np.ndarray | None = None

    def __call__(self, crop: np.ndarray) -> np.ndarray | None:
        """Return the person (33, 7) in the next crop of the run (H, W, 3, RGB), or None."""
        self._time_ms += _STEP_MS
        result = self._landmarker.detect_for_video(_image(crop), self._time_ms)
        self._tracking = bool(result.pose_landmarks)
        if not self._tracking:
            return None
        pose = _arrays(result, crop.shape[1], crop.shape[0])[0]
        smoothed = pose[:, 6].copy()
        if self._smoothed is not None:
            raw = (smoothed - (1 - _VISIBILITY_ALPHA) * self._smoothed) / _VISIBILITY_ALPHA
            pose[:, 6] = np.clip(raw, 0.0, 1.0)
        # Kept through losses, as MediaPipe's own filter is.
        self._smoothed = smoothed
        return pose

    def forget(self, shape: tuple[int, ...]) -> None:
        """Start a new run: after a blank picture the model looks for a person afresh."""
        blank = np.zeros(shape, dtype=np.uint8)
        for _ in range(_MOST_BLANKS):
            if not self._tracking:
                return
            self(blank)

    def close(self) -> None:
        """Free the model."""
        self._landmarker.close()
