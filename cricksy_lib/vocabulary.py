"""The names that every room speaks: landmarks of the body and events of each discipline."""

from __future__ import annotations

from cricksy_lib.results import Mode

# The order of MediaPipe's BlazePose landmarks; a test holds it against the library's own enumeration.
KEYPOINTS: tuple[str, ...] = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
EVENTS: dict[Mode, tuple[str, ...]] = {
    "batting": ("backlift_top", "front_foot_plant", "impact"),
    "bowling": ("back_foot_contact", "front_foot_contact", "ball_release"),
    "wicketkeeping": ("set", "rise", "take"),
    "fielding": ("pick_up", "throw_release"),
}
