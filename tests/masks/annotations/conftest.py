"""Annotation files and their images, made for the tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pconv_cli.masks.annotations.importing import import_masks
from pconv_cli.masks.annotations.report import ImportOptions, ImportReport

Draw = Callable[..., tuple[ImportReport, np.ndarray]]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Import one annotation file (JSON content, text or bytes) for one image: the report, and the hole pixels."""

    def drawn(
        content: Any, size: tuple[int, int], *, name: str = "a.json", image: str = "a.png", **options: Any
    ) -> tuple[ImportReport, np.ndarray]:
        source = tmp_path / name
        data = content if isinstance(content, bytes | str) else json.dumps(content)
        source.write_bytes(data.encode() if isinstance(data, str) else data)
        images = tmp_path / "in"
        images.mkdir(exist_ok=True)
        Image.new("RGB", (size[1], size[0])).save(images / image)
        report = import_masks(ImportOptions(source, images, tmp_path / "m", overwrite=True, **options))
        mask = tmp_path / "m" / Path(image).with_suffix(".png")
        return report, np.asarray(Image.open(mask)) > 0 if mask.exists() else np.zeros(size, np.bool_)

    return drawn


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Three images of 30 x 20 pixels, two of one name."""
    for name in ("a.png", "sub/a.png", "sub/b.jpg"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 20)).save(tmp_path / "in" / name)
    return tmp_path / "in"
