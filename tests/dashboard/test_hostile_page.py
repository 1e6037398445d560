"""A store whose every text is an attack: the page shows it as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from dashboard.sample_results import sample_results
from dashboard.staged_store import StagedStore

from cricksy_lib.dashboard import views
from cricksy_lib.jobs import layout
from cricksy_lib.results import InvalidResultsError, dump_json, parse_results

HOSTILE = '"><img src=x onerror="hacked()"><script>hacked()</script>{{ 7*7 }}'


class Seen(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        """Take note of a text."""
        self.texts += data


def leaves(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place of a document in which a text stands."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in list(items):
        if isinstance(child, str):
            yield node, name
        elif name != "kinematics":  # words of the schema alone, thousands of them
            yield from leaves(child)


def hostile(results: bytes) -> bytes:
    """Replace every text that the schema does not hold to a list of words."""
    document = json.loads(results)
    replaced = 0
    for node, name in leaves(document):
        before, node[name] = node[name], HOSTILE
        try:
            parse_results(json.dumps(document))
            replaced += 1
        except InvalidResultsError:
            node[name] = before
    assert replaced > 50
    return json.dumps(document).encode()


def test_whatever_a_stored_text_says_it_is_only_shown(tmp_path):
    staged = StagedStore(tmp_path)
    job_id = staged.done_job(HOSTILE[:100], title=HOSTILE[:100])
    plain = dump_json(sample_results(job_id=job_id)).encode()
    staged.store.put(layout.artefact(job_id, 1, "deep_results.json"), hostile(plain))
    job = staged.ledger.read(job_id)
    assert job.status == "done"
    results = staged.ledger.results(job.deep_results_s3_key)
    assert results.report.summary == HOSTILE
    page = [
        views.list_page(tuple(staged.ledger.summaries()), loaded=True, problem=HOSTILE),
        views.job_head(job, slow=True, problem=HOSTILE, shown_pass="deep"),
        views.summary(results.report, results.findings),
        views.findings_section(results.findings, results.report),
        views.capture_section(results),
        views.events_section(results),
        views.practice_section(results.report),
        views.metrics_section(results),
        *(views.chart_heading(results, key, [key]) for key in results.metrics),
        views.foot(job, results, {HOSTILE: f"/media/{HOSTILE}"}),
    ]
    html = "".join(page)
    seen = Seen()
    seen.feed(html)
    assert HOSTILE in seen.texts
    assert not seen.tags & {"img", "script", "iframe", "object", "embed", "link", "base"}
    assert not [name for name in seen.attributes if name.startswith("on")]
