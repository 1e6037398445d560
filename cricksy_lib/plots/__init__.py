"""The plotly figures that notebooks, report and dashboard share; made from `Results` alone.

Time runs in seconds of the clip, so a moment in a figure is the same moment in the video. Unknown samples are
gaps: no line is ever drawn across them.
"""

from __future__ import annotations

from cricksy_lib.plots.figures import (
    MARGIN_S,
    has_values,
    kinematics_figure,
    metric_figure,
    series_of,
    series_of_all,
)
from cricksy_lib.plots.lines import Style, add_series, base_figure
from cricksy_lib.plots.look import COLOURS, INK, MUTED, WORST, event_label, tint, unit_label, unit_suffix
from cricksy_lib.plots.marks import append_marks

__all__ = [
    "COLOURS",
    "INK",
    "MARGIN_S",
    "MUTED",
    "WORST",
    "Style",
    "add_series",
    "append_marks",
    "base_figure",
    "event_label",
    "has_values",
    "kinematics_figure",
    "metric_figure",
    "series_of",
    "series_of_all",
    "tint",
    "unit_label",
    "unit_suffix",
]
