from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.metadata.carried import Metadata
from pconv_cli.files.stored import StoredImage

from .reports import SIZE


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., None]:
    """Put an image of 50 x 40 into in/, and its mask into m/: a square of 100 px, a line of 20 px, a pixel."""

    def make(name: str, dpi: float | None = None, *, hole: NDArray[np.bool_] | None = None) -> None:
        image = np.full((*SIZE, 3), 128, np.uint8)
        write_image(
            tmp_path / "in" / name, StoredImage(image, metadata=Metadata(dpi=None if dpi is None else (dpi, dpi)))
        )
        if hole is None:
            hole = np.zeros(SIZE, np.bool_)
            hole[4:14, 6:16] = hole[30, 20:40] = hole[20, 45] = True
        write_mask((tmp_path / "m" / name).with_suffix(".png"), ~hole)

    return make
