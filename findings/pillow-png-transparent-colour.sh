#!/usr/bin/env bash
# Pillow 13.0.0; imagecodecs 2026.3.6 (libpng) for comparison
# Input: PNG files that declare one transparent value (tRNS): grey of 2, 4 and 8 bits.
# Expected: Image.convert("RGBA") makes pixels of that value transparent at each depth, as libpng does.
# Happens: 8 bits are right. At 2 and 4 bits the samples are scaled to 8 bits and the transparent value is not. Each pixel
# stays opaque, and a hole drawn as the transparent value is lost.
# Output seen on 2026-11-29:
#   2 bits: Pillow's alpha [255, 255, 255, 255], libpng's [255, 0, 255, 255]
#   4 bits: Pillow's alpha [255, 255, 255, 255], libpng's [255, 0, 255, 255]
#   8 bits: Pillow's alpha [255, 0, 255, 255], libpng's [255, 0, 255, 255]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 imagecodecs==2026.3.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io
import struct
import zlib

import imagecodecs
import numpy as np
from PIL import Image


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth: int) -> bytes:
    """Four pixels of the values 0, 1, 2, 3, of which 1 is transparent."""
    bits = "".join(format(value, f"0{depth}b") for value in range(4))
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 1, depth, 0, 0, 0, 0)) + chunk(b"tRNS", struct.pack(">H", 1))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")


for depth in (2, 4, 8):
    alpha = np.asarray(Image.open(io.BytesIO(png(depth))).convert("RGBA"))[0, :, 3]
    libpng = imagecodecs.png_decode(png(depth))[0, :, -1]
    print(f"{depth} bits: Pillow's alpha {alpha.tolist()}, libpng's {libpng.tolist()}")
    assert libpng[1] == 0 and libpng[0] > 0, "the behaviour of libpng has changed"
    assert (alpha[1] == 0) == (depth == 8), "the behaviour has changed"
PY
