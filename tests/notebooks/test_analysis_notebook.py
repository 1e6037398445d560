"""The real notebook through papermill, once for each discipline, held against the rendered truth."""

import nbformat
import papermill
import pytest

from cricksy_lib.analysis_parameters import PassParameters
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import KEPT_METRICS, MODES, SERIES_UNITS, read_results
from cricksy_lib.settings import get_settings
from cricksy_lib.synthetic.scene import Scene

pytestmark = pytest.mark.notebook

NOTEBOOK = get_settings().notebooks_dir / "analysis.ipynb"
FAULTS = {
    "batting": {"head_moving": 1.0},
    "bowling": {},
    "wicketkeeping": {},
    "fielding": {},
}
MISSED = {  # frames at 60 a second, through the pose model
    "backlift_top": 6,
    "front_foot_plant": 3,
    "impact": 5,
    "back_foot_contact": 5,
    "front_foot_contact": 3,
    "ball_release": 2,
    "set": 12,
    "rise": 4,
    "take": 8,
    "pick_up": 5,
    "throw_release": 5,
}


def scene_of(mode):
    return Scene(mode=mode, seed=74, width=960, height=540, faults=FAULTS[mode])


@pytest.fixture(scope="module", params=MODES)
def run(request, synthetic_clip, pose_model, tmp_path_factory):
    """One deep pass: (truth, results, executed notebook, folder)."""
    clip, truth = synthetic_clip(scene_of(request.param))
    folder = tmp_path_factory.mktemp(request.param)
    parameters = PassParameters(
        video_path=clip,
        out_dir=folder,
        analysis_pass="deep",
        options=AnalysisOptions(mode=request.param, player="Number 7"),
        job_id="0192-test",
        progress_path=folder / "progress.json",
    )
    executed = folder / "executed.ipynb"
    papermill.execute_notebook(
        NOTEBOOK,
        executed,
        parameters=parameters.as_notebook_parameters(),
        kernel_name="python3",
        cwd=folder,
        progress_bar=False,
    )
    return truth, read_results(folder / "deep_results.json"), nbformat.read(executed, as_version=4), folder


def test_results_carry_the_run_s_own_id_pass_and_discipline(run):
    truth, results, _, _ = run
    assert (results.job_id, results.analysis_pass, results.mode) == ("0192-test", "deep", truth.scene.mode)


def test_the_athlete_is_found_throughout(run):
    _, results, _, _ = run
    assert results.pose.detection_rate > 0.95
    assert results.capture.view == "side"


def test_events_are_those_of_the_truth(run):
    truth, results, _, _ = run
    seen = {event.name: event.time_s for event in results.events}
    assert set(seen) == set(truth.events)
    for name, time_s in truth.events.items():
        assert abs(seen[name] - time_s) * 60 <= MISSED[name], name


def test_every_series_and_kept_metric_is_there(run):
    _, results, _, _ = run
    assert set(results.kinematics.series) == set(SERIES_UNITS)
    assert set(KEPT_METRICS) <= set(results.metrics)
    assert {len(s.values) for s in results.kinematics.series.values()} == {len(results.kinematics.time_s)}


def test_measured_front_knee_angles_hold_their_uncertainty(run):
    truth, results, _, _ = run
    for key, metric in results.metrics.items():
        if key.startswith("front_knee_angle_at_") and metric.status == "measured":
            true = truth.angle_at("front_knee_angle", metric.event)
            assert abs(metric.value - true) <= 1.5 * metric.uncertainty, key


def test_findings_name_faults_that_were_turned_on_and_no_others(run):
    truth, results, _, _ = run
    codes = {finding.code for finding in results.findings.findings}
    expected = {"HEAD_MOVEMENT"} if "head_moving" in truth.scene.faults else set()
    assert codes == expected
    rules = {rule.code for rule in load_knowledge().of(results.mode).rules}
    assert codes <= rules


def test_every_finding_points_at_moments_in_the_clip(run):
    _, results, _, _ = run
    for finding in results.findings.findings:
        moments = [frame.time_s for frame in finding.evidence.worst_frames]
        assert moments
        assert all(0 <= moment <= results.video.duration_s for moment in moments)


def test_the_page_the_overlay_and_the_pose_lie_beside_the_results(run):
    _, _, _, folder = run
    names = {path.name for path in folder.iterdir()}
    assert {"deep_results.json", "report.html", "overlay.mp4", "pose.parquet"} <= names
    assert not [name for name in names if name.endswith(".tmp")]


def test_the_executed_notebook_shows_a_plot_for_each_step(run):
    _, _, notebook, _ = run
    plots = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "application/vnd.plotly.v1+json" in output.get("data", {})
    ]
    assert len(plots) >= 2


def test_progress_ended_at_all_of_it(run):
    folder = run[3]
    assert '"fraction": 1.0' in (folder / "progress.json").read_text()


def test_the_parameters_cell_is_the_schema():
    inspected = papermill.inspect_notebook(NOTEBOOK)
    assert set(inspected) == set(PassParameters.model_fields)


def test_a_plot_s_mark_up_is_not_in_the_notebook_a_second_time(run):
    _, _, notebook, _ = run
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    plots = [data for data in shown if "application/vnd.plotly.v1+json" in data]
    assert [data["text/plain"] for data in plots] == [
        "<figure: Landmarks before and after cleaning>",
        "<figure: Angles and events>",
    ]
    assert all("text/html" not in data for data in plots)
