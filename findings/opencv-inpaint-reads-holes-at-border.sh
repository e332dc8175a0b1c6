#!/usr/bin/env bash
# opencv-python 5.0.0.93, cv2.inpaint with INPAINT_TELEA
# Input: 24 x 24 samples of 8 bits; a hole of 4 x 6 that starts in row 0, painted black in one copy and white in the other.
# Expected: equal results, since the samples in a hole are the ones to restore and cannot matter.
# Happens: the fills differ. White damage leaks into the result where a hole touches the image's border; the same hole
# 8 px inside does not show it.
# Output seen on 2026-11-29:
#   largest difference, hole at the border: 3
#   largest difference, hole inside: 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

image = np.random.default_rng(0).integers(90, 111, (24, 24), dtype=np.uint8)


def difference(top: int, left: int) -> int:
    hole = np.zeros_like(image)
    hole[top : top + 4, left : left + 6] = 1
    black, white = (
        cv2.inpaint(np.where(hole, value, image).astype(np.uint8), hole, 3, cv2.INPAINT_TELEA).astype(int)
        for value in (0, 255)
    )
    return int(np.abs(black - white).max())


at_border, inside = difference(0, 1), difference(8, 8)
print("largest difference, hole at the border:", at_border)
print("largest difference, hole inside:", inside)
assert at_border > 0 and inside == 0, "the behaviour has changed"
PY
