"""``cricksy export``: what the files hold, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dashboard.sample_results import sample_results
from done_jobs import NOW, SMALL, done_job
from small_notebooks import Bench, Run

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.documents import Failed, JobError
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack
from cricksy_lib.results import dump_json
from cricksy_lib.tables import LANDMARK_COLUMNS

FULL = sample_results("deep")


@pytest.fixture
def job_id(bench: Bench) -> str:
    """A job that is done, with series."""
    return done_job(bench.store, results=FULL)


def some_places() -> np.ndarray:
    """Three frames of landmarks, one of them missing."""
    places = np.random.default_rng(1).normal(size=(3, len(KEYPOINTS), 3))
    places[1, 0] = np.nan
    return places


def a_track(places: np.ndarray) -> PoseTrack:
    return PoseTrack.from_arrays(
        np.array([0.0, 0.1, 0.2]),
        np.arange(3),
        places,
        places,
        np.ones((3, len(KEYPOINTS))),
        np.array([-1, 0, 0]),
        {"width": 64, "height": 48, "frame_rate": 10.0, "frames_in_clip": 3, "model": "m"},
    )


def read(path: str) -> pd.DataFrame:
    return pd.read_csv(path) if path.endswith(".csv") else pd.read_parquet(path)


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_a_job_s_tables_say_value_unit_uncertainty_and_status(
    cricksy: Run, job_id: str, tmp_path: Path, format_: str
) -> None:
    ran = cricksy("export", job_id, "--format", format_, "--out", tmp_path / "out")
    assert (ran.returncode, ran.stderr) == (0, "")
    paths = ran.stdout.splitlines()
    assert [Path(path).name for path in paths] == [
        f"{job_id}_{name}.{format_}" for name in ("metrics", "kinematics", "events")
    ]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(Path(p).name for p in paths)
    metrics, series, events = (read(path) for path in paths)
    assert list(metrics["metric"]) == list(FULL.metrics)
    brace = metrics.set_index("metric").loc["front_knee_brace_score"]
    assert (brace["value"], brace["uncertainty"], brace["unit"], brace["status"]) == (
        *(124.0, 13.0, "deg", "measured"),
    )
    for name, one in FULL.kinematics.series.items():
        mine = series[series["series"] == name]
        assert list(mine["time_s"]) == FULL.kinematics.time_s
        assert list(mine["status"]) == one.status
        assert set(mine["unit"]) == {one.unit}
        for column, true in (("value", one.values), ("uncertainty", one.uncertainty)):
            np.testing.assert_allclose(mine[column], np.array(true, dtype=float), rtol=1e-12)
    assert list(events["event"]) == [event.name for event in sorted(FULL.events, key=lambda e: e.time_s)]


def test_the_page_is_written_for_a_job_that_kept_none(cricksy: Run, job_id: str, tmp_path: Path) -> None:
    ran = cricksy("export", job_id, "--format", "html", "--out", tmp_path)
    (path,) = ran.stdout.splitlines()
    text = Path(path).read_text()
    assert "Front knee gives way after landing" in text
    assert "://" not in text.replace("http://www.w3.org", "")


def test_positions_are_a_table_of_markers_in_millimetres_with_y_up(
    cricksy: Run, bench: Bench, job_id: str, tmp_path: Path
) -> None:
    slow = FULL.model_copy(update={"video": FULL.video.model_copy(update={"slow_motion": 4.0})})
    slow_id = done_job(bench.store, results=slow)
    world = some_places()
    track = a_track(world)
    track.to_parquet(tmp_path / "pose.parquet")
    bench.store.put(layout.artefact(slow_id, 1, "pose.parquet"), tmp_path / "pose.parquet")
    ran = cricksy("export", slow_id, "--format", "trc", "--out", tmp_path)
    assert ran.returncode == 0, ran.stderr
    (path,) = ran.stdout.splitlines()
    lines = Path(path).read_text().splitlines()
    assert lines[0].split("\t")[-1] == Path(path).name
    facts = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert (facts["DataRate"], facts["NumFrames"], facts["NumMarkers"], facts["Units"]) == (
        *("40", "3", str(len(KEYPOINTS)), "mm"),
    )
    assert lines[3].split("\t")[2::3] == list(KEYPOINTS)
    rows = [line.split("\t") for line in lines[6:]]
    assert [row[1] for row in rows] == ["0.000000", "0.025000", "0.050000"]
    assert rows[1][2:5] == ["", "", ""]
    assert {len(row) for row in rows} == {2 + 3 * len(KEYPOINTS)} == {len(lines[4].split("\t"))}
    seen = np.array(rows[2][2:], dtype=float).reshape(-1, 3)
    np.testing.assert_allclose(seen, world[2] * [1000, -1000, -1000], atol=6e-4)
    # Without a deep pass there are none.
    assert cricksy("export", job_id, "--format", "trc", "--out", tmp_path).returncode == 2


@pytest.mark.parametrize("format_", ["csv", "parquet"])
@pytest.mark.parametrize("of", ["job", "folder"])
def test_landmarks_are_a_table_in_pixels_where_a_pose_was_kept(
    cricksy: Run, bench: Bench, job_id: str, tmp_path: Path, format_: str, of: str
) -> None:
    folder = tmp_path / "analysed"
    folder.mkdir()
    a_track(some_places()).to_parquet(folder / "pose.parquet")
    (folder / "deep_results.json").write_text(dump_json(FULL))
    bench.store.put(layout.artefact(job_id, 1, "pose.parquet"), folder / "pose.parquet")
    what, name = (job_id, job_id) if of == "job" else (str(folder), "analysed")
    ran = cricksy("export", what, "--format", format_, "--out", tmp_path / "out")
    assert (ran.returncode, ran.stderr) == (0, "")
    paths = ran.stdout.splitlines()
    assert [Path(path).name for path in paths] == [
        f"{name}_{table}.{format_}" for table in ("metrics", "kinematics", "events", "landmarks")
    ]
    table = read(paths[-1])
    assert list(table.columns) == list(LANDMARK_COLUMNS)
    assert len(table) == 3 * len(KEYPOINTS)
    knee = table[(table["keypoint"] == "left_knee") & (table["frame"] == 2)].iloc[0]
    np.testing.assert_allclose(
        [knee["x_px"], knee["y_px"], knee["time_s"]],
        [*some_places()[2, KEYPOINTS.index("left_knee"), :2], 0.2],
    )
    missing = table[(table["keypoint"] == KEYPOINTS[0]) & (table["frame"] == 1)].iloc[0]
    assert np.isnan(missing["x_px"])
    assert table["segment"].isna().sum() == len(KEYPOINTS), "nobody was followed in the first frame"


def test_a_failed_job_s_tables_are_those_of_its_quick_pass_and_say_so(
    cricksy: Run, bench: Bench, tmp_path: Path
) -> None:
    job_id = done_job(bench.store, results=FULL, analysis_pass="quick")
    bench.store.delete(layout.artefact(job_id, 1, "done.json"))
    error = JobError(code="pose_failed", message="The pose model failed.", advice="Try again.")
    failed = Failed(failed_at=NOW, error=error)
    bench.store.put(layout.artefact(job_id, 1, "failed.json"), failed.as_bytes())
    ran = cricksy("export", job_id, "--format", "csv", "--out", tmp_path)
    assert (ran.returncode, len(ran.stdout.splitlines())) == (0, 3)
    assert "failed: these are the numbers of its quick pass alone" in ran.stderr


def test_a_folder_gives_its_page_and_positions_too(cricksy: Run, tmp_path: Path) -> None:
    folder = tmp_path / "analysed"
    folder.mkdir()
    (folder / "deep_results.json").write_text(dump_json(FULL))
    assert cricksy("export", folder, "--format", "html", "--out", tmp_path / "out").returncode == 0
    assert "Front knee gives way" in (tmp_path / "out" / "analysed_report.html").read_text()
    none = cricksy("export", folder, "--format", "trc", "--out", tmp_path / "out")
    assert (none.returncode, none.stdout) == (2, "")
    assert "deep pass" in none.stderr


@pytest.mark.parametrize(("content", "code", "says"), [(None, 2, "no results"), ("{", 4, "damaged")])
def test_a_folder_without_whole_results_is_refused(
    cricksy: Run, tmp_path: Path, content: str | None, code: int, says: str
) -> None:
    folder = tmp_path / "analysed"
    folder.mkdir()
    if content is not None:
        (folder / "deep_results.json").write_text(content)
    ran = cricksy("export", folder, "--format", "csv", "--out", tmp_path / "out")
    assert (ran.returncode, ran.stdout) == (code, "")
    assert says in ran.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("format_", ["csv", "parquet"])
@pytest.mark.parametrize("shape", [(), ("--wide",)])
def test_the_table_of_all_jobs(
    cricksy: Run, bench: Bench, tmp_path: Path, format_: str, shape: tuple[str, ...]
) -> None:
    ids = [done_job(bench.store), done_job(bench.store, player="Zoë")]
    ran = cricksy("export", "--all", *shape, "--format", format_, "--out", tmp_path / "out")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [str(tmp_path / "out" / f"cricksy_jobs.{format_}")]
    assert ran.stderr == "2 jobs.\n"
    frame = read(ran.stdout.strip())
    assert list(dict.fromkeys(frame["job_id"])) == ids[::-1]
    assert len(frame) == (2 if shape else 2 * len(SMALL.metrics))
    one = cricksy("export", "--player", "zoë", "--format", format_, "--out", tmp_path / "one").stdout
    assert set(read(one.strip())["job_id"]) == {ids[1]}


def test_the_table_of_no_job_has_its_headings(cricksy: Run, tmp_path: Path) -> None:
    ran = cricksy("export", "--all", "--format", "csv", "--out", tmp_path)
    assert ran.stderr == "No job fits: the table has headings alone.\n"
    assert "uncertainty" in Path(ran.stdout.strip()).read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("JOB", "--format", "pdf"), "print it"),
        (("JOB", "--format", "docx"), "--format csv"),
        (("JOB", "--format", "csv", "--all"), "not clear"),
        (("JOB", "--format", "csv", "--wide"), "not clear"),
        (("--format", "csv"), "not clear"),
        (("--all", "--format", "html"), "--format csv or parquet"),
        (("--all", "--format", "csv", "--since", "yesterday"), "2026-05-31"),
        (("--all", "--format", "csv", "--mode", "golf"), "batting"),
        (("no-such-job", "--format", "csv"), "not the identifier"),
        (("018f3c5e-0000-7000-8000-000000000000", "--format", "trc"), "There is no job"),
    ],
)
def test_what_cannot_be_exported_is_wrong_usage_in_two_sentences(
    cricksy: Run, job_id: str, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    given = [job_id if argument == "JOB" else argument for argument in arguments]
    ran = cricksy("export", *given, "--out", tmp_path / "out")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert says in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", ["job", "table"])
@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_a_place_that_cannot_be_written_is_wrong_usage(
    cricksy: Run, job_id: str, tmp_path: Path, what: str, format_: str
) -> None:
    chosen, name = (job_id, f"{job_id}_metrics") if what == "job" else ("--all", "cricksy_jobs")
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "out" / f"{name}.{format_}").mkdir(parents=True)
    for out in ("file", "out"):
        ran = cricksy("export", chosen, "--format", format_, "--out", tmp_path / out)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "cannot be written" in ran.stderr
    assert [p.name for p in (tmp_path / "out").iterdir()] == [f"{name}.{format_}"]


def test_a_table_of_a_store_that_cannot_be_reached_exits_with_5(cricksy: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = cricksy("export", "--all", "--format", "csv", CRICKSY_STORE=str(tmp_path / "file" / "store"))
    assert ran.returncode == 5


def test_export_loads_neither_opencv_nor_the_pose_model() -> None:
    script = (
        "import sys\nimport cricksy_lib.jobs.table, cricksy_lib.tables, cricksy_lib.trc\n"
        "print(sorted({'cv2', 'mediapipe', 'plotly', 'voila'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
