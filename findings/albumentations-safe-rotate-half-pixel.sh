#!/usr/bin/env bash
# albumentations 2.0.8 (SafeRotate; Rotate for comparison)
# Input: a square ramp in both directions and a round mask of 633 px, rotated by exactly 0, 90, 180 and 270 degrees.
# Expected: the turned image and mask without a change, as by Rotate.
# Happens: SafeRotate moves the image by half a pixel in both directions at every angle, 0 too, and with it the mask by a whole pixel or not
# at all, since its values cannot lie between. Images are blurred, and holes no longer lie where the mask has them.
# Output seen on 2026-12-01:
#   mask: 633 px
#   Rotate by 0: samples off by [0.0, 0.0] px of the ramp, 0 px of the mask differ
#   Rotate by 90: samples off by [0.0, 0.0] px of the ramp, 0 px of the mask differ
#   Rotate by 180: samples off by [0.0, 0.0] px of the ramp, 0 px of the mask differ
#   Rotate by 270: samples off by [0.0, 0.0] px of the ramp, 0 px of the mask differ
#   SafeRotate by 0: samples off by [-0.5, -0.5] px of the ramp, 51 px of the mask differ
#   SafeRotate by 90: samples off by [0.5, -0.5] px of the ramp, 51 px of the mask differ
#   SafeRotate by 180: samples off by [0.5, 0.5] px of the ramp, 51 px of the mask differ
#   SafeRotate by 270: samples off by [-0.5, 0.5] px of the ramp, 51 px of the mask differ
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile albumentations==2.0.8 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import albumentations
import numpy as np

y, x = np.mgrid[:96, :96].astype(np.float32)
image = np.dstack([x, y, 0 * x]) / 100
mask = (np.hypot(x - 60, y - 30) < 14.15).astype(np.uint8)
print("mask:", int(mask.sum()), "px")
for name in ("Rotate", "SafeRotate"):
    for quarter in range(4):
        transform = getattr(albumentations, name)(limit=(90 * quarter, 90 * quarter), p=1)
        result = albumentations.Compose([transform], seed=1)(image=image, mask=mask)
        moved = ((result["image"] - np.rot90(image, quarter)) * 100)[40, 40, :2]
        differ = int((result["mask"] != np.rot90(mask, quarter)).sum())
        print(f"{name} by {90 * quarter}: samples off by {moved.round(2).tolist()} px of the ramp, {differ} px of the mask differ")
        assert np.allclose(np.abs(moved), 0.5 if name == "SafeRotate" else 0, atol=0.01) and (differ > 0) == (name == "SafeRotate"), "the behaviour has changed"
PY
