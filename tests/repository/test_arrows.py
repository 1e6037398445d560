"""The arrows between the rooms run one way."""

import ast
from pathlib import Path

import pytest

import cricksy_lib

PACKAGE = Path(cricksy_lib.__file__).parent

# What the modules of each room may import of ours; a room may always import itself.
EDGE = {
    "errors",
    "moments",
    "results",
    "vocabulary",
    "rounding",
    "options",
    "corrections",
    "settings",
    "pose_identity",
    "progress",
}
ALLOWED = {
    "errors": set(),
    "moments": set(),
    "name_rows": set(),
    "rounding": set(),
    "results": {"moments"},
    "vocabulary": {"results"},
    "options": {"errors", "results"},
    "corrections": {"errors", "results", "vocabulary", "options"},
    "settings": {"errors"},
    "pose_identity": {"options", "settings"},
    "progress": set(),
    "processes": set(),
    "analysis_parameters": {"corrections", "options", "results"},
    "passrun": {"analysis_parameters", "corrections", "errors", "progress"},
    "video": EDGE,
    "pose": EDGE | {"video"},
    "motion": EDGE | {"pose"},
    "capture": EDGE | {"video", "pose", "motion"},
    "metrics": EDGE | {"motion"},
    "coaching": EDGE | {"name_rows"},
    "overlay": EDGE | {"video", "pose", "motion"},
    "stills": EDGE | {"video", "coaching"},
    "plots": EDGE | {"metrics", "name_rows"},
    "tables": {"results"},
    "trc": EDGE | {"pose"},
    "landmark_table": EDGE | {"pose"},
    "explore": EDGE | {"jobs", "coaching", "plots", "tables"},
    "labbook": EDGE | {"pose", "motion"},
    "analysis": EDGE
    | {"analysis_parameters", "passrun", "video", "pose", "motion", "capture", "metrics", "coaching"}
    | {"overlay", "stills"},
    "jobs": EDGE | {"video", "analysis_parameters", "tables", "coaching", "processes"},
    "dashboard": EDGE | {"jobs", "plots", "metrics", "coaching"},
    "synthetic": EDGE | {"pose", "video"},
    "demo": EDGE | {"jobs", "synthetic"},
    "validation": EDGE
    | {"analysis_parameters", "passrun", "analysis", "synthetic"}
    | {"video", "pose", "motion", "metrics", "coaching", "processes"},
    "cli": None,
}
# Importing a package for one of its constants must not bring these along.
HEAVY = {"cv2", "mediapipe"}
FREE_OF_HEAVY = ("jobs", "dashboard", "plots", "coaching", "results", "options", "cli", "tables", "explore")


def room_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def imports(path: Path) -> set[str]:
    """All modules that a file imports, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path.name} imports relatively"
            names.add(node.module)
            if node.module == "cricksy_lib":
                names |= {f"cricksy_lib.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_rooms_before_its_own(path):
    room = room_of(path)
    assert room in ALLOWED, f"the room '{room}' is not on the map: say what it may import"
    allowed = ALLOWED[room]
    if allowed is None:
        return
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("cricksy_lib.")}
    assert ours - {room} <= allowed


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_pages_and_jobs_import_neither_opencv_nor_mediapipe(path):
    if room_of(path) in FREE_OF_HEAVY:
        assert not {name.split(".")[0] for name in imports(path)} & HEAVY


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_grows_past_a_readable_size(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450
