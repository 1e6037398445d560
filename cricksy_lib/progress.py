"""How long work reports where it is: one small callable, passed down."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with a stage's name and how much of it is done; calls may be frequent and must be cheap."""

    def __call__(self, stage: str, done: float, total: float) -> None:
        """Report ``done`` of ``total`` units of ``stage`` (``total`` may be 0 while it is unknown)."""


def silent(stage: str, done: float, total: float) -> None:
    """Report to nobody."""
