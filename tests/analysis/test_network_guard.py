"""Nothing leaves the machine: a whole pass runs with every connection but loopback refused."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cricksy_lib.synthetic.scene import Scene

# Loaded by every Python process of the run, the pose workers and the kernel included.
GUARD = """
import os, socket
_connect = socket.socket.connect
def _told(self, address):
    loopback = isinstance(address, str) or str(address[0]) in ("127.0.0.1", "::1", "localhost")
    if not loopback:
        with open(os.environ["GUARD_LOG"], "a") as log:
            log.write(repr(address) + "\\n")
        raise ConnectionRefusedError("only loopback is allowed here")
    return _connect(self, address)
socket.socket.connect = _told
socket.socket.connect_ex = lambda self, address: _told(self, address) or 0
def _refused(host, *rest, **named):
    if host in (None, "", "localhost", "127.0.0.1", "::1"):
        return _resolve(host, *rest, **named)
    with open(os.environ["GUARD_LOG"], "a") as log:
        log.write(f"look-up of {host}\\n")
    raise socket.gaierror("no look-ups here")
_resolve = socket.getaddrinfo
socket.getaddrinfo = _refused
"""
MAIN = "from cricksy_lib.cli import main; main()"


@pytest.fixture
def clip(synthetic_clip, pose_model) -> Path:
    return synthetic_clip(Scene(mode="bowling", seed=73, width=480, height=270, frame_rate=30, fill=0.8))[0]


def test_a_job_through_worker_and_notebook_connects_to_nothing_but_loopback(clip, tmp_path):
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    log = tmp_path / "connections.log"
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "guard"),
        "GUARD_LOG": str(log),
        "CRICKSY_STORE": str(tmp_path / "store"),
    }

    def cricksy(*words: str) -> str:
        command = [sys.executable, "-c", MAIN, *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    probe = subprocess.run(
        [sys.executable, "-c", "import socket; socket.create_connection(('192.0.2.1', 80), 1)"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "no look-ups here" in probe.stderr or "only loopback" in probe.stderr, "the guard is not loaded"
    log.unlink()

    job = cricksy("submit", str(clip), "--mode", "bowling").splitlines()[-1]
    cricksy("--quiet", "worker", "--drain")
    assert json.loads(cricksy("jobs", "show", job, "--json"))["status"] == "done"
    assert not log.exists(), log.read_text()


def test_an_analysis_runs_where_there_is_no_network_at_all(clip, tmp_path):
    unshare = shutil.which("unshare")
    alone = [unshare or "", "--user", "--map-root-user", "--net"]
    if unshare is None or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("this system does not let a test make a network namespace")
    command = [*alone, sys.executable, "-c", MAIN, "analyse", str(clip), "--mode", "bowling"]
    done = subprocess.run(
        [*command, "--pass", "deep", "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "out" / "deep_results.json").is_file()
