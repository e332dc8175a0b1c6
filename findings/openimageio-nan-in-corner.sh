#!/usr/bin/env bash
# OpenImageIO 3.2.2.0 (ImageBufAlgo.fixNonFinite, NONFINITE_BOX3)
# Input: a flat image of 0.5 with a hole of nan, 5 x 5, in each corner in turn and in the middle.
# Expected: 0.5 everywhere: a non-finite pixel becomes the average of the finite ones around it.
# Happens: a hole in the upper left corner becomes almost black, the same hole elsewhere exact. Pixels are filled row by row from the
# left, those without a finite neighbour become 0, and these zeros count as finite for the next ones.
# Output seen on 2026-11-30:
#   upper left: filled with 0.00 to 0.41, mean 0.13
#   upper right: filled with 0.50 to 0.50, mean 0.50
#   lower left: filled with 0.50 to 0.50, mean 0.50
#   lower right: filled with 0.50 to 0.50, mean 0.50
#   middle: filled with 0.50 to 0.50, mean 0.50
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile openimageio==3.2.2.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import OpenImageIO as oiio

near, middle, far = slice(0, 5), slice(8, 13), slice(16, 21)
places = {
    "upper left": (near, near),
    "upper right": (near, far),
    "lower left": (far, near),
    "lower right": (far, far),
    "middle": (middle, middle),
}
for name, hole in places.items():
    image = np.full((21, 21, 1), 0.5, np.float32)
    image[hole] = np.nan
    buffer = oiio.ImageBuf(oiio.ImageSpec(21, 21, 1, "float"))
    buffer.set_pixels(oiio.ROI(), image)
    filled = oiio.ImageBufAlgo.fixNonFinite(buffer, oiio.NONFINITE_BOX3).get_pixels(oiio.FLOAT)[hole]
    print(f"{name}: filled with {filled.min():.2f} to {filled.max():.2f}, mean {filled.mean():.2f}")
    assert (filled.min() < 0.1) == (name == "upper left"), "the behaviour has changed"
PY
