"""Mending what a look at a store found: each remedy as the hand would do it that should have done it."""

from __future__ import annotations

from datetime import UTC, datetime

from cricksy_lib.errors import DamagedObjectError, ResultsError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.checks import Fault, last_pass
from cricksy_lib.jobs.claims import claim_attempt
from cricksy_lib.jobs.deletion import Doomed, delete_jobs
from cricksy_lib.jobs.documents import Asked, AttemptState, read_limited
from cricksy_lib.jobs.outputs import check_results, player_job
from cricksy_lib.jobs.store import Store, every_key
from cricksy_lib.jobs.view import JobView, load_request, read_view
from cricksy_lib.results import MAX_RESULTS_BYTES, results_name

_NAME = "verify"


def mend(store: Store, fault: Fault) -> bool:
    """Apply a fault's remedy; whether it could be applied.

    Raises
    ------
    StoreError
        If the store fails.
    """
    if fault.remedy is None:
        return False
    if fault.remedy == "delete":
        return _delete(store, fault)
    if fault.job_id is None:
        return False
    if fault.remedy == "delete_job":
        return _finish_deletion(store, fault.job_id)
    view = read_view(store, fault.job_id)
    if view is None:
        return False
    if fault.remedy == "put":
        return _put(store, fault)
    if fault.remedy == "write_trend":
        return _write_trend(store, fault.key, view)
    if fault.remedy == "hand_back":
        return _hand_back(store, view)
    _retry(store, view)
    if fault.kind == "results_invalid":
        store.delete(fault.key)
    return True


def _put(store: Store, fault: Fault) -> bool:
    store.put(fault.key, b"")
    if fault.job_id is not None and store.size(layout.request(fault.job_id)) is None:  # deleted meanwhile
        store.delete(fault.key)
    return True


def _delete(store: Store, fault: Fault) -> bool:
    keys = list(every_key(store, fault.key)) if fault.key.endswith("/") else [fault.key]
    for key in keys:
        store.delete(key)
    if fault.kind == "queue_stray" and fault.job_id is not None:
        try:
            view = read_view(store, fault.job_id)
        except DamagedObjectError:
            return True
        if view is not None and not view.terminal:  # somebody asked for more meanwhile
            store.put(fault.key, b"")
    return True


def _finish_deletion(store: Store, job_id: str) -> bool:
    try:
        request = load_request(store, job_id)
    except DamagedObjectError:
        request = None
    delete_jobs(store, [Doomed.of(request) if request is not None else Doomed(job_id)])
    return True


def _retry(store: Store, view: JobView) -> None:
    """Ask for another attempt at a job whose results are lost."""
    job_id = view.request.id
    if view.status != "done":
        return  # it has been asked for already
    asked = Asked(asked_at=datetime.now(UTC)).as_bytes()
    store.put(layout.retry(job_id, view.attempt), asked, create_only=True)
    store.put(layout.queue(job_id), b"")


def _hand_back(store: Store, view: JobView) -> bool:
    """Take the attempt after one whose holder is dead, and leave it to the next worker at once."""
    job_id, attempt = view.request.id, view.numbers.next_attempt
    if not view.held:
        return True
    if claim_attempt(store, job_id, attempt, _NAME):
        state = AttemptState(started_at=datetime.now(UTC), handed_back=True, heartbeat=1)
        store.put(layout.artefact(job_id, attempt, "state.json"), state.as_bytes())
    store.put(layout.queue(job_id), b"")
    return True


def _write_trend(store: Store, key: str, view: JobView) -> bool:
    which = last_pass(view.request)
    name = layout.artefact(view.request.id, view.attempt, results_name(which))
    try:
        content = read_limited(store, name, MAX_RESULTS_BYTES)
        results = check_results(content or b"", view.request.id, which)
    except (DamagedObjectError, ResultsError):
        return False
    store.put(key, player_job(results, view.request).as_bytes())
    return True
