"""A real Chromium plays proxies and seeks in them."""

import base64
from pathlib import Path

import numpy as np
import pytest
from clip_maker import BITS, make_clip

from cricksy_lib.overlay import write_overlay
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.results import Event, Kinematics
from cricksy_lib.video import make_proxy, probe, read_timeline

LOAD = """url => new Promise((resolve, reject) => {
  const video = document.createElement('video');
  video.muted = true; video.preload = 'auto'; video.src = url;
  video.onerror = () => reject(new Error('error ' + video.error.code + ' ' + video.error.message));
  video.oncanplaythrough = () => { window.video = video; resolve({
    ready: video.readyState, width: video.videoWidth, height: video.videoHeight,
    duration: video.duration}); };
  document.body.append(video);
})"""
SEEK = """([time, bits, wanted]) => new Promise(resolve => {
  const video = window.video;
  const read = () => {
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    const paper = canvas.getContext('2d');
    paper.drawImage(video, 0, 0);
    let number = 0;
    for (let bit = 0; bit < bits; bit++) {
      const x = Math.floor((bit + 0.5) * canvas.width / bits);
      if (paper.getImageData(x, Math.floor(canvas.height / 2), 1, 1).data[0] > 128) number |= 1 << bit;
    }
    return number;
  };
  // The frame is shown when the seek is over or a while after it: on a busy machine, seconds.
  video.onseeked = () => {
    const end = performance.now() + 20000;
    const look = () => {
      const number = read();
      if (number === wanted || performance.now() > end) resolve({time: video.currentTime, number});
      else setTimeout(look, 50);
    };
    look();
  };
  video.currentTime = time;
})"""
PLAY = """() => new Promise((resolve, reject) => {
  const video = window.video;
  video.onended = () => resolve(video.currentTime);
  video.currentTime = Math.max(0, video.duration - 0.3);
  video.play().catch(reject);
})"""


@pytest.fixture
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


def check_plays(page, target: Path, width: int, height: int) -> None:
    # As a data URL the video is of the page's own origin, so its pixels may be read.
    url = "data:video/mp4;base64," + base64.b64encode(target.read_bytes()).decode()
    facts = page.evaluate(LOAD, url)
    timeline = read_timeline(target)
    times = timeline.times_s
    assert facts["ready"] == 4
    assert (facts["width"], facts["height"]) == (width, height)
    assert facts["duration"] == pytest.approx(timeline.duration_s, abs=0.01)
    for index in (len(times) // 2, 0, len(times) - 1, 2):
        after = times[index + 1] - times[index] if index + 1 < len(times) else 0.01
        seen = page.evaluate(SEEK, [float(times[index] + min(after / 2, 0.01)), BITS, index])
        assert seen["number"] == index
    assert page.evaluate(PLAY) == pytest.approx(facts["duration"], abs=0.05)


@pytest.mark.browser
@pytest.mark.parametrize(
    "kind",
    [
        {
            "times": [i / 30 for i in range(60)],
            "codec": "libx265",
            "options": {"x265-params": "log-level=none"},
        },
        {
            "times": [0.0, 0.003, 0.036, 0.05, 0.3, 0.4, 0.41, 1.5, 1.6, 1.9],
            "rotation": -90,
            "audio": True,
        },
    ],
    ids=["hevc", "rotated, variable rate"],
)
def test_proxy_plays_and_a_seek_lands_on_the_frame(page, tmp_path: Path, kind):
    target = tmp_path / "proxy.mp4"
    make_proxy(make_clip(tmp_path / "source.mp4", **kind), target)
    check_plays(page, target, 128, 96)


@pytest.mark.browser
def test_overlay_plays_and_a_seek_lands_on_the_frame(page, tmp_path: Path):
    info = probe(make_clip(tmp_path / "source.mp4", width=960, height=540, codec="libx264"))
    nobody = np.full((1, 33, 3), np.nan)
    track = PoseTrack.from_arrays(
        np.zeros(1), np.zeros(1), nobody, nobody, nobody[..., 0], np.full(1, -1), {}
    )
    event = Event(name="impact", time_s=0.5, uncertainty_s=0.05, frame=15)
    nothing = Kinematics(time_s=[], series={})
    target = tmp_path / "overlay.mp4"
    write_overlay(info, track, [event], nothing, "batting", None, target)
    check_plays(page, target, 960, 540)
