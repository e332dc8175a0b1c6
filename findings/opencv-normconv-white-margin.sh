#!/usr/bin/env bash
# opencv-python 5.0.0.93 (edgePreservingFilter with NORMCONV_FILTER, stylization)
# Input: a noisy image of 60 x 60; the same with a white margin of 10 px at the left, with one black row, and a flat image.
# Expected: a smoothed image each time, as with RECURS_FILTER; a flat image stays as it is.
# Happens: scans with a white margin, and flat images, come out black all over; one row of one colour blackens half of the image.
# Output seen on 2026-11-30:
#   noisy: 0 of 3600 px black, 0 by RECURS_FILTER; stylization 141
#   white margin: 3600 of 3600 px black, 0 by RECURS_FILTER; stylization 3600
#   a row of 7: 1800 of 3600 px black, 0 by RECURS_FILTER; stylization 1920
#   flat 200: 3600 of 3600 px black, 0 by RECURS_FILTER; stylization 3600
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-python==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

noisy = np.clip(np.random.default_rng(0).normal(128, 30, (60, 60, 3)), 1, 255).astype(np.uint8)
margin, row = noisy.copy(), noisy.copy()
margin[:, :10] = 255
row[30] = 7
images = {"noisy": noisy, "white margin": margin, "a row of 7": row, "flat 200": np.full_like(noisy, 200)}
for name, image in images.items():
    results = [cv2.edgePreservingFilter(image, flags=one) for one in (cv2.NORMCONV_FILTER, cv2.RECURS_FILTER)]
    black, others = (int((one == 0).all(axis=2).sum()) for one in results)
    styled = int((cv2.stylization(image) == 0).all(axis=2).sum())
    print(f"{name}: {black} of 3600 px black, {others} by RECURS_FILTER; stylization {styled}")
    wanted = {"noisy": 0, "a row of 7": 1800}.get(name, 3600)
    assert black == wanted and others == 0, "the behaviour has changed"
PY
