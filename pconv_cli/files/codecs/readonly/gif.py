"""GIF of one frame."""

from pathlib import Path

import numpy as np
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.decoding import samples_of
from pconv_cli.files.metadata.carried import Decoded, Header, Metadata
from pconv_cli.files.metadata.xmp import without_images


def read_header(path: Path) -> Header:
    """Read size and transparency without decoding the samples."""
    with Image.open(path, formats=["GIF"]) as image:
        return Header((image.height, image.width), "transparency" in image.info, 1)


def decode(path: Path) -> Decoded:
    """Decode the frame of a file as grey, RGB or either with alpha."""
    with Image.open(path, formats=["GIF"]) as image:
        if getattr(image, "n_frames", 1) > 1:
            raise ImageError(f"{path}: is an animated GIF; save the frame to restore as an image of its own")
        xmp = without_images(image.info.get("xmp")).packet
        is_grey, kind = image.mode == "L", "L" if image.mode == "L" else "RGB"
        kind += "A" if "transparency" in image.info else ""
        samples = samples_of(image if image.mode == kind else image.convert(kind))
    samples = samples if samples.ndim == 3 else samples[:, :, np.newaxis]
    notes = () if is_grey else (f"the palette is expanded: written as {kind}",)
    return Decoded(samples, Metadata(xmp=xmp), notes, converted=True)
