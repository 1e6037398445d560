"""Where everything lies in a store: one function a kind of object, and nothing else makes keys."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from datetime import UTC, datetime

from cricksy_lib.errors import JobNotFoundError
from cricksy_lib.results import AnalysisPass

_FAR_FUTURE_MS = 9_999_999_999_999
RECENT = "recent/"
QUEUE = "queue/"
JOBS = "jobs/"
AWAITING = "awaiting/"
VIDEOS = "videos/"
POSES = "poses/"
PLAYERS = "players/"
# An organisation's own limits for house rules; nobody but the organisation writes it.
HOUSE_RULES = "settings/house_rules.yaml"


def check_job_id(job_id: str) -> str:
    """Return the identifier in its canonical form.

    Raises
    ------
    JobNotFoundError
        If the text cannot be the identifier of a job.
    """
    if not is_job_id(job_id):
        raise JobNotFoundError(
            f"'{job_id[:60]}' is not the identifier of a job.",
            "See 'cricksy jobs list' for the jobs there are.",
        )
    return job_id


def is_job_id(text: str) -> bool:
    """Say whether a text is the identifier of a job in its canonical form."""
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return False
    return parsed.version == 7 and str(parsed) == text


def created_ms(job_id: str) -> int:
    """Return the milliseconds since 1970 that a UUIDv7 carries."""
    return uuid.UUID(job_id).int >> 80


def created_at(job_id: str) -> datetime:
    """Return the instant (UTC) at which an identifier was made."""
    return datetime.fromtimestamp(created_ms(job_id) / 1000, UTC)


def newest_first(job_id: str) -> str:
    """Return ``<inverted time>-<job id>``, which sorts the newest job first."""
    return f"{_FAR_FUTURE_MS - created_ms(job_id):013d}-{job_id}"


def job_of_marker(key: str) -> str:
    """Return the job id at the end of the key of a marker."""
    return key[-36:]


def job_of_player_key(key: str) -> str:
    """Return the job id in a ``players/`` key."""
    return key.removesuffix(".json")[-36:]


def recent(job_id: str) -> str:
    """Return the key of the marker that lists a job."""
    return RECENT + newest_first(job_id)


def queue(job_id: str) -> str:
    """Return the key of the marker that work remains."""
    return QUEUE + job_id


def awaiting(job_id: str) -> str:
    """Return the key of the marker that a job's video has yet to come."""
    return AWAITING + job_id


def job_folder(job_id: str) -> str:
    """Return the prefix of everything that belongs to one job alone."""
    return f"{JOBS}{job_id}/"


def request(job_id: str) -> str:
    """Return the key of what was asked."""
    return f"{JOBS}{job_id}/job.json"


def upload(job_id: str) -> str:
    """Return the key to which a job's video is sent from elsewhere."""
    return f"{JOBS}{job_id}/upload"


def uploaded(job_id: str) -> str:
    """Return the key of the word that a job's video has come and was checked."""
    return f"{JOBS}{job_id}/uploaded.json"


def claim(job_id: str, attempt: int) -> str:
    """Return the key that says who may work as an attempt."""
    return f"{JOBS}{job_id}/claims/{attempt}.json"


def cancel(job_id: str, attempt: int) -> str:
    """Return the key of a request to end an attempt and whatever would follow it unasked."""
    return f"{JOBS}{job_id}/cancel/{attempt}.json"


def retry(job_id: str, attempt: int) -> str:
    """Return the key of a request to try again after an attempt."""
    return f"{JOBS}{job_id}/retries/{attempt}.json"


def deletion(job_id: str) -> str:
    """Return the key of the word that a job is being deleted: the first thing written, the last to go."""
    return f"{JOBS}{job_id}/deleting.json"


def attempt_folder(job_id: str, attempt: int) -> str:
    """Return the prefix of what an attempt's holder writes."""
    return f"{JOBS}{job_id}/attempts/{attempt}/"


def artefact(job_id: str, attempt: int, name: str) -> str:
    """Return the key of one of an attempt's objects."""
    return attempt_folder(job_id, attempt) + name


def notebook_name(analysis_pass: AnalysisPass) -> str:
    """Return the name of a pass's executed notebook."""
    return f"{analysis_pass}_analysis.ipynb"


def video(sha256: str, suffix: str) -> str:
    """Return the key of an input; the suffix is kept only if it is a plain one."""
    plain = suffix.lower().lstrip(".")
    return f"{VIDEOS}{sha256}.{plain if re.fullmatch(r'[a-z0-9]{1,8}', plain) else 'video'}"


def video_stem(sha256: str) -> str:
    """Return the prefix of an input under whatever suffix."""
    return f"{VIDEOS}{sha256}."


def video_folder(sha256: str) -> str:
    """Return the prefix of what is made of an input."""
    return f"{VIDEOS}{sha256}/"


def jobs_of_video(sha256: str) -> str:
    """Return the prefix of the markers of the jobs that name an input."""
    return f"{VIDEOS}{sha256}/jobs/"


def job_of_video(sha256: str, job_id: str) -> str:
    """Return the key of the marker that a job names an input, which keeps that from being deleted."""
    return jobs_of_video(sha256) + job_id


def proxy(sha256: str) -> str:
    """Return the key of the copy that a browser plays."""
    return f"{VIDEOS}{sha256}/proxy.mp4"


def poses(sha256: str) -> str:
    """Return the prefix of the poses found in an input."""
    return f"{POSES}{sha256}/"


def pose(sha256: str, name: str) -> str:
    """Return the key of one raw pose; `cricksy_lib.pose_identity` makes the name."""
    return poses(sha256) + name


def plain_name(name: str) -> str:
    """Return a player's name as it is known again: the same for any case, spacing or form of the letters."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def player_id(name: str) -> str:
    """Return the identifier of a player: the same for all that `plain_name` takes for one name."""
    return hashlib.sha256(plain_name(name).encode()).hexdigest()[:16]


def player_folder(name: str) -> str:
    """Return the prefix of what trends take from a player's jobs."""
    return f"{PLAYERS}{player_id(name)}/"


def player_job(name: str, job_id: str) -> str:
    """Return the key of the few numbers that a player's trend takes from a job."""
    return f"{player_folder(name)}{newest_first(job_id)}.json"
