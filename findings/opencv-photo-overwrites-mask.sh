#!/usr/bin/env bash
# opencv-python 5.0.0.93, the photo module: cv2.illuminationChange, cv2.colorChange and cv2.seamlessClone
# Input: a smooth image of 64 x 64 and a mask that selects 16 x 16 of it; the same call twice with the same array as mask.
# Expected: equal results and an untouched mask, since src and mask are inputs.
# Happens: illuminationChange and colorChange leave in the caller's array the inverse of the mask, shrunk by 3 px:
# 3996 px instead of 256, and the second call changes the rest of the image. seamlessClone shrinks the mask to 156 px.
# Output seen on 2026-11-30:
#   illuminationChange: 256 px selected before, 3996 after; two calls differ by up to 93
#   colorChange: 256 px selected before, 3996 after; two calls differ by up to 6
#   seamlessClone: 256 px selected before, 156 after; two calls differ by up to 28
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

y, x = np.mgrid[:64, :64]
image = np.stack([128 + 100 * np.sin(x / 9 + y / 17), 100 + y * 1.5, 60 + x * 2.0], axis=2).astype(np.uint8)
calls = {
    "illuminationChange": (lambda mask: cv2.illuminationChange(image, mask, None, 0.2, 0.4), 3996),
    "colorChange": (lambda mask: cv2.colorChange(image, mask, None, 1.5, 1, 1), 3996),
    "seamlessClone": (lambda mask: cv2.seamlessClone(255 - image, image, mask, (32, 32), cv2.NORMAL_CLONE), 156),
}
for name, (call, wanted) in calls.items():
    mask = np.zeros((64, 64), np.uint8)
    mask[24:40, 24:40] = 255
    before, first, after, second = int((mask > 0).sum()), call(mask), int((mask > 0).sum()), call(mask)
    difference = int(np.abs(first.astype(int) - second).max())
    print(f"{name}: {before} px selected before, {after} after; two calls differ by up to {difference}")
    assert after == wanted and difference > 3, "the behaviour has changed"
PY
