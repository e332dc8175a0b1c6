"""DNG and camera raw, developed by LibRaw (package rawpy) into sRGB of 16 bits, upright."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import ImageCms

from pconv_cli.files.metadata.carried import Decoded, Header, Metadata


def read_header(path: Path) -> Header:
    """Read the size that the developed image has."""
    with _open(path) as raw:
        sizes = raw.sizes
        size = (int(sizes.iheight), int(sizes.iwidth))
        return Header(size[::-1] if sizes.flip & 4 else size, False, 1)


def decode(path: Path) -> Decoded:
    """Develop a file with the camera's white balance and no change of brightness."""
    with _open(path) as raw:
        samples: Any = raw.postprocess(use_camera_wb=True, no_auto_bright=True, output_bps=16)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    note = "developed from camera raw by LibRaw (the camera's white balance, sRGB, 16 bits); its EXIF is left out"
    return Decoded(np.ascontiguousarray(samples), Metadata(icc=profile), (note,), converted=True)


def _open(path: Path) -> Any:
    import rawpy

    return rawpy.imread(str(path))
