"""Folders to score, and the tables that are printed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage

from .small_images import draw, draw_mask


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Three images in results/, gt/ and masks/; hole of 4 %, 25 %, 49 %."""
    for name, side in (("a", 4), ("b", 10), ("c", 14)):
        truth = np.random.default_rng(side).integers(0, 200, (20, 20, 3), dtype=np.uint8)
        mask = np.ones((20, 20), bool)
        mask[3 : 3 + side, 3 : 3 + side] = False
        write_image(tmp_path / "gt" / f"{name}.png", StoredImage(truth))
        result = np.where(mask[..., None], truth, truth + 9).astype(np.uint8)
        write_image(tmp_path / "results" / f"{name}.png", StoredImage(result))
        write_mask(tmp_path / "masks" / f"{name}.png", mask)
    return tmp_path


@pytest.fixture
def table_lines() -> Callable[[str], list[str]]:
    """The lines of the tables in a text; an ellipsis or a broken row in them fails."""

    def found(text: str) -> list[str]:
        lines = text.splitlines()
        assert max(map(len, lines)) <= 80
        assert "…" not in text
        labels = ("hole ratio", "(0.", "total", "outside")
        return [line for line in lines if line.startswith(labels)]

    return found


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with in/a.png, in/b.png, in/c.png and a mask for all."""
    for index, name in enumerate("abc"):
        draw(tmp_path / "in" / f"{name}.png", index)
    draw_mask(tmp_path / "mask.png")
    return tmp_path
