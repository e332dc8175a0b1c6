#!/usr/bin/env bash
# ngff-zarr 0.50.0 (to_multiscales, DASK_IMAGE_GAUSSIAN)
# Input: flat images of 2, 3, 100 and 255 as bytes, 16 bits and floats, in four levels.
# Expected: flat levels of the same value.
# Happens: whole numbers are cut off, not rounded, after each axis: white loses up to two levels of brightness at each level of the pyramid,
# and labels of 1 to 3 become background. Flat images of 100 and 200 happen to stay, floats always.
# Output seen on 2026-11-30:
#   2 as uint8: [2, 0, 0, 0] as float32: [2, 2, 2, 2]
#   3 as uint8: [3, 1, 0, 0] as float32: [3, 3, 3, 3]
#   100 as uint8: [100, 100, 100, 100] as float32: [100, 100, 100, 100]
#   255 as uint8: [255, 253, 251, 250] as float32: [255, 255, 255, 255]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile ngff-zarr==0.50.0 dask-image==2026.5.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import ngff_zarr
import numpy as np


def levels(value: int, kind: type) -> list[int]:
    image = ngff_zarr.to_ngff_image(np.full((64, 64), value, kind), dims=["y", "x"])
    pyramid = ngff_zarr.to_multiscales(image, scale_factors=[2, 4, 8], method=ngff_zarr.Methods.DASK_IMAGE_GAUSSIAN)
    arrays = [np.asarray(level.data) for level in pyramid.images]
    assert all(np.ptp(array) < 1e-3 for array in arrays), "the levels are not flat"
    return [int(array.mean().round()) for array in arrays]


for value, wanted in ((2, [2, 0, 0, 0]), (3, [3, 1, 0, 0]), (100, [100] * 4), (255, [255, 253, 251, 250])):
    whole, floats = levels(value, np.uint8), levels(value, np.float32)
    print(f"{value} as uint8: {whole} as float32: {floats}")
    assert whole == levels(value, np.uint16) == wanted and floats == [value] * 4, "the behaviour has changed"
PY
