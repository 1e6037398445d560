"""How a ± is rounded, wherever it is printed."""

from __future__ import annotations

import math


def rounded_up(half_width: float, decimals: int) -> float:
    """Return a half width rounded up: an interval that is printed narrower than it is would be wrong.

    What is a little above a number for the computer's own rounding alone is that number.
    """
    factor = 10**decimals
    return math.ceil(round(half_width * factor, 6)) / factor
