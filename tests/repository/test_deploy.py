"""What is handed to operators fits the program, as far as that can be seen without their machines."""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cricksy_lib.analysis_parameters import PassParameters
from cricksy_lib.cli.app import app
from cricksy_lib.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
ACTIONS = {
    "s3:ListBucket",
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
}


def read(name: str) -> Any:
    """Read a JSON file of the folder."""
    return json.loads((DEPLOY / name).read_text(encoding="utf-8"))


def understood(arguments: list[str]) -> None:
    """Require that ``cricksy`` knows a command with all its options, without running it."""
    ran: Result = CliRunner().invoke(app, [*arguments, "--help"])
    assert ran.exit_code == 0, ran.output
    for option in (word for word in arguments if word.startswith("--")):
        assert option in re.sub(r"\x1b\[[0-9;]*m", "", ran.output)


def commands() -> list[list[str]]:
    """Every ``cricksy`` command line in the folder."""
    task = read("task-definition.json")["containerDefinitions"][0]["command"]
    lines = [json.loads(line[4:]) for line in dockerfile() if line.startswith("CMD ")]
    for name in ("cricksy.cron", "cricksy-batch.service"):
        text = (DEPLOY / name).read_text()
        found = re.findall(r"bin/cricksy (batch[^>\n]*?)(?: 2>|$)", text, flags=re.M)
        lines += [shlex.split(line) for line in found]
    return [task, *lines]


def dockerfile() -> list[str]:
    """The instructions of the Dockerfile, each on one line."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def dask_lines() -> list[list[str]]:
    """Every ``dask`` command line in the guide's blocks."""
    text = (ROOT / "docs" / "batch.md").read_text().replace("\\\n", " ")
    blocks = "".join(re.findall(r"^```\n(.*?)^```", text, flags=re.M | re.S))
    return [shlex.split(line) for line in re.findall(r"\bdask ((?:ssh|scheduler|worker) .+)", blocks)]


def test_the_guide_s_lines_for_dask_are_understood_and_listen_where_they_say() -> None:
    lines = dask_lines()
    assert sorted(line[0] for line in lines) == ["scheduler", "ssh", "worker"]
    for command, *arguments in lines:
        main: click.Command = importlib.import_module(f"distributed.cli.dask_{command}").main
        context = main.make_context(command, [*arguments])
        if command == "ssh":
            assert context.params["hostnames"] == ("node1", "node2", "node3")
        else:
            assert context.params["host"].startswith("10.0.0.")
            assert context.params["dashboard_address"].startswith("127.0.0.1:")
        if command != "scheduler":
            assert (context.params["nthreads"], context.params["n_workers"]) in {(1, 2), (1, "2")}
            assert context.params["memory_limit"] == "0"


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_every_command_line_is_one_that_there_is(arguments: list[str]) -> None:
    understood(arguments)


def test_every_setting_that_is_set_is_one_that_there_is() -> None:
    text = "".join(path.read_text() for path in DEPLOY.iterdir() if path.is_file())
    named = {name.lower() for name in re.findall(r"\bCRICKSY_([A-Z_]+)\b", text)} - {"notebook"}
    assert named
    assert named <= set(Settings.model_fields)


def test_the_task_runs_where_mediapipe_does_and_is_pinned_to_one_image() -> None:
    task = read("task-definition.json")
    assert task["runtimePlatform"] == {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}
    assert task["requiresCompatibilities"] == ["FARGATE"]
    (container,) = task["containerDefinitions"]
    assert "@sha256:" in container["image"]
    assert not any("SECRET" in entry["name"] for entry in container["environment"])


def test_the_task_s_limits_fit_its_memory() -> None:
    task = read("task-definition.json")
    command = task["containerDefinitions"][0]["command"]
    workers = int(command[command.index("--workers") + 1])
    limit = command[command.index("--memory-limit") + 1]
    assert limit.endswith("GB")
    assert workers * int(limit.removesuffix("GB")) * 1024 < int(task["memory"])


def test_the_policy_allows_what_the_store_needs_and_no_more() -> None:
    statements = read("task-policy.json")["Statement"]
    allowed = {action for one in statements for action in _listed(one["Action"])}
    assert allowed == ACTIONS
    assert all(
        resource.startswith("arn:aws:s3:::BUCKET")
        for one in statements
        for resource in _listed(one["Resource"])
    )
    assert all(one["Effect"] == "Allow" and "Condition" not in one for one in statements)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_scheduler_may_start_this_task_and_nothing_else() -> None:
    statements = read("scheduler-policy.json")["Statement"]
    assert {action for one in statements for action in _listed(one["Action"])} == {
        "ecs:RunTask",
        "iam:PassRole",
    }
    assert all("Condition" in one for one in statements)
    roles = {read("task-definition.json")[name] for name in ("executionRoleArn", "taskRoleArn")}
    passed = next(one for one in statements if one["Action"] == "iam:PassRole")
    assert set(passed["Resource"]) == roles


