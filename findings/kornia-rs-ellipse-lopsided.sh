#!/usr/bin/env bash
# kornia-rs 0.2.0 (imgproc.dilate, erode); OpenCV 5.0.0.93 for comparison
# Input: a mask of one pixel, dilated by the "box", "cross" and "ellipse" of 3, 5 and 7 px; and a disc of 305 px, dilated by an ellipse of 3 px.
# Expected: elements that lie evenly round the pixel, of the size that is named; OpenCV's ellipse of 3 px is a cross of 5 px.
# Happens: an ellipse is a row and a column short and lies up and left of the pixel: of 3 px it is a square of 2 x 2. A dilated mask
# grows above and on the left alone, and has no margin on the other sides; an eroded one shrinks on those. Box and cross are right.
# Output seen on 2026-12-01:
#   box of 3: 9 px, from [-1, -1] to [1, 1], by OpenCV 9 px
#   box of 5: 25 px, from [-2, -2] to [2, 2], by OpenCV 25 px
#   box of 7: 49 px, from [-3, -3] to [3, 3], by OpenCV 49 px
#   cross of 3: 5 px, from [-1, -1] to [1, 1], by OpenCV 5 px
#   cross of 5: 9 px, from [-2, -2] to [2, 2], by OpenCV 9 px
#   cross of 7: 13 px, from [-3, -3] to [3, 3], by OpenCV 13 px
#   ellipse of 3: 4 px, from [-1, -1] to [0, 0], by OpenCV 5 px
#   ellipse of 5: 16 px, from [-2, -2] to [1, 1], by OpenCV 17 px
#   ellipse of 7: 32 px, from [-3, -3] to [2, 2], by OpenCV 33 px
#   disc, rows 5 to 23 and columns 11 to 29, dilated: rows 4 to 23, columns 10 to 29
#   disc, rows 5 to 23 and columns 11 to 29, eroded: rows 5 to 22, columns 11 to 28
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile kornia-rs==0.2.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
from kornia_rs import imgproc

dot = np.zeros((15, 15, 1), np.uint8)
dot[7, 7] = 255
elements = {"box": cv2.MORPH_RECT, "cross": cv2.MORPH_CROSS, "ellipse": cv2.MORPH_ELLIPSE}
for kernel, kind in elements.items():
    for size in (3, 5, 7):
        at = np.argwhere(np.asarray(imgproc.dilate(dot, kernel, (size, size)))[..., 0]) - 7
        wanted = np.argwhere(cv2.dilate(dot, cv2.getStructuringElement(kind, (size, size)))) - 7
        print(f"{kernel} of {size}: {len(at)} px, from {at.min(axis=0).tolist()} to {at.max(axis=0).tolist()}, by OpenCV {len(wanted)} px")
        even = at.min(axis=0).tolist() == (-at.max(axis=0)).tolist()
        assert even == (kernel != "ellipse") and wanted.min() == -wanted.max() == -(size // 2), "the behaviour has changed"
y, x = np.mgrid[:30, :40]
disc = (((y - 14) ** 2 + (x - 20) ** 2 < 100) * 255).astype(np.uint8)[..., None]
for name, step in (("dilated", imgproc.dilate), ("eroded", imgproc.erode)):
    rows, columns = np.nonzero(np.asarray(step(disc, "ellipse", (3, 3)))[..., 0])
    box = [int(v) for v in (rows.min(), rows.max(), columns.min(), columns.max())]
    print(f"disc, rows 5 to 23 and columns 11 to 29, {name}: rows {box[0]} to {box[1]}, columns {box[2]} to {box[3]}")
    assert box == ([4, 23, 10, 29] if name == "dilated" else [5, 22, 11, 28]), "the behaviour has changed"
PY
