#!/usr/bin/env bash
# rasterio 1.4.4 (merge.merge), rioxarray 0.19.0 (merge.merge_arrays)
# Input: two overlapping images of bytes without a nodata value: 50 with a black pixel in the overlap, and 200 all over.
# Expected: "first" keeps the first image wherever it reaches, and "min" gives 0 for the black pixel, since no value means "missing".
# Happens: 0 is taken for missing. The black pixel becomes 200 by "first" and by "min": black lines of a drawing are overwritten where
# two scans of it overlap. With nodata=255 it is 0 by "first", though nothing else was said of either image.
# Output seen on 2026-12-01:
#   nodata of the images: None None
#   first: [50, 50, 200, 50, 200, 200]
#   min: [50, 50, 200, 50, 200, 200]
#   first with nodata=255: [50, 50, 0, 50, 200, 200]
#   rioxarray: [50, 50, 200, 50, 200, 200]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile rasterio==1.4.4 rioxarray==0.19.0 xarray==2026.9.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import rasterio
import rioxarray.merge
import xarray
from rasterio.io import MemoryFile
from rasterio.merge import merge
from rasterio.transform import from_origin


def dataset(samples: np.ndarray, left: int) -> rasterio.DatasetReader:
    file = MemoryFile()
    with file.open(driver="GTiff", height=2, width=4, count=1, dtype="uint8", transform=from_origin(left, 2, 1, 1)) as written:
        written.write(samples[None])
    return file.open()


def array(samples: np.ndarray, left: int) -> xarray.DataArray:
    return xarray.DataArray(samples, dims=("y", "x"), coords={"y": [1.5, 0.5], "x": left + 0.5 + np.arange(4)}).rio.write_crs(32633)


first, second = np.array([[50, 50, 0, 50], [50] * 4], np.uint8), np.full((2, 4), 200, np.uint8)
pair = dataset(first, 0), dataset(second, 2)
print("nodata of the images:", pair[0].nodata, pair[1].nodata)
seen = {}
for method in ("first", "min"):
    seen[method] = merge(pair, method=method)[0][0, 0].tolist()
    print(f"{method}: {seen[method]}")
named = merge(pair, nodata=255)[0][0, 0].tolist()
print(f"first with nodata=255: {named}")
other = rioxarray.merge.merge_arrays([array(first, 0), array(second, 2)]).values[0].tolist()
print(f"rioxarray: {other}")
assert seen["first"][2] == seen["min"][2] == other[2] == 200 and named[2] == 0, "the behaviour has changed"
PY
