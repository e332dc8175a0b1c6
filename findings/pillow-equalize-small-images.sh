#!/usr/bin/env bash
# Pillow 13.0.0 (ImageOps.equalize); OpenCV 5.0.0.93 (equalizeHist) for comparison
# Input: images of uniform noise, whose histograms are as flat as can be, of 16 x 16 to 256 x 256 px.
# Expected: about the same image: the mean stays near 127, and few pixels are white, as by OpenCV.
# Happens: the number of pixels per level is cut to a whole number, so that the table runs past 255 too early. An image of 20 x 25 px is white
# from the middle grey on; one of 40 x 40 px is too bright by 6 levels. kornia 0.9.0 reckons likewise.
# Output seen on 2026-12-01:
#   16 x 16: mean 128 becomes 128 by Pillow (0% white), 128 by OpenCV
#   20 x 25: mean 127 becomes 189 by Pillow (49% white), 127 by OpenCV
#   24 x 30: mean 127 becomes 164 by Pillow (29% white), 127 by OpenCV
#   40 x 40: mean 127 becomes 133 by Pillow (4% white), 127 by OpenCV
#   256 x 256: mean 128 becomes 128 by Pillow (0% white), 128 by OpenCV
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pillow==13.0.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
from PIL import Image, ImageOps

rng = np.random.default_rng(0)
seen = {}
for size in ((16, 16), (20, 25), (24, 30), (40, 40), (256, 256)):
    levels = np.arange(size[0] * size[1]) * 256 // (size[0] * size[1])
    image = rng.permutation(levels).reshape(size).astype(np.uint8)
    by_pillow, by_opencv = np.asarray(ImageOps.equalize(Image.fromarray(image))), cv2.equalizeHist(image)
    seen[size] = float(by_pillow.mean())
    print(
        f"{size[0]} x {size[1]}: mean {image.mean():.0f} becomes {seen[size]:.0f} by Pillow ({(by_pillow == 255).mean():.0%} white), {by_opencv.mean():.0f} by OpenCV"
    )
    assert abs(by_opencv.mean() - image.mean()) < 2, "the comparison has changed"
assert seen[20, 25] > 180 and seen[40, 40] > 131 and abs(seen[256, 256] - 127.5) < 2, "the behaviour has changed"
PY
