"""Moments of corrections by a clip's own frame times, also where its frames come unevenly."""

import pytest
from clip_maker import make_clip

from cricksy_lib.analysis import fit_corrections
from cricksy_lib.corrections import Corrections
from cricksy_lib.errors import CorrectionsError
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.video import probe

# Frame number / mean frame rate is off by up to 0.4 s in it.
TIMES = [0.0, 0.033, 0.066, 0.1, 0.6, 0.633, 0.666, 0.7]
KNEE = {"keypoint": "left_knee", "x": 5, "y": 6}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """Fit corrections to a clip of variable frame rate."""
    video = probe(make_clip(tmp_path_factory.mktemp("clip") / "uneven.mp4", times=TIMES))
    assert video.variable_frame_rate

    def fit(given):
        return fit_corrections(Corrections.model_validate(given), AnalysisOptions(mode="batting"), video)

    return fit


@pytest.mark.parametrize("frame", range(len(TIMES)))
def test_an_event_s_frame_is_shown_at_that_frame_s_own_time(fitted, frame):
    (event,) = fitted({"events": [{"name": "impact", "frame": frame}]}).timed_events
    assert event.time_s == pytest.approx(TIMES[frame], abs=1e-4)


@pytest.mark.parametrize("frame", range(len(TIMES)))
def test_a_landmark_by_time_is_that_of_the_frame_then(fitted, frame):
    by_time = fitted({"landmarks": [{**KNEE, "time_s": TIMES[frame] + 0.005}]})
    assert by_time == fitted({"landmarks": [{**KNEE, "frame": frame}]})


def test_a_time_at_which_no_frame_is_near_stays_a_time(fitted):
    (one,) = fitted({"landmarks": [{**KNEE, "time_s": 0.35}]}).landmarks
    assert (one.frame, one.time_s) == (None, 0.35)


def test_an_event_between_two_frames_stays_between_them(fitted):
    (event,) = fitted({"events": [{"name": "impact", "time_s": 0.65}]}).timed_events
    assert event.time_s == 0.65


def test_one_place_by_frame_and_by_time_is_refused(fitted):
    with pytest.raises(CorrectionsError, match="'left_knee' is corrected twice"):
        fitted({"landmarks": [{**KNEE, "frame": 5}, {**KNEE, "time_s": 0.633}]})
    fitted({"landmarks": [{**KNEE, "frame": 4}, {**KNEE, "time_s": 0.633}]})


def test_what_is_fitted_is_fitted_to_the_same(fitted):
    once = fitted(
        {
            "landmarks": [{**KNEE, "time_s": time_s} for time_s in (0.633, 0.35, 0.0)],
            "events": [{"name": "impact", "frame": 5}, {"name": "backlift_top", "time_s": 0.1}],
        }
    )
    assert fitted(once.model_dump(mode="json")) == once
