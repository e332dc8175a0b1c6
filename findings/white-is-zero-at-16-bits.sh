#!/usr/bin/env bash
# OpenCV 5.0.0.93 and Pillow 13.0.0 read; tifffile 2026.3.3 writes
# Input: two TIFF files of one grey ramp, both WhiteIsZero, one of 8 bits and one of 16.
# Expected: both are turned, so that white is the largest value, or neither is.
# Happens: both readers turn 8 bits and leave 16 bits as they are stored. A scan changes between positive and negative
# with the depth it was saved in.
# Output seen on 2026-11-29:
#   uint8: OpenCV turned, Pillow turned
#   uint16: OpenCV as stored, Pillow as stored
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check tifffile==2026.3.3 numpy==2.4.6 opencv-python==5.0.0.93 pillow==13.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import cv2
import numpy as np
import tifffile
from PIL import Image


def way(read: np.ndarray, stored: np.ndarray) -> str:
    if np.array_equal(read, stored):
        return "as stored"
    return "turned" if np.array_equal(read, np.iinfo(stored.dtype).max - stored) else "other"


for kind, wanted in ((np.uint8, "turned"), (np.uint16, "as stored")):
    stored = np.linspace(0, np.iinfo(kind).max, 64).astype(kind).reshape(8, 8)
    file = io.BytesIO()
    tifffile.imwrite(file, stored, photometric="miniswhite")
    opencv = way(cv2.imdecode(np.frombuffer(file.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED), stored)
    pillow = way(np.asarray(Image.open(io.BytesIO(file.getvalue()))), stored)
    print(f"{kind.__name__}: OpenCV {opencv}, Pillow {pillow}")
    assert (opencv, pillow) == (wanted, wanted), "the behaviour has changed"
PY
