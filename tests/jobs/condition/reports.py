"""Condition reports made, their tables read, and annotations to make them of."""

import csv
import json
from pathlib import Path
from typing import Any

from pconv_cli.jobs.condition.options import ConditionOptions
from pconv_cli.jobs.condition.run import ConditionReport, report_conditions

SIZE = (40, 50)


def reported(root: Path, **options: Any) -> ConditionReport:
    given = {"images": root / "in", "masks": root / "m", "out": root / "out", **options}
    return report_conditions(ConditionOptions(**given))


def table(root: Path, name: str = "losses.csv") -> list[dict[str, str]]:
    with (root / "out" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def labelme(root: Path, name: str, *shapes: tuple[str, list[list[float]]], size: tuple[int, int] = SIZE) -> None:
    """Annotate an image of in/ in m/."""
    drawn = [{"label": label, "points": points, "shape_type": "polygon"} for label, points in shapes]
    text = {"imagePath": name, "imageHeight": size[0], "imageWidth": size[1], "shapes": drawn, "version": "5"}
    place = (root / "m" / name).with_suffix(".json")
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(text), encoding="utf-8")


def square(left: int, top: int, side: int) -> list[list[float]]:
    right, bottom = left + side - 1, top + side - 1  # LabelMe counts the outline in
    return [[left, top], [right, top], [right, bottom], [left, bottom]]
