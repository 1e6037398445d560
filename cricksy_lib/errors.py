"""Every error that Cricksy raises on purpose: one sentence of cause, one of advice, and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class CricksyError(Exception):
    """Base of all typed errors.

    Parameters
    ----------
    cause : one sentence that says what is wrong.
    advice : one sentence that says what the user can do about it.
    """

    code = "error"
    exit_code = 4

    def __init__(self, cause: str, advice: str) -> None:
        super().__init__(cause, advice)
        self.cause = cause
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.cause} {self.advice}"


class UsageError(CricksyError):
    """The command or its options do not fit together."""

    code = "wrong_usage"
    exit_code = 2


class VideoError(CricksyError):
    """The video cannot be used."""

    code = "video_unusable"
    exit_code = 3


class VideoNotFoundError(VideoError):
    """There is no file at the path given."""

    code = "video_not_found"


class NotAVideoError(VideoError):
    """The file holds no video stream that can be read."""

    code = "not_a_video"


class NoDecodableFrameError(VideoError):
    """The file opens as a video, but no frame can be decoded."""

    code = "no_decodable_frame"


class ZeroDurationError(VideoError):
    """The video has no duration: a single frame, or none with a time of its own."""

    code = "zero_duration"


class VideoTooLargeError(VideoError):
    """The video is larger (bytes, pixels or seconds) than the configured limit."""

    code = "video_too_large"


class AnalysisError(CricksyError):
    """The analysis could not be completed."""

    code = "analysis_failed"
    exit_code = 4


class PoseModelError(AnalysisError):
    """The pose model is missing, altered or cannot be built."""

    code = "pose_model_unusable"


class ResultsError(AnalysisError):
    """Results do not match the schema, or lack findings or report."""

    code = "results_invalid"


class StoreError(CricksyError):
    """The store cannot be reached, read or written."""

    code = "store_unreachable"
    exit_code = 5


class DamagedObjectError(StoreError):
    """An object of the store is not what belongs under its name, which is its ``key``; the store works."""

    code = "object_damaged"
    key = ""


class JobNotFoundError(UsageError):
    """No job has the identifier given."""

    code = "job_not_found"


class JobStateError(UsageError):
    """The job is not in a state in which the request makes sense."""

    code = "job_state"


class UploadError(VideoError):
    """What was uploaded is not the video that the job waits for."""

    code = "upload_wrong"


class CorrectionsError(UsageError):
    """A file of corrections cannot be read, or does not fit the discipline or the clip."""

    code = "corrections_invalid"


class PoseFileError(UsageError):
    """A file of poses or looks is of another clip or athlete than the analysis, or cannot be used."""

    code = "pose_file_unusable"


class KnowledgeError(UsageError):
    """A file of coaching knowledge cannot be read, or says something that the rules do not allow."""

    code = "knowledge_invalid"


class ClusterError(CricksyError):
    """Dask's scheduler or workers cannot be reached, or are lost."""

    code = "cluster_unreachable"
    exit_code = 5


def first_fault(error: ValidationError, whole: str) -> str:
    """Say in plain words, without a full stop, what a schema refuses first, and where.

    Parameters
    ----------
    error : of the schema.
    whole : what to call all that was given, where the fault is in no part of it: ``the file``.
    """
    first = error.errors()[0]
    loc = first["loc"]
    # So the schema marks a name that it refuses: a number before the mark is that name, no place in a list.
    parts = (*loc[:-2], str(loc[-2])) if loc[-1:] == ("[key]",) and len(loc) > 1 else loc
    where = ", ".join(f"no. {part + 1}" if isinstance(part, int) else part for part in parts) or whole
    where = where.replace(", no. ", " no. ")
    match first["type"]:
        case "json_invalid":
            return f"{where} is not JSON ({first.get('ctx', {}).get('error', 'unreadable')})"
        case "extra_forbidden":
            return f"{where} is not known here"
        case "missing":
            return f"{where} is missing"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{where} must be an object, its parts by name"
        case "list_type" | "tuple_type":
            return f"{where} must be a list"
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    if message.startswith("Input should "):
        return f"{where} must {message.removeprefix('Input should ')}"
    return f"{where}: {message[:1].lower()}{message[1:]}"
