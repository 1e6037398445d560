"""The synthetic athlete: rendered clips with exact truth, for the demo and the tests."""

from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.simulation import simulate
from cricksy_lib.synthetic.truth import Truth

__all__ = ["Scene", "Truth", "simulate"]
