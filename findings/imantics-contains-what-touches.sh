#!/usr/bin/env bash
# imantics 0.1.12 (Mask.contains) with opencv-python-headless 5.0.0.93
# Input: a mask of 20 x 10 px; one within it, one that shares one pixel with it, and one beside it. Then the point x 15, y 5 inside it.
# Expected: True, False and False: "Masks and arrays must be fully contained to return True", says the documentation. The point is inside;
# all other points of the library are (x, y).
# Happens: a mask that shares a single pixel counts as contained, and points are taken as (row, column): a point inside is found outside.
# Output seen on 2026-12-01:
#   within: True, 16 of 16 px in common
#   at a corner: True, 1 of 64 px in common
#   beside: False, 0 of 20 px in common
#   box as left, top, right, bottom: 2, 1, 21, 10
#   x 15, y 5: False, in the mask True
#   x 5, y 15: True, in the mask False
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile imantics==0.1.12 numpy==2.4.6 opencv-python-headless==5.0.0.93
venv/bin/python -W ignore - <<'PY'
import numpy as np
from imantics import Mask


def mask(left: int, top: int, right: int, bottom: int) -> Mask:
    image = np.zeros((40, 40), bool)
    image[top:bottom, left:right] = True
    return Mask(image)


damage = mask(2, 1, 22, 11)
seen = []
for name, other in (("within", mask(5, 3, 9, 7)), ("at a corner", mask(21, 10, 37, 14)), ("beside", mask(25, 3, 30, 7))):
    seen.append(bool(damage.contains(other)))
    print(f"{name}: {seen[-1]}, {damage.intersect(other).area()} of {other.area()} px in common")
print(f"box as left, top, right, bottom: {', '.join(map(str, damage.bbox()))}")
for x, y in ((15, 5), (5, 15)):
    seen.append(bool(damage.contains((x, y))))
    print(f"x {x}, y {y}: {seen[-1]}, in the mask {bool(damage.array[y, x])}")
assert seen == [True, True, False, False, True], "the behaviour has changed"
PY
