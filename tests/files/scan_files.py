"""TIFF files of all kinds that are read in windows."""

from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pconv_cli.files.images import read_image

TILED = {"tile": (32, 48)}
KINDS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "deflate": ("uint16", 3, {"compression": "deflate", "predictor": True, **TILED}),
    "lzw": ("uint8", 3, {"compression": "lzw", "predictor": True, "bigtiff": True, **TILED}),
    "big-endian": ("uint16", 3, {"compression": "lzw", "predictor": True, "byteorder": ">", **TILED}),
    "zstd": ("uint16", 1, {"compression": "zstd", **TILED}),
    "packbits": ("uint8", 1, {"compression": "packbits", "rowsperstrip": 7}),
    "lzma": ("uint16", 4, {"compression": "lzma", "extrasamples": ["unassalpha"], **TILED}),
    "plain tiles": ("uint16", 3, {"byteorder": ">", **TILED}),
    "plain strips": ("uint16", 3, {"rowsperstrip": 40}),
    "one plain strip": ("uint8", 3, {"byteorder": ">", "bigtiff": True}),
    "white is zero": ("uint8", 1, {"compression": "deflate", "photometric": "miniswhite", "rowsperstrip": 16}),
    "float": ("float32", 3, {"compression": "deflate", "predictor": 3, **TILED}),
    "float, big-endian": ("float32", 3, {"compression": "deflate", "predictor": 3, "byteorder": ">", **TILED}),
}
SIZE = (101, 130)


def make(path: Path, kind: str, size: tuple[int, int] = SIZE) -> np.ndarray:
    depth, channels, options = KINDS[kind]
    top = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
    samples = (np.random.default_rng(0).random((*size, channels)) * top).astype(depth)
    samples[:64] = samples[:1]  # some of it compresses
    options = {"photometric": "rgb" if channels > 2 else "minisblack", "metadata": None, **options}
    stored = samples if channels > 1 else samples[:, :, 0]
    tifffile.imwrite(path, stored, resolution=(600, 600), description="a scan", iccprofile=b"profile!", **options)
    return read_image(path).samples


def read(page: tifffile.TiffPage, entry: int) -> bytes:
    page.parent.filehandle.seek(page.dataoffsets[entry])
    return page.parent.filehandle.read(page.databytecounts[entry])
