#!/usr/bin/env bash
# OpenCV 5.0.0.93 with its extra modules (cv2.ximgproc.amFilter, the adaptive manifold filter)
# Input: flat images of 100 and of 0.4, in grey and in colour, filtered with themselves as guide; and one with a step from 100 to 200.
# Expected: the flat ones unchanged, since every weighted mean of equal samples is that sample. The step comes out nearly so.
# Happens: a flat image of bytes turns black all over, and one of floats into nan. An evenly painted page, or a crop of one, is lost.
# Output seen on 2026-11-30:
#   uint8 of 100, grey: 0 to 0
#   uint8 of 100, colour: 0 to 0
#   float32 of 0.4, grey: nan to nan
#   float32 of 0.4, colour: nan to nan
#   with a step: [101, 101, 101, 102, 199, 199, 199, 199]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

for kind, value in ((np.uint8, 100), (np.float32, 0.4)):
    for name, shape in (("grey", (30, 40)), ("colour", (30, 40, 3))):
        flat = np.full(shape, value, kind)
        smooth = cv2.ximgproc.amFilter(flat, flat, 5.0, 0.2)
        print(f"{flat.dtype} of {value}, {name}: {smooth.min()} to {smooth.max()}")
        assert np.isnan(smooth).all() if kind == np.float32 else not smooth.any(), "the behaviour has changed"
step = np.full((64, 64, 3), 100, np.uint8)
step[:, 32:] = 200
row = cv2.ximgproc.amFilter(step, step, 5.0, 0.2)[10, 28:36, 0].tolist()
print("with a step:", row)
assert max(abs(seen - wanted) for seen, wanted in zip(row, [100] * 4 + [200] * 4)) < 3, "the behaviour has changed"
PY
