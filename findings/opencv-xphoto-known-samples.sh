#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93, cv2.xphoto.inpaint
# Input: a smooth image of 64 x 64, three channels of 8 bits, with a hole of 8 x 8.
# Expected: samples outside of the hole as they were.
# Happens: INPAINT_SHIFTMAP replaces known pixels round the hole (by the run 34 to 192 of them, up to 5.7 px away);
# INPAINT_FSR_FAST and INPAINT_FSR_BEST change most known pixels of the whole image by one.
# Output seen on 2026-11-30:
#   INPAINT_SHIFTMAP: 34 of 4032 known pixels changed, by up to 24, up to 1.4 px from the hole
#   INPAINT_FSR_FAST: 3062 of 4032 known pixels changed, by up to 1, up to 50.9 px from the hole
#   INPAINT_FSR_BEST: 3062 of 4032 known pixels changed, by up to 1, up to 50.9 px from the hole
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

y, x = np.mgrid[:64, :64]
image = np.stack([128 + 100 * np.sin(x / 9 + y / 17), 100 + y * 1.5, 60 + x * 2.0], axis=2).astype(np.uint8)
known = np.full((64, 64), 255, np.uint8)
known[20:28, 20:28] = 0
away = np.hypot(np.maximum(np.maximum(20 - y, y - 27), 0), np.maximum(np.maximum(20 - x, x - 27), 0))
for name in ("INPAINT_SHIFTMAP", "INPAINT_FSR_FAST", "INPAINT_FSR_BEST"):
    filled = np.zeros_like(image)
    cv2.xphoto.inpaint(image, known, filled, getattr(cv2.xphoto, name))
    difference = np.abs(filled.astype(int) - image).max(axis=2) * (known > 0)
    changed, furthest = int((difference > 0).sum()), away[difference > 0].max(initial=0)
    print(
        f"{name}: {changed} of {(known > 0).sum()} known pixels changed, by up to {difference.max()}, "
        f"up to {furthest:.1f} px from the hole"
    )
    assert changed > 10 and furthest >= 1, "the behaviour has changed"
PY
