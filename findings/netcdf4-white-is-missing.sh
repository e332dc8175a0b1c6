#!/usr/bin/env bash
# netCDF4 1.7.5.1.post1 for Python; h5py 3.16.0 for comparison
# Input: a mask of 0 and 255 as bytes, and a scan of 16 bits with white at 65535, each written whole, with no fill value set.
# Expected: the values back, since no pixel was left unwritten and no value was said to be missing.
# Happens: 255 and 65535 are masked out as missing, as the defaults for unwritten data. Every hole of the mask is gone from
# its sum and its mean, and the mean of the scan leaves out white. set_auto_mask(False) before the reading avoids it.
# Output seen on 2026-11-30:
#   uint8, [0, 0, 0, 255]: 12 of 48 px missing; mean 0.0, of what is stored 63.8
#   int8, [0, 0, 0, 127]: 0 of 48 px missing; mean 31.8, of what is stored 31.8
#   uint16, [0, 100, 65534, 65535]: 12 of 48 px missing; mean 21878.0, of what is stored 32792.2
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile netCDF4==1.7.5.1.post1 h5py==3.16.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import h5py
import netCDF4
import numpy as np

for kind, values in ((np.uint8, [0, 0, 0, 255]), (np.int8, [0, 0, 0, 127]), (np.uint16, [0, 100, 65534, 65535])):
    image = np.tile(np.array(values, kind), (6, 2))
    with netCDF4.Dataset("image.nc", "w") as file:
        file.createDimension("y", image.shape[0])
        file.createDimension("x", image.shape[1])
        file.createVariable("image", kind, ("y", "x"))[:] = image
    with netCDF4.Dataset("image.nc") as file:
        read = file["image"][:]
    with h5py.File("image.nc") as file:
        stored = file["image"][:]
    missing = int(np.ma.getmaskarray(read).sum())
    print(f"{image.dtype}, {values}: {missing} of {image.size} px missing; mean {read.mean():.1f}, of what is stored {stored.mean():.1f}")
    assert np.array_equal(stored, image), "the file differs"
    assert missing == (0 if kind == np.int8 else image.size // 4), "the behaviour has changed"
PY
