"""The pose model's file: built once at set-up from a pinned wheel, checked by its hash at every load.

A run never downloads. `install_model` (set-up, ``cricksy model install``) is the only function that
starts pip; `ensure_model` only reads, and says what to do when the file is absent or altered.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cricksy_lib.errors import PoseModelError
from cricksy_lib.pose_identity import MODEL_SHA256
from cricksy_lib.settings import Settings, get_settings

MODEL_NAME = "pose_landmarker_full.task"

WHEEL_NAME = "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
_LOCK = Path(__file__).resolve().parents[2] / "model.lock"
_PIP_TIMEOUT_S = 900
_INSTALL_ADVICE = "Run 'cricksy model install' once; it fetches and checks the model."
_ENTRY_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class ModelFile:
    """A checked model bundle."""

    path: Path
    sha256: str
    name: str


@dataclass(frozen=True)
class _Network:
    """One network of the bundle: where the wheel has it, its hash, and how its input is normalised."""

    source: str
    sha256: str
    target: str
    mean: float
    std: float


_NETWORKS = (
    _Network(
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        "pose_detector.tflite",
        127.5,
        127.5,
    ),
    _Network(
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        "pose_landmarks_detector.tflite",
        0.0,
        255.0,
    ),
)


def model_path(settings: Settings | None = None) -> Path:
    """Return where the model is expected: ``CRICKSY_POSE_MODEL``, else this user's cache."""
    settings = settings or get_settings()
    return settings.pose_model or settings.cache_dir / "models" / MODEL_NAME


def ensure_model(settings: Settings | None = None) -> ModelFile:
    """Return the model, checked; never builds and never downloads.

    Raises
    ------
    PoseModelError
        If the file is absent, altered, or (a model of the user's own) not a pose bundle.
    """
    settings = settings or get_settings()
    path = model_path(settings)
    if not path.is_file():
        if settings.pose_model is not None:
            raise PoseModelError(
                "CRICKSY_POSE_MODEL names a file that does not exist.",
                "Correct the path, or unset it to use the model that Cricksy builds.",
            )
        raise PoseModelError("The pose model is not installed.", _INSTALL_ADVICE)
    sha256 = _sha256(path)
    if settings.pose_model is None:
        if sha256 != MODEL_SHA256:
            raise PoseModelError(
                "The installed pose model is damaged or was altered: its hash is not the expected one.",
                "Run 'cricksy model install' to build it again.",
            )
    else:
        _check_bundle(path)
    return ModelFile(path, sha256, path.name)


def install_model(settings: Settings | None = None) -> ModelFile:
    """Build the model into this user's cache unless it is there already; the only code that downloads.

    Safe when several processes do it at once: each works in a folder of its own and moves the finished
    file into place in one step. The wheel stays in the cache, so that a second build needs no network.

    Raises
    ------
    PoseModelError
        If the wheel cannot be fetched, or what it holds is not what was pinned.
    """
    settings = settings or get_settings()
    if settings.pose_model is not None:
        return ensure_model(settings)
    target = model_path(settings)
    if target.is_file() and _sha256(target) == MODEL_SHA256:
        return ensure_model(settings)
    build_model(target, fetch_wheel(settings.cache_dir / "wheels"))
    return ensure_model(settings)


def fetch_wheel(folder: Path) -> Path:
    """Return the pinned wheel in ``folder``, downloading it with pip if it is not there or altered.

    Raises
    ------
    PoseModelError
        If there is no ``model.lock``, no pip, no way to a package registry, or no room on the disk.
    """
    wheel = folder / WHEEL_NAME
    if wheel.is_file() and _sha256(wheel) == _locked_hash():
        return wheel
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="download-") as scratch:
            _pip_download(Path(scratch))
            fetched = Path(scratch) / WHEEL_NAME
            if not fetched.is_file() or _sha256(fetched) != _locked_hash():
                raise PoseModelError(
                    "The wheel that holds the pose model is not the one that model.lock names.",
                    "Check model.lock and the package registry that pip is set up with.",
                )
            _move_into_place(fetched, wheel)
    except OSError as error:
        raise PoseModelError(
            f"The pose model's wheel cannot be stored ({error.strerror or type(error).__name__}).",
            "Check the free space and the permissions of the cache folder (CRICKSY_CACHE_DIR).",
        ) from error
    return wheel


def build_model(target: Path, wheel: Path) -> ModelFile:
    """Build the bundle from the wheel and move it to ``target`` in one step.

    Parameters
    ----------
    target : path of the ``.task`` file to write (an existing one is replaced).
    wheel : the mediapipe wheel that holds the two networks; it is read, not installed.

    Raises
    ------
    PoseModelError
        If the wheel's networks or the bundle do not have the expected hashes, or writing fails.
    """
    networks = _read_networks(wheel)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="build-") as scratch:
            built = Path(scratch) / MODEL_NAME
            with zipfile.ZipFile(built, "w", zipfile.ZIP_STORED) as bundle:
                for network, data in networks:
                    entry = zipfile.ZipInfo(network.target, _ENTRY_DATE)
                    entry.create_system = 3  # the same bytes on every platform
                    bundle.writestr(entry, _with_metadata(data, network))
            sha256 = _sha256(built)
            if sha256 != MODEL_SHA256:
                raise PoseModelError(
                    "The pose model that was built does not have the expected hash.",
                    "Install the exact versions of requirements.lock and run 'cricksy model install' again.",
                )
            _move_into_place(built, target)
    except OSError as error:
        raise PoseModelError(
            f"The pose model cannot be written ({error.strerror or type(error).__name__}).",
            "Check the free space and the permissions of the cache folder (CRICKSY_CACHE_DIR).",
        ) from error
    return ModelFile(target, sha256, target.name)


