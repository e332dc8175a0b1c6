#!/usr/bin/env bash
# demosaic 1.1.3 (bayer.demosaic)
# Input: a flat Bayer mosaic of 0.5 as float64, and of 100 as bytes.
# Expected: a flat image of 0.5 and of 100; the docstrings take "np.ndarray[int, float]".
# Happens: floats of 0 to 1 are rounded to whole numbers on the way, though floats are returned: by the default method "malvar" the image is black,
# by "none" a quarter of its greens is 0. "bilinear" and bytes are right.
# Output seen on 2026-12-01:
#   by default, of 0.5: [0.0], of bytes: [100]
#   none, of 0.5: [0.0, 0.5], of bytes: [100]
#   bilinear, of 0.5: [0.5], of bytes: [100]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile demosaic==1.1.3 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from demosaic import bayer

for method, wanted in ((None, [0.0]), ("none", [0.0, 0.5]), ("bilinear", [0.5])):
    of_floats = bayer.demosaic(np.full((32, 40), 0.5), method=method, blur_kernel=0)
    of_bytes = bayer.demosaic(np.full((32, 40), 100, np.uint8), method=method, blur_kernel=0)
    assert of_floats.dtype == np.float64
    values = np.unique(of_floats).tolist()
    print(f"{method or 'by default'}, of 0.5: {values}, of bytes: {np.unique(of_bytes).tolist()}")
    assert values == wanted, "the behaviour has changed"
    assert np.unique(of_bytes).tolist() == [100]
PY
