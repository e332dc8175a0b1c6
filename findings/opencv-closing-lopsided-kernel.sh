#!/usr/bin/env bash
# opencv-python 5.0.0.93, cv2.morphologyEx; scikit-image 0.26.0 and scipy 1.17.1 for comparison
# Input: a mask of blobs, 64 x 64, closed and opened with kernels of 3 x 3, of 2 x 2, and of an L of five pixels.
# Expected: a closing never takes a pixel away and an opening never adds one, whatever the kernel: so the operations are
# defined, and so the other two libraries behave (away from the border).
# Happens: where the kernel is not its own mirror image about its anchor, both operations also shift the mask: a closing
# with 2 x 2 takes pixels away. Its second step uses the kernel of the first, not mirrored.
# Output seen on 2026-11-30:
#   3 x 3: OpenCV's closing loses 0 px and its opening adds 0; scikit-image 0 and 0, scipy 0 and 0
#   2 x 2: OpenCV's closing loses 365 px and its opening adds 370; scikit-image 0 and 0, scipy 0 and 0
#   L: OpenCV's closing loses 191 px and its opening adds 181; scikit-image 0 and 0, scipy 0 and 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-python==5.0.0.93 scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
from scipy import ndimage
from skimage import morphology

noise = ndimage.gaussian_filter(np.random.default_rng(0).random((64, 64)), 1)
mask = (noise > np.median(noise)).astype(np.uint8)
inner = np.s_[6:-6, 6:-6]
kernels = {"3 x 3": np.ones((3, 3)), "2 x 2": np.ones((2, 2)), "L": np.array([[1, 0, 0], [1, 0, 0], [1, 1, 1]])}
for name, shape in kernels.items():
    kernel = shape.astype(np.uint8)
    pairs = (
        (cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)),
        (morphology.closing(mask, kernel), morphology.opening(mask, kernel)),
        (ndimage.binary_closing(mask, kernel), ndimage.binary_opening(mask, kernel)),
    )
    faults = [(int((c < mask)[inner].sum()), int((o > mask)[inner].sum())) for c, o in pairs]
    (lost, added), *others = faults
    rest = ", ".join(f"{library} {a} and {b}" for library, (a, b) in zip(("scikit-image", "scipy"), others))
    print(f"{name}: OpenCV's closing loses {lost} px and its opening adds {added}; {rest}")
    assert others == [(0, 0), (0, 0)], "the behaviour has changed"
    assert (lost > 0 and added > 0) == (name != "3 x 3"), "the behaviour has changed"
PY