def test_the_image_copies_what_there_is_and_runs_as_nobody_special() -> None:
    lines = dockerfile()
    for line in (line for line in lines if line.startswith("COPY ")):
        for source in line.split()[1:-1]:
            assert (ROOT / source).exists(), source
    users = [index for index, line in enumerate(lines) if line.startswith("USER ")]
    uid = int(lines[users[-1]].removeprefix("USER "))  # a number, which a platform can check
    assert uid > 0
    assert f"useradd --create-home --uid {uid} " in " ".join(lines[: users[-1]])
    assert "--require-hashes -r requirements.lock" in " ".join(lines)
    stages = {line.split()[-1] for line in lines if line.startswith("FROM ")}
    assert stages == {"base", "worker", "dashboard"}
    assert not any(line.startswith(("ADD ", "ARG AWS", "ENV AWS")) for line in lines)


def test_the_image_installs_only_what_the_readme_names_of_the_system() -> None:
    readme = (ROOT / "README.md").read_text()
    installed = re.search(r"--no-install-recommends (.+?) +&&", " ".join(dockerfile()))
    assert installed is not None
    assert all(package in readme for package in installed[1].split())


@pytest.mark.parametrize(("code", "mailed"), [(0, ""), (4, "log\ntable\n"), (130, "log\ntable\n")])
def test_cron_mails_the_output_only_if_the_batch_does_not_end_well(
    tmp_path: Path, code: int, mailed: str
) -> None:
    program = tmp_path / "cricksy"
    program.write_text(f"#!/bin/sh\necho log >&2\necho table\nexit {code}\n")
    program.chmod(0o700)
    line = (DEPLOY / "cricksy.cron").read_text().splitlines()[-1]
    *when, user, command = line.split(maxsplit=6)
    assert len(when) == 5
    assert user == "cricksy"
    assert "%" not in command  # cron reads it as the end of a line
    command = re.sub(r"/\S+/bin/cricksy", str(program), command)
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, mailed, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_understands_service_and_timer(tmp_path: Path) -> None:
    for name in ("cricksy-batch.service", "cricksy-batch.timer"):
        text = (DEPLOY / name).read_text()
        # The program is not installed there on this machine; that it takes these options is tested above.
        (tmp_path / name).write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M))
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(tmp_path / "cricksy-batch.timer")],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in ran.stderr.splitlines() if "cricksy-batch" in line]
    assert said == []
    calendar = re.search(r"^OnCalendar=(.+)$", (DEPLOY / "cricksy-batch.timer").read_text(), flags=re.M)
    assert calendar is not None
    checked = subprocess.run(["systemd-analyze", "calendar", calendar[1]], capture_output=True, check=False)
    assert checked.returncode == 0


def dag() -> tuple[ast.Module, dict[str | None, ast.expr]]:
    """The DAG's module, and what its operator is given; Airflow is not there to import it."""
    tree = ast.parse((DEPLOY / "airflow_dag.py").read_text())
    operator = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "PapermillOperator"
    )
    return tree, {keyword.arg: keyword.value for keyword in operator.keywords}


def test_the_dag_makes_the_folder_that_papermill_writes_into(tmp_path: Path) -> None:
    tree, given = dag()
    hook = ast.unparse(given["pre_execute"])
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names: dict[str, Any] = {"Path": Path, "Any": Any}
    exec(compile(tree, "airflow_dag.py", "exec"), names)
    out = tmp_path / "out" / "net"
    for _ in range(2):  # a second attempt finds it there
        names[hook]({"params": {"out": str(out)}})
    assert out.is_dir()
    assert ast.literal_eval(given["output_nb"]) == "{{ params.out }}/deep_analysis.ipynb"


def test_the_dag_gives_the_notebook_parameters_that_it_takes() -> None:
    _, given = dag()
    parameters = ast.literal_eval(given["parameters"])
    filled = json.loads(
        json.dumps(parameters)
        .replace("{{ params.clip }}", "/clips/net.mp4")
        .replace("{{ params.out }}", "/out")
        .replace("{{ params.mode }}", "batting")
    )
    assert PassParameters.model_validate(filled).options.mode == "batting"
