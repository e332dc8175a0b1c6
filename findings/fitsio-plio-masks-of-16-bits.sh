#!/usr/bin/env bash
# fitsio 1.4.2 (which carries CFITSIO) as writer, astropy 8.0.2 as reader
# Input: a small mask of 16 unsigned bits with values of 0, 1 and 2, written to FITS without compression, and by Rice, Gzip and PLIO,
# the codec for masks.
# Expected: both libraries read 0, 1 and 2 from each file.
# Happens: astropy reads the PLIO file as 32768, 32769 and 32770, so that the mask has no pixel of 0. CFITSIO stores the true samples
# in this one codec, which has no negative ones, yet writes BZERO 32768 beside them and leaves it out again when it reads. Masks of 8
# unsigned or 16 signed bits agree.
# Output seen on 2026-11-30:
#   uint8, none: fitsio [0, 1, 2], astropy [0, 1, 2]
#   uint8, plio: fitsio [0, 1, 2], astropy [0, 1, 2]
#   int16, plio: fitsio [0, 1, 2], astropy [0, 1, 2]
#   uint16, none: fitsio [0, 1, 2], astropy [0, 1, 2]
#   uint16, rice: fitsio [0, 1, 2], astropy [0, 1, 2]
#   uint16, gzip: fitsio [0, 1, 2], astropy [0, 1, 2]
#   uint16, plio: fitsio [0, 1, 2], astropy [32768, 32769, 32770]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile fitsio==1.4.2 astropy==8.0.2 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import fitsio
import numpy as np
from astropy.io import fits

mask = np.zeros((20, 30), int)
mask[5:10, 5:10], mask[12:15, 3:20] = 1, 2
for kind, codec in (
    (np.uint8, None),
    (np.uint8, "plio"),
    (np.int16, "plio"),
    (np.uint16, None),
    (np.uint16, "rice"),
    (np.uint16, "gzip"),
    (np.uint16, "plio"),
):
    name = f"{np.dtype(kind)}_{codec}.fits"
    fitsio.write(name, mask.astype(kind), compress=codec)
    one, other = fitsio.read(name), fits.getdata(name)
    print(
        f"{np.dtype(kind)}, {codec or 'none'}: fitsio {np.unique(one).tolist()}, astropy {np.unique(other).tolist()}"
    )
    moved = 32768 if kind is np.uint16 and codec == "plio" else 0
    assert np.array_equal(one, mask) and np.array_equal(other, mask + moved), "the behaviour has changed"
PY
