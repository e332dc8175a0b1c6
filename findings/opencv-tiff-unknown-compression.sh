#!/usr/bin/env bash
# opencv-python 5.0.0.93 reads; tifffile 2026.3.3 with imagecodecs 2026.3.6 writes
# Input: TIFF files of one grey noise image, with compressions that OpenCV's libtiff does not have.
# Expected: no image (None) for each, as OpenCV's manual says of files that it cannot read.
# Happens: it depends on the compression. LZMA, Zstandard, WebP and LERC give None. JPEG 2000, JPEG XL, PNG and JPEG XR
# give an image of the right size that is black throughout: as a mask, "nothing is marked".
# Output seen on 2026-11-29:
#   zlib: read
#   lzma: None
#   zstd: None
#   webp: None
#   lerc: None
#   jpeg2000: black
#   jpegxl: black
#   png: black
#   jpegxr: black
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python==5.0.0.93 numpy==2.4.6 tifffile==2026.3.3 imagecodecs==2026.3.6
cd "$work"
OPENCV_LOG_LEVEL=SILENT "$work/venv/bin/python" - <<'PY'
import io

import cv2
import numpy as np
import tifffile

found = {}
for compression in ("zlib", "lzma", "zstd", "webp", "lerc", "jpeg2000", "jpegxl", "png", "jpegxr"):
    shape = (64, 64, 3) if compression == "webp" else (64, 64)
    image = np.random.default_rng(0).integers(1, 256, shape, dtype=np.uint8)
    file = io.BytesIO()
    tifffile.imwrite(file, image, compression=compression)
    read = cv2.imdecode(np.frombuffer(file.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
    found[compression] = "None" if read is None else "black" if not read.any() else "read"
    print(f"{compression}: {found[compression]}")
assert list(found.values()) == ["read"] + ["None"] * 4 + ["black"] * 4, "the behaviour has changed"
PY
