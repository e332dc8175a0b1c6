#!/usr/bin/env bash
# MONAI 1.6.1 (transforms.GridDistortion), with torch 2.13.0
# Input: a ramp, so that each sample says where it came from, and all steps of the grid 1, on images of 30, 32 and 100 px.
# Expected: the image as it was: the steps are factors of each cell's size, and masks made from the undistorted image stay in place.
# Happens: cells are whole pixels and points, so that the image is stretched from cell to cell: samples come from up to 1 px further on.
# Output seen on 2026-12-01:
#   30 px in 3 cells: moved by 0.00 to 1.00 px
#   30 px in 5 cells: moved by 0.00 to 1.00 px
#   32 px in 4 cells: moved by 0.00 to 1.00 px
#   100 px in 5 cells: moved by 0.00 to 1.00 px
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile monai==1.6.1 torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
from monai.transforms import GridDistortion

for width, cells in ((30, 3), (30, 5), (32, 4), (100, 5)):
    ramp = torch.arange(float(width)).repeat(width, 1)[None]
    plain = GridDistortion(num_cells=cells, distort_steps=[[1.0] * (cells + 1)] * 2, padding_mode="border")
    moved = np.asarray(plain(ramp))[0, width // 2] - np.arange(width)
    print(f"{width} px in {cells} cells: moved by {moved.min():.2f} to {moved.max():.2f} px")
    assert moved.max() > 0.7 and abs(moved.min()) < 0.01, "the behaviour has changed"
PY
