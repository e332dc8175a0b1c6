#!/usr/bin/env bash
# large-image 1.35.6 with large-image-source-tiff 1.35.6 (getRegion)
# Input: a ramp of 16 bits, 600 x 400 px, in steps of 100, as tiled TIFF in grey and in RGB; then lines of 1 px on every third column, in
# grey.
# Expected: at half the size the means of two neighbours, as at 8 bits, in steps of 200.
# Happens: RGB still says uint16, but holds 8 bits times 257, in steps of 0, 257 or 514. Grey takes every second pixel without any filter:
# lines of 1 px come out full or not at all, while 8 bits give their mean.
# Output seen on 2026-12-01:
#   RGB of 16 bits: uint16, 20046 20046 20560 20560 20817 21074, multiples of 257: True
#   lines in grey of 16 bits: 0 0 200 0 0 200 0 0 200
#   lines in grey of 8 bits: 70 60 70 70 60 70 70 60 70
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile large-image==1.35.6 large-image-source-tiff==1.35.6 tifffile==2026.3.3 numpy==2.4.6
venv/bin/python -W ignore - <<'PY'
import logging

import large_image
import numpy as np
import tifffile
from large_image.constants import TILE_FORMAT_NUMPY

logging.disable()


def half(image: np.ndarray, kind: str) -> np.ndarray:
    tifffile.imwrite("a.tif", image, tile=(256, 256), photometric=kind)
    large_image.cache_util.cachesClear()
    region, _ = large_image.open("a.tif").getRegion(output={"maxWidth": image.shape[1] // 2}, format=TILE_FORMAT_NUMPY)
    return region[..., 0]


ramp = np.tile(np.arange(600, dtype=np.uint16) * 100, (400, 1))
colour = half(np.dstack([ramp] * 3), "rgb")
print(f"RGB of 16 bits: {colour.dtype}, {' '.join(map(str, colour[5, 100:106]))}, multiples of 257: {bool((colour % 257 == 0).all())}")
assert colour.dtype == np.uint16 and (colour % 257 == 0).all(), "the behaviour has changed"
lines = np.tile(np.where(np.arange(600) % 3 == 0, 200, 0), (400, 1))
for depth, image in ((16, lines.astype(np.uint16)), (8, lines.astype(np.uint8))):
    result = half(image, "minisblack")
    print(f"lines in grey of {depth} bits: {' '.join(map(str, result[5, 100:109]))}")
    assert (set(result[5].tolist()) == {0, 200}) == (depth == 16), "the behaviour has changed"
PY
