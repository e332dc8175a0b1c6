"""Annotations as LabelMe writes them."""

from typing import Any


def region(label: str, left: int, top: int, right: int, bottom: int) -> dict[str, Any]:
    return {"label": label, "shape_type": "rectangle", "points": [[left, top], [right, bottom]]}
