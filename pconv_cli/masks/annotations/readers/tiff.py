"""TIFF: the channels beside the colours, which GIMP and Photoshop save as extra samples. Each is a class by its name.

White is hole. Alpha is the image's transparency and no channel. Photoshop writes the names among its image resources.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile
from tifffile import EXTRASAMPLE, PHOTOMETRIC

from pconv_cli.errors import MaskError
from pconv_cli.files.decoding import check_size
from pconv_cli.files.formats import is_tiff
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.masks.polarity import THRESHOLD
from pconv_cli.files.metadata.photoshop import channel_names
from pconv_cli.files.tiff.codecs import decode_whole
from pconv_cli.files.tiff.page import only_page, open_tiff, settle_segments
from pconv_cli.masks.annotations.document import AnnotatedImage, Region
from pconv_cli.masks.annotations.shapes import Bits
from pconv_cli.masks.annotations.source import AnnotationFile

_RESOURCES = 34377


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is a TIFF with channels beside colours and transparency."""
    return has_channels(source.path)


def has_channels(path: Path) -> bool:
    """Say whether a file is such a TIFF; it is not read whole for that."""
    if not is_tiff(path):
        return False
    try:
        with open_tiff(path) as file:
            return bool(_channels(only_page(file, path)))
    except Exception:  # of every kind, on damaged files: what is wrong is said by who reads it as an image
        return False


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read the channels of the image of the file's own name.

    Raises:
        MaskError: It is too large, or its samples are of a kind that is not read.
    """
    with open_tiff(source.path) as file:
        page = only_page(file, source.path)
        check_size(source.path, (page.imagelength, page.imagewidth), MAX_PIXELS)
        settle_segments(page)
        if page.dtype not in (np.uint8, np.uint16, np.float32) or page.bitspersample < 8 or page.imagedepth != 1:
            kind = f"{page.bitspersample}-bit {page.dtype}"
            raise MaskError(f"{source.path}: has {kind} samples; save it with 8, 16 or float 32 bits")
        samples = decode_whole(page)
        samples = np.moveaxis(samples, 0, 2) if page.axes == "SYX" else samples
        resources = page.tags.valueof(_RESOURCES, default=b"")
        names = channel_names(resources if isinstance(resources, bytes) else b"")
        white = 1.0 if page.dtype == np.float32 else float(np.iinfo(page.dtype).max)
        channels = _channels(page)
        # Photoshop's names begin with that of the transparency, where there is one.
        names = names[len(page.extrasamples) - len(channels) :] if len(names) > len(channels) else names
        regions = [
            Region(
                names[number] if number < len(names) and names[number] else f"channel {channel + 1}",
                [Bits(np.asarray(samples[:, :, channel] >= white * (THRESHOLD / 255)))],
            )
            for number, channel in enumerate(channels)
        ]
        yield AnnotatedImage(size=(page.imagelength, page.imagewidth), displayed=False, regions=regions)


def _channels(page: tifffile.TiffPage) -> list[int]:
    """The places of the samples that are neither colour nor transparency."""
    known: dict[int, int] = {PHOTOMETRIC.RGB: 3, PHOTOMETRIC.YCBCR: 3, PHOTOMETRIC.SEPARATED: 4}
    colours = known.get(page.photometric, 1)
    first = page.samplesperpixel - len(page.extrasamples)
    if first != colours:
        return []
    return [first + number for number, kind in enumerate(page.extrasamples) if kind == EXTRASAMPLE.UNSPECIFIED]
