"""Where each angle should come from: the fitted body, the angle in the picture or the model's own.

    python benchmarks/angle_source.py [--folder DIR] [--modes batting,bowling,wicketkeeping,fielding]

Mean absolute errors over the movement on the scenes of the set ``develop``, by discipline, view and joint,
each scene weighing the same. `cricksy_lib.motion.angle_source` names what is used in place of the fit; this
is what that is held against. A leg that is told from the picture only while it stands is listed as the fit's.
The clips are those of ``cricksy validate --set develop``, rendered if they are not there.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import cast

import numpy as np

from cricksy_lib.motion.angle_source import angle_source
from cricksy_lib.motion.kinematics import ANGLES
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.results import MODES, Mode, View
from cricksy_lib.settings import get_settings
from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.synthetic.truthsets import rendered, truth_set
from cricksy_lib.validation.errors import at_times, movement_rows, summarise
from cricksy_lib.validation.read import raw_pose, read_clip

SOURCES = ("fit", "picture", "model")


def misses(scene: Scene, folder: Path) -> tuple[View, dict[tuple[str, str], float]]:
    """The view that was read; by series and source the mean absolute error over the movement, degrees."""
    settings = get_settings().model_copy(update={"pose_processes": 1})
    clip, truth = rendered(scene, folder)
    pose = raw_pose(clip, AnalysisOptions(mode=scene.mode), settings)
    movement = read_clip(clip, pose, AnalysisOptions(mode=scene.mode, hand=scene.hand)).movement
    moving = movement_rows(truth.times_s, truth.events)
    told = {}
    for name in ANGLES:
        for source in SOURCES:
            values = movement.series[f"{source}_{name}"].values
            found = at_times(movement.series["time"].values, values, truth.times_s)
            mae = summarise((found - truth.angles[name])[moving])["mae"]
            told[name, source] = np.nan if mae is None else float(mae)
    return movement.view.view, told


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=get_settings().cache_dir / "validation")
    parser.add_argument("--modes", default=",".join(MODES))
    given = parser.parse_args()
    print(f"| discipline | view | joint | scenes | {' | '.join(SOURCES)} | used |")
    print("|---|---|---|---|---|---|---|---|")
    for mode in (cast(Mode, name) for name in given.modes.split(",")):
        scenes = truth_set("develop", mode)
        errors: dict[View, list[dict[tuple[str, str], float]]] = defaultdict(list)
        with ProcessPoolExecutor(get_settings().pose_processes) as pool:
            for view, told in pool.map(misses, scenes, repeat(given.folder)):
                errors[view].append(told)
        for view, group in errors.items():
            for name in ANGLES:
                # Where one of the three has no angle, as in a scene without events, none is compared.
                table = np.array([[told[name, source] for source in SOURCES] for told in group])
                table = table[np.isfinite(table).all(axis=1)]
                if not len(table):
                    continue
                figures = " | ".join(f"{mean:.1f}" for mean in table.mean(axis=0))
                used = angle_source(mode, name, view)
                print(f"| {mode} | {view} | {name.replace('_', ' ')} | {len(table)} | {figures} | {used} |")


if __name__ == "__main__":
    main()
