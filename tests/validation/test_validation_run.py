"""Which scenes are assessed, what is said of the others, and the same outcome from two processes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cricksy_lib.cli.validate import _command
from cricksy_lib.errors import UsageError
from cricksy_lib.results import MODES
from cricksy_lib.settings import Settings
from cricksy_lib.synthetic import Scene
from cricksy_lib.synthetic.truthsets import truth_set
from cricksy_lib.validation.run import Plan, make_plan, run, spread

TINY = {"width": 320, "height": 180, "frame_rate": 15, "duration_s": 1.4, "background": "plain", "fill": 0.8}


@pytest.mark.parametrize(("name", "modes"), [("tuning", ("batting",)), ("report", ("golf",)), ("report", ())])
def test_unknown_sets_and_disciplines_are_wrong_usage(name, modes):
    with pytest.raises(UsageError):
        make_plan(name, modes)


def test_every_scene_of_the_set_is_assessed_unless_limited():
    plan = make_plan("report")
    assert len(plan.scenes) == sum(len(truth_set("report", mode)) for mode in MODES)
    assert not any("scenes" in line and "of" in line.split()[1] for line in plan.skipped)


def test_a_limit_says_what_it_leaves_out():
    plan = make_plan("report", ["bowling"], limit=3)
    whole = len(truth_set("report", "bowling"))
    assert len(plan.scenes) == 3
    assert {scene.mode for scene in plan.scenes + plan.traps} <= {"bowling"}
    assert f"{whole - 3} of {whole} bowling scenes" in plan.skipped


def test_a_limited_look_is_spread_over_the_set():
    assert spread(list(range(10)), 3) == [0, 4, 9]
    assert spread([1, 2], 5) == [1, 2]


def test_the_command_that_repeats_a_run_names_no_place_of_this_machine():
    assert (
        _command("report", False, None, "batting")
        == "cricksy validate --out DIR --set report --modes batting"
    )


def test_wrong_usage_of_the_command_exits_with_2():
    command = [sys.executable, "-m", "cricksy_lib.cli", "validate", "--out", "nowhere", "--set", "all"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "Give one of report, develop." in ran.stderr


def test_a_report_that_cannot_be_written_is_wrong_usage_before_any_work(tmp_path):
    (tmp_path / "file").write_text("in the way")
    out, cache = tmp_path / "file" / "report", tmp_path / "cache"
    command = [sys.executable, "-m", "cricksy_lib.cli", "validate", "--limit", "1", "--modes", "bowling"]
    command += ["--out", str(out), "--cache", str(cache)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert f"The folder '{out}' cannot be written" in ran.stderr
    assert not cache.exists()


def test_two_processes_assess_each_scene_once_and_in_order(pose_model, tmp_path):
    scene = Scene(mode="bowling", seed=61, **TINY)
    trap = Scene(mode="bowling", seed=62, empty=True, **TINY | {"duration_s": 0.4})
    plan = Plan("develop", ("bowling",), [scene, scene], [trap], [], ["something"])
    told = []
    evidence = run(
        plan, tmp_path, Settings(pose_processes=2), progress=lambda *at: told.append(at), real=None
    )
    assert [record.name for record in evidence.scenes] == ["bowling-61", "bowling-61"]
    assert told[-1] == ("scenes", 2, 2)
    assert all(record.failed is None for record in evidence.scenes)
    assert evidence.traps[0].findings == []
    assert evidence.skipped == ["something"]
    assert "no folder" in str(evidence.real)
