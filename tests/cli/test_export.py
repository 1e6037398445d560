"""``cricksy export``: what the files hold, and what is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dashboard.sample_results import sample_results
from done_jobs import SMALL, done_job, ended_early
from small_notebooks import Bench, Run

from cricksy_lib.cli.export import _table_name
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.layout import player_id
from cricksy_lib.jobs.record import JobError
from cricksy_lib.pose.track import KEYPOINTS, PoseTrack

FULL = sample_results("deep")


@pytest.fixture
def job_id(bench: Bench) -> str:
    """A job that is done, with series."""
    return done_job(bench.store, results=FULL)


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
    world = np.random.default_rng(1).normal(size=(3, len(KEYPOINTS), 3))
    world[1, 0] = np.nan
    track = PoseTrack.from_arrays(
        np.array([0.0, 0.1, 0.2]),
        np.arange(3),
        world,
        world,
        np.ones((3, len(KEYPOINTS))),
        np.zeros(3),
        {"width": 64, "height": 48, "frame_rate": 10.0, "frames_in_clip": 3, "model": "m"},
    )
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


STUCK = JobError(code="analysis_failed", message="The deep pass stopped.", advice="Try the job again.")


def test_of_a_failed_job_the_quick_pass_is_exported_and_called_so(
    cricksy: Run, bench: Bench, tmp_path: Path
) -> None:
    job_id = ended_early(bench.store, FULL, status="failed", error=STUCK)
    for format_ in ("csv", "html"):
        ran = cricksy("export", job_id, "--format", format_, "--out", tmp_path)
        assert ran.returncode == 0
        assert ran.stderr == (
            "Only the quick pass is exported. The job has failed: The deep pass stopped. Try the job again.\n"
        )
    made = {path.name: path for path in tmp_path.glob("*.*") if job_id in path.name}
    names = ("metrics.csv", "kinematics.csv", "events.csv", "report.html")
    assert set(made) == {f"{job_id}_quick_{name}" for name in names}
    # The page is that of the results, not what the pass that failed had stored.
    assert "Front knee gives way after landing" in made[f"{job_id}_quick_report.html"].read_text()
    for deep in (("csv", "--landmarks"), ("trc",)):
        ran = cricksy("export", job_id, "--format", *deep, "--out", tmp_path)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr == (
            "There are no positions: they come with a deep pass. "
            "The job has failed: The deep pass stopped. Try the job again.\n"
        )


def test_a_job_that_failed_without_results_is_refused_with_cause_and_advice(
    cricksy: Run, bench: Bench, tmp_path: Path
) -> None:
    job_id = ended_early(bench.store, FULL, status="failed", error=STUCK, quick=False)
    ran = cricksy("export", job_id, "--format", "csv", "--out", tmp_path / "out")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "The job has failed: The deep pass stopped. Try the job again.\n"
    assert not (tmp_path / "out").exists()


def test_of_a_job_that_still_runs_the_quick_pass_is_exported_and_called_so(
    cricksy: Run, bench: Bench, tmp_path: Path
) -> None:
    job_id = ended_early(bench.store, FULL, status="deep_running")
    ran = cricksy("export", job_id, "--format", "csv", "--out", tmp_path)
    assert ran.returncode == 0
    assert ran.stderr == (
        "Only the quick pass is exported. The job is being analysed. "
        f"See its status with 'cricksy jobs show {job_id}'.\n"
    )
    assert all(f"{job_id}_quick_" in line for line in ran.stdout.splitlines())


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
    one = cricksy("export", "--player", "zoë", "--format", format_, "--out", tmp_path / "out").stdout
    assert one.strip() == str(tmp_path / "out" / f"cricksy_jobs_zoë_{player_id('Zoë')[:6]}.{format_}")
    assert set(read(one.strip())["job_id"]) == {ids[1]}


def test_no_player_s_table_takes_the_place_of_another_s_or_of_everybody_s() -> None:
    names = (None, "अमित", "अमृत", "A-B", "A B", "🏏", "***", "../../x", "अ" * 120)
    tables = [_table_name(name) for name in names]
    assert len(set(tables)) == len(names)
    assert all(re.fullmatch(r"cricksy_jobs[\w]*", name) and len(name.encode()) < 100 for name in tables)


def test_a_player_s_table_has_one_name_in_whatever_form_the_letters_are() -> None:
    forms = ("Zo\u00eb  Ali", " zoe\u0308 ali", "\uff3a\uff4f\u00eb\u3000Ali")
    assert {_table_name(form) for form in forms} == {_table_name("zo\u00eb ali")}


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
        (("JOB", "--format", "csv", "--wide"), "--wide belongs to the table of jobs"),
        (("JOB", "--format", "csv", "--since", "2026-05-01"), "--since belongs to the table of jobs"),
        (("--format", "csv"), "not clear"),
        (("--all", "--format", "html"), "--format csv or parquet"),
        (("--all", "--format", "csv", "--since", "yesterday"), "2026-05-31"),
        (("--all", "--format", "csv", "--mode", "golf"), "batting"),
        (("no-such-job", "--format", "csv"), "neither the identifier of a job nor a folder"),
        (
            ("JOB", "--format", "html", "--landmarks"),
            "--landmarks cannot be written as 'html'. Give --format csv or parquet.",
        ),
        (("--all", "--format", "csv", "--landmarks"), "--landmarks belongs to one JOB"),
        (("JOB", "--format", "csv", "--landmarks"), "--pass both"),
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
        "import cricksy_lib.landmark_table\n"
        "print(sorted({'cv2', 'mediapipe', 'plotly', 'voila'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
