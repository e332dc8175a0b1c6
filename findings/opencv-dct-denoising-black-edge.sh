#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93 (xphoto.dctDenoising)
# Input: a flat image of 100, grey and in colour, in three sizes; patches of 8, 16 and 32 px.
# Expected: 100 everywhere.
# Happens: the last row and the last column are 0, at any size of image and patch, so that denoised scans and tiles get a black
# line at the right and at the bottom.
# Output seen on 2026-11-30:
#   64 x 64 x 3, patch 8: 127 px black, rest [100]
#   64 x 64 x 3, patch 16: 127 px black, rest [100]
#   64 x 64 x 3, patch 32: 127 px black, rest [100]
#   60 x 80 x 3, patch 8: 139 px black, rest [100]
#   60 x 80 x 3, patch 16: 139 px black, rest [100]
#   60 x 80 x 3, patch 32: 139 px black, rest [100]
#   33 x 50, patch 8: 82 px black, rest [100]
#   33 x 50, patch 16: 82 px black, rest [100]
#   33 x 50, patch 32: 82 px black, rest [100]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

for shape in ((64, 64, 3), (60, 80, 3), (33, 50)):
    for patch in (8, 16, 32):
        flat = np.full(shape, 100, np.uint8)
        denoised = np.zeros_like(flat)
        cv2.xphoto.dctDenoising(flat, denoised, 10.0, patch)
        black = (denoised == 0) if denoised.ndim == 2 else (denoised == 0).all(axis=2)
        edge = np.zeros(shape[:2], bool)
        edge[-1] = edge[:, -1] = True
        size, rest = " x ".join(map(str, shape)), np.unique(denoised[~black])
        print(f"{size}, patch {patch}: {black.sum()} px black, rest {rest}")
        assert np.array_equal(black, edge) and (denoised[~black] == 100).all(), "the behaviour has changed"
PY
