"""What the landmarks cost and what is the view's: the fit on exact landmarks of the develop scenes.

    python benchmarks/landmark_limit.py [--folder DIR] [--modes batting,bowling,wicketkeeping,fielding]

Each side-on scene is read three times: as it is; with every landmark put exactly where the joint is in the
picture, its depth still the model's; and with its depth exact, too. What the second still misses no better
landmark in the picture would mend. The clips are those of ``cricksy validate --set develop``, rendered if
they are not there.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from cricksy_lib.motion.body import Body, other
from cricksy_lib.motion.fitted import fitted_angles
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.track import KEYPOINTS
from cricksy_lib.results import MODES, Mode
from cricksy_lib.settings import get_settings
from cricksy_lib.synthetic.events import front_side
from cricksy_lib.synthetic.truth import Truth
from cricksy_lib.synthetic.truthsets import is_side_on, rendered, truth_set
from cricksy_lib.validation import swaps
from cricksy_lib.validation.errors import at_times, movement_rows, summarise
from cricksy_lib.validation.read import raw_pose, read_clip

WAYS = ("as it is", "picture exact", "depth exact, too")
SERIES = ("front_knee_angle", "rear_knee_angle", "front_elbow_angle", "rear_elbow_angle", "trunk_lean")


def exact(body: Body, truth: Truth, rows: np.ndarray) -> dict[str, Body]:
    """The body as it was read, with exact places in the picture, and with exact depth."""
    order = [truth.joint_names.index(name) for name in KEYPOINTS]
    seen = np.isfinite(body.raw_xy)
    in_picture = replace(body, raw_xy=np.where(seen, truth.joints_px[rows][:, order], np.nan))
    in_space = truth.joints_m[rows][:, order] @ truth.camera.rotation.T
    hips = [KEYPOINTS.index(f"{side}_hip") for side in ("left", "right")]
    from_hips = in_space - in_space[:, hips].mean(axis=1, keepdims=True)
    with_depth = replace(in_picture, world=np.where(np.isfinite(body.world), from_hips, np.nan))
    return dict(zip(WAYS, (body, in_picture, with_depth), strict=True))


def misses(body: Body, truth: Truth) -> dict[str, float]:
    """Mean absolute error of each fitted angle over the movement, degrees."""
    scene = truth.scene
    front = front_side(scene.mode, scene.hand)
    sides = {"front": front, "rear": other(front)}
    moving = movement_rows(truth.times_s, truth.events)
    found = fitted_angles(body)
    told = {}
    for name in SERIES:
        where, _, joint = name.removesuffix("_angle").partition("_")
        values = found["trunk_lean" if name == "trunk_lean" else f"{sides[where]}_{joint}"].values
        error = (at_times(body.time_s, values, truth.times_s) - truth.angles[name])[moving]
        mae = summarise(error)["mae"]
        told[name] = np.nan if mae is None else float(mae)
    return told


def main() -> None:
    """Measure and print a table."""
    settings = get_settings()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=settings.cache_dir / "validation")
    parser.add_argument("--modes", default=",".join(MODES))
    given = parser.parse_args()
    print(f"| discipline | side-on scenes | series | {' | '.join(WAYS)} |")
    print("|---|---|---|---|---|---|")
    for mode in (cast(Mode, name) for name in given.modes.split(",")):
        errors: dict[tuple[str, str], list[float]] = defaultdict(list)
        scenes = [scene for scene in truth_set("develop", mode) if is_side_on(scene.azimuth_deg)]
        for scene in scenes:
            clip, truth = rendered(scene, given.folder)
            pose = raw_pose(clip, AnalysisOptions(mode=mode), settings)
            reading = read_clip(clip, pose, AnalysisOptions(mode=mode, hand=scene.hand))
            for way, body in exact(reading.movement.body, truth, swaps.rows_of(reading.clean, truth)).items():
                for name, value in misses(body, truth).items():
                    errors[way, name].append(value)
        for name in SERIES:
            means = " | ".join(f"{np.nanmean(errors[way, name]):.1f}" for way in WAYS)
            print(f"| {mode} | {len(scenes)} | {name.replace('_', ' ')} | {means} |")


if __name__ == "__main__":
    main()
