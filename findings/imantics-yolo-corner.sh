#!/usr/bin/env bash
# imantics 0.1.12 (Annotation.yolo and Image.yolo) with opencv-python-headless 5.0.0.93
# Input: one mask of 20 x 10 px at x 40 and y 30 in an image of 100 x 100 px.
# Expected: "0 0.5 0.35 0.2 0.1": YOLO counts classes from 0, and gives the middle of the box and its size.
# Happens: the upper left corner is written for the middle, so that a box reaches beyond the left or the upper edge of the image, or lies
# half its size up and left of the damage; the first class is number 1, which YOLO takes for the second; and boxes are a pixel short in
# width and height.
# Output seen on 2026-12-01:
#   written: 1 0.40000 0.30000 0.19000 0.09000
#   read as class 1, columns 30.5 to 49.5
#   read as class 1, rows 25.5 to 34.5
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile imantics==0.1.12 numpy==2.4.6 opencv-python-headless==5.0.0.93
venv/bin/python -W ignore - <<'PY'
import numpy as np
from imantics import Annotation, Category, Image, Mask

damage = np.zeros((100, 100), bool)
damage[30:40, 40:60] = True
image = Image(image_array=np.zeros((100, 100, 3), np.uint8))
image.add(Annotation.from_mask(Mask(damage), category=Category("crack")))
line = image.yolo()[0]
kind, x, y, width, height = map(float, line.split())
print(f"written: {line}")
for name, middle, size in (("columns", x, width), ("rows", y, height)):
    print(f"read as class {kind:.0f}, {name} {(middle - size / 2) * 100:.1f} to {(middle + size / 2) * 100:.1f}")
assert kind == 1 and abs(x - 0.4) < 1e-4 and abs(y - 0.3) < 1e-4, "the behaviour has changed"
PY
