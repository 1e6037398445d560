"""OpenStack Swift with its S3 API on loopback: one replica of everything in one folder, four real processes.

It checks what moto does not: signatures, expiry, ranges. ``python tests/stores/swift_server.py`` makes its
virtual environment, apart from the project's own, from ``swift.lock``.
"""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import sys
import time
import venv
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from platformdirs import user_cache_path

LOCK = Path(__file__).with_name("swift.lock")
ACCESS_KEY = "test:tester"
SECRET_KEY = "testing"
_ROLES = ("account", "container", "object")
_UP_WITHIN_S = 60.0
_TRIES = 3

_SWIFT_CONF = """
[swift-hash]
swift_hash_path_prefix = cricksy
swift_hash_path_suffix = tests
[storage-policy:0]
name = one
default = yes
"""
_STORAGE_CONF = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
log_level = ERROR
[pipeline:main]
pipeline = healthcheck {role}-server
[app:{role}-server]
use = egg:swift#{role}
allow_versions = true
[filter:healthcheck]
use = egg:swift#healthcheck
"""
_PROXY_CONF = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
log_level = ERROR
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck listing_formats s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
"""


def environment() -> Path:
    """Return the folder of Swift's virtual environment (``CRICKSY_TEST_SWIFT`` names another)."""
    named = os.environ.get("CRICKSY_TEST_SWIFT")
    return Path(named) if named else user_cache_path("cricksy") / "swift"


def installed() -> bool:
    """Say whether Swift is there, in the versions of the lock."""
    stamp = environment() / "locked"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == LOCK.read_text(encoding="utf-8")


def install() -> None:
    """Make the virtual environment, unless it is there."""
    if installed():
        return
    folder = environment()
    venv.create(folder, clear=True, with_pip=True)
    command = [
        str(folder / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*command, "--require-hashes", "-r", str(LOCK)], check=True)
    (folder / "locked").write_text(LOCK.read_text(encoding="utf-8"), encoding="utf-8")


def start(folder: Path) -> SwiftServer:
    """Start a Swift in `folder`; tried anew when another program took one of its ports first."""
    for attempt in range(1, _TRIES):
        try:
            return SwiftServer(folder / f"try{attempt}")
        except SwiftNotUpError:
            pass
    return SwiftServer(folder / f"try{_TRIES}")


class SwiftNotUpError(RuntimeError):
    """A process of Swift ended, or did not answer in time; carries the ends of the logs."""


class SwiftServer:
    """A Swift that runs until `stop`; its S3 API is at `endpoint`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bin = environment() / "bin"
        (folder / "devices" / "d1").mkdir(parents=True)
        (folder / "swift.conf").write_text(_SWIFT_CONF)
        ports = dict(zip((*_ROLES, "proxy"), _free_ports(4), strict=True))
        self.endpoint = f"http://127.0.0.1:{ports['proxy']}"
        for role in _ROLES:
            self._make_ring(role, ports[role])
        self._processes = [self._start(role, ports[role]) for role in ports]
        end = time.monotonic() + _UP_WITHIN_S
        try:
            for port in ports.values():
                self._wait(port, end)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _make_ring(self, role: str, port: int) -> None:
        builder = str(self._folder / f"{role}.builder")
        for words in (["create", "0", "1", "0"], ["add", f"r1z1-127.0.0.1:{port}/d1", "1"], ["rebalance"]):
            ran = subprocess.run(
                [str(self._bin / "swift-ring-builder"), builder, *words],
                capture_output=True,
                text=True,
                check=False,
            )
            if ran.returncode > 1:  # 1 is a warning
                raise RuntimeError(ran.stdout + ran.stderr)

    def _start(self, role: str, port: int) -> subprocess.Popen[bytes]:
        template = _PROXY_CONF if role == "proxy" else _STORAGE_CONF
        path = self._folder / f"{role}-server.conf"
        path.write_text(template.format(role=role, port=port, user=getpass.getuser(), folder=self._folder))
        with (self._folder / f"{role}.log").open("wb") as log:
            return subprocess.Popen(
                [str(self._bin / f"swift-{role}-server"), str(path), "--verbose"],
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _wait(self, port: int, end: float) -> None:
        """Wait until the server at `port` answers: a proxy without the other three says 503 to all."""
        while True:
            if any(process.poll() is not None for process in self._processes) or time.monotonic() > end:
                logs = [path.read_text(errors="replace")[-2000:] for path in self._folder.glob("*.log")]
                raise SwiftNotUpError("Swift did not come up:\n" + "\n".join(logs))
            try:
                with urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=5) as answer:
                    if answer.read() == b"OK":
                        return
            except (URLError, OSError):
                pass
            time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


if __name__ == "__main__":
    sys.stderr.write(f"Swift for the tests of stores: {environment()}\n")
    install()
