#!/usr/bin/env bash
# tifffile 2026.3.3 writes; OpenCV 5.0.0.93 and Pillow 13.0.0 read
# Input: a mask of bool, saved by tifffile.imwrite(file, mask) without further arguments.
# Expected: True comes back as white (255) in every reader.
# Happens: bool is stored as 1 bit with WhiteIsZero. tifffile returns the stored bits, so its own round trip looks right;
# every reader that heeds the tag shows the mask inverted. photometric="minisblack" avoids it.
# Output seen on 2026-11-29:
#   default true pixels: {'tifffile': 9, 'OpenCV': 55, 'Pillow': 55}
#   {'photometric': 'minisblack'} true pixels: {'tifffile': 9, 'OpenCV': 9, 'Pillow': 9}
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

mask = np.zeros((8, 8), bool)
mask[2:5, 2:5] = True
for options in ({}, {"photometric": "minisblack"}):
    file = io.BytesIO()
    tifffile.imwrite(file, mask, **options)
    data = file.getvalue()
    read = {
        "tifffile": tifffile.imread(io.BytesIO(data)),
        "OpenCV": cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) > 0,
        "Pillow": np.asarray(Image.open(io.BytesIO(data))),
    }
    counts = {name: int(one.sum()) for name, one in read.items()}
    print(options or "default", "true pixels:", counts)
    others = 9 if options else 64 - 9
    assert counts == {"tifffile": 9, "OpenCV": others, "Pillow": others}, "the behaviour has changed"
PY
