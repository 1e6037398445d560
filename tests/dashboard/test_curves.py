"""Which charts a job's page draws."""

from dashboard.sample_results import sample_results

from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.dashboard.curves import curves_of
from cricksy_lib.results import SERIES_UNITS

COMMON = load_knowledge().common


def test_no_curve_is_drawn_twice_and_every_number_stands_at_one():
    results = sample_results()
    curves = curves_of(results, COMMON)
    assert len({curve.series for curve in curves}) == len(curves)
    drawn = [key for curve in curves for key in curve.keys]
    measured = [key for key, metric in results.metrics.items() if metric.status != "not_measurable"]
    assert sorted(drawn) == sorted(measured)


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
