"""``cricksy jobs verify``, ``erase`` and ``retain`` as an operator runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from made_jobs import Made
from small_notebooks import Bench, Run

from cricksy_lib.jobs import layout
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.table_cache import cache_path


def test_verify_ends_with_0_only_if_all_agrees(cricksy: Run, bench: Bench) -> None:
    made = Made(1, player="Pat")
    made.put(bench.store)
    ran = cricksy("jobs", "verify")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "All agrees: 1 job," in ran.stderr
    bench.store.delete(layout.recent(made.id))
    ran = cricksy("jobs", "verify")
    assert ran.returncode == 1
    assert ran.stdout.split()[:2] == ["marker_missing", layout.recent(made.id)]
    as_json = json.loads(cricksy("jobs", "verify", "--json").stdout)
    assert (as_json["agrees"], [fault["kind"] for fault in as_json["faults"]]) == (False, ["marker_missing"])
    ran = cricksy("jobs", "verify", "--mend")
    assert ran.returncode == 0
    assert "(mended)" in ran.stdout
    assert cricksy("jobs", "verify").returncode == 0


def test_what_cannot_be_mended_ends_with_1(cricksy: Run, bench: Bench) -> None:
    made = Made(1)
    made.put(bench.store)
    bench.store.put(layout.request(made.id), b"{damaged")
    ran = cricksy("jobs", "verify", "--mend")
    assert ran.returncode == 1
    assert "cannot be mended" in ran.stdout
    assert cricksy("jobs", "delete", made.id).returncode == 0
    assert cricksy("jobs", "verify", "--mend").returncode == 0
    assert list(every_key(bench.store, "")) == []


def test_erase_prints_its_proof(cricksy: Run, bench: Bench) -> None:
    made = Made(1, player="Zoë O'Neil")
    made.put(bench.store)
    table = cache_path(bench.store, bench.settings)
    table.parent.mkdir(parents=True)
    table.write_bytes("Zoë O'Neil".encode())
    keys = set(every_key(bench.store, ""))
    ran = cricksy("jobs", "erase", "--player", "zoë o'neil", "--list")
    assert ran.returncode == 0
    assert set(ran.stdout.split()) == keys
    assert "Erased 1 job:" in ran.stderr
    assert "it is nowhere" in ran.stderr
    assert list(every_key(bench.store, "")) == []
    assert not table.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of its own needs a Unix")
@pytest.mark.parametrize(
    ("answer", "more", "left"), [("", (), True), ("n", (), True), ("y", (), False), (None, ("--yes",), False)]
)
@pytest.mark.parametrize("seen", ["stderr", "stdout"])
def test_at_a_terminal_erase_asks_first_and_no_is_the_default(
    bench: Bench, answer: str | None, more: tuple[str, ...], left: bool, seen: str
) -> None:
    import pty

    made = Made(1, player="Pat")
    made.put(bench.store)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cricksy_lib.cli", "jobs", "erase", "--player", "pat", *more]
    outputs = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, seen: theirs}
    run = subprocess.Popen(command, stdin=theirs, **outputs, env=bench.environment())
    os.close(theirs)
    if answer is not None:
        os.write(ours, f"{answer}\n".encode())
    said = b""
    try:
        while part := os.read(ours, 1024):
            said += part
    except OSError:  # how Linux says that the other end was closed
        pass
    finally:
        os.close(ours)
    assert run.wait(60) == 0
    assert (b"Delete 1 job of 'pat' for good" in said) is (answer is not None)
    assert (layout.request(made.id) in set(every_key(bench.store, ""))) is left
    assert (b"Nothing was deleted." in said) is (left and seen == "stderr")


def test_erase_says_what_still_names_the_player_and_ends_with_1(cricksy: Run, bench: Bench) -> None:
    made = Made(1, player="Sam", title="Sam and Pat")
    made.put(bench.store)
    ran = cricksy("jobs", "erase", "--player", "Pat")
    assert ran.returncode == 1
    assert ran.stdout.split() == [layout.request(made.id)]
    assert bench.ledger.read(made.id).status == "done"


def test_retain_deletes_nothing_unless_told_to(cricksy: Run, bench: Bench) -> None:
    made = Made(1, player="Pat Example")
    made.put(bench.store)
    young = bench.submit()
    keys = set(every_key(bench.store, ""))
    for ran in (
        cricksy("jobs", "retain", "--days", "30"),
        cricksy("jobs", "retain", CRICKSY_RETAIN_DAYS="30"),
    ):
        assert ran.returncode == 0
        assert ran.stdout.split()[0] == made.id
        assert "Nothing was deleted" in ran.stderr
        assert "Pat" not in ran.stdout + ran.stderr
        assert set(every_key(bench.store, "")) == keys
    ran = cricksy("jobs", "retain", "--days", "30", "--yes")
    assert ran.returncode == 0
    assert [row.id for row in bench.ledger.summaries()] == [young]


@pytest.mark.parametrize(
    "arguments",
    [
        ("retain",),
        ("retain", "--days", "-1"),
        ("erase",),
        ("erase", "--player", " "),
        ("verify", "--days", "1"),
    ],
)
def test_wrong_usage_ends_with_2_and_touches_nothing(
    cricksy: Run, bench: Bench, arguments: tuple[str, ...]
) -> None:
    Made(1).put(bench.store)
    keys = set(every_key(bench.store, ""))
    assert cricksy("jobs", *arguments).returncode == 2
    assert set(every_key(bench.store, "")) == keys
