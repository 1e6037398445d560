"""A job of which little could be judged is not called one without anything to work on."""

from __future__ import annotations

import pytest
from done_jobs import done_job, small_results

from cricksy_lib.cli.work import _say_how_it_ended
from cricksy_lib.jobs.attempt import _comes_first
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.results import Findings


@pytest.mark.parametrize("little", [True, False])
def test_lists_and_the_worker_say_so(
    little: bool, store: FolderStore, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = Findings(overall_level="none", detection_rate=1.0, findings=[], little_judged=little)
    results = small_results(findings=findings)
    listed = _comes_first(results)
    assert (listed is not None and "little could be judged" in listed) is little
    _say_how_it_ended(store, done_job(store, results=results, analysis_pass="quick"))
    said = capsys.readouterr().err
    assert ("little could be judged" in said) is little
    assert ("nothing to work on" in said) is not little
