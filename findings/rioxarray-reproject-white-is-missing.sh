#!/usr/bin/env bash
# rioxarray 0.19.0 (rio.reproject, reproject_match, clip, pad_box, interpolate_na)
# Input: an image of bytes without a nodata value, 200 with a white pixel and a black one, reprojected to its own grid.
# Expected: the same image, with no nodata value, since every pixel has a sample; or 0 round it, as rio.clip and rio.pad_box fill.
# Happens: the samples are the same, but 255 is declared missing. The white pixel is nan once the file is opened with masked=True, and
# interpolate_na paints over it. clip and pad_box of one and the same image fill with 0 and declare nothing.
# Output seen on 2026-12-01:
#   before: None
#   reproject: nodata 255, corner 200
#   reproject_match: nodata 255, corner 200
#   clip: nodata None, corner 0
#   pad_box: nodata None, corner 0
#   white pixel: 255, opened with masked=True nan, after interpolate_na 200.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile rioxarray==0.19.0 xarray==2026.9.0 rasterio==1.4.4 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import warnings

import numpy as np
import rioxarray
import xarray

warnings.simplefilter("ignore")
samples = np.full((6, 8), 200, np.uint8)
samples[2, 3], samples[4, 5] = 255, 0
image = xarray.DataArray(samples, dims=("y", "x"), coords={"y": np.arange(6)[::-1] + 0.5, "x": np.arange(8) + 0.5}).rio.write_crs(32633)
inner = {"type": "Polygon", "coordinates": [[(1, 1), (7, 1), (7, 5), (1, 5), (1, 1)]]}
print("before:", image.rio.nodata)
results = {
    "reproject": image.rio.reproject(32633, shape=(6, 8), transform=image.rio.transform()),
    "reproject_match": image.rio.reproject_match(image),
    "clip": image.rio.clip([inner], drop=False),
    "pad_box": image.rio.pad_box(-1, -1, 9, 7),
}
for name, result in results.items():
    print(f"{name}: nodata {result.rio.nodata}, corner {int(result[0, 0])}")
    assert result.rio.nodata == (255 if name.startswith("reproject") else None), "the behaviour has changed"
reprojected = results["reproject"]
assert np.array_equal(reprojected, samples)
reprojected.rio.to_raster("a.tif")
opened = rioxarray.open_rasterio("a.tif", masked=True)[0]
filled = reprojected.rio.interpolate_na("linear")
print(f"white pixel: {int(reprojected[2, 3])}, opened with masked=True {float(opened[2, 3])}, after interpolate_na {float(filled[2, 3])}")
assert np.isnan(opened[2, 3]) and filled[2, 3] == 200, "the behaviour has changed"
PY
