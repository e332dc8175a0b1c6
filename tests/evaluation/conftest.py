"""Small images on disk and off it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.evaluation.votes.options import VoteOptions
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage


def _noise(shape: tuple[int, ...], seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def _square(size: tuple[int, int], side: int) -> NDArray[np.bool_]:
    mask = np.ones(size, bool)
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    mask[top : top + side, left : left + side] = False
    return mask


@pytest.fixture
def noise() -> Callable[..., NDArray[np.uint8]]:
    """noise(shape, seed=0): uint8 noise."""
    return _noise


@pytest.fixture
def square() -> Callable[..., NDArray[np.bool_]]:
    """square(size, side): a mask with a square hole in the middle."""
    return _square


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """results/, gt/ and masks/ of three 24 x 24 images: off by 4, 8 and 16 in holes of 10 %, 25 % and 25 %."""
    for name, side, off in (("a", 8, 4), ("sub/b", 12, 8), ("sub/c", 12, 16)):
        truth = _noise((24, 24, 3)) // 2
        mask = _square((24, 24), side)
        result = np.where(mask[..., None], truth, truth + off).astype(np.uint8)
        write_image(tmp_path / "gt" / f"{name}.png", StoredImage(truth))
        write_image(tmp_path / "results" / f"{name}.png", StoredImage(result))
        write_mask(tmp_path / "masks" / f"{name}.png", mask)
    return tmp_path


@pytest.fixture
def pairs(tmp_path: Path) -> VoteOptions:
    """Five images, plain dark ones in first/ and plain light ones in second/, and grey ones with stripes in gt/."""
    for n, name in enumerate(("a", "b", "sub/c", "sub/d", "e")):
        for folder, grey in (("first", 40 + n), ("second", 200 + n), ("gt", 120)):
            samples = np.full((24, 30, 3), grey, np.uint8)
            write_image(tmp_path / folder / f"{name}.png", StoredImage(samples))
        mask = np.ones((24, 30), bool)
        mask[8:16, 10:20] = False
        write_mask(tmp_path / "masks" / f"{name}.png", mask)
    return VoteOptions((tmp_path / "first", tmp_path / "second"), tmp_path / "sheets", names=("ours", "theirs"))
