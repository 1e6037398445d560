"""Whether what is asked for was asked for before: the same video with the same options."""

from __future__ import annotations

from collections.abc import Callable

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
    as_it_holds: Callable[[Corrections], Corrections] = lambda given: given,
) -> JobSummary | None:
    """Return the newest job of a video with the same options; None if there is none.

    A player's name may be written in another case or spacing. A cancelled job does not count. Only jobs of
    this one video are read. Two who submit at the same moment may still make two jobs.

    Parameters
    ----------
    store : where the jobs lie.
    video_sha256, options : what is asked for.
    corrects, corrections : of a correction, the job that it corrects and all that holds in it.
    as_it_holds : brings the corrections of an older job into the form of those asked for.
    """
    asked = (_plain(options), corrects, corrections)
    found: JobSummary | None = None
    for key in every_key(store, layout.jobs_of_video(video_sha256)):
        try:
            view = read_view(store, layout.job_of_marker(key))
        except DamagedObjectError:  # nobody could be offered that one
            continue
        if view is None:  # deleted, while another job keeps the video
            store.delete(key)
        elif view.status != "cancelled" and _asked(view.request, as_it_holds) == asked:
            found = view.summary()
    return found


def _asked(
    request: JobRequest, as_it_holds: Callable[[Corrections], Corrections]
) -> tuple[AnalysisOptions, str | None, Corrections | None]:
    held = as_it_holds(request.corrections) if request.corrections is not None else None
    return _plain(request.options), request.corrects, held


def _plain(options: AnalysisOptions) -> AnalysisOptions:
    """Return the options with what is the same for every way to write the player's name."""
    player = layout.player_id(options.player) if options.player is not None else None
    return options.model_copy(update={"player": player})
