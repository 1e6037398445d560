"""Which raw pose belongs to which analysis: its model, the choice of its athlete, the code behind it."""

from __future__ import annotations

import hashlib

from cricksy_lib.options import AnalysisOptions
from cricksy_lib.settings import Settings

# Raise it with every change by which the same clip and model give other raw landmarks: poses that are stored
# under an older number are then left alone. Slow motion, hand, view and height play no part in finding them.
POSE_VERSION = 3
# Of the bundle that `cricksy_lib.pose.model.build_model` writes; it is reproducible down to the byte with the
# locked flatbuffers.
MODEL_SHA256 = "8c492155d006fb6a1192ced83f9d9d014a0c6f630d965d101126f47c6680436d"
RAW_POSE_FILE = "raw_pose.parquet"
# Beside the passes of one analysis: what was seen while people were looked for.
LOOKS_FILE = "looks.npz"


def pose_name(model_sha256: str, options: AnalysisOptions) -> str:
    """Return the file name under which a raw deep pose is stored with its video.

    Parameters
    ----------
    model_sha256 : of the model that found it, 64 hexadecimal digits.
    options : the discipline and the point on the athlete, by which the athlete was chosen.
    """
    who = "auto"
    if options.athlete is not None:
        who = "at-" + hashlib.sha256(options.athlete.model_dump_json().encode()).hexdigest()[:12]
    return f"{model_sha256[:16]}-{options.mode}-{who}-v{POSE_VERSION}.parquet"


def configured_model_sha256(settings: Settings) -> str | None:
    """Return the hash of the model that an analysis would use; None where the user's own one is not there."""
    if settings.pose_model is None:
        return MODEL_SHA256
    try:
        with settings.pose_model.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
