"""The three browser widgets: the page's clock, a stretch of HTML, the player (scripts in ``static``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

_STATIC = Path(__file__).parent / "static"


class Page(anywidget.AnyWidget):
    """The page's clock, its "last updated" line, and what was clicked.

    The browser counts ``tick`` up; the kernel answers each by setting ``tock`` to it. Clicks on elements
    with ``data-open`` or ``data-action`` arrive as messages: ``{"open": job}``,
    ``{"action": name, "job": job}``.
    """

    _esm = _STATIC / "page.js"
    _css = _STATIC / "dashboard.css"
    tick = traitlets.Int(0).tag(sync=True)
    tock = traitlets.Int(0).tag(sync=True)
    period_ms = traitlets.Int(1000).tag(sync=True)
    patience = traitlets.Int(5).tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)


class Section(anywidget.AnyWidget):
    """A stretch of HTML. Whoever sets ``html`` has escaped every text in it (the templates do)."""

    _esm = _STATIC / "section.js"
    html = traitlets.Unicode("").tag(sync=True)


class Player(anywidget.AnyWidget):
    """The clip, with frame steps, slow motion, a loop, and the overlay in its place when asked for.

    ``slow_motion`` is how many times slower than real the clip itself is.
    """

    _esm = _STATIC / "player.js"
    src = traitlets.Unicode("").tag(sync=True)
    overlay_src = traitlets.Unicode("").tag(sync=True)
    frame_rate = traitlets.Float(30.0).tag(sync=True)
    slow_motion = traitlets.Float(1.0).tag(sync=True)
    duration_s = traitlets.Float(0.0).tag(sync=True)
    marks: traitlets.List[Any] = traitlets.List().tag(sync=True)
    empty_text = traitlets.Unicode("").tag(sync=True)
    seek = traitlets.Dict({"time_s": 0.0, "nonce": 0}).tag(sync=True)

    def jump(self, time_s: float) -> None:
        """Play from a time in the clip; the nonce makes the same time count twice."""
        self.seek = {"time_s": time_s, "nonce": self.seek["nonce"] + 1}

    def show(self, **traits: Any) -> None:
        """Set several traits in one message."""
        with self.hold_sync():
            for name, value in traits.items():
                setattr(self, name, value)
