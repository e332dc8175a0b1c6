"""Small images and their mask, drawn into a folder."""

from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (48, 64)
FOLDERS = ("in", "--masks", "mask.png", "--out", "out", "--method", "telea")


def draw(path: Path, seed: int = 0, size: tuple[int, int] = SIZE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(samples).save(path, compress_level=0)


def draw_mask(path: Path, size: tuple[int, int] = SIZE) -> None:
    hole = np.zeros(size, np.uint8)
    hole[10:20, 30:44] = 255
    Image.fromarray(hole).save(path)
