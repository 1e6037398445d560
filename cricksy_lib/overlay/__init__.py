"""The clip with what was measured drawn on it: skeleton, events, the front knee's angle, the time."""

from cricksy_lib.overlay.write import write_overlay

__all__ = ["write_overlay"]
