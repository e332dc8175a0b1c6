from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.manifest import MANIFEST
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.methods.names import Method
from pconv_cli.methods.tiled import sweep
from tests.heard import Heard

Mask = NDArray[np.bool_]
Rgb = NDArray[np.float32]

SIZE = (40, 50)


@pytest.fixture
def recorder() -> type[Heard]:
    """Makes progresses that remember what they heard."""
    return Heard


@pytest.fixture
def a_mask(holes: Callable[..., Mask]) -> Mask:
    return holes(SIZE, count=4, largest=9)


@pytest.fixture
def put(tmp_path: Path, a_mask: Mask) -> Callable[..., NDArray[Any]]:
    """Put an image into in/ and its mask into m/ and return its samples."""

    def make(
        name: str,
        kind: ImageFormat = ImageFormat.PNG,
        depth: str = "uint8",
        channels: int = 3,
        mask: Mask | None = a_mask,
        size: tuple[int, int] = SIZE,
    ) -> NDArray[Any]:
        rng = np.random.default_rng(len(name))
        top = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
        samples = (rng.random((*size, channels)) * top).astype(depth)
        write_image(tmp_path / "in" / name, StoredImage(samples, kind))
        if mask is not None:
            write_mask((tmp_path / "m" / name).with_suffix(".png"), mask)
        return samples

    return make


@pytest.fixture
def run() -> Callable[..., InpaintReport]:
    """Inpaint in/ with m/ into out/ below a folder, by telea where nothing else is said."""

    def make(root: Path, progress: Heard | None = None, **changes: Any) -> InpaintReport:
        settings = {"images": root / "in", "masks": root / "m", "out": root / "out", "method": Method.TELEA}
        return inpaint_folder(InpaintOptions(**{**settings, **changes}), progress)

    return make


@pytest.fixture
def files_below() -> Callable[[Path], list[str]]:
    """The files below a folder, by name, but for manifests."""

    def make(root: Path) -> list[str]:
        return sorted(
            path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and path.name != MANIFEST
        )

    return make


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of 256 pixels a side, so that a small file has several."""
    monkeypatch.setattr(sweep, "SIDE", 256)
    monkeypatch.setattr(sweep, "CONTEXT", 64)
