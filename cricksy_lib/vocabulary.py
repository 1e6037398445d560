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
# What each event is called within a sentence, wherever people read of it: pages, pictures, charts, reasons.
EVENT_WORDS: dict[Mode, dict[str, str]] = {
    "batting": {
        "backlift_top": "top of the backlift",
        "front_foot_plant": "front foot plant",
        "impact": "impact",
    },
    "bowling": {
        "back_foot_contact": "back foot contact",
        "front_foot_contact": "front foot contact",
        "ball_release": "ball release",
    },
    "wicketkeeping": {"set": "set position", "rise": "start of the rise", "take": "take"},
    "fielding": {"pick_up": "pick-up", "throw_release": "release of the throw"},
}
EVENTS: dict[Mode, tuple[str, ...]] = {mode: tuple(words) for mode, words in EVENT_WORDS.items()}
# No two disciplines share an event, so that its name alone says what it is called.
_WORDS = {name: words for of_mode in EVENT_WORDS.values() for name, words in of_mode.items()}


def event_words(name: str) -> str:
    """Return what an event is called within a sentence."""
    return _WORDS.get(name, name.replace("_", " "))


def event_title(name: str) -> str:
    """Return what an event is called where its name stands alone."""
    words = event_words(name)
    return words[:1].upper() + words[1:]
