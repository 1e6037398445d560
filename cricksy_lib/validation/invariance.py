"""The same movement filmed otherwise: frame rate, size and shape of the picture must not change a number."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cricksy_lib.synthetic.scene import Scene
from cricksy_lib.validation.record import SceneRecord

_FILMED: dict[str, dict[str, float | int]] = {
    "60 fps, 720p": {"frame_rate": 60.0, "width": 1280, "height": 720},
    "30 fps, 720p": {"frame_rate": 30.0, "width": 1280, "height": 720},
    "60 fps, 360p": {"frame_rate": 60.0, "width": 640, "height": 360},
    "60 fps, 1080p": {"frame_rate": 60.0, "width": 1920, "height": 1080},
    "60 fps, 9:16": {"frame_rate": 60.0, "width": 720, "height": 1280},
}
CHANGES: dict[str, tuple[str, str]] = {
    "30 and 60 fps": ("30 fps, 720p", "60 fps, 720p"),
    "360p and 1080p": ("60 fps, 360p", "60 fps, 1080p"),
    "16:9 and 9:16": ("60 fps, 720p", "60 fps, 9:16"),
}


def versions(scene: Scene) -> dict[str, Scene]:
    """The ways to film one scene, by name."""
    given = scene.model_dump()
    return {name: Scene.model_validate({**given, **how}) for name, how in _FILMED.items()}


def changes(filmed: Mapping[str, Mapping[str, SceneRecord]]) -> pd.DataFrame:
    """Tabulate how much each metric changes from one way of filming to the other.

    Parameters
    ----------
    filmed : scene's name -> way of filming -> its record.

    Returns
    -------
    A row for each metric that both ways give as a number with its ±: ``scene``, ``change``, ``metric``,
    ``unit``, signed ``difference``, the larger ``total`` and ``measured`` ± of the two, whether the
    difference is ``inside`` that total and ``inside_measured``, and whether ``both_measured``.
    """
    rows = []
    for scene, ways in filmed.items():
        for change, (first, second) in CHANGES.items():
            if first not in ways or second not in ways:
                continue
            other = {row["metric"]: row for row in ways[second].metrics}
            for row in ways[first].metrics:
                pair = (row, other.get(row["metric"], row | {"value": None}))
                if any(r["value"] is None or r["total"] is None or r["measured"] is None for r in pair):
                    continue
                difference = pair[0]["value"] - pair[1]["value"]
                total, measured = (max(r[part] for r in pair) for part in ("total", "measured"))
                rows.append(
                    {
                        "scene": scene,
                        "change": change,
                        "metric": row["metric"],
                        "unit": row["unit"],
                        "difference": difference,
                        "total": total,
                        "measured": measured,
                        "inside": abs(difference) <= total,
                        "inside_measured": abs(difference) <= measured,
                        "both_measured": all(r["status"] == "measured" for r in pair),
                    }
                )
    columns = ["scene", "change", "metric", "unit", "difference", "total", "measured"]
    return pd.DataFrame(rows, columns=[*columns, "inside", "inside_measured", "both_measured"])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Share of the pairs inside their ±, by change, and the pair that is farthest outside."""
    rows = []
    for change, group in table.groupby("change", sort=True):
        ratio = (group["difference"].abs() / group["total"]).astype(float)
        far = group.iloc[int(ratio.to_numpy().argmax())]
        rows.append(
            {
                "change": change,
                "scenes": group["scene"].nunique(),
                "pairs": len(group),
                "inside the ±": group["inside"].mean(),
                "inside its measured part": group["inside_measured"].mean(),
                "both measured": group["both_measured"].mean(),
                "farthest": "{metric}: {difference:+.2f} of ± {total:.2f} {unit}".format(**far),
            }
        )
    return pd.DataFrame(rows)
