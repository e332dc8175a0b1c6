"""HEIC, by libheif (package pillow-heif), in its own depth and as it is shown."""

from pathlib import Path
from typing import Any

import numpy as np

from pconv_cli.errors import ImageError
from pconv_cli.files.metadata.carried import (
    EXIF_DAMAGED,
    LOSSY,
    Decoded,
    Header,
    Metadata,
    strip_exif_prefix,
    upright_exif,
    without_thumbnail,
)
from pconv_cli.files.metadata.ifd import is_greedy
from pconv_cli.files.metadata.xmp import without_images


def read_header(path: Path) -> Header:
    """Read size and transparency without decoding the samples."""
    image, _ = _open(path)
    return Header((image.size[1], image.size[0]), image.has_alpha, 1)


def decode(path: Path) -> Decoded:
    """Decode the main image of a file."""
    image, others = _open(path)
    if image.premultiplied_alpha:
        raise ImageError(f"{path}: has colours multiplied by their alpha; save it with plain alpha")
    samples: Any = np.array(image)
    samples = samples if samples.ndim == 3 else samples[:, :, np.newaxis]
    info = image.info
    exif = upright_exif(without_thumbnail(strip_exif_prefix(info.get("exif"))))
    notes: tuple[str, ...] = (LOSSY,)
    notes += (f"its main image is read, and its {others} further images are left out",) if others else ()
    if exif and is_greedy(exif):
        exif, notes = None, (*notes, EXIF_DAMAGED)
    metadata = Metadata(icc=info.get("icc_profile"), exif=exif, xmp=without_images(info.get("xmp")).packet)
    bits = int(info.get("bit_depth", 8))
    return Decoded(samples, metadata, notes, converted=True, bits=bits)


def _open(path: Path) -> tuple[Any, int]:
    """The main image of a file, and how many others there are."""
    try:
        import pillow_heif
    except ImportError as error:
        raise ImportError(str(error), name="pillow-heif") from error
    file = pillow_heif.open_heif(path, convert_hdr_to_8bit=False, hdr_to_16bit=False)
    return file[file.primary_index], len(file) - 1
