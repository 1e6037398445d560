"""Reading landmarks, and the way from there to a corrections file, as docs/corrections.md goes it."""

from __future__ import annotations

import re
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from done_jobs import done_job
from small_notebooks import Bench, Run
from truth_track import track_of, write_raw_pose

from cricksy_lib.jobs import layout
from cricksy_lib.landmark_table import LANDMARK_COLUMNS, landmarks_frame
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.truth import Truth

DOCS = Path(__file__).parents[2] / "docs"
SCENE = Scene(mode="bowling", seed=73, width=640, height=360, frame_rate=60, fill=0.8)


@pytest.fixture
def track(synthetic_clip: Callable[[Scene], tuple[Path, Truth]]) -> PoseTrack:
    """A pose with a frame in which nobody was found."""
    track = track_of(synthetic_clip(SCENE)[1], noise_px=0.5)
    for name in ("position", "world", "confidence"):
        track.data[name].values[7] = np.nan
    track.data["segment"].values[7:] = 1
    track.data["segment"].values[7] = -1
    return track


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_the_landmarks_of_a_job_are_those_of_its_pose(
    cricksy: Run, bench: Bench, tmp_path: Path, track: PoseTrack, format_: str
) -> None:
    job_id = done_job(bench.store)
    track.to_parquet(tmp_path / "pose.parquet")
    bench.store.put(layout.artefact(job_id, 1, "pose.parquet"), tmp_path / "pose.parquet")
    ran = cricksy("export", job_id, "--format", format_, "--landmarks", "--out", tmp_path / "out")
    assert (ran.returncode, ran.stderr) == (0, "")
    (path,) = ran.stdout.splitlines()
    assert path == str(tmp_path / "out" / f"{job_id}_landmarks.{format_}")
    table = pd.read_csv(path) if format_ == "csv" else pd.read_parquet(path)
    count = track.data.sizes["time"]
    assert list(table.columns) == list(LANDMARK_COLUMNS)
    assert list(table["keypoint"]) == list(KEYPOINTS) * count
    each = [group for _, group in table.groupby("frame")]
    assert [set(group["segment"]) for group in each[6:9]] == [{0}, {-1}, {1}]
    np.testing.assert_allclose([g["time_s"].iloc[0] for g in each], track.data["time"].values, atol=1e-6)
    seen = table[["x_px", "y_px"]].to_numpy().reshape(count, len(KEYPOINTS), 2)
    np.testing.assert_allclose(seen, track.data["position"].values[..., :2], atol=0.0051)
    confidence = table["confidence"].to_numpy().reshape(count, -1)
    np.testing.assert_allclose(confidence, track.data["confidence"].values, atol=0.00051)
    assert np.isnan(seen[7]).all()
    assert not table["moved"].any()


def test_what_was_moved_between_two_frames_is_in_none_of_them(track: PoseTrack) -> None:
    step = 1 / SCENE.frame_rate
    track.data.attrs["moved"] = [
        {"keypoint": "left_knee", "time_s": float(track.data["time"].values[3])},
        {"keypoint": "nose", "time_s": float(track.data["time"].values[-1]) + step},
    ]
    moved = landmarks_frame(track).query("moved")
    assert [tuple(row) for row in moved[["frame", "keypoint"]].to_numpy()] == [(3, "left_knee")]


@pytest.fixture(scope="module")
def analysed(
    synthetic_clip: Callable[[Scene], tuple[Path, Truth]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A clip, and the file of its raw pose."""
    clip, truth = synthetic_clip(SCENE)
    return clip, write_raw_pose(tmp_path_factory.mktemp("pose"), clip, truth)


def test_the_documented_way_from_the_table_to_a_correction(
    cricksy: Run, analysed: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, pose = analysed

    def analyse(out: str, *more: object) -> pd.DataFrame:
        asked = ("analyse", clip, "--mode", "bowling", "--hand", SCENE.hand, "--pose", pose, *more)
        ran = cricksy(*asked, "--pass", "deep", "--out", tmp_path / out)
        assert ran.returncode == 0, ran.stderr
        ran = cricksy("export", tmp_path / out, "--format", "csv", "--landmarks", "--out", tmp_path)
        assert (ran.returncode, ran.stdout) == (0, f"{tmp_path / out}_landmarks.csv\n"), ran.stderr
        return pd.read_csv(ran.stdout.strip()).set_index(["keypoint", "frame"])

    before = analyse("before")
    (snippet,) = re.findall(r"```python\n(.*?)```", (DOCS / "corrections.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "snippet.py").write_text(snippet)
    shutil.copy("before_landmarks.csv", re.findall(r'read_csv\("(.*?)"\)', snippet)[0])
    moved = pd.DataFrame(runpy.run_path("snippet.py")["moved"])
    assert len(moved) > 1
    after = analyse("after", "--corrections", tmp_path / "corrections.json")
    places = after[after["moved"]]
    assert list(places.index) == sorted(zip(moved["keypoint"], moved["frame"], strict=True))
    np.testing.assert_allclose(places[["x_px", "y_px"]].to_numpy(), moved[["x", "y"]].to_numpy(), atol=0.0051)
    assert (places["confidence"] == 1).all()
    far = [place for place in before.index if place[0] not in set(moved["keypoint"])]
    pd.testing.assert_frame_equal(after.loc[far], before.loc[far])


def test_a_folder_s_tables_are_exported_as_a_job_s(cricksy: Run, tmp_path: Path, bench: Bench) -> None:
    folder = tmp_path / "nets"
    folder.mkdir()
    job_id = done_job(bench.store)
    content = bench.store.get(layout.artefact(job_id, 1, "deep_results.json"))
    assert content is not None
    (folder / "deep_results.json").write_bytes(content)
    of_folder = cricksy("export", folder, "--format", "csv", "--out", tmp_path / "a").stdout.splitlines()
    of_job = cricksy("export", job_id, "--format", "csv", "--out", tmp_path / "b").stdout.splitlines()
    names = [f"nets_{name}.csv" for name in ("metrics", "kinematics", "events")]
    assert [Path(path).name for path in of_folder] == names
    assert [Path(p).read_text() for p in of_folder] == [Path(p).read_text() for p in of_job]
    refused = cricksy("export", folder, "--format", "csv", "--landmarks", "--out", tmp_path / "c")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--pass both" in refused.stderr


@pytest.mark.parametrize(("content", "code"), [(None, 2), (b"{}", 4)])
def test_a_folder_without_results_is_refused(
    cricksy: Run, tmp_path: Path, content: bytes | None, code: int
) -> None:
    (tmp_path / "out").mkdir()
    if content is not None:
        (tmp_path / "out" / "deep_results.json").write_bytes(content)
    ran = cricksy("export", tmp_path / "out", "--format", "csv", "--out", tmp_path / "to")
    assert (ran.returncode, ran.stdout) == (code, "")
    assert len(ran.stderr.splitlines()) == 1
    assert not (tmp_path / "to").exists()
