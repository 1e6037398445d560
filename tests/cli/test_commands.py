"""What the commands print, where, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from clip_maker import make_clip
from done_jobs import done_job
from small_notebooks import SUCCEED, Bench, Run

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.store import every_key


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("analyse",),
        ("submit", "clip.mp4"),
        ("submit", "clip.mp4", "--mode", "golf"),
        ("submit", "clip.mp4", "--mode", "batting", "--pass", "slow"),
        ("submit", "clip.mp4", "--mode", "batting", "--athlete", "here"),
        ("submit", "clip.mp4", "--mode", "batting", "--height-cm", "9000"),
        ("submit", "clip.mp4", "--mode", "batting", "--height-cm", "tall"),
        ("submit", "clip.mp4", "--mode", "batting", "--scale-mark", "wall:1,2,3,4"),
        ("submit", "", "--mode", "batting"),
        ("analyse", "clip.mp4", "--mode", "batting", "--out", ""),
        ("jobs", "show", "no-such-job"),
        ("jobs", "delete", "018f3c5e-0000-7000-8000-000000000000"),
        ("worker", "--poll", "often"),
    ],
)
def test_wrong_usage_exits_with_2(cricksy: Run, arguments: tuple[str, ...]) -> None:
    ran = cricksy(*arguments)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr


def test_a_wrong_setting_is_wrong_usage(cricksy: Run) -> None:
    ran = cricksy("jobs", "list", CRICKSY_LEASE_SECONDS="long")
    assert ran.returncode == 2
    assert "CRICKSY_LEASE_SECONDS" in ran.stderr


@pytest.mark.parametrize("command", ["submit", "analyse"])
def test_a_video_that_cannot_be_used_exits_with_3_and_says_what_to_do(
    cricksy: Run, bench: Bench, tmp_path: Path, command: str
) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    out = ("--out", tmp_path / "out") if command == "analyse" else ()
    ran = cricksy(command, tmp_path / "text.mp4", "--mode", "batting", *out)
    assert ran.returncode == 3
    assert ran.stdout == ""
    assert len(ran.stderr.strip().splitlines()) == 1
    assert ran.stderr.count(". ") == 1
    assert list(every_key(bench.store, "")) == []
    assert not (tmp_path / "out").exists()


def test_a_store_that_cannot_be_reached_exits_with_5(cricksy: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = cricksy("jobs", "list", CRICKSY_STORE=str(tmp_path / "file" / "store"))
    assert ran.returncode == 5
    assert "Traceback" not in ran.stderr


def test_an_unexpected_error_is_one_line_and_a_log_entry(cricksy: Run, bench: Bench, tmp_path: Path) -> None:
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import cricksy_lib.jobs.store as s\ndef fail(where): raise RuntimeError('boom')\ns.open_store = fail"
    )
    ran = cricksy("jobs", "list", PYTHONPATH=str(tmp_path))
    assert ran.returncode == 4
    assert len(ran.stderr.strip().splitlines()) == 1
    assert "RuntimeError" in ran.stderr
    assert "boom" in (bench.settings.cache_dir / "cricksy.log").read_text()


def test_submit_prints_the_job_s_id_alone_on_the_last_line(cricksy: Run, bench: Bench) -> None:
    ran = cricksy("submit", bench.clip, "--mode", "bowling", "--player", "Pat", "--athlete", "30,20@0.5")
    assert ran.returncode == 0
    job = bench.ledger.read(ran.stdout.splitlines()[-1])
    assert (job.status, job.mode, job.player) == ("queued", "bowling", "Pat")


def test_jobs_list_prints_an_array_of_summaries_as_json(cricksy: Run, bench: Bench) -> None:
    assert json.loads(cricksy("jobs", "list", "--json").stdout) == []
    ids = [bench.submit(), bench.submit(player="Zoë")]
    ran = cricksy("jobs", "list", "--json", "--quiet")
    assert json.loads(ran.stdout) == [row.model_dump(mode="json") for row in bench.ledger.summaries()]
    assert [row["id"] for row in json.loads(ran.stdout)] == ids[::-1]


@pytest.mark.parametrize("command", ["submit", "analyse"])
@pytest.mark.parametrize("point", ["640,20", "30,20@9"])
def test_a_point_outside_the_clip_is_wrong_usage_before_anything_is_made(
    cricksy: Run, bench: Bench, tmp_path: Path, command: str, point: str
) -> None:
    out = ("--out", tmp_path / "out") if command == "analyse" else ()
    ran = cricksy(command, bench.clip, "--mode", "batting", "--athlete", point, *out)
    assert ran.returncode == 2
    assert "--athlete" in ran.stderr
    assert list(every_key(bench.store, "")) == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("below", ["", "out"])
def test_an_output_folder_that_is_a_file_is_wrong_usage(
    cricksy: Run, bench: Bench, tmp_path: Path, below: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = cricksy("analyse", bench.clip, "--mode", "batting", "--out", tmp_path / "file" / below)
    assert ran.returncode == 2
    assert "cannot be written" in ran.stderr


def test_an_empty_setting_is_no_setting(cricksy: Run, tmp_path: Path) -> None:
    ran = cricksy("jobs", "list", CRICKSY_STORE="", XDG_DATA_HOME=str(tmp_path / "data"), HOME=str(tmp_path))
    assert ran.returncode == 0
    assert not Path("recent").exists()
    assert not Path(".staging").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="nobody can make a folder in Linux's /proc")
@pytest.mark.parametrize("asked", [("jobs", "list"), ("jobs", "verify"), ("worker", "--drain")])
def test_a_store_that_cannot_be_made_is_not_taken_for_an_empty_one(
    cricksy: Run, asked: tuple[str, ...]
) -> None:
    ran = cricksy(*asked, CRICKSY_STORE="/proc/nowhere/store")
    assert (ran.returncode, ran.stderr.count("\n")) == (5, 1)
    assert "'/proc/nowhere/store' is not there and cannot be made" in ran.stderr


def test_the_dashboard_does_not_serve_a_store_that_cannot_be_opened(cricksy: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = cricksy("dashboard", "--port", "0", CRICKSY_STORE=str(tmp_path / "file"))
    assert ran.returncode == 5
    assert "is a file, not a folder" in ran.stderr
    assert "http" not in ran.stderr


def test_a_clip_that_is_cut_off_is_taken_with_a_warning(cricksy: Run, tmp_path: Path) -> None:
    whole = make_clip(
        tmp_path / "whole.mp4",
        times=[i / 30 for i in range(139)],
        format_options={"movflags": "+faststart"},
    )
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    ran = cricksy("submit", cut, "--mode", "batting")
    assert ran.returncode == 0
    assert "cut off or damaged" in ran.stderr


def test_jobs_list_quiet_prints_ids_alone(cricksy: Run, bench: Bench) -> None:
    ids = [bench.submit(), bench.submit()]
    assert cricksy("jobs", "list", "--quiet").stdout.splitlines() == ids[::-1]


def test_a_job_on_its_way_is_deleted_only_after_it_was_cancelled_and_in_one_line(
    cricksy: Run, bench: Bench
) -> None:
    job_id = bench.submit()
    assert "The job is queued. Cancel it first" in cricksy("jobs", "delete", job_id).stderr
    cricksy("jobs", "cancel", job_id)
    deleted = cricksy("jobs", "delete", job_id)
    assert deleted.stdout == ""
    assert len(deleted.stderr.splitlines()) == 1


def test_jobs_list_shows_whole_ids(cricksy: Run, bench: Bench) -> None:
    job_id = bench.submit(title="x" * 100)
    assert job_id in cricksy("jobs", "list").stdout


def test_jobs_list_says_which_job_a_correction_corrects(cricksy: Run, bench: Bench) -> None:
    first = done_job(bench.store)
    bench.store.put(layout.recent(first), b"")
    second = done_job(bench.store, corrects=first)
    bench.store.put(layout.recent(second), b"")
    lines = cricksy("jobs", "list").stdout.splitlines()
    assert [line for line in lines if line.startswith("  corrects")] == [f"  corrects {first}"]
    assert lines[2] == f"  corrects {first}"
    assert second in lines[1]
    rows = json.loads(cricksy("jobs", "list", "--json").stdout)
    assert {row["id"]: row["corrects"] for row in rows} == {first: None, second: first}
    assert cricksy("jobs", "list", "--quiet").stdout.splitlines() == [second, first]


def test_jobs_show_prints_the_whole_read_model_as_json(cricksy: Run, bench: Bench) -> None:
    job_id = bench.submit()
    ran = cricksy("jobs", "show", job_id, "--json")
    assert json.loads(ran.stdout) == bench.ledger.read(job_id).model_dump(mode="json")


def test_a_job_is_cancelled_retried_and_deleted_from_the_command_line(cricksy: Run, bench: Bench) -> None:
    job_id = bench.submit()
    assert cricksy("jobs", "retry", job_id).returncode == 2
    assert cricksy("jobs", "delete", job_id).returncode == 2
    assert cricksy("jobs", "cancel", job_id).returncode == 0
    assert bench.ledger.read(job_id).status == "cancelled"
    assert cricksy("jobs", "retry", job_id).returncode == 0
    assert bench.ledger.read(job_id).status == "queued"
    assert cricksy("jobs", "cancel", job_id).returncode == 0
    deleted = cricksy("jobs", "delete", job_id, "--list")
    assert deleted.returncode == 0
    assert f"jobs/{job_id}/job.json" in deleted.stdout.splitlines()
    assert list(every_key(bench.store, "")) == []


@pytest.mark.notebook
def test_a_drained_worker_proves_each_pass_in_one_plain_line_and_results_can_be_exported(
    cricksy: Run, bench: Bench, tmp_path: Path
) -> None:
    bench.pipeline(SUCCEED)
    job_id = bench.submit(player="Pat", title="Pat in the nets")
    ran = cricksy("worker", "--drain", "--quiet", COLUMNS="40", FORCE_COLOR="1")
    assert ran.returncode == 0
    (closing,) = [line for line in ran.stderr.splitlines() if line.startswith("Done: ")]
    assert job_id in closing
    assert "Pat" not in ran.stderr
    proofs = [line for line in ran.stderr.splitlines() if line.startswith("[PERSISTED] ")]
    assert [line.split(":")[0] for line in proofs] == [
        "[PERSISTED] Quick pass completed",
        "[PERSISTED] Deep job completed",
    ]
    assert all(line.endswith("'top_issues']") for line in proofs)
    shown = cricksy("jobs", "show", job_id)
    assert "Nobody was found in this clip." in shown.stdout
    assert "\npage      file://" in shown.stdout
    tables = cricksy("export", job_id, "--format", "csv", "--out", tmp_path / "tables").stdout.splitlines()
    assert [Path(path).name for path in tables] == [
        f"{job_id}_{name}.csv" for name in ("metrics", "kinematics", "events")
    ]
    assert Path(tables[1]).read_text().splitlines()[1] == "0.0,front_knee_angle,,deg,,not_measurable,"
    exported = cricksy("export", job_id, "--format", "html", "--out", tmp_path).stdout.splitlines()
    assert [Path(path).name for path in exported] == [f"{job_id}_report.html", f"{job_id}_overlay.mp4"]
    assert Path(exported[0]).read_text() == "<p>page</p>"
    assert Path(exported[1]).read_bytes() == b"overlay"


def test_a_job_without_results_has_nothing_to_export(cricksy: Run, bench: Bench, tmp_path: Path) -> None:
    ran = cricksy("export", bench.submit(), "--format", "csv", "--out", tmp_path / "out")
    assert ran.returncode == 2
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_is_wrong_usage(cricksy: Run, bench: Bench) -> None:
    assert cricksy("export", bench.submit(), "--format", "docx").returncode == 2


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom cricksy_lib.cli.app import app\n"
        "heavy = {'numpy', 'cv2', 'mediapipe', 'pandas', 'papermill', 'pydantic', 'rich', 'voila'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_worker_loads_neither_opencv_nor_the_pose_model() -> None:
    script = (
        "import sys\nimport cricksy_lib.jobs.worker, cricksy_lib.jobs.ledger\n"
        "heavy = {'cv2', 'mediapipe', 'papermill', 'cricksy_lib.analysis'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def finished(bench: Bench) -> str:
    """Return a job that is done."""
    bench.pipeline(SUCCEED)
    job_id = bench.submit(passes="quick")
    bench.drain()
    return job_id


@pytest.mark.notebook
def test_correct_prints_the_new_job_s_id_alone_on_the_last_line(
    cricksy: Run, bench: Bench, tmp_path: Path
) -> None:
    older = finished(bench)
    file = tmp_path / "corrections.json"
    file.write_text('{"events": [{"name": "impact", "time_s": 0.5}]}')
    ran = cricksy("correct", older, "--file", file)
    assert (ran.returncode, ran.stderr) == (0, "")
    job = bench.ledger.read(ran.stdout.splitlines()[-1])
    assert (job.status, job.corrects) == ("queued", older)
    assert older in cricksy("jobs", "show", job.id).stdout
    twice = cricksy("correct", older, "--file", file)
    assert twice.stdout.splitlines()[-1] == job.id
    assert "This job was corrected before in the same way: the job is queued." in twice.stderr
    again = cricksy("correct", older, "--file", file, "--again").stdout.splitlines()[-1]
    assert again not in (job.id, older)


@pytest.mark.notebook
def test_marking_the_athlete_says_that_the_pose_is_looked_for_again(
    cricksy: Run, bench: Bench, tmp_path: Path
) -> None:
    older = finished(bench)
    file = tmp_path / "corrections.json"
    file.write_text('{"athlete": {"x": 30, "y": 20}}')
    ran = cricksy("correct", older, "--file", file)
    assert ran.returncode == 0
    assert "looked for again" in ran.stderr
    assert bench.ledger.read(ran.stdout.splitlines()[-1]).corrects == older


def test_of_a_job_s_id_that_is_none_it_is_said_before_the_file_is_looked_at(
    cricksy: Run, tmp_path: Path
) -> None:
    ran = cricksy("correct", "nonsense", "--file", tmp_path / "absent.json")
    assert ran.returncode == 2
    assert "'nonsense'" in ran.stderr


@pytest.mark.notebook
def test_wrong_corrections_exit_with_2_and_store_nothing(cricksy: Run, bench: Bench, tmp_path: Path) -> None:
    older = finished(bench)
    before = list(every_key(bench.store, ""))
    file = tmp_path / "corrections.json"
    for content in (
        '{"landmarks": [{"keypoint": "left_kne", "frame": 1, "x": 1, "y": 1}]}',
        '{"events": [{"name": "ball_release", "time_s": 0.5}]}',
        "not JSON",
    ):
        file.write_text(content)
        ran = cricksy("correct", older, "--file", file)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert len(ran.stderr.strip().splitlines()) == 1
    assert list(every_key(bench.store, "")) == before
    assert cricksy("correct", older, "--file", tmp_path / "absent.json").returncode == 2


def test_analyse_refuses_corrections_that_do_not_fit_before_it_makes_a_folder(
    cricksy: Run, bench: Bench, tmp_path: Path
) -> None:
    file, out = tmp_path / "corrections.json", tmp_path / "out"
    file.write_text('{"events": [{"name": "impact", "time_s": 50}]}')
    ran = cricksy("analyse", bench.clip, "--mode", "batting", "--out", out, "--corrections", file)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert not out.exists()


def test_a_clip_submitted_again_is_offered_its_job(cricksy: Run, bench: Bench) -> None:
    first = cricksy("submit", bench.clip, "--mode", "batting")
    second = cricksy("submit", bench.clip, "--mode", "batting")
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert second.stderr == (
        "This clip was submitted before with the same options: the job is queued. "
        "For a new job add --again.\n"
    )
    another = cricksy("submit", bench.clip, "--mode", "batting", "--again")
    assert another.stdout != first.stdout
    assert len(cricksy("jobs", "list", "--quiet").stdout.split()) == 2


def test_size_and_hash_without_upload_are_wrong_usage(cricksy: Run, bench: Bench) -> None:
    done = cricksy("submit", bench.clip, "--mode", "batting", "--bytes", "5")
    assert (done.returncode, "--upload" in done.stderr) == (2, True)


@pytest.mark.parametrize("content", [None, "no pose"])
def test_analyse_refuses_a_pose_that_it_cannot_use_before_it_removes_anything(
    cricksy: Run, bench: Bench, tmp_path: Path, content: str | None
) -> None:
    out, pose = tmp_path / "out", tmp_path / "pose.parquet"
    out.mkdir()
    (out / "deep_results.json").write_text("of an earlier analysis")
    if content is not None:
        pose.write_text(content)
    ran = cricksy("analyse", bench.clip, "--mode", "batting", "--out", out, "--pose", pose)
    assert ran.returncode == 2
    assert "pose file" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert (out / "deep_results.json").read_text() == "of an earlier analysis"


def test_validate_refuses_a_folder_of_real_clips_that_is_not_there(cricksy: Run, tmp_path: Path) -> None:
    ran = cricksy("validate", "--out", tmp_path / "out", "--real", tmp_path / "none")
    assert ran.returncode == 2
    assert "There is no folder" in ran.stderr
    assert not (tmp_path / "out").exists()
