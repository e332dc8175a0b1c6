#!/usr/bin/env bash
# ome-zarr 0.18.0 (writer.write_image, method="zoom")
# Input: a flat image of 200, 64 x 64 px, as bytes; written with each of the four methods of making smaller levels.
# Expected: flat levels of 200.
# Happens: with "zoom" the last row and column of every level from the second on are 0. The other three methods are flat.
# Output seen on 2026-11-30:
#   resize: black px in each level [0, 0, 0, 0, 0]
#   nearest: black px in each level [0, 0, 0, 0, 0]
#   local_mean: black px in each level [0, 0, 0, 0, 0]
#   zoom: black px in each level [0, 0, 31, 15, 7]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile ome-zarr==0.18.0 zarr==3.1.6 dask==2026.8.0 numpy==2.4.6 \
  fsspec==2026.9.0 s3fs==2026.9.0 aiobotocore==3.10.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import zarr
from ome_zarr.writer import write_image

for method in ("resize", "nearest", "local_mean", "zoom"):
    group = zarr.open_group(f"{method}.zarr", mode="w")
    write_image(np.full((64, 64), 200, np.uint8), group, axes="yx", method=method)
    levels = [np.asarray(group[name]) for name in sorted(group.keys())]
    black = [int((level == 0).sum()) for level in levels]
    print(f"{method}: black px in each level {black}")
    for number, level in enumerate(levels):
        edge = np.zeros(level.shape, bool)
        if method == "zoom" and number > 1:
            edge[-1] = edge[:, -1] = True
        assert np.array_equal(level == 0, edge) and (level[~edge] == 200).all(), "the behaviour has changed"
PY
