"""The small JSON files by which a run tells its runner things: written whole, read forgivingly."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file that readers see whole or not at all."""
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    staged.write_text(json.dumps(content), encoding="utf-8")
    staged.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """Read such a file; None if it is absent or not such a file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
