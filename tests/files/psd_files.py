"""Photoshop files, written by hand."""

import struct
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RNG = np.random.default_rng(0)


def block(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)


def psd(
    planes: NDArray[Any],
    mode: int = 3,
    *,
    version: int = 1,
    packed: bool = True,
    layers: int = 0,
    table: bytes = b"",
    flattened: bool = True,
    mark: bytes = b"",
) -> bytes:
    """A file of channels ``(C, H, W)``, with a profile, a resolution, and as many layers as asked (none is there).

    With a mark (Mt16, Mt32), it stands as Photoshop writes it for 16 and 32 bits, and the layers in a block behind it.
    """
    channels, height, width = planes.shape
    depth = 8 * planes.dtype.itemsize
    resolution = struct.pack(">IHHIHH", 300 << 16, 1, 1, 300 << 16, 1, 1)
    resources = block(1005, resolution) + block(1039, ICC) + block(1057, struct.pack(">IB", 1, flattened) + bytes(12))
    form = ">Q" if version == 2 else ">I"
    info = struct.pack(form, 2) + struct.pack(">h", layers) if layers else b""
    if mark:
        sign, long = (b"8B64", ">Q") if version == 2 else (b"8BIM", ">I")
        block_of = b"Lr" + mark[2:] + struct.pack(long, 2) + struct.pack(">h", layers) + b"\0\0"
        info = struct.pack(form, 0) + bytes(4) + sign + mark + struct.pack(long, 0) + sign + block_of
    head = struct.pack(">4sH6xHIIHH", b"8BPS", version, channels, height, width, depth, mode)
    head += struct.pack(">I", len(table)) + table + struct.pack(">I", len(resources)) + resources
    head += struct.pack(form, len(info)) + info
    stored = planes.astype(planes.dtype.newbyteorder(">"))
    if not packed:
        return head + b"\0\0" + stored.tobytes()
    rows = [bytes(imagecodecs.packbits_encode(row.tobytes())) for plane in stored for row in plane]
    count = ">I" if version == 2 else ">H"
    return head + b"\0\1" + b"".join(struct.pack(count, len(row)) for row in rows) + b"".join(rows)


def planes_of(kind: str, channels: int) -> NDArray[Any]:
    values = RNG.random((channels, 19, 27))
    return values.astype(kind) if kind == "float32" else (values * np.iinfo(kind).max).astype(kind)
