"""TIFF files put in place, and restored in windows and as a whole."""

from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.methods.names import Method
from pconv_cli.progress import Progress


def run(root: Path, progress: Progress | None = None, **changes: Any) -> InpaintReport:
    settings = {"images": root / "in", "masks": root / "m", "out": root / "out", "method": Method.PYRAMID}
    settings |= {"overwrite": True, "allow_large_holes": True}
    return inpaint_folder(InpaintOptions(**{**settings, **changes}), progress)


def put(root: Path, samples: np.ndarray, hole: np.ndarray, **options: Any) -> None:
    for name in ("in", "m"):
        (root / name).mkdir(exist_ok=True)
    options = {"photometric": "rgb" if samples.ndim == 3 else "minisblack", "metadata": None, **options}
    tifffile.imwrite(root / "in" / "scan.tif", samples, resolution=(600, 600), **options)
    tifffile.imwrite(root / "m" / "scan.tif", hole, photometric="minisblack", compression="deflate", tile=(64, 64))
