"""How a run of a notebook ends, with real kernels and real kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from small_notebooks import Bench, until

from cricksy_lib.jobs.notebook_run import RunOutcome, RunSpec, run_notebook

pytestmark = pytest.mark.notebook

# The kernel and a process that it started, which write down who they are and then never end.
HANG = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
who = pathlib.Path(out_dir, "who.part")
who.write_text(json.dumps([os.getpid(), child.pid]))
who.replace(pathlib.Path(out_dir, "who.json"))
time.sleep(600)
"""


def spec_of(bench: Bench, tmp_path: Path, *cells: str, timeout_s: float = 60.0) -> RunSpec:
    """Return a spec for a notebook of these cells."""
    scratch = tmp_path / "run"
    scratch.mkdir()
    return RunSpec(
        notebook=bench.pipeline(*cells),
        parameters={"out_dir": str(scratch), "options": {"mode": "batting", "height_cm": None}},
        executed=scratch / "executed.ipynb",
        scratch=scratch,
        timeout_s=timeout_s,
    )


def run(bench: Bench, tmp_path: Path, *cells: str) -> tuple[RunOutcome, RunSpec]:
    """Run a notebook of these cells to its end."""
    spec = spec_of(bench, tmp_path, *cells)
    return run_notebook(spec), spec


def gone(pid: int) -> bool:
    """Whether a process is no more."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_notebook_that_ran_is_ok_and_kept_with_its_output(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-surprise.py").write_text("surprise = 1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    not_the_users = "assert 'surprise' not in globals()"
    outcome, spec = run(
        bench, tmp_path, not_the_users, "assert options['height_cm'] is None\nprint(options['mode'])"
    )
    assert (outcome.status, outcome.error) == ("ok", None)
    cells = nbformat.read(spec.executed, as_version=4).cells
    assert cells[-1].outputs[0].text == "batting\n"


def test_a_typed_error_leaves_the_kernel_with_code_cause_and_advice(bench: Bench, tmp_path: Path) -> None:
    cells = ("from cricksy_lib.errors import ZeroDurationError as E", "raise E('No time.', 'Film longer.')")
    outcome, spec = run(bench, tmp_path, *cells, "print('never')")
    assert outcome.status == "failed"
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.message) == ("zero_duration", "No time.")
    assert outcome.error.advice == "Film longer."
    assert "ZeroDurationError" in spec.executed.read_text()


def test_an_unexpected_error_is_named_without_a_traceback(bench: Bench, tmp_path: Path) -> None:
    outcome, _ = run(bench, tmp_path, "{}['secret name']")
    assert outcome.error is not None
    assert outcome.error.code == "analysis_failed"
    assert "KeyError" in outcome.error.message
    assert "secret name" not in outcome.error.model_dump_json()


def test_a_killed_kernel_is_not_taken_for_success(bench: Bench, tmp_path: Path) -> None:
    outcome, _ = run(bench, tmp_path, "import signal\nos.kill(os.getpid(), signal.SIGKILL)", "print('never')")
    assert outcome.status == "kernel_died"
    assert outcome.error is not None
    assert outcome.error.code == "kernel_died"


def test_a_missing_notebook_is_an_error_with_advice(bench: Bench, tmp_path: Path) -> None:
    spec = spec_of(bench, tmp_path)
    spec.notebook.unlink()
    outcome = run_notebook(spec)
    assert outcome.error is not None
    assert outcome.error.code == "notebook_not_started"


def test_a_run_over_its_time_is_ended(bench: Bench, tmp_path: Path) -> None:
    outcome = run_notebook(spec_of(bench, tmp_path, HANG, timeout_s=0.5))
    assert outcome.status == "timeout"
    assert outcome.error is not None
    assert outcome.error.code == "timed_out"


def test_a_run_is_ended_on_request_with_all_its_processes(bench: Bench, tmp_path: Path) -> None:
    spec = spec_of(bench, tmp_path, HANG)
    outcome = run_notebook(spec, lambda: "enough" if (spec.scratch / "who.json").exists() else None)
    assert (outcome.status, outcome.reason, outcome.error) == ("stopped", "enough", None)
    assert all(gone(pid) for pid in json.loads((spec.scratch / "who.json").read_text()))


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_run_does_not_outlive_its_runner(bench: Bench, tmp_path: Path) -> None:
    spec = spec_of(bench, tmp_path, HANG)
    script = (
        "import pathlib\n"
        "from cricksy_lib.jobs.notebook_run import RunSpec, run_notebook\n"
        f"run_notebook(RunSpec(pathlib.Path({str(spec.notebook)!r}), {spec.parameters!r}, "
        f"pathlib.Path({str(spec.executed)!r}), pathlib.Path({str(spec.scratch)!r}), 60.0))"
    )
    runner = subprocess.Popen([sys.executable, "-c", script])
    until((spec.scratch / "who.json").exists)
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    who = json.loads((spec.scratch / "who.json").read_text())
    until(lambda: all(gone(pid) for pid in who))


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_kernel_does_not_outlive_the_process_that_started_it(bench: Bench, tmp_path: Path) -> None:
    spec = spec_of(bench, tmp_path, HANG)
    killed: list[int] = []

    def kill_papermill() -> None:
        told = spec.scratch / "who.json"
        if told.exists() and not killed:
            kernel = psutil.Process(json.loads(told.read_text())[0])
            killed.append(kernel.ppid())
            os.kill(kernel.ppid(), signal.SIGKILL)

    outcome = run_notebook(spec, kill_papermill)
    assert outcome.status == "kernel_died"
    who = json.loads((spec.scratch / "who.json").read_text())
    until(lambda: all(gone(pid) for pid in who))
