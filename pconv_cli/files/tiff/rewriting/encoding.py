"""The coding of a segment of a TIFF that is written again, unpacked at once and compared."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from tifffile import COMPRESSION, PHOTOMETRIC, PREDICTOR

from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.readback import Unfaithful, checking
from pconv_cli.files.tiff import readback as readback_tiff
from pconv_cli.files.tiff.layout import Coding
from pconv_cli.files.tiff.samples import turned
from pconv_cli.files.tiff.scans import Scan


def coding_of(scan: Scan) -> Coding:
    """Return how the segments of the new file are coded."""
    page, order = scan.page, scan.file.byteorder
    if scan.keeps_segments:
        turned_round = page.photometric == PHOTOMETRIC.MINISWHITE
        return Coding(int(page.compression), int(page.predictor), order, turned_round)
    return Coding(int(COMPRESSION.ADOBE_DEFLATE), lossless_predictor(scan), order, turned=False)


def encoder_of(scan: Scan, coding: Coding, target: Path) -> Callable[[Samples], bytes]:
    """Return what turns samples into the bytes of a segment of the new file, and unpacks them to compare."""
    page = scan.page
    none = coding.compression == COMPRESSION.NONE
    compress = None if none else tifffile.TIFF.COMPRESSORS[coding.compression]
    tile = (page.tilelength, page.tilewidth) if page.is_tiled else None

    def encode(samples: NDArray[Any]) -> bytes:
        with checking(target):
            return encoded(samples)

    def encoded(samples: NDArray[Any]) -> bytes:
        if tile is not None and samples.shape[:2] != tile:  # the part of a tile beyond the image
            beyond = [(0, tile[axis] - samples.shape[axis]) for axis in (0, 1)]
            samples = np.pad(samples, (*beyond, (0, 0)), mode="edge")
        whites = turned(samples) if coding.turned else samples
        if coding.predictor == PREDICTOR.FLOATINGPOINT:  # has a byte order of its own
            stored: NDArray[Any] = imagecodecs.floatpred_encode(np.ascontiguousarray(whites), axis=-2)
        else:
            stored = np.ascontiguousarray(whites, readback_tiff.stored_type(whites.dtype, coding))
            if coding.predictor == PREDICTOR.HORIZONTAL:
                stored = imagecodecs.delta_encode(stored, axis=-2)
        data = stored.tobytes()
        data = data if compress is None else bytes(compress(data))
        if not readback_tiff.holds(data, samples.shape[0], samples.shape[1], samples, coding):
            raise Unfaithful("a tile or strip differs")
        return data

    return encode


def can_encode(scan: Scan) -> bool:
    """Say whether segments of the scan's compression and predictor can be written."""
    page = scan.page
    known = (PREDICTOR.NONE, PREDICTOR.HORIZONTAL, PREDICTOR.FLOATINGPOINT)
    return not scan.keeps_segments or (
        page.predictor in known
        and (page.compression == COMPRESSION.NONE or page.compression in tifffile.TIFF.COMPRESSORS)
    )


def lossless_predictor(scan: Scan) -> int:
    """Return the predictor of segments that are written without loss where the source's coding cannot stay."""
    return int(PREDICTOR.NONE if scan.dtype.kind == "f" else PREDICTOR.HORIZONTAL)
