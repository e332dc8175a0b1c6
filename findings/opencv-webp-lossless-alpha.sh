#!/usr/bin/env bash
# opencv-python 5.0.0.93 (IMWRITE_WEBP_QUALITY 101, its lossless mode); imagecodecs 2026.3.6 for comparison
# Input: RGBA noise of 8 bits with a transparent rectangle.
# Expected: every sample back, since the mode is lossless; imagecodecs.webp_encode(lossless=True) does this.
# Happens: OpenCV's file loses the colours under transparent pixels, and it has no parameter to keep them. Transparency
# that marks damage thus destroys what was left below it.
# Output seen on 2026-11-29:
#   OpenCV: opaque pixels exact True, transparent pixels exact False
#   imagecodecs: opaque pixels exact True, transparent pixels exact True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python==5.0.0.93 numpy==2.4.6 imagecodecs==2026.3.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import imagecodecs
import numpy as np

image = np.random.default_rng(0).integers(0, 256, (16, 16, 4), dtype=np.uint8)
image[4:12, 4:12, 3] = 0
clear = image[..., 3] == 0


def report(name: str, read: np.ndarray) -> tuple[bool, bool]:
    same = bool((read[~clear] == image[~clear]).all()), bool((read[clear] == image[clear]).all())
    print(f"{name}: opaque pixels exact {same[0]}, transparent pixels exact {same[1]}")
    return same


encoded = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, 101])[1]
by_opencv = report("OpenCV", cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED))
by_imagecodecs = report("imagecodecs", imagecodecs.webp_decode(imagecodecs.webp_encode(image, lossless=True)))
assert by_opencv == (True, False) and by_imagecodecs == (True, True), "the behaviour has changed"
PY
