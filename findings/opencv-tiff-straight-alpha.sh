#!/usr/bin/env bash
# opencv-python 5.0.0.93 reads with IMREAD_UNCHANGED; tifffile 2026.3.3 writes
# Input: RGBA TIFF files whose alpha is declared unassociated (ExtraSamples 2: colours are not multiplied), of 8 and 16
# bits.
# Expected: the samples as they are stored, at both depths.
# Happens: 16 bits are right. At 8 bits the colours come back multiplied by alpha: what lies under a transparent hole is
# black, and half transparent colours are dimmed. Nothing says so.
# Output seen on 2026-11-29:
#   uint8 stored [[200, 100, 50, 255], [200, 100, 50, 128], [200, 100, 50, 0]] read [[200, 100, 50, 255], [100, 50, 
#   uint16 stored [[200, 100, 50, 65535], [200, 100, 50, 32768], [200, 100, 50, 0]] read [[200, 100, 50, 65535], [20
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python==5.0.0.93 numpy==2.4.6 tifffile==2026.3.3
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import cv2
import numpy as np
import tifffile


def read_back(image: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    tifffile.imwrite(file, image, photometric="rgb", extrasamples=["unassalpha"])
    read = cv2.imdecode(np.frombuffer(file.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
    return read[..., [2, 1, 0, 3]]


for kind in (np.uint8, np.uint16):
    full = int(np.iinfo(kind).max)
    image = np.array([[[200, 100, 50, full], [200, 100, 50, full // 2 + 1], [200, 100, 50, 0]]], kind)
    read = read_back(image)
    print(kind.__name__, "stored", image[0].tolist(), "read", read[0].tolist())
    multiplied = np.rint(image[..., :3] * (image[..., 3:] / full))
    wanted = multiplied if kind is np.uint8 else image[..., :3]
    assert np.abs(read[..., :3].astype(int) - wanted).max() <= 1, "the behaviour has changed"
PY
