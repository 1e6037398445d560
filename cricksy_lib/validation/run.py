"""Choose scenes, assess them in parallel, gather what came of it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import cricksy_lib
from cricksy_lib.errors import AnalysisError, UsageError
from cricksy_lib.pose.model import ensure_model
from cricksy_lib.progress import Progress, silent
from cricksy_lib.results import MODES, Mode
from cricksy_lib.settings import Settings, get_settings
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.truthsets import SetName, rendered, trap_scenes, truth_set
from cricksy_lib.validation import cache, invariance
from cricksy_lib.validation.assess import assess
from cricksy_lib.validation.evidence import Evidence
from cricksy_lib.validation.real import compare_real
from cricksy_lib.validation.record import SceneRecord
from cricksy_lib.validation.workers import deaf_to_ctrl_c, scene_workers

SETS: tuple[SetName, ...] = ("report", "develop")
# Scenes a discipline that are filmed in several ways.
_FILMED, _FILMED_IN_FULL = 1, 5


@dataclass(frozen=True)
class Plan:
    """What is to be assessed, and in words what is not."""

    set_name: str
    modes: tuple[Mode, ...]
    scenes: list[Scene]
    traps: list[Scene]
    filmed: list[Scene]
    skipped: list[str]


def make_plan(
    set_name: str = "report",
    modes: Sequence[str] = MODES,
    limit: int | None = None,
    full: bool = False,
) -> Plan:
    """Choose the scenes.

    Parameters
    ----------
    set_name : "report", or "develop" for the scenes that may be tuned on.
    modes : disciplines.
    limit : at most so many scenes a discipline, spread over the set; None for all.
    full : more scenes are filmed in several ways.

    Raises
    ------
    UsageError
        If a set or a discipline has another name than those.
    """
    chosen_set = next((name for name in SETS if name == set_name), None)
    if chosen_set is None:
        raise UsageError(f"'{set_name}' is not a set of scenes.", f"Give one of {', '.join(SETS)}.")
    unknown = [mode for mode in modes if mode not in MODES]
    if unknown or not modes:
        raise UsageError(
            f"'{''.join(unknown[:1])}' is not a discipline.", f"Give some of {', '.join(MODES)}."
        )
    chosen = tuple(mode for mode in MODES if mode in modes)
    scenes: list[Scene] = []
    filmed: list[Scene] = []
    skipped = []
    several = _FILMED_IN_FULL if full else _FILMED
    for mode in chosen:
        whole = truth_set(chosen_set, mode)
        some = spread(whole, limit)
        scenes += some
        filmed += spread(some, several if limit is None else min(several, limit))
        if len(some) < len(whole):
            skipped.append(f"{len(whole) - len(some)} of {len(whole)} {mode} scenes")
    if not full:
        skipped.append(f"other ways of filming for all but {several} scene a discipline (--full takes more)")
    traps = [scene for scene in trap_scenes() if scene.mode in chosen]
    some_traps = spread(traps, limit)
    if len(some_traps) < len(traps):
        skipped.append(f"{len(traps) - len(some_traps)} of {len(traps)} clips without technique")
    return Plan(set_name, chosen, scenes, some_traps, filmed, skipped)


def spread(scenes: Sequence[Scene], limit: int | None) -> list[Scene]:
    """Take at most ``limit`` scenes, evenly through the list."""
    if limit is None or limit >= len(scenes):
        return list(scenes)
    return [scenes[i] for i in np.linspace(0, len(scenes) - 1, limit).round().astype(int)]


def read_or_run(numbers: str | Path, plan: Plan, folder: Path, real: Path | None = None) -> Evidence:
    """Read what an earlier run wrote, or run if there is no such file named."""
    return Evidence.read(Path(numbers)) if numbers else run(plan, folder, real=real)


def run(
    plan: Plan,
    folder: Path,
    settings: Settings | None = None,
    progress: Progress = silent,
    real: Path | None = None,
) -> Evidence:
    """Assess everything that was planned.

    Parameters
    ----------
    plan : what to assess.
    folder : keeps clips, truths and landmarks from one run to the next; made if it is not there.
    settings : the place of the model, and how many processes work at a time.
    progress : told of every scene that is done.
    real : folder of real clips with reference data beside it, if any.

    Raises
    ------
    AnalysisError
        If a process is lost.
    PoseModelError
        If the model is not installed.
    """
    settings = settings or get_settings()
    model = ensure_model(settings)
    folder.mkdir(parents=True, exist_ok=True)
    ways = [invariance.versions(scene) for scene in plan.filmed]
    wanted = [*plan.scenes, *plan.traps, *(scene for way in ways for scene in way.values())]
    plain = {scene.model_dump_json() for scene in (*plan.scenes, *plan.traps)}
    records = _assess_all(wanted, plain, folder, settings, progress)
    done = {scene.model_dump_json(): record for scene, record in records}

    def of(scene: Scene) -> SceneRecord:
        return done[scene.model_dump_json()]

    return Evidence(
        set_name=plan.set_name,
        modes=list(plan.modes),
        skipped=plan.skipped,
        scenes=[of(scene) for scene in plan.scenes],
        traps=[of(scene) for scene in plan.traps],
        filmed={
            of(scene).name: {name: of(version) for name, version in way.items()}
            for scene, way in zip(plan.filmed, ways, strict=True)
        },
        real=compare_real(real, folder, settings),
        made_with={
            "cricksy": cricksy_lib.__version__,
            "mediapipe": importlib.metadata.version("mediapipe"),
            "model_sha256": model.sha256,
            "pose_code": cache.pose_code()[:16],
        },
    )


def _assess_all(
    scenes: Sequence[Scene], plain: set[str], folder: Path, settings: Settings, progress: Progress
) -> list[tuple[Scene, SceneRecord]]:
    """Assess scenes, each once, in processes of their own; the answers come in any order."""
    once = {scene.model_dump_json(): scene for scene in scenes}
    alone = settings.model_copy(update={"pose_processes": 1})
    progress("scenes", 0, len(once))
    found: list[tuple[Scene, SceneRecord]] = []
    with scene_workers(min(settings.pose_processes, len(once)), folder) as pool:
        with deaf_to_ctrl_c():
            waiting = {
                pool.submit(_assess_one, scene, folder, alone, key in plain): scene
                for key, scene in once.items()
            }
        try:
            for future in as_completed(waiting):
                found.append((waiting[future], future.result()))
                progress("scenes", len(found), len(once))
        except BrokenProcessPool as error:
            raise AnalysisError(
                "A process that assessed scenes was lost.",
                "Run the same command again: what was rendered and followed is kept.",
            ) from error
    return found


def _assess_one(scene: Scene, folder: Path, settings: Settings, baselines: bool) -> SceneRecord:
    clip, truth = rendered(scene, folder)
    return assess(clip, truth, settings, baselines)
