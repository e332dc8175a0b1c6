"""TIFF files of several pages, their masks, and a run on them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.jobs.folder import inpaint_folder


def smooth(size: tuple[int, int], kind: str = "uint8", channels: int = 3, seed: int = 0) -> NDArray[Any]:
    rng = np.random.default_rng(seed)
    values = np.add.outer(np.arange(size[0]), np.arange(size[1])) + rng.integers(20, 60)
    values = values[:, :, np.newaxis] + rng.integers(0, 9, (*size, channels))
    return values.astype(kind) if channels > 1 else values[:, :, 0].astype(kind)


def hole_of(size: tuple[int, int], top: int = 10) -> NDArray[np.bool_]:
    hole = np.zeros(size, bool)
    hole[top : top + 6, 12:20] = True
    return hole


def put_mask(path: Path, hole: NDArray[np.bool_]) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    Image.fromarray(hole).save(path)


def run(folder: Path, **options: Any) -> Any:
    given = {"method": "telea", **options}
    return inpaint_folder(folder / "in", folder / "m", folder / "out", **given)
