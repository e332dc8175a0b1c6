#!/usr/bin/env bash
# scikit-image 0.26.0 (restoration.denoise_bilateral)
# Input: noise of 24 x 24, as float64, and the same image transposed; win_size=5, sigma_color=0.2, sigma_spatial=1.
# Expected: the transposed result, since the filter weighs by distance and by difference alone; and what the formula gives.
# Happens: the results differ, far from the border too, and neither is the formula's. The table of distances is laid
# out for -3 to 2 (-5 // 2 is -3) as 6 x 6 and read as 5 x 5, so that weights belong to other pixels.
# Output seen on 2026-11-30:
#   largest difference inside, by transposing: 0.221 (range 0 to 1)
#   largest difference inside, to the formula: 0.297, of the transposed image: 0.306
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile scikit-image==0.26.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from skimage.restoration import denoise_bilateral

image, inner = np.random.default_rng(0).random((24, 24)), np.s_[4:-4, 4:-4]
settings = {"win_size": 5, "sigma_color": 0.2, "sigma_spatial": 1}
result = denoise_bilateral(image, **settings)
turned = denoise_bilateral(np.ascontiguousarray(image.T), **settings).T
y, x = np.mgrid[-2:3, -2:3]
windows = sliding_window_view(np.pad(image, 2), (5, 5))
weights = np.exp(-((windows - image[..., None, None]) ** 2) / (2 * 0.2**2) - (y**2 + x**2) / 2)
formula = (weights * windows).sum((2, 3)) / weights.sum((2, 3))
by_turning = np.abs(result - turned)[inner].max()
by_formula, turned_by_formula = (np.abs(one - formula)[inner].max() for one in (result, turned))
print(f"largest difference inside, by transposing: {by_turning:.3f} (range 0 to 1)")
print(f"largest difference inside, to the formula: {by_formula:.3f}, of the transposed image: {turned_by_formula:.3f}")
assert min(by_turning, by_formula, turned_by_formula) > 0.1, "the behaviour has changed"
PY
