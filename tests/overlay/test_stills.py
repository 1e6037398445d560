"""The pictures of moments show the frame of the moment."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from clip_maker import make_clip, number_of
from dashboard.sample_results import sample_results

from cricksy_lib.results import Event
from cricksy_lib.stills import take_stills

RATE = 30.0


@pytest.mark.parametrize(
    ("time_s", "frame"), [(13 / RATE, 13), (13 / RATE - 0.004, 13), (13.4 / RATE, 13), (0.0, 0)]
)
def test_a_picture_is_of_the_frame_nearest_to_its_moment(tmp_path: Path, time_s: float, frame: int) -> None:
    clip = make_clip(tmp_path / "overlay.mp4", times=[i / RATE for i in range(30)], width=640, height=480)
    results = sample_results("deep")
    none = results.findings.model_copy(update={"findings": []})
    event = Event(name="impact", time_s=time_s, uncertainty_s=0.05, frame=frame, repetition=1)
    results = results.model_copy(update={"findings": none, "events": [event]})
    (still,) = take_stills(clip, results)
    image = cv2.imdecode(np.frombuffer(still.data, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert number_of(image) == frame
