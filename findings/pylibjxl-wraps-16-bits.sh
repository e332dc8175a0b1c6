#!/usr/bin/env bash
# pylibjxl 0.5.0 (encode with lossless=True, decode); imagecodecs 2026.3.6 for comparison
# Input: samples of 16 bits and floats, encoded without loss; and a JPEG XL of 16 bits by imagecodecs, decoded.
# Expected: the samples back, or an error: JPEG XL holds both, and "lossless" was asked for.
# Happens: samples are cut to their lower eight bits: 256 becomes 0, 1000 becomes 232, and floats below 1 become 0. Nothing is raised.
# A file of 16 bits is decoded as 8.
# Output seen on 2026-11-30:
#   uint16 [0, 255, 256, 1000, 65535]: by imagecodecs read as uint8 [0, 255, 0, 232, 255], by pylibjxl [0, 255, 0, 232, 255]
#   float32 [0.0, 0.25, 0.75, 1.0]: by imagecodecs read as uint8 [0, 0, 0, 1], by pylibjxl [0, 0, 0, 1]
#   uint16 by imagecodecs, read as uint8 [0, 1, 1, 4, 255]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pylibjxl==0.5.0 imagecodecs==2026.3.6 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import imagecodecs
import numpy as np
import pylibjxl

deep = np.array([[0, 255, 256, 1000, 65535]], np.uint16)
floats = np.array([[0, 0.25, 0.75, 1]], np.float32)
for image, there in ((deep, deep % 256), (floats, floats.astype(np.uint8))):
    coded = pylibjxl.encode(image, lossless=True)
    read = imagecodecs.jpegxl_decode(coded)
    print(f"{image.dtype} {image[0].tolist()}: by imagecodecs read as {read.dtype} {read[0].tolist()}, by pylibjxl {pylibjxl.decode(coded)[0].tolist()}")
    assert read.dtype == np.uint8 and np.array_equal(read, there), "the behaviour has changed"
read = pylibjxl.decode(imagecodecs.jpegxl_encode(deep, lossless=True))
print(f"{deep.dtype} by imagecodecs, read as {read.dtype} {read[0].tolist()}")
assert read.dtype == np.uint8, "the behaviour has changed"
PY
