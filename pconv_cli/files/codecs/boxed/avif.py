"""AVIF of 8, 10 and 12 bits, grey to RGBA; written without loss (no conversion of colours, quantiser 0).

Reference: AV1 Image File Format; ITU-T H.273 (colours by numbers).
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs.boxed import avif_items, boxes
from pconv_cli.files.metadata.carried import (
    EXIF_DAMAGED,
    GAIN_MAP,
    LOSSY,
    SIGNED,
    Decoded,
    Header,
    Metadata,
    Samples,
    orientation_of,
    strip_exif_prefix,
    without_thumbnail,
)
from pconv_cli.files.metadata.ifd import is_greedy
from pconv_cli.files.metadata.xmp import without_images

#: sRGB by its numbers: primaries and transfer.
_SRGB = (1, 13)
_UNKNOWN = 2
#: Effort of the encoder, 0 (most) to 10; without loss it decides the size of the file alone.
_SPEED = 6


def read_header(path: Path) -> Header:
    """Read size, transparency and orientation without decoding the samples."""
    with Image.open(path, formats=["AVIF"]) as image:
        orientation = orientation_of(strip_exif_prefix(image.info.get("exif")))
        return Header((image.height, image.width), "A" in image.mode, orientation)


def decode(path: Path) -> Decoded:
    """Decode an AVIF file of one image into samples of its own depth."""
    import imagecodecs

    data = path.read_bytes()
    with Image.open(io.BytesIO(data), formats=["AVIF"]) as image:
        if getattr(image, "n_frames", 1) > 1:
            raise ImageError(f"{path}: is an animated AVIF; save the frame to restore as an image of its own")
        info, size = image.info, (image.height, image.width)
    said = avif_items.read(data)
    if said.is_associated:
        raise ImageError(f"{path}: has colours multiplied by their alpha; save it with plain alpha")
    samples: NDArray[Any] = np.asarray(imagecodecs.avif_decode(data))
    samples = samples if samples.ndim == 3 else samples[:, :, np.newaxis]
    if samples.shape[:2] != size:
        raise ValueError(f"it holds {samples.shape[1]}x{samples.shape[0]} pixels, and says otherwise")
    notes: tuple[str, ...] = ()
    if said.is_lossy:
        notes += (LOSSY,)
    exif = without_thumbnail(strip_exif_prefix(info.get("exif")))
    if exif and is_greedy(exif):
        exif, notes = None, (*notes, EXIF_DAMAGED)
    xmp = without_images(info.get("xmp"))
    if xmp.gain_map or b"tmap" in data[:4096]:
        notes += (GAIN_MAP,)
    if any(box.kind == b"uuid" or box.kind == b"jumb" for box in boxes.walk(data)) and b"c2pa" in data:
        notes += (SIGNED,)
    colours = said.cicp[:2] if said.cicp else _SRGB
    is_plain = colours == _SRGB or _UNKNOWN in colours or info.get("icc_profile")
    if not is_plain:
        notes += (f"its colours are given by numbers (H.273: {colours[0]}, {colours[1]}), which only AVIF keeps",)
    metadata = Metadata(
        icc=info.get("icc_profile"), exif=exif, xmp=xmp.packet, own={"avif_colours": colours}
    )  # fmt: skip
    return Decoded(samples, metadata, notes, bits=said.bits)


def encode(samples: Samples, metadata: Metadata, bits: int) -> bytes:
    """Encode samples ``(H, W, C)`` uint8 or uint16 of 8, 10 or 12 bits without loss."""
    import imagecodecs

    primaries, transfer = metadata.own.get("avif_colours", _SRGB)
    plain = np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples)
    data = bytes(
        imagecodecs.avif_encode(
            plain, level=100, bitspersample=bits, speed=_SPEED, primaries=primaries, transfer=transfer
        )
    )
    return avif_items.with_items(
        data, icc=metadata.icc, exif=metadata.exif, xmp=metadata.xmp, orientation=metadata.orientation
    )
