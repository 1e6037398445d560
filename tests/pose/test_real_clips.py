"""Real clips: the right person, though small, not alone, or filmed from afar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cricksy_lib.options import AnalysisOptions, AthletePoint
from cricksy_lib.pose.extract import extract
from cricksy_lib.settings import Settings
from cricksy_lib.video import probe

pytestmark = pytest.mark.real_clips


def test_far_batter_is_followed_and_not_the_bowler_beside_the_camera(
    real_clips: Path, settings: Settings
) -> None:
    clip = real_clips / "bat_net_coverdrive_720x1280_60.mp4"
    track = extract(probe(clip), AnalysisOptions(mode="batting"), "quick", settings=settings)
    hips = track.xy("left_hip")
    assert track.detection_rate > 0.9
    assert np.nanmin(hips[:, 0]) > 380  # the bowler crosses left of 250


def test_bowler_is_followed_across_the_picture(real_clips: Path, settings: Settings) -> None:
    clip = real_clips / "bowl_side_4k30_uiu_L14.mp4"
    track = extract(probe(clip), AnalysisOptions(mode="bowling"), "quick", settings=settings)
    hips = track.xy("left_hip")[:, 0]
    assert track.detection_rate > 0.9
    assert np.nanmax(hips) - np.nanmin(hips) > 1200
    assert track.data.attrs["breaks"] == []


@pytest.mark.parametrize(("point", "side"), [((645, 260), "left"), ((1300, 730), "right")])
def test_named_one_of_two_people_is_kept(
    real_clips: Path, settings: Settings, point: tuple[int, int], side: str
) -> None:
    clip = real_clips / "ref_sports2d_demo.mp4"
    options = AnalysisOptions(mode="fielding", athlete=AthletePoint(x=point[0], y=point[1], time_s=2.3))
    track = extract(probe(clip), options, "quick", settings=settings)
    early = track.data["time"].values < 3.0
    height = track.xy("left_hip")[early, 1]
    on_the_wall = np.nanmax(height) < 450
    assert track.found[early].mean() > (0.8 if side == "left" else 0.3)
    assert on_the_wall == (side == "left")