def _read_networks(wheel: Path) -> list[tuple[_Network, bytes]]:
    advice = "Delete the cached wheel and run 'cricksy model install' again."
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [(network, archive.read(network.source)) for network in _NETWORKS]
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise PoseModelError("The wheel that holds the pose model cannot be read.", advice) from error
    for network, data in found:
        if hashlib.sha256(data).hexdigest() != network.sha256:
            raise PoseModelError(f"'{network.target}' does not have the pinned hash.", advice)
    return found


def _with_metadata(data: bytes, network: _Network) -> bytes:
    """Return the network with metadata that tells MediaPipe how to normalise its input."""
    # Imported here: only set-up needs them, and they load mediapipe.
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata
    from mediapipe.tasks.metadata import schema_py_generated as schema

    normalisation = metadata.NormalizationOptionsT()
    normalisation.mean, normalisation.std = [network.mean], [network.std]
    unit = metadata.ProcessUnitT()
    unit.optionsType, unit.options = metadata.ProcessUnitOptions.NormalizationOptions, normalisation
    picture = metadata.ImagePropertiesT()
    picture.colorSpace = metadata.ColorSpaceType.RGB
    content = metadata.ContentT()
    content.contentPropertiesType = metadata.ContentProperties.ImageProperties
    content.contentProperties = picture
    tensor = metadata.TensorMetadataT()
    tensor.name, tensor.content, tensor.processUnits = "image", content, [unit]
    graph = metadata.SubGraphMetadataT()
    graph.inputTensorMetadata = [tensor]
    described = metadata.ModelMetadataT()
    described.name, described.minParserVersion = network.target, "1.0.0"
    described.subgraphMetadata = [graph]

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    buffer = schema.BufferT()
    buffer.data = list(_packed(flatbuffers, described, b"M001"))
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = b"TFLITE_METADATA", len(model.buffers) - 1
    # The detector carries metadata of its own; two entries of one name would leave the choice to chance.
    model.metadata = [old for old in model.metadata or [] if old.name != entry.name] + [entry]
    return _packed(flatbuffers, model, b"TFL3")


def _packed(flatbuffers: Any, table: Any, identifier: bytes) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(table.Pack(builder), identifier)
    return bytes(builder.Output())


def _pip_download(folder: Path) -> None:
    if not _LOCK.is_file():
        raise PoseModelError(
            "model.lock is not beside the package.",
            "Install Cricksy from its checkout, or point CRICKSY_POSE_MODEL at a .task file.",
        )
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]
    command += ["--no-deps", "--only-binary=:all:", "--python-version", "3.11"]
    command += ["--platform", "manylinux_2_28_x86_64", "--require-hashes", "-r", str(_LOCK)]
    command += ["--dest", str(folder)]
    advice = "Check the network connection and pip's settings, then run 'cricksy model install' again."
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_PIP_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise PoseModelError("Fetching the pose model took too long.", advice) from error
    if done.returncode != 0:
        raise PoseModelError(f"pip could not fetch the pose model: {_last_error(done.stderr)}.", advice)


def _last_error(output: str) -> str:
    """Return pip's last error line without addresses: they may name a private registry or hold a password."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["no reason given"]
    text = re.sub(r"\w+://\S+", "(address)", errors[-1].removeprefix("ERROR:").strip())
    text = re.sub(r"host='[^']*'", "host=(address)", text)
    return text.rstrip(".")


def _locked_hash() -> str:
    try:
        found = re.search(r"--hash=sha256:([0-9a-f]{64})", _LOCK.read_text(encoding="utf-8"))
    except OSError:
        found = None
    if found is None:
        raise PoseModelError(
            "model.lock is missing or names no hash.",
            "Install Cricksy from its checkout, or point CRICKSY_POSE_MODEL at a .task file.",
        )
    return found[1]


def _check_bundle(path: Path) -> None:
    """Refuse a model of the user's own that is not a pose bundle."""
    wanted = {network.target for network in _NETWORKS}
    try:
        with zipfile.ZipFile(path) as bundle:
            complete = wanted <= set(bundle.namelist()) and bundle.testzip() is None
    except (OSError, zipfile.BadZipFile):
        complete = False
    if not complete:
        raise PoseModelError(
            "The file that CRICKSY_POSE_MODEL names is not a pose landmarker bundle, or is damaged.",
            "Point it at a pose_landmarker .task file, or unset it to use the model that Cricksy builds.",
        )


def _move_into_place(built: Path, target: Path) -> None:
    try:
        built.replace(target)
    except PermissionError:
        # Windows refuses while another process holds the target open; that process has the same bytes.
        if not target.is_file() or _sha256(target) != _sha256(built):
            raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
