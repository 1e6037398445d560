"""Metres for each pixel against the exact camera of a scene."""

from __future__ import annotations

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.errors import UsageError
from cricksy_lib.motion.body import build_body
from cricksy_lib.motion.scale import KNOWN_M, ScaleFound, find_scale
from cricksy_lib.motion.view import estimate_view
from cricksy_lib.options import AnalysisOptions, ScaleMark
from cricksy_lib.pose.clean import clean
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate


class Filmed:
    """A batter, the true scale at the body, and marks on things beside it."""

    def __init__(self, azimuth: float, seed: int = 81) -> None:
        truth = simulate(Scene(mode="batting", azimuth_deg=azimuth, seed=seed))
        self.camera = truth.camera
        hips = np.median((truth.m("left_hip") + truth.m("right_hip")) / 2, axis=0)
        self.true = float(truth.camera.project(hips)[1] / truth.camera.focal_px)
        self.height_cm = 100 * truth.facts["height_m"]
        self.body = build_body(clean(track_of(truth, 1.0)), 1.0, "batting")
        self.view = estimate_view("batting", self.body, "auto")

    def mark(self, kind: str, stretch: float = 1.0) -> ScaleMark:
        """Mark what stands a metre behind the batter on the pitch."""
        along = np.array([0, 0, 1.0]) if kind == "stumps" else np.array([1.0, 0, 0])
        start = np.array([-1.0, 0.1, 0.0])
        ends, _ = self.camera.project(np.stack([start, start + stretch * KNOWN_M[kind] * along]))
        (x1, y1), (x2, y2) = ends.tolist()
        return ScaleMark(kind=kind, x1=x1, y1=y1, x2=x2, y2=y2)

    def find(self, **options) -> ScaleFound:
        return find_scale(AnalysisOptions(mode="batting", **options), self.body, self.view)


@pytest.mark.parametrize(
    ("kind", "azimuth"), [("stumps", 90), ("stumps", 0), ("crease", 90), ("crease", -70)]
)
def test_a_mark_gives_the_scale_at_the_body_within_its_uncertainty(kind, azimuth):
    filmed = Filmed(azimuth)
    scale = filmed.find(scale_mark=filmed.mark(kind)).scale
    assert scale.source == f"{kind} marked by the user"
    assert abs(scale.m_per_px / filmed.true - 1) <= scale.uncertainty < 0.3


def test_height_gives_the_scale_within_its_uncertainty():
    filmed = Filmed(90)
    scale = filmed.find(height_cm=filmed.height_cm).scale
    assert abs(scale.m_per_px / filmed.true - 1) <= scale.uncertainty


def test_of_two_scales_that_agree_the_surer_one_is_taken():
    filmed = Filmed(90)
    found = filmed.find(scale_mark=filmed.mark("stumps"), height_cm=filmed.height_cm)
    assert found.problem is None
    assert found.scale.source == "height given by the user"
    assert abs(found.difference) < 0.15


def test_two_scales_that_are_far_apart_are_named():
    filmed = Filmed(90)
    found = filmed.find(scale_mark=filmed.mark("stumps", stretch=1.5), height_cm=filmed.height_cm)
    assert "apart" in found.problem
    assert found.difference == pytest.approx(1 / 1.5 - 1, abs=0.12)


def test_a_crease_seen_along_the_pitch_gives_no_scale():
    filmed = Filmed(0)
    mark = ScaleMark(kind="crease", x1=600, y1=600, x2=640, y2=600)
    assert filmed.find(scale_mark=mark).scale is None
    assert "from the side" in filmed.find(scale_mark=mark).problem


def test_a_mark_outside_the_picture_is_not_used():
    mark = ScaleMark(kind="stumps", x1=4000, y1=600, x2=4000, y2=500)
    found = Filmed(90).find(scale_mark=mark)
    assert found.scale is None
    assert "outside" in found.problem


def test_a_runner_along_the_cameras_axis_widens_the_scale_from_height():
    def spread(azimuth: float) -> float:
        truth = simulate(Scene(mode="bowling", azimuth_deg=azimuth, seed=82))
        body = build_body(clean(track_of(truth, 1.0)), 1.0, "bowling")
        options = AnalysisOptions(mode="bowling", height_cm=180)
        return find_scale(options, body, estimate_view("bowling", body, "auto")).scale.uncertainty

    assert spread(0) > 3 * spread(90)


def test_without_height_and_mark_there_is_no_scale():
    assert Filmed(90).find() == ScaleFound(None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "stumps",
        "stumps:1,2,3",
        "wall:0,0,9,99",
        "stumps:10,10,12,12",
        "stumps:-1,0,0,80",
        "crease:a,b,c,d",
    ],
)
def test_a_mark_that_cannot_be_used_says_how_one_is_given(text):
    with pytest.raises(UsageError) as error:
        ScaleMark.parse(text)
    assert error.value.advice


def test_a_mark_is_read_as_it_is_written():
    mark = ScaleMark.parse(" stumps: 410, 520.5,410,440 ")
    assert (mark.kind, mark.x1, mark.y1, mark.x2, mark.y2) == ("stumps", 410, 520.5, 410, 440)
    assert mark.length_px == 80.5


def test_a_short_mark_in_a_job_is_wrong_usage_too():
    with pytest.raises(UsageError, match="scale-mark"):
        AnalysisOptions.checked(
            mode="batting", scale_mark={"kind": "crease", "x1": 1, "y1": 1, "x2": 2, "y2": 2}
        )
