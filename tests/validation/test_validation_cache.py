"""Landmarks are kept beside their clip as long as nothing they depend on changes."""

from __future__ import annotations

import pytest
from truth_track import track_of

from cricksy_lib.pose.track import PoseTrack
from cricksy_lib.synthetic import Scene, simulate
from cricksy_lib.validation import cache


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"frames")
    return path


@pytest.fixture
def made():
    """Counts how often landmarks are made."""
    track = track_of(simulate(Scene(mode="bowling", duration_s=0.2)))
    calls = []

    def make(path):
        calls.append(path)
        return track

    make.calls = calls
    return make


def test_the_second_time_nothing_is_made(clip, made):
    first = cache.kept(clip, "pose", "code", made)
    assert cache.kept(clip, "pose", "code", made) == first
    assert len(made.calls) == 1
    assert PoseTrack.from_parquet(first).data.sizes["time"] == 12


@pytest.mark.parametrize("change", ["clip", "code", "kind"])
def test_another_clip_code_or_kind_is_made_anew(clip, made, change):
    cache.kept(clip, "pose", "code", made)
    if change == "clip":
        clip.write_bytes(b"other frames")
    kind, code = ("plain" if change == "kind" else "pose"), ("new" if change == "code" else "code")
    cache.kept(clip, kind, code, made)
    assert len(made.calls) == 2


def test_a_damaged_file_is_made_again(clip, made):
    cache.kept(clip, "pose", "code", made)
    (kept,) = clip.parent.glob("*.parquet")
    kept.write_bytes(b"PAR1")
    cache.kept(clip, "pose", "code", made)
    assert len(made.calls) == 2


def test_cleaning_is_not_part_of_what_raw_landmarks_depend_on(monkeypatch):
    read = []
    monkeypatch.setattr(cache, "_hash_of", lambda files: read.extend(files) or "hash")
    cache.pose_code.__wrapped__()
    names = {path.name for path in read}
    assert {"extract.py", "landmarker.py", "decode.py", "track.py"} <= names
    assert "clean.py" not in names
