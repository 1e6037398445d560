"""How light a clip is, read from a few frames whether or not decoding can start at many places."""

import numpy as np
import pytest
from clip_maker import make_clip

from cricksy_lib.capture import measure_light
from cricksy_lib.video import decode_frames, probe, read_frames


@pytest.mark.parametrize("gop", [5, 1000], ids=["many places to start", "one place to start"])
def test_light_is_the_mean_brightness_of_the_clip(tmp_path, gop):
    info = probe(make_clip(tmp_path / "clip.mp4", times=[i / 30 for i in range(60)], gop=gop))
    over_all = np.mean([frame.image.mean() for frame in read_frames(info.path, width=160)])
    # The pictures carry their number in black and white, so no few of them have just the mean of all.
    assert measure_light(info).brightness == pytest.approx(over_all, abs=12)


def test_a_long_clip_is_not_decoded_for_it(tmp_path, monkeypatch):
    info = probe(make_clip(tmp_path / "clip.mp4", times=[i / 30 for i in range(300)], gop=30))
    decoded = []

    def counting(*arguments, **named):
        for frame in decode_frames(*arguments, **named):
            decoded.append(frame.index)
            yield frame

    monkeypatch.setattr("cricksy_lib.video.decode.decode_frames", counting)
    measure_light(info)
    assert len(decoded) <= 10
