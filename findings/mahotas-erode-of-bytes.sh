#!/usr/bin/env bash
# mahotas 1.4.19 (erode, dilate, close with their default structuring element); scipy 1.17.1 for comparison
# Input: a mask of bytes, 0 and 255, with a disk in it; a flat image of 100.
# Expected: masks of 0 and 255 again, and 100; a closing takes nothing away from a mask.
# Happens: with bytes the ones of the default cross are heights, which are added and subtracted. An eroded or closed mask has 254
# for 255, so that `mask == 255` finds nothing, and a flat image is a level brighter after a dilation.
# Output seen on 2026-11-30:
#   erode: values [0, 254], by scipy [0, 255]; 0 px of 255
#   dilate: values [0, 255], by scipy [0, 255]; 293 px of 255
#   close: values [0, 254], by scipy [0, 255]; 0 px of 255
#   flat image of 100: [101] dilated, [99] eroded
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile mahotas==1.4.19 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import mahotas
import numpy as np
from scipy import ndimage

y, x = np.mgrid[:32, :32]
mask = np.where((y - 16) ** 2 + (x - 16) ** 2 < 80, 255, 0).astype(np.uint8)
cross = ndimage.generate_binary_structure(2, 1)
for name, by_mahotas, by_scipy in (
    ("erode", mahotas.erode(mask), ndimage.grey_erosion(mask, footprint=cross)),
    ("dilate", mahotas.dilate(mask), ndimage.grey_dilation(mask, footprint=cross)),
    ("close", mahotas.close(mask), ndimage.grey_closing(mask, footprint=cross)),
):
    values = np.unique(by_mahotas).tolist()
    print(f"{name}: values {values}, by scipy {np.unique(by_scipy).tolist()}; {(by_mahotas == 255).sum()} px of 255")
    assert np.array_equal(by_mahotas > 0, by_scipy > 0), "the behaviour has changed"
    assert values == ([0, 255] if name == "dilate" else [0, 254]), "the behaviour has changed"
flat = np.full((9, 9), 100, np.uint8)
grown, shrunk = np.unique(mahotas.dilate(flat)).tolist(), np.unique(mahotas.erode(flat)).tolist()
print(f"flat image of 100: {grown} dilated, {shrunk} eroded")
assert grown == [101] and shrunk == [99], "the behaviour has changed"
PY
