#!/usr/bin/env bash
# large-image 1.35.6 with large-image-source-tiff 1.35.6 (getRegion)
# Input: tiled TIFF of 600 x 400 px with a ramp of floats from 0 to 1, of unsigned 32 bits from 0 to 59900, and of signed 16 bits from 0 to
# 29950.
# Expected: a region of half the size holds values near those of the full size, in the same type, or an error is raised.
# Happens: the region comes in 8 bits as soon as it is resized. Floats of 0 to 1 and 32 bits are black all over, and of signed 16 bits the
# upper byte plus 128 is left: 0 becomes 128. At full size all three are exact.
# Output seen on 2026-12-01:
#   float32, 600 px wide: float32, 0 to 1
#   float32, 300 px wide: uint8, 0 to 0
#   uint32, 600 px wide: uint32, 0 to 59900
#   uint32, 300 px wide: uint8, 0 to 0
#   int16, 600 px wide: int16, 0 to 29950
#   int16, 300 px wide: uint8, 128 to 244
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile large-image==1.35.6 large-image-source-tiff==1.35.6 tifffile==2026.3.3 numpy==2.4.6
venv/bin/python -W ignore - <<'PY'
import contextlib
import io
import logging

import large_image
import numpy as np
import tifffile
from large_image.constants import TILE_FORMAT_NUMPY

logging.disable()
ramp = np.tile(np.arange(600), (400, 1))
images = {"float32": (ramp / 599).astype("f4"), "uint32": (ramp * 100).astype("u4"), "int16": (ramp * 50).astype("i2")}
for name, image in images.items():
    tifffile.imwrite(f"{name}.tif", image, tile=(256, 256))
    with contextlib.redirect_stdout(io.StringIO()):
        source = large_image.open(f"{name}.tif")
    seen = []
    for width in (600, 300):
        region, _ = source.getRegion(output={"maxWidth": width}, format=TILE_FORMAT_NUMPY)
        seen.append(region[..., 0])
        print(f"{name}, {width} px wide: {region.dtype}, {region.min():g} to {region.max():g}")
    assert np.array_equal(seen[0], image), "the behaviour has changed"
    least, most = (128, 244) if name == "int16" else (0, 0)
    assert (seen[1].dtype, seen[1].min(), seen[1].max()) == (np.uint8, least, most), "the behaviour has changed"
PY
