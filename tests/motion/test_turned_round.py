"""Left and right that are exchanged throughout are put right where the discipline shows it."""

import numpy as np
import pytest
from truth_track import track_of

from cricksy_lib.motion.movement import read_movement
from cricksy_lib.motion.turned_round import _turned, settle_sides
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate

ENDS = {"front": 0.0, "behind": 180.0}


def seen(mode, hand, view):
    truth = simulate(Scene(mode=mode, hand=hand, azimuth_deg=ENDS[view], seed=71))
    return clean(track_of(truth, noise_px=0.7))


@pytest.mark.parametrize("mode", ["bowling", "fielding"])
@pytest.mark.parametrize("hand", ["right", "left"])
@pytest.mark.parametrize("view", ["front", "behind"])
def test_a_whole_clip_with_exchanged_sides_is_put_right(mode, hand, view):
    right = seen(mode, hand, view)
    wrong = _turned(right)
    settled = settle_sides(wrong, AnalysisOptions(mode=mode, hand=hand, view=view))
    np.testing.assert_allclose(settled.data["position"], right.data["position"])
    np.testing.assert_allclose(settled.data["world"], right.data["world"])
    assert settled.data.attrs["repairs"]["swapped_frames"] == settled.data.sizes["time"]


@pytest.mark.parametrize("mode", ["bowling", "fielding"])
@pytest.mark.parametrize("view", ["front", "behind"])
def test_a_clip_that_is_right_stays(mode, view):
    right = seen(mode, "right", view)
    assert settle_sides(right, AnalysisOptions(mode=mode, hand="right", view=view)) is right


def test_the_hand_alone_does_not_turn_a_clip_round_but_nothing_is_sure_then():
    right = seen("bowling", "right", "behind")
    options = AnalysisOptions(mode="bowling", hand="left", view="behind")
    assert read_movement(right, options).hand_disagrees
    assert not read_movement(right, AnalysisOptions(mode="bowling", hand="right")).hand_disagrees


def test_without_a_declared_hand_nothing_is_turned():
    right = seen("bowling", "right", "behind")
    wrong = _turned(right)
    assert settle_sides(wrong, AnalysisOptions(mode="bowling", view="behind")) is wrong


@pytest.mark.parametrize("view", ["front", "behind"])
def test_a_batter_is_left_as_found_but_doubted(view):
    wrong = _turned(seen("batting", "right", view))
    options = AnalysisOptions(mode="batting", hand="right", view=view)
    assert settle_sides(wrong, options) is wrong
    assert read_movement(wrong, options).hand_disagrees
