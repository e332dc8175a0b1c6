#!/usr/bin/env bash
# scikit-image 0.26.0 (exposure.equalize_adapthist); OpenCV 5.0.0.93 (createCLAHE) for comparison
# Input: flat images of 0.2, 0.6 and 0.9, of 64 x 64, 61 x 73 and 256 x 300 px.
# Expected: a flat result near the value, as contrast is limited and there is none to raise; OpenCV gives 55, 158 and 235 of 255.
# Happens: the result is white with single black pixels among it: what differs by rounding alone is stretched over 0 to 1.
# Output seen on 2026-12-01:
#   0.2, OpenCV: [55] of 255
#   0.2, 64 x 64: 100.0% white, 0 black pixels
#   0.2, 61 x 73: 96.9% white, 136 black pixels
#   0.2, 256 x 300: 98.2% white, 1408 black pixels
#   0.6, OpenCV: [158] of 255
#   0.6, 64 x 64: 100.0% white, 0 black pixels
#   0.6, 61 x 73: 87.2% white, 570 black pixels
#   0.6, 256 x 300: 98.6% white, 1096 black pixels
#   0.9, OpenCV: [235] of 255
#   0.9, 64 x 64: 100.0% white, 0 black pixels
#   0.9, 61 x 73: 87.2% white, 570 black pixels
#   0.9, 256 x 300: 98.6% white, 1096 black pixels
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile scikit-image==0.26.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
from skimage.exposure import equalize_adapthist

for value in (0.2, 0.6, 0.9):
    flat = np.full((256, 300), round(value * 255), np.uint8)
    print(f"{value}, OpenCV: {np.unique(cv2.createCLAHE(2.0, (8, 8)).apply(flat)).tolist()} of 255")
    for size in ((64, 64), (61, 73), (256, 300)):
        result = equalize_adapthist(np.full(size, value))
        black = int((result < 0.01).sum())
        print(f"{value}, {size[0]} x {size[1]}: {(result > 0.99).mean():.1%} white, {black} black pixels")
        assert (result > 0.99).mean() > 0.8 and (black > 0) == (size != (64, 64)), "the behaviour has changed"
PY
