"""TIFF files written tile by tile, of samples that are never held all at once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tifffile
from tifffile import COMPRESSION, PHOTOMETRIC, PLANARCONFIG

from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.metadata.carried import XMP_TAG, Metadata, Samples
from pconv_cli.files.readback import checking, encoding
from pconv_cli.files.tiff import readback
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Rect

#: Side of a tile in pixels.
TILE = 512
#: Bytes of samples from which a file is a BigTIFF, whatever its compression makes of them.
_CLASSIC_LIMIT = (1 << 32) - (64 << 20)
_ORIENTATION, _PAGE_NUMBER = 274, 297


class TiledPage(NamedTuple):
    """A page to be written.

    Attributes:
        size: (height, width) in pixels.
        channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; alpha is not associated.
        dtype: Type of the samples.
        samples: Gives the samples ``(h, w, C)`` of a rectangle, the same at each call.
        metadata: Profile, orientation, resolution and XMP.
        lab: How Lab samples are stored, by TIFF's number; 0: they are none.
        number: Which page of how many it shows, from 1; None: it is the only one.
    """

    size: tuple[int, int]
    channels: int
    dtype: np.dtype[Any]
    samples: Callable[[Rect], Samples]
    metadata: Metadata
    lab: int = 0
    number: tuple[int, int] | None = None


@contextmanager
def tiles_written(target: Path, pages: Sequence[TiledPage]) -> Iterator[None]:
    """Write a TIFF, compressed without loss, and read it back; it moves into place when the block ends well.

    Args:
        target: The file.
        pages: Its pages; each is computed twice, tile by tile.

    Raises:
        OutputError: The file cannot be written, or does not read back as it was meant.
        ImageError: What ``samples`` reads is damaged.
    """
    room = sum(page.size[0] * page.size[1] * page.channels * page.dtype.itemsize for page in pages)
    with atomic_path(target) as temporary:
        with encoding(target), tifffile.TiffWriter(temporary, bigtiff=room > _CLASSIC_LIMIT) as writer:
            for page in pages:
                _write(writer, page)
        with checking(target), tifffile.TiffFile(temporary) as written, temporary.open("rb") as file:
            for page, one in zip(pages, written.pages, strict=True):
                readback.check(file, (*page.size, page.channels), page.dtype, page.samples, place=one.offset)
        yield


def _write(writer: tifffile.TiffWriter, page: TiledPage) -> None:
    metadata, tags = page.metadata, list[tuple[int, int, int, Any, bool]]()
    if metadata.orientation != 1:
        tags.append((_ORIENTATION, 3, 1, metadata.orientation, True))
    if metadata.xmp:
        tags.append((XMP_TAG, 1, len(metadata.xmp), metadata.xmp, True))
    if page.number is not None:
        tags.append((_PAGE_NUMBER, 3, 2, (page.number[0] - 1, page.number[1]), True))
    colours = "rgb" if page.channels > 2 else "minisblack"
    writer.write(
        _tiles(page),
        shape=(*page.size, page.channels) if page.channels > 1 else page.size,
        dtype=page.dtype,
        tile=(TILE, TILE),
        compression=COMPRESSION.ADOBE_DEFLATE,
        predictor=page.dtype.kind != "f",
        photometric=PHOTOMETRIC(page.lab) if page.lab else colours,
        planarconfig=PLANARCONFIG.CONTIG if page.channels > 1 else None,
        extrasamples=["unassalpha"] if page.channels in (2, 4) else None,
        iccprofile=metadata.icc,
        resolution=metadata.dpi,
        resolutionunit="NONE" if metadata.dpi is None else "INCH",
        extratags=tags,
        metadata=None,
        software=False,
    )


def _tiles(page: TiledPage) -> Iterator[Samples]:
    """Give the tiles of a page, those at its edges filled up with zeros."""
    for rect in tiles_of(Rect.whole(page.size), TILE):
        samples = page.samples(rect)
        missing = [(0, TILE - rect.height), (0, TILE - rect.width), (0, 0)]
        whole = np.pad(samples, missing) if any(more for _, more in missing) else samples
        yield np.ascontiguousarray(whole if page.channels > 1 else whole[:, :, 0])
