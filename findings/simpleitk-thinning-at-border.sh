#!/usr/bin/env bash
# SimpleITK 2.5.7 (BinaryThinning); scikit-image 0.26.0 (skeletonize) for comparison
# Input: a mask of 20 x 30 with a bar of 3 px in width: along the left edge of the image, one pixel from it, and in the middle.
# Expected: a line along the bar each time, as with skeletonize.
# Happens: the bar that touches the edge vanishes altogether; next to the edge and in the middle it becomes a line. Scratches and
# tears along the rim of a scan are lost.
# Output seen on 2026-11-30:
#   bar along the edge: 0 px, by skeletonize 18
#   bar one pixel from it: 20 px, by skeletonize 18
#   bar in the middle: 20 px, by skeletonize 18
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile simpleitk==2.5.7 scikit-image==0.26.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import SimpleITK as sitk
from skimage.morphology import skeletonize

for name, first in (("along the edge", 0), ("one pixel from it", 1), ("in the middle", 14)):
    mask = np.zeros((20, 30), np.uint8)
    mask[:, first : first + 3] = 1
    thinned = int(sitk.GetArrayFromImage(sitk.BinaryThinning(sitk.GetImageFromArray(mask))).sum())
    by_skimage = int(skeletonize(mask.astype(bool)).sum())
    print(f"bar {name}: {thinned} px, by skeletonize {by_skimage}")
    assert (thinned == 0) == (first == 0) and by_skimage > 15, "the behaviour has changed"
PY
