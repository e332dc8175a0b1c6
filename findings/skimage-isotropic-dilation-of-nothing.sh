#!/usr/bin/env bash
# scikit-image 0.26.0 (morphology.isotropic_dilation and isotropic_erosion), scipy 1.17.1
# Input: an empty mask of 8 x 10, dilated, and a full one, eroded, by a radius of 3.
# Expected: an empty mask stays empty and a full one full, as with dilation and erosion by a disk.
# Happens: a corner of the empty mask is set and a corner of the full one cleared. They go by scipy's distances to the nearest
# pixel of background, and where there is none scipy measures to a pixel just outside of the corner.
# Output seen on 2026-11-30:
#   empty mask, dilated by 3: 7 px by isotropic_dilation, 0 by a disk; rows 0 to 2
#   full mask, eroded by 3: 7 px taken by isotropic_erosion, 0 by a disk
#   scipy's distances in row 0 of ones: [1.0, 1.41, 2.24, 3.16]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from scipy.ndimage import distance_transform_edt
from skimage.morphology import dilation, disk, erosion, isotropic_dilation, isotropic_erosion

nothing = np.zeros((8, 10), bool)
grown, by_disk = isotropic_dilation(nothing, 3), dilation(nothing, disk(3))
rows = np.nonzero(grown)[0]
print(
    f"empty mask, dilated by 3: {grown.sum()} px by isotropic_dilation, {by_disk.sum()} by a disk; "
    f"rows {rows.min()} to {rows.max()}"
)
taken, taken_by_disk = (~isotropic_erosion(~nothing, 3)).sum(), (~erosion(~nothing, disk(3))).sum()
print(f"full mask, eroded by 3: {taken} px taken by isotropic_erosion, {taken_by_disk} by a disk")
distances = distance_transform_edt(~nothing)[0, :4]
print("scipy's distances in row 0 of ones:", distances.round(2).tolist())
assert grown.sum() == 7 and taken == 7 and by_disk.sum() == taken_by_disk == 0, "the behaviour has changed"
PY
