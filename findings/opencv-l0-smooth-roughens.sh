#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93 (ximgproc.l0Smooth)
# Input: float32 images of 60 x 60: noise of 0 to 1, and a left half of 0.02 beside a right half of 0.98; lambda 0.002 to 0.2.
# Expected: less noise, the two halves as they are, the mean kept, values of 0 to 1 or so, and an input that is not written to.
# Happens: noise grows to values of -3 to 4, means move by 0.1 to 1.4, and the caller's array is overwritten, so that a second
# call on it starts from other values.
# Output seen on 2026-11-30:
#   noise, lambda 0.002: values -3.11 to 4.19, mean moved by -0.19, input changed by up to 4.06
#   noise, lambda 0.2: values -2.95 to 3.90, mean moved by -0.13, input changed by up to 3.78
#   halves, lambda 0.002: values -0.46 to 0.71, mean moved by -0.34, input changed by up to 1.16
#   halves, lambda 0.2: values -1.34 to -0.40, mean moved by -1.38, input changed by up to 1.89
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

cv2.setNumThreads(1)
halves = np.full((60, 60, 3), 0.02, np.float32)
halves[:, 30:] = 0.98
noise = np.random.default_rng(0).random((60, 60, 3)).astype(np.float32)
for name, image in (("noise", noise), ("halves", halves)):
    for strength in (0.002, 0.2):
        given = image.copy()
        smoothed = cv2.ximgproc.l0Smooth(given, None, strength)
        written, moved = float(np.abs(given - image).max()), float(smoothed.mean() - image.mean())
        span = f"values {smoothed.min():.2f} to {smoothed.max():.2f}"
        print(f"{name}, lambda {strength}: {span}, mean moved by {moved:.2f}, input changed by up to {written:.2f}")
        assert abs(moved) > 0.05 and written > 0.3 and smoothed.min() < -0.1, "the behaviour has changed"
        assert name == "halves" or smoothed.max() > 2, "the behaviour has changed"
PY
