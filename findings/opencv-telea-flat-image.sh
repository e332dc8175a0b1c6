#!/usr/bin/env bash
# opencv-python 5.0.0.93, cv2.inpaint with INPAINT_TELEA
# Input: a flat image with a hole of 12 x 12, once as bytes of value 100, once as float32 of value 0.3 (range 0 to 1).
# Expected: the flat value in the hole, as INPAINT_NS gives.
# Happens: the fill is off by about 1.5 whatever the range of the values: bytes come back as 99 to 102, and floats of
# 0 to 1 come back far outside of their range. A larger hole adds to it.
# Output seen on 2026-11-29:
#   uint8 100: telea 99.00 to 102.00, ns 100.00 to 100.00
#   float32 0.3: telea -1.13 to 1.65, ns 0.30 to 0.30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

hole = np.pad(np.ones((12, 12), np.uint8), 9)


def filled(value: float, kind: type, method: int) -> tuple[float, float]:
    result = cv2.inpaint(np.full(hole.shape, value, kind), hole, 3, method)
    return float(result.min()), float(result.max())


for value, kind in ((100, np.uint8), (0.3, np.float32)):
    telea, ns = filled(value, kind, cv2.INPAINT_TELEA), filled(value, kind, cv2.INPAINT_NS)
    print(f"{kind.__name__} {value}: telea {telea[0]:.2f} to {telea[1]:.2f}, ns {ns[0]:.2f} to {ns[1]:.2f}")
    assert telea[0] < value - 0.9 and telea[1] > value + 0.9, "the behaviour has changed"
    assert abs(ns[0] - value) < 1e-5 and abs(ns[1] - value) < 1e-5, "the behaviour has changed"
PY
