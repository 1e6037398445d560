"""Whether what is asked for was asked for before: the same video with the same options."""

from __future__ import annotations

from cricksy_lib.corrections import Corrections
from cricksy_lib.errors import DamagedObjectError
from cricksy_lib.jobs import layout
from cricksy_lib.jobs.record import JobRequest, JobSummary
from cricksy_lib.jobs.store import Store, every_key
from cricksy_lib.jobs.view import read_view
from cricksy_lib.options import AnalysisOptions


def existing(
    store: Store,
    video_sha256: str,
    options: AnalysisOptions,
    *,
    corrects: str | None = None,
    corrections: Corrections | None = None,
) -> JobSummary | None:
    """Return the newest job of a video with exactly these options; None if there is none.

    A cancelled job does not count. Only the jobs of this one video are read. Two who submit at the same
    moment may still make two jobs.

    Parameters
    ----------
    store : where the jobs lie.
    video_sha256, options : what is asked for.
    corrects, corrections : of a correction, the job that it corrects and all that holds in it.
    """
    asked = (options, corrects, corrections)
    found: JobSummary | None = None
    for key in every_key(store, layout.jobs_of_video(video_sha256)):
        try:
            view = read_view(store, layout.job_of_marker(key))
        except DamagedObjectError:  # nobody could be offered that one
            continue
        if view is None:  # deleted, while another job keeps the video
            store.delete(key)
        elif view.status != "cancelled" and _asked(view.request) == asked:
            found = view.summary()
    return found


def _asked(request: JobRequest) -> tuple[AnalysisOptions, str | None, Corrections | None]:
    return request.options, request.corrects, request.corrections
