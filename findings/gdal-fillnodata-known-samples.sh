#!/usr/bin/env bash
# rasterio 1.4.4 (GDAL 3.10.3), rasterio.fill.fillnodata
# Input: int32 and float64 images with one missing pixel; all others are marked as valid.
# Expected: valid pixels come back exactly; only the missing one is computed.
# Happens: the whole image passes through float32. int32 samples above 2 ** 24 lose their last bits, and so does every
# float64 sample. A check that "known pixels stay as they are" fails all over the image.
# Output seen on 2026-11-29:
#   int16 1001: 0 of 80 known pixels changed
#   int32 16777217: 80 of 80 known pixels changed
#   float32 0.1: 0 of 80 known pixels changed
#   float64 0.1: 80 of 80 known pixels changed
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile rasterio==1.4.4 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from rasterio.fill import fillnodata

valid = np.ones((9, 9), np.uint8)
valid[4, 4] = 0
changed = {}
for kind, values in (("int16", [1001]), ("int32", [2**24 + 1]), ("float32", [0.1]), ("float64", [0.1])):
    image = np.full((9, 9), values[0], kind)
    filled = fillnodata(image.copy(), valid)
    changed[kind] = int((filled != image)[valid == 1].sum())
    print(f"{kind} {values[0]}: {changed[kind]} of {int(valid.sum())} known pixels changed")
assert changed == {"int16": 0, "int32": 80, "float32": 0, "float64": 80}, "the behaviour has changed"
PY
