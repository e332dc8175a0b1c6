#!/usr/bin/env bash
# fabio 2026.6.0 (open, for TIFF); Pillow 13.0.0 writes the files and reads them back
# Input: one RGB image of 7 x 9 px, saved as TIFF without compression and with PackBits, LZW and Deflate, all of them lossless.
# Expected: the same samples four times.
# Happens: without compression they are right. With PackBits the shape is right and the samples are not. With LZW and Deflate the image is
# grey, in floats: the reader falls back on Pillow, which is asked for its mode F.
# Output seen on 2026-12-01:
#   None: uint8 of (7, 9, 3), the samples right
#   packbits: uint8 of (7, 9, 3), the samples wrong
#   tiff_lzw: float32 of (7, 9), the samples wrong
#   tiff_deflate: float32 of (7, 9), the samples wrong
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile fabio==2026.6.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import logging

import fabio
import numpy as np
from PIL import Image

logging.disable(logging.CRITICAL)
image = np.random.default_rng(0).integers(0, 256, (7, 9, 3)).astype(np.uint8)
grey = np.asarray(Image.fromarray(image).convert("F"))
for compression in (None, "packbits", "tiff_lzw", "tiff_deflate"):
    Image.fromarray(image).save("a.tif", compression=compression)
    with Image.open("a.tif") as compared:
        assert np.array_equal(np.asarray(compared), image)
    seen = fabio.open("a.tif").data
    same = np.array_equal(seen, image)
    print(f"{compression}: {seen.dtype} of {seen.shape}, the samples {'right' if same else 'wrong'}")
    assert same == (compression is None), "the behaviour has changed"
    if compression in ("tiff_lzw", "tiff_deflate"):
        assert np.array_equal(seen, grey), "the behaviour has changed"
PY
