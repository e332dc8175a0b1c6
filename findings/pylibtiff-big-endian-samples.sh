#!/usr/bin/env bash
# pylibtiff 0.7.0 (TIFF.write_image); tifffile 2026.3.3 and pylibtiff as readers
# Input: an array of 16 bits or floats in big-endian order, as FITS files hold it, and the same values in native order.
# Expected: the same file for both, since the arrays are equal.
# Happens: the bytes are written as they lie in memory, into a little-endian file: 1 becomes 256, 1000 becomes 59395, and 0.5 next to nothing.
# Nothing is raised, and pylibtiff reads the wrong values back itself.
# Output seen on 2026-12-01:
#   <u2 [0, 1, 256, 1000, 65535]: by tifffile [0, 1, 256, 1000, 65535], by pylibtiff the same: True
#   >u2 [0, 1, 256, 1000, 65535]: by tifffile [0, 256, 1, 59395, 65535], by pylibtiff the same: True
#   <f4 [0.0, 0.25, 0.5, 1.0, 2.0]: by tifffile [0.0, 0.25, 0.5, 1.0, 2.0], by pylibtiff the same: True
#   >f4 [0.0, 0.25, 0.5, 1.0, 2.0]: by tifffile [0.0, 4.6e-41, 8.83e-44, 4.6e-41, 8.97e-44], by pylibtiff the same: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pylibtiff==0.7.0 tifffile==2026.3.3 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import tifffile
from libtiff import TIFF

for kind, values in (("u2", [[0, 1, 256, 1000, 65535]]), ("f4", [[0, 0.25, 0.5, 1, 2]])):
    for order in "<>":
        image = np.array(values, order + kind)
        tiff = TIFF.open("a.tif", "w")
        tiff.write_image(image)
        tiff.close()
        tiff = TIFF.open("a.tif")
        own = tiff.read_image()
        tiff.close()
        read = tifffile.imread("a.tif")
        print(f"{image.dtype.str} {image[0].tolist()}: by tifffile {[float(f'{v:.3g}') if kind == 'f4' else int(v) for v in read[0]]}, by pylibtiff the same: {np.array_equal(own, read)}")
        assert np.array_equal(own, read) and np.array_equal(read, image) == (order == "<"), "the behaviour has changed"
        assert order == "<" or np.array_equal(read, image.view("<" + kind)), "the behaviour has changed"
PY
