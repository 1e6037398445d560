"""Cricksy: measure a cricketer's movement from a phone clip, say what to fix first, show the moment."""

__version__ = "0.1.0"
