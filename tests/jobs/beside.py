"""An image with a hole, and what a run puts beside the restored one."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.report.outcome import InpaintReport

SIZE = (40, 52)
HOLE = np.zeros(SIZE, bool)
HOLE[8:20, 10:30] = True


def smooth(kind: str, channels: int, top: float, size: tuple[int, int] = SIZE) -> NDArray[Any]:
    rows, columns = np.indices(size)
    values = 0.2 + 0.6 * (rows[:, :, None] + columns[:, :, None] * (1 + np.arange(channels))) / (size[0] + 4 * size[1])
    return (values * top).astype(kind)


def run(root: Path, **options: Any) -> InpaintReport:
    wanted = {"method": "telea", "texture": 0, "retouch": "layer", **options}
    report = inpaint_folder(root / "in", root / "m", root / "out", **wanted)
    assert not report.failed, report.failed
    return report


def place(root: Path, name: str, image: StoredImage, hole: NDArray[np.bool_] = HOLE) -> Path:
    write_image(root / "in" / name, image)
    write_mask((root / "m" / name).with_suffix(".png"), ~hole)
    return root / "out" / name


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path.name.startswith(f"{target.name}."))
