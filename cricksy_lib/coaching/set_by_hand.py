"""What the report says of an analyst's corrections: which job they correct and what was set."""

from __future__ import annotations

from cricksy_lib.coaching import wording
from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.schema import Common, Discipline, Knowledge
from cricksy_lib.corrections import Corrections, LandmarkCorrection
from cricksy_lib.results import Mode, Report

_MOST_MOMENTS = 4


def note_corrections(
    report: Report,
    mode: Mode,
    corrections: Corrections,
    corrects: str | None,
    knowledge: Knowledge | None = None,
) -> Report:
    """Return the report with a first note that says what was set by hand; unchanged if nothing was.

    Parameters
    ----------
    report : as written from the corrected numbers.
    mode : the discipline, for its words.
    corrections : what was set, as it holds for the clip.
    corrects : the job that is corrected, or ``None`` outside a store.
    knowledge : other wording than the one that ships.
    """
    if corrections.empty:
        return report
    book = knowledge or load_knowledge()
    what = wording.listed(_items(corrections, book.of(mode), book.common))
    name = "note_corrected" if corrects is None else "note_corrects"
    note = book.common.report[name].format(what=what, job=corrects)
    return report.model_copy(update={"notes": [note, *report.notes]})


def _items(corrections: Corrections, discipline: Discipline, common: Common) -> list[str]:
    say = common.report
    items = []
    for keypoint in dict.fromkeys(one.keypoint for one in corrections.landmarks):
        moments = [_moment(one, common) for one in corrections.landmarks if one.keypoint == keypoint]
        items.append(
            say["corrected_landmark"].format(
                keypoint=keypoint.replace("_", " "), moments=wording.listed(moments, _MOST_MOMENTS)
            )
        )
    for event in corrections.timed_events:
        name = "corrected_event" if event.repetition == 1 else "corrected_event_again"
        items.append(
            say[name].format(
                event=wording.event_words(event.name, discipline),
                time=f"{event.time_s:.2f}",
                repetition=event.repetition,
            )
        )
    if corrections.athlete is not None:
        items.append(say["corrected_athlete"].format(time=f"{corrections.athlete.time_s:.2f}"))
    if corrections.hand is not None:
        items.append(say["corrected_hand"].format(hand=corrections.hand))
    if corrections.view is not None:
        items.append(say["corrected_view"].format(view=corrections.view))
    return items


def _moment(one: LandmarkCorrection, common: Common) -> str:
    if one.time_s is None:
        return common.report["corrected_in_frame"].format(frame=one.frame)
    return common.report["corrected_at_time"].format(time=f"{one.time_s:.2f}")
