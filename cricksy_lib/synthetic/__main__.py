"""Write the demo's clips: ``python -m cricksy_lib.synthetic --out DIR [--mode ...]``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cricksy_lib.results import MODES, Mode
from cricksy_lib.synthetic.render import render_clip
from cricksy_lib.synthetic.scene import Scene

# One clip a discipline, side-on. Three carry a fault that the rules can tell from the measurement's error: a
# bent knee only where the athlete is large and the frames are many.
DEMO: dict[Mode, Scene] = {
    "batting": Scene(mode="batting", seed=11, kit="blue", faults={"head_moving": 1.0}),
    "bowling": Scene(
        mode="bowling",
        seed=22,
        hand="left",
        kit="white",
        faults={"collapsing_front_knee": 1.0},
        frame_rate=120,
        fill=0.7,
    ),
    "wicketkeeping": Scene(mode="wicketkeeping", seed=13, kit="red", background="net"),
    "fielding": Scene(
        mode="fielding", seed=14, kit="white", faults={"collapsing_front_knee": 1.0}, frame_rate=120, fill=0.8
    ),
}


def write_demo_clips(
    out: Path, scenes: Mapping[Mode, Scene] = DEMO, console: Console | None = None
) -> dict[Mode, Path]:
    """Write the clips that are not there yet, each with its truth beside it.

    Returns
    -------
    The clips' paths by discipline, old and new.
    """
    out.mkdir(parents=True, exist_ok=True)
    paths = {mode: out / f"{mode}.mp4" for mode in scenes}
    missing = {
        mode: scene
        for mode, scene in scenes.items()
        if not (paths[mode].exists() and _truth(paths[mode]).exists())
    }
    if not missing:  # an empty set of bars would still leave an empty line
        return paths
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=console or Console(stderr=True)) as bars:
        for mode, scene in missing.items():
            faults = ", ".join(name.replace("_", " ") for name in scene.faults) or "no fault"
            task = bars.add_task(f"Drawing {mode} ({faults})", total=None)

            def report(stage: str, done: float, total: float, task=task) -> None:  # type: ignore[no-untyped-def]
                bars.update(task, completed=done, total=total)

            render_clip(scene, paths[mode], _truth(paths[mode]), progress=report)
    return paths


def _truth(clip: Path) -> Path:
    return clip.with_suffix(".truth.json")


def main(
    out: Annotated[Path, typer.Option(help="Folder for the clips; made if it does not exist.")],
    mode: Annotated[list[str] | None, typer.Option(help="Only this discipline; may be given again.")] = None,
) -> None:
    """Write demo clips of the synthetic athlete, one for each discipline, with the truth as JSON."""
    unknown = [name for name in mode or [] if name not in MODES]
    if unknown:
        raise typer.BadParameter(f"'{unknown[0]}' is not one of {', '.join(MODES)}", param_hint="--mode")
    wanted = {name: scene for name, scene in DEMO.items() if not mode or name in mode}
    console = Console()
    paths = write_demo_clips(out, wanted, console)
    console.print(f"{len(paths)} clips in {out}")


if __name__ == "__main__":
    typer.run(main)
