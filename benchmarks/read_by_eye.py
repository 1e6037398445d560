"""Events and front knees of filmed deliveries against those read by eye.

    python benchmarks/read_by_eye.py FOLDER_OF_CLIPS

``read_by_eye.yaml`` holds the readings. Prints each event's difference in frames of the clip, and its ±; then
the front knee as it is used, with the part of its ± that the clip shows, and as each source gives it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import yaml

from cricksy_lib.motion.movement import read_movement
from cricksy_lib.options import AnalysisOptions
from cricksy_lib.pose.clean import clean
from cricksy_lib.pose.extract import extract
from cricksy_lib.video import probe

READINGS = Path(__file__).with_suffix(".yaml")


def main() -> None:
    """Compare and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("clips", type=Path)
    folder: Path = parser.parse_args().clips
    options = AnalysisOptions(mode="bowling")
    seen_knees = []
    print("| clip | event | by eye, frame | found, frame | difference, frames | stated ±, frames |")
    print("|---|---|---|---|---|---|")
    for name, reading in yaml.safe_load(READINGS.read_text(encoding="utf-8")).items():
        clip = folder / f"{name}.mp4"
        if not clip.exists():
            print(f"| {name} | not in the folder | | | | |")
            continue
        rate, knees = reading.pop("frame_rate"), reading.pop("front_knee", {})
        movement = read_movement(clean(extract(probe(clip), options, "deep")), options)
        series = movement.series.isel(time=np.isin(movement.body.frame, list(knees)))
        kinds = [
            series[f"{kind}front_knee_angle"].values for kind in ("", "spread_", "fit_", "picture_", "model_")
        ]
        seen_knees += [(name, *knee, *known) for knee, *known in zip(knees.items(), *kinds, strict=True)]
        for event, frame in reading.items():
            found = movement.event(event)
            if frame is None:
                continue
            if found is None:
                print(f"| {name} | {event} | {frame} | not found | | |")
                continue
            at, spread = found.time_s * rate, found.uncertainty_s * rate
            print(f"| {name} | {event} | {frame} | {at:.1f} | {at - frame:+.1f} | {spread:.1f} |")
    print("\n| clip | frame | front knee by eye | used | ± of the clip | fit | picture | model |")
    print("|---|---|---|---|---|---|---|---|")
    for name, frame, angle, *known in seen_knees:
        print(f"| {name} | {frame} | {angle} | " + " | ".join(f"{one:.0f}" for one in known) + " |")


if __name__ == "__main__":
    main()
