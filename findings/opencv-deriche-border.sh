#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93 (ximgproc.GradientDericheX, GradientDericheY)
# Input: flat images of 100 and a step from 0 to 100 in the middle, as bytes.
# Expected: 0 in a flat image, as a derivative is; Sobel and Scharr of the same library give 0 up to the border.
# Happens: the outermost columns have a quarter of the step's strength, since the recursion begins as if black lay beyond; upright, the three
# outermost rows have half of it, with another sign. Edges that are found this way frame the whole image.
# Output seen on 2026-12-01:
#   flat, level gradient from the left: [26.2, -3.1, -4.8, -1.5, 0.1]
#   flat, upright gradient from the bottom: [-26.2, -55.5, -18.5, 0.1, 2.6]
#   step, level gradient in the middle: 100.0
#   flat, by Sobel: 0.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

flat = np.full((40, 60), 100, np.uint8)
step = flat.copy()
step[:, :30] = 0
left = cv2.ximgproc.GradientDericheX(flat, 1, 1)[20, :5]
bottom = cv2.ximgproc.GradientDericheY(flat, 1, 1)[:-6:-1, 20]
middle = cv2.ximgproc.GradientDericheX(step, 1, 1)[20, 25:35].max()
sobel = np.abs(cv2.Sobel(flat, cv2.CV_32F, 1, 0)).max()
print(f"flat, level gradient from the left: {[round(one, 1) for one in left.tolist()]}")
print(f"flat, upright gradient from the bottom: {[round(one, 1) for one in bottom.tolist()]}")
print(f"step, level gradient in the middle: {middle:.1f}")
print(f"flat, by Sobel: {sobel:.1f}")
assert abs(left[0]) > 20 and np.abs(bottom).max() > 40, "the behaviour has changed"
assert 90 < middle < 110 and sobel == 0
PY
