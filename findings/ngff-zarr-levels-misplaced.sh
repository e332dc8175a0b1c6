#!/usr/bin/env bash
# ngff-zarr 0.50.0 (to_multiscales with its dask-image methods)
# Input: a ramp along x, so that each sample says where it lies, halved and quartered by five methods.
# Expected: each sample lies where the level's scale and translation say; OME-Zarr's transforms place the centres of pixels.
# Happens: DASK_IMAGE_GAUSSIAN, _NEAREST and _MODE take the first pixel of each block, or blur round it, while the translation says its
# middle: the image is moved by 0.5 px in the first level and by 1.5 px in the second. The two shrinking methods are right.
# Output seen on 2026-11-30:
#   DASK_BIN_SHRINK: off by 0.0 px of the first image at scale 2, by 0.0 at scale 4
#   ITKWASM_GAUSSIAN: off by 0.0 px of the first image at scale 2, by 0.0 at scale 4
#   DASK_IMAGE_GAUSSIAN: off by -0.5 px of the first image at scale 2, by -1.5 at scale 4
#   DASK_IMAGE_NEAREST: off by -0.5 px of the first image at scale 2, by -1.5 at scale 4
#   DASK_IMAGE_MODE: off by -0.5 px of the first image at scale 2, by -1.5 at scale 4
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile ngff-zarr==0.50.0 dask-image==2026.5.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import ngff_zarr
import numpy as np

ramp = np.tile(np.arange(64, dtype=np.float32), (64, 1))
image = ngff_zarr.to_ngff_image(ramp, dims=["y", "x"], scale={"y": 1.0, "x": 1.0}, translation={"y": 0.0, "x": 0.0})
for name, wanted in (
    ("DASK_BIN_SHRINK", (0, 0)),
    ("ITKWASM_GAUSSIAN", (0, 0)),
    ("DASK_IMAGE_GAUSSIAN", (-0.5, -1.5)),
    ("DASK_IMAGE_NEAREST", (-0.5, -1.5)),
    ("DASK_IMAGE_MODE", (-0.5, -1.5)),
):
    levels = ngff_zarr.to_multiscales(image, scale_factors=[2, 4], method=ngff_zarr.Methods[name]).images[1:]
    offsets = []
    for level in levels:
        row = np.asarray(level.data)[level.data.shape[0] // 2]
        said = level.translation["x"] + np.arange(len(row)) * level.scale["x"]
        offsets.append(round(float(np.median(row - said)), 1))
    print(f"{name}: off by {offsets[0]} px of the first image at scale 2, by {offsets[1]} at scale 4")
    assert np.allclose(offsets, wanted), "the behaviour has changed"
PY
