"""Correcting a job: what is refused, what the new job carries, and the pose that it starts from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_notebooks import SUCCEED, Bench, example_results

from cricksy_lib.corrections import Corrections
from cricksy_lib.errors import CorrectionsError, JobNotFoundError, JobStateError
from cricksy_lib.jobs import layout, table
from cricksy_lib.jobs.deletion import sweep_deleted
from cricksy_lib.jobs.documents import AttemptState, Claim, Done, load
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.outputs import player_job
from cricksy_lib.jobs.record import JobRequest
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.trend import read_trend
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.model import ModelFile
from cricksy_lib.pose_identity import MODEL_SHA256, POSE_VERSION, pose_name
from cricksy_lib.results import Results, dump_json
from cricksy_lib.settings import get_settings
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.truth import Truth

Submit = Callable[..., str]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EARLIER = Corrections.model_validate({"events": [{"name": "impact", "time_s": 0.5}]})
POSE = "poses/somewhere/pose.parquet"


def finish(store: FolderStore, job_id: str, **artefacts: str) -> None:
    """End a job as its worker does."""
    store.put(layout.claim(job_id, 1), Claim(worker="w", claimed_at=NOW).as_bytes())
    state = AttemptState(status="deep_running", started_at=NOW, deep_completed_at=NOW)
    store.put(layout.artefact(job_id, 1, "state.json"), state.as_bytes())
    results = example_results().model_copy(update={"job_id": job_id, "analysis_pass": "deep"})
    store.put(layout.artefact(job_id, 1, "deep_results.json"), dump_json(results).encode())
    done = Done(completed_at=NOW, artefacts=artefacts)
    store.put(layout.artefact(job_id, 1, "done.json"), done.as_bytes())


def request_of(store: FolderStore, job_id: str) -> JobRequest:
    """Read what was asked."""
    request = load(store, layout.request(job_id), JobRequest)
    assert request is not None
    return request


def test_a_correction_is_a_new_job_of_the_same_video_options_and_player(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    older = submit(player="Pat", hand="left", title="Nets")
    finish(store, older, **{"raw_pose.parquet": POSE})
    newer = ledger.correct(older, EARLIER)
    job = ledger.read(newer)
    assert (job.status, job.corrects, job.player, job.title) == ("queued", older, "Pat", "Nets")
    before, after = request_of(store, older), request_of(store, newer)
    assert (after.options, after.video_key) == (before.options, before.video_key)
    assert (after.corrections, after.pose_key) == (EARLIER, POSE)
    assert after.created_at > before.created_at
    assert [row.id for row in ledger.summaries()] == [newer, older]


def test_the_older_job_is_left_as_it_was(ledger: Ledger, store: FolderStore, submit: Submit) -> None:
    older = submit()
    finish(store, older)
    before = {key: store.get(key) for key in every_key(store, layout.job_folder(older))}
    ledger.correct(older, EARLIER)
    assert {key: store.get(key) for key in every_key(store, layout.job_folder(older))} == before


def test_a_correction_of_a_correction_adds_to_it(ledger: Ledger, store: FolderStore, submit: Submit) -> None:
    first = submit()
    finish(store, first)
    second = ledger.correct(first, EARLIER)
    finish(store, second)
    third = ledger.correct(second, Corrections(hand="left"))
    corrections = request_of(store, third).corrections
    assert corrections is not None
    assert (corrections.events, corrections.hand) == (EARLIER.events, "left")


def test_what_began_a_chain_of_corrections_stays_known_when_one_of_them_goes(
    ledger: Ledger, store: FolderStore, submit: Submit, tmp_path: Path
) -> None:
    first = submit(player="Pat")
    finish(store, first)
    second = ledger.correct(first, EARLIER)
    finish(store, second)
    newer = [ledger.correct(second, Corrections(hand=hand)) for hand in ("left", "right")]
    for job_id in newer:
        finish(store, job_id)
        request = request_of(store, job_id)
        assert (request.corrects, request.first_job) == (second, first)
        trend = player_job(example_results(), request)
        store.put(layout.player_job("Pat", job_id), trend.as_bytes())
    ledger.delete(second)
    assert [point.job.job_id for point in read_trend(store, "Pat")] == newer[1:]
    frame = table.load(store, shape="wide", cache=tmp_path / "table.parquet")
    assert set(frame["job_id"]) == {newer[1]}
    assert set(frame["first_job"]) == {first}


def test_a_correction_of_before_first_jobs_were_kept_hangs_on_the_one_it_corrects(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    first = submit()
    finish(store, first)
    second = ledger.correct(first, EARLIER)
    finish(store, second)
    third = ledger.correct(second, Corrections(hand="left"))
    finish(store, third)
    for older in (second, third):
        before = request_of(store, older).model_copy(update={"first_job": None})
        store.put(layout.request(older), before.model_dump_json().encode())
    assert request_of(store, ledger.correct(third, Corrections(hand="right"))).first_job == first
    ledger.delete(second)
    assert request_of(store, ledger.correct(third, Corrections(view="side"))).first_job == second


def test_a_job_that_corrects_none_says_nothing_of_a_first_one(store: FolderStore, submit: Submit) -> None:
    job_id = submit()
    content = store.get(layout.request(job_id))
    assert content is not None
    assert "first_job" not in json.loads(content)
    assert "first_job" not in json.loads(player_job(example_results(), request_of(store, job_id)).as_bytes())


def test_the_same_corrections_of_the_same_job_are_known_again(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    older = submit()
    finish(store, older)
    assert ledger.corrected_before(older, EARLIER) is None
    newer = ledger.correct(older, EARLIER)
    known = ledger.corrected_before(older, EARLIER)
    assert known is not None
    assert known.id == newer
    assert ledger.corrected_before(older, Corrections(hand="left")) is None
    ledger.cancel(newer)
    assert ledger.corrected_before(older, EARLIER) is None


LANDMARKS = [{"keypoint": "left_knee", "frame": frame, "x": 10, "y": frame} for frame in (2, 3)]
GIVEN = {"landmarks": LANDMARKS, "events": [{"name": "impact", "time_s": 0.5}], "view": "side"}


@pytest.mark.parametrize(
    "same",
    [
        {"view": "side", "events": GIVEN["events"], "landmarks": LANDMARKS[::-1]},
        {**GIVEN, "events": [{"name": "impact", "frame": 5, "repetition": 1}]},
        {**GIVEN, "landmarks": [{"keypoint": "left_knee", "time_s": 0.21, "x": 10, "y": 2}, LANDMARKS[1]]},
    ],
)
def test_the_same_in_another_order_or_by_time_instead_of_frame_is_known_again(
    ledger: Ledger, store: FolderStore, submit: Submit, same: dict[str, object]
) -> None:
    older = submit()
    finish(store, older)
    newer = ledger.correct(older, Corrections.model_validate(GIVEN))
    known = ledger.corrected_before(older, Corrections.model_validate(same))
    assert known is not None
    assert known.id == newer
    other = Corrections.model_validate({**GIVEN, "landmarks": LANDMARKS[:1]})
    assert ledger.corrected_before(older, other) is None


def test_a_correction_stored_by_time_is_known_again_and_overlaid_by_frame(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    first = submit()
    finish(store, first)
    second = ledger.correct(first, Corrections(view="side"))
    by_time = {"landmarks": [{"keypoint": "nose", "time_s": 0.3, "x": 1, "y": 1}], "view": "side"}
    request = request_of(store, second)
    as_before = request.model_copy(update={"corrections": Corrections.model_validate(by_time)})
    store.put(layout.request(second), as_before.model_dump_json().encode())
    finish(store, second)
    known = ledger.corrected_before(first, Corrections.model_validate(by_time))
    assert known is not None
    assert known.id == second
    moved = [{"keypoint": "nose", "frame": 3, "x": 9, "y": 9}]
    third = request_of(store, ledger.correct(second, Corrections.model_validate({"landmarks": moved})))
    assert third.corrections is not None
    assert [(one.frame, one.x) for one in third.corrections.landmarks] == [(3, 9.0)]


def test_another_athlete_does_not_start_from_the_pose_of_the_one_before(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    older = submit()
    finish(store, older, **{"raw_pose.parquet": POSE})
    newer = ledger.correct(older, Corrections.model_validate({"athlete": {"x": 30, "y": 20}}))
    assert request_of(store, newer).pose_key is None


@pytest.mark.parametrize(
    "corrections",
    [
        {"events": [{"name": "ball_release", "time_s": 0.5}]},
        {"events": [{"name": "impact", "time_s": 1.5}]},
        {"events": [{"name": "impact", "time_s": 0.5, "repetition": 3}]},
        {"landmarks": [{"keypoint": "nose", "frame": 10, "x": 1, "y": 1}]},
        {"landmarks": [{"keypoint": "nose", "frame": 9, "x": 65, "y": 1}]},
        {"athlete": {"x": 1, "y": 49}},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_stored(
    ledger: Ledger, store: FolderStore, submit: Submit, corrections: dict[str, object]
) -> None:
    older = submit()
    finish(store, older)
    before = list(every_key(store, ""))
    with pytest.raises(CorrectionsError):
        ledger.correct(older, Corrections.model_validate(corrections))
    assert list(every_key(store, "")) == before


def test_only_a_job_that_is_there_and_done_can_be_corrected(ledger: Ledger, submit: Submit) -> None:
    with pytest.raises(JobNotFoundError):
        ledger.correct("nothing", EARLIER)
    with pytest.raises(JobStateError):
        ledger.correct(submit(), EARLIER)


def test_a_job_whose_video_is_going_is_not_corrected(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    older = submit()
    finish(store, older)
    store.delete(request_of(store, older).video_key)
    before = list(every_key(store, ""))
    with pytest.raises(JobStateError):
        ledger.correct(older, EARLIER)
    assert list(every_key(store, "")) == before


def test_the_name_of_a_pose_tells_apart_all_that_changes_it() -> None:
    plain = AnalysisOptions(mode="batting")
    marked = [AnalysisOptions(mode="batting", athlete={"x": x, "y": 2}) for x in (1, 1.5)]
    names = [
        pose_name(MODEL_SHA256, plain),
        pose_name("0" * 64, plain),
        pose_name(MODEL_SHA256, AnalysisOptions(mode="bowling")),
        *(pose_name(MODEL_SHA256, options) for options in marked),
    ]
    assert len(set(names)) == len(names)
    assert all(f"-v{POSE_VERSION}." in name for name in names)
    same = AnalysisOptions(mode="batting", hand="left", view="side", slow_motion=4, height_cm=180)
    assert pose_name(MODEL_SHA256, same) == names[0]


# As a deep pass does, with the model that is configured.
POSE_MADE = f"""
pathlib.Path(out_dir, "raw_pose.parquet").write_bytes(job_id.encode())
results["pose"]["model_sha256"] = "{MODEL_SHA256}"
pathlib.Path(out_dir, analysis_pass + "_results.json").write_text(json.dumps(results))
"""


@pytest.mark.notebook
def test_a_pose_is_stored_once_and_given_to_every_later_pass(bench: Bench) -> None:
    bench.pipeline(SUCCEED, POSE_MADE)
    first, second = bench.submit(passes="deep"), bench.submit()
    bench.drain()
    (key,) = every_key(bench.store, "poses/")
    assert bench.store.get(key) == first.encode()
    given = {}
    for which in ("quick", "deep"):
        executed = bench.store.get(layout.artefact(second, 1, layout.notebook_name(which)))
        assert executed is not None
        given[which] = json.loads(executed)["metadata"]["papermill"]["parameters"]["pose_path"]
    assert set(given.values()) == {str(bench.store.root / key)}
    for job_id in (first, second):
        done = load(bench.store, layout.artefact(job_id, 1, "done.json"), Done)
        assert done is not None
        assert done.artefacts["raw_pose.parquet"] == key


@pytest.mark.notebook
def test_the_pose_of_an_athlete_who_was_marked_is_stored_beside_the_first(bench: Bench) -> None:
    bench.pipeline(SUCCEED, POSE_MADE)
    older = bench.submit(passes="deep")
    bench.drain()
    newer = bench.ledger.correct(older, Corrections.model_validate({"athlete": {"x": 30, "y": 20}}))
    bench.drain()
    marked, plain = every_key(bench.store, "poses/")
    assert "-batting-at-" in marked
    assert "-batting-auto-" in plain
    assert bench.store.get(marked) == newer.encode()
    executed = bench.store.get(layout.artefact(newer, 1, "deep_analysis.ipynb"))
    assert executed is not None
    given = json.loads(executed)["metadata"]["papermill"]["parameters"]
    assert (given["pose_path"], given["corrects"]) == (None, older)
    assert given["corrections"]["athlete"] == {"x": 30.0, "y": 20.0, "time_s": 0.0}


def test_what_a_worker_stores_after_a_deletion_is_swept_unless_another_job_names_the_video(
    ledger: Ledger, store: FolderStore, submit: Submit
) -> None:
    first, second = submit(), submit()
    request = request_of(store, first)
    pose = layout.pose(request.video_sha256, "late.parquet")
    for other_is_there in (True, False):
        store.delete(layout.request(first))
        store.put(pose, b"pose")
        store.put(layout.artefact(first, 1, "deep_results.json"), b"late")
        if not other_is_there:
            ledger.cancel(second)
            ledger.delete(second)
            store.put(pose, b"pose")
        sweep_deleted(store, request)
        assert (store.get(pose) is not None) == other_is_there
        assert not list(every_key(store, layout.job_folder(first)))


@pytest.mark.notebook
def test_a_pose_of_another_model_is_left_alone(bench: Bench) -> None:
    bench.pipeline(SUCCEED)
    job_id = bench.submit(passes="quick")
    sha256 = request_of(bench.store, job_id).video_sha256
    name = pose_name("0" * 64, AnalysisOptions(mode="batting"))
    bench.store.put(layout.pose(sha256, name), b"pose")
    bench.drain()
    executed = bench.store.get(layout.artefact(job_id, 1, "quick_analysis.ipynb"))
    assert executed is not None
    assert json.loads(executed)["metadata"]["papermill"]["parameters"]["pose_path"] is None


class Corrected:
    """A real job and its correction, both through the worker and the notebook."""

    def __init__(self, bench: Bench, older: str, newer: str) -> None:
        self.bench, self.older, self.newer = bench, older, newer

    def results(self, job_id: str) -> Results:
        """Return the deep results of one of the two."""
        key = self.bench.ledger.read(job_id).deep_results_s3_key
        assert key is not None, self.bench.ledger.read(job_id).error
        return self.bench.ledger.results(key)


@pytest.fixture(scope="module")
def corrected(
    tmp_path_factory: pytest.TempPathFactory,
    synthetic_clip: Callable[[Scene], tuple[Path, Truth]],
    pose_model: ModelFile,
) -> Corrected:
    """Analyse a rendered delivery; then take the pose model away and correct the job."""
    scene = Scene(mode="bowling", seed=73, width=640, height=360, frame_rate=30, fill=0.8)
    clip, _ = synthetic_clip(scene)
    folder = tmp_path_factory.mktemp("corrected")
    bench = Bench(folder, clip)
    bench.settings.notebooks_dir = get_settings().notebooks_dir
    bench.settings.cache_dir = get_settings().cache_dir
    bench.settings.pass_timeout_seconds = 240
    older = bench.submit(mode="bowling", player="Pat", hand=scene.hand, passes="deep")
    assert bench.worker_process().wait(240) == 0
    results = Corrected(bench, older, older).results(older)
    contact = next(event for event in results.events if event.name == "front_foot_contact")
    newer = bench.ledger.correct(
        older,
        Corrections.model_validate({"events": [{"name": contact.name, "time_s": contact.time_s - 0.04}]}),
    )
    bench.settings.pose_model = folder / "nowhere.task"
    assert bench.worker_process().wait(240) == 0
    return Corrected(bench, older, newer)


@pytest.mark.notebook
def test_a_correction_runs_without_the_pose_model(corrected: Corrected) -> None:
    assert not Path(corrected.bench.environment()["CRICKSY_POSE_MODEL"]).exists()
    job = corrected.bench.ledger.read(corrected.newer)
    assert (job.status, job.error) == ("done", None)
    results = corrected.results(corrected.newer)
    assert results.corrects == corrected.older
    assert results.pose == corrected.results(corrected.older).pose


@pytest.mark.notebook
def test_without_a_stored_pose_the_same_worker_fails(corrected: Corrected) -> None:
    bench = corrected.bench
    job_id = bench.submit(mode="fielding", passes="quick")
    assert bench.worker_process().wait(240) == 0
    error = bench.ledger.read(job_id).error
    assert error is not None
    assert error.code == "pose_model_unusable"
    bench.ledger.delete(job_id)


@pytest.mark.notebook
def test_the_corrected_values_say_so(corrected: Corrected) -> None:
    older, newer = corrected.results(corrected.older), corrected.results(corrected.newer)
    key = "front_knee_angle_at_front_foot_contact"
    assert newer.metrics[key].value != older.metrics[key].value
    assert newer.metrics[key].corrected == ["event"]
    assert [event.name for event in newer.events if event.corrected] == ["front_foot_contact"]
    assert corrected.older in newer.report.notes[0]
    trend = corrected.bench.store.get(layout.player_job("Pat", corrected.newer))
    assert trend is not None
    assert json.loads(trend)["corrects"] == corrected.older


@pytest.mark.notebook
def test_the_pose_goes_with_the_last_job_of_its_video(corrected: Corrected) -> None:
    bench = corrected.bench
    assert len(list(every_key(bench.store, "poses/"))) == 1
    bench.ledger.delete(corrected.older)
    assert len(list(every_key(bench.store, "poses/"))) == 1
    bench.ledger.delete(corrected.newer)
    assert list(every_key(bench.store, "")) == []
    assert not [folder for folder, _, _ in os.walk(bench.store.root) if "poses" in folder]
