"""Which charts a job's page draws."""

import pytest
from dashboard.sample_results import catalogue_results, sample_results

from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.dashboard.curves import curves_of
from cricksy_lib.dashboard.views import metrics_section
from cricksy_lib.metrics.catalogue import load_catalogue
from cricksy_lib.plots import event_label
from cricksy_lib.results import MODES, SERIES_UNITS

COMMON = load_knowledge().common


def drawn_in(figure):
    return {trace.name.removesuffix(" (low confidence)") for trace in figure.data if trace.mode == "lines"}


@pytest.mark.parametrize("mode", MODES)
def test_no_series_is_drawn_twice_whatever_a_discipline_measures(mode):
    results = catalogue_results(mode)
    curves = curves_of(results, COMMON)
    names = [name for curve in curves for name in curve.series]
    assert len(set(names)) == len(names)
    for curve in curves:
        figure = curve.figure(results, load_knowledge().of(mode))
        assert drawn_in(figure) == {event_label(name) for name in curve.series}


@pytest.mark.parametrize("mode", MODES)
def test_every_number_stands_at_one_chart_unless_no_series_belongs_to_it(mode):
    results = catalogue_results(mode)
    entries = load_catalogue().metrics(mode)
    drawn = [key for curve in curves_of(results, COMMON) for key in curve.keys]
    assert sorted(drawn) == sorted(key for key, entry in entries.items() if entry.series)
    without = [entry.label for entry in entries.values() if not entry.series]
    assert without
    assert all(label in metrics_section(results) for label in without), "the table has them"


def test_a_metric_without_a_number_has_no_chart():
    results = sample_results()
    drawn = [key for curve in curves_of(results, COMMON) for key in curve.keys]
    measured = [key for key, metric in results.metrics.items() if metric.status != "not_measurable"]
    assert sorted(drawn) == sorted(measured)


def test_series_of_two_units_in_one_chart_have_an_axis_each():
    results = catalogue_results("fielding")
    (curve,) = (c for c in curves_of(results, COMMON) if "throw_arm_timing" in c.keys)
    assert set(curve.keys) == {"throw_arm_timing", "hip_shoulder_separation_timing"}
    assert curve.title(COMMON) == "Hips to shoulders (shape only), Hand speed (shape only)"
    layout = curve.figure(results, load_knowledge().of("fielding")).layout
    assert "°" in layout.yaxis.title.text
    assert "body heights/s" in layout.yaxis2.title.text
    assert layout.yaxis2.domain[1] <= layout.yaxis.domain[0]


def test_the_finding_of_a_shared_chart_goes_first_and_all_its_series_are_drawn():
    results = catalogue_results("fielding")
    finding = results.findings.findings[0].model_copy(update={"metric": "hip_shoulder_separation_timing"})
    found = results.findings.model_copy(update={"findings": [finding]})
    curve = curves_of(results.model_copy(update={"findings": found}), COMMON)[0]
    assert curve.keys == ("hip_shoulder_separation_timing", "throw_arm_timing")
    assert curve.of_finding
    figure = curve.figure(results, load_knowledge().of("fielding"))
    assert drawn_in(figure) == {"Hip shoulder separation", "Hand speed"}


def test_findings_come_first_on_the_page_and_on_their_chart():
    results = sample_results()
    curves = curves_of(results, COMMON)
    found = {finding.metric for finding in results.findings.findings}
    of_finding = [curve.of_finding for curve in curves]
    assert of_finding == sorted(of_finding, reverse=True)
    assert all((curve.keys[0] in found) == curve.of_finding for curve in curves)


def test_without_findings_every_chart_is_kept_with_its_part_of_the_body():
    results = sample_results()
    none = results.findings.model_copy(update={"findings": []})
    curves = curves_of(results.model_copy(update={"findings": none}), COMMON)
    assert not any(curve.of_finding for curve in curves)
    parts = [curve.part(COMMON) for curve in curves]
    assert parts == sorted(parts, key=list(COMMON.chart_groups).index)


def test_every_series_has_a_part_of_the_body():
    assert sorted(name for names in COMMON.chart_groups.values() for name in names) == sorted(SERIES_UNITS)
