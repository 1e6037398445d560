"""A stored deep pose serves the quick pass with the frames that it would have looked at."""

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose import plan
from cricksy_lib.pose.stored import picked, read_stored, signed
from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate
from cricksy_lib.video import probe, read_timeline, sha256_of

OPTIONS = AnalysisOptions(mode="bowling", athlete={"x": 10, "y": 20, "time_s": 0.1})


@pytest.fixture(scope="module")
def stored(synthetic_clip, tmp_path_factory):
    """A clip, the file of its pose, and the track in it."""
    clip, truth = synthetic_clip(
        Scene(mode="bowling", seed=73, width=640, height=360, frame_rate=30, fill=0.8)
    )
    path = tmp_path_factory.mktemp("pose") / "raw_pose.parquet"
    track = signed(track_of(truth), sha256_of(clip), OPTIONS)
    track.to_parquet(path)
    return clip, path, track


def test_the_deep_pass_reads_back_what_was_stored(stored):
    clip, path, track = stored
    read = read_stored(path, probe(clip), sha256_of(clip), OPTIONS, "deep")
    assert read.data.identical(track.data)


def test_the_quick_pass_gets_the_frames_of_its_own_plan(stored):
    clip, path, _ = stored
    read = read_stored(path, probe(clip), sha256_of(clip), OPTIONS, "quick")
    wanted = plan.wanted_frames(read_timeline(clip), "quick")
    assert read.data["frame"].values.tolist() == np.flatnonzero(wanted).tolist()


def test_a_pause_between_the_frames_picked_begins_a_new_segment():
    track = track_of(simulate(Scene(mode="bowling", seed=75, frame_rate=60, duration_s=1.5)))
    wanted = np.zeros(90, dtype=bool)
    wanted[[0, 5, 10, 60, 65]] = True
    assert picked(track, wanted).data["segment"].values.tolist() == [0, 0, 0, 1, 1]


def test_segments_stay_apart_and_frames_without_a_person_stay_without():
    track = PoseTrack(track_of(simulate(Scene(mode="bowling", seed=75, frame_rate=60, duration_s=1.5))).data)
    track.data["segment"].values[:] = [0] * 20 + [-1] * 10 + [1] * 60
    wanted = np.arange(90) % 8 == 0
    assert picked(track, wanted).data["segment"].values.tolist() == [0, 0, 0, -1] + [1] * 8
