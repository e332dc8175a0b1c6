#!/usr/bin/env bash
# label-studio-sdk 2.1.2 (converter.brush.contour2rle, decode_rle and mask2rle)
# Input: a mask of 40 rows and 60 columns with a rectangle of 10 x 20 at rows 5 to 14 and columns 30 to 49; its contour by OpenCV.
# Expected: the mask again, from its contour as from itself.
# Happens: the contour is drawn on a canvas of 60 rows and 40 columns, since width and height are given the other way round. Read
# back as 40 x 60 the area lies in stripes elsewhere, and what is beyond column 40 is cut off. Square images hide it.
# Output seen on 2026-11-30:
#   60 x 60, from the mask: 200 of 200 px, 0 px wrong
#   60 x 60, from its contour: 200 of 200 px, 0 px wrong
#   40 x 60, from the mask: 200 of 200 px, 0 px wrong
#   40 x 60, from its contour: 100 of 200 px, 260 px wrong
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile label-studio-sdk==2.1.2 opencv-python-headless==4.12.0.88
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
from label_studio_sdk.converter.brush import contour2rle, decode_rle, mask2rle

for height, width in ((60, 60), (40, 60)):
    mask = np.zeros((height, width), np.uint8)
    mask[5:15, 30:50] = 255
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for name, rle in (
        ("from the mask", mask2rle(mask)),
        ("from its contour", contour2rle(contours, 0, img_width=width, img_height=height)),
    ):
        decoded = decode_rle(rle).reshape(height, width, 4)[..., 3] > 0
        wrong = int((decoded != (mask > 0)).sum())
        print(f"{height} x {width}, {name}: {decoded.sum()} of {(mask > 0).sum()} px, {wrong} px wrong")
        assert (wrong == 0) == (name == "from the mask" or height == width), "the behaviour has changed"
PY
