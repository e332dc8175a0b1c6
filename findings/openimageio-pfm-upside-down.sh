#!/usr/bin/env bash
# OpenImageIO 3.2.2.0 (PFM); OpenCV 5.0.0.93 and Pillow 13.0.0 for comparison
# Input: an image of floats of three rows, 0, 1 and 2 from top to bottom, written as PFM by OpenImageIO and by OpenCV.
# Expected: the rows in order from every file (PFM stores the bottom row first), and at the least OpenImageIO's own file back.
# Happens: OpenImageIO writes the order that OpenCV and Pillow read, and reads it upside down, its own files too. Maps of
# depth and of normals, which are kept as PFM, no longer lie on their photographs.
# Output seen on 2026-11-30:
#   openimageio.pfm: OpenImageIO [2.0, 1.0, 0.0], OpenCV [0.0, 1.0, 2.0], Pillow [0.0, 1.0, 2.0]
#   opencv.pfm: OpenImageIO [2.0, 1.0, 0.0], OpenCV [0.0, 1.0, 2.0], Pillow [0.0, 1.0, 2.0]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile openimageio==3.2.2.0 opencv-python-headless==5.0.0.93 Pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
import OpenImageIO as oiio
from PIL import Image

rows = np.repeat(np.arange(3, dtype=np.float32), 4).reshape(3, 4)
file = oiio.ImageOutput.create("openimageio.pfm")
file.open("openimageio.pfm", oiio.ImageSpec(4, 3, 1, "float"))
file.write_image(rows[..., None])
file.close()
cv2.imwrite("opencv.pfm", rows)
for name in ("openimageio.pfm", "opencv.pfm"):
    read = {
        "OpenImageIO": oiio.ImageInput.open(name).read_image()[..., 0],
        "OpenCV": cv2.imread(name, cv2.IMREAD_UNCHANGED),
        "Pillow": np.asarray(Image.open(name)),
    }
    print(f"{name}: " + ", ".join(f"{reader} {image[:, 0].tolist()}" for reader, image in read.items()))
    assert np.array_equal(read["OpenCV"], rows) and np.array_equal(read["Pillow"], rows), "the behaviour has changed"
    assert np.array_equal(read["OpenImageIO"], rows[::-1]), "the behaviour has changed"
PY
