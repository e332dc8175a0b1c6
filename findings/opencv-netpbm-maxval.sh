#!/usr/bin/env bash
# opencv-python 5.0.0.93; Pillow 13.0.0 for comparison
# Input: masks of the values 0 1 0 1 with maxval 1 (1 is white): plain PGM (P2), raw PGM (P5), and PAM (P7) of the type
# BLACKANDWHITE.
# Expected: 0 255 0 255 from each, as maxval is what white is written as.
# Happens: P2 is scaled, P5 is not (white is read as 1, nearly black), and the PAM is black throughout: its bytes are
# taken for packed bits. Pillow scales both PGM files.
# Output seen on 2026-11-29:
#   P2: OpenCV [0, 255, 0, 255], Pillow [0, 255, 0, 255]
#   P5: OpenCV [0, 1, 0, 1], Pillow [0, 255, 0, 255]
#   P7: OpenCV [0, 0, 0, 0], Pillow does not read PAM
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python==5.0.0.93 numpy==2.4.6 pillow==13.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import cv2
import numpy as np
from PIL import Image

FILES = {
    "P2": b"P2\n4 1\n1\n0 1 0 1\n",
    "P5": b"P5\n4 1\n1\n\x00\x01\x00\x01",
    "P7": b"P7\nWIDTH 4\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n\x00\x01\x00\x01",
}
found = {}
for name, data in FILES.items():
    found[name] = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED).ravel().tolist()
    pillow = np.asarray(Image.open(io.BytesIO(data))).ravel().tolist() if name != "P7" else "does not read PAM"
    print(f"{name}: OpenCV {found[name]}, Pillow {pillow}")
assert list(found.values()) == [[0, 255, 0, 255], [0, 1, 0, 1], [0, 0, 0, 0]], "the behaviour has changed"
PY
