"""Pixels counted by hand, as arrays and as PNG, and a file of LabelMe."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

Draw = Callable[..., tuple[Any, np.ndarray]]


def box(size: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
    """True in rows and columns from the first to the last, both included."""
    expected = np.zeros(size, np.bool_)
    expected[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = True
    return expected


def png(mask: list[list[int]], mode: str = "L") -> bytes:
    image = Image.fromarray(np.array(mask, np.uint8) * 255)
    if mode == "P":  # as Supervisely: two entries, the first transparent
        image = Image.fromarray(np.array(mask, np.uint8), "P")
        image.putpalette([0, 0, 0, 255, 255, 255])
        image.info["transparency"] = 0
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def labelme(*shapes: dict[str, Any], size: tuple[int, int] = (20, 30)) -> dict[str, Any]:
    return {"imagePath": "sub\\a.png", "imageHeight": size[0], "imageWidth": size[1], "shapes": list(shapes)}
