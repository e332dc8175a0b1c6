#!/usr/bin/env bash
# scikit-image 0.26.0 (restoration.denoise_bilateral)
# Input: one noise image, as uint8 and as the same values divided by 255.
# Expected: equal results, since the manual says that the input is converted by img_as_float.
# Happens: the results differ, by most of the range with bins=256. The table of colour weights is laid out by the largest
# value before the conversion (255 for bytes), so that nearly all differences fall into its first bins.
# Output seen on 2026-11-29:
#   bins=256: largest difference 0.865 (range 0 to 1)
#   bins=10000: largest difference 0.030 (range 0 to 1)
#   bins=100000: largest difference 0.004 (range 0 to 1)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile scikit-image==0.26.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from skimage.restoration import denoise_bilateral

image = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)
differences = []
for bins in (256, 10000, 100000):
    of_bytes = denoise_bilateral(image, sigma_color=0.1, bins=bins)
    of_floats = denoise_bilateral(image / 255.0, sigma_color=0.1, bins=bins)
    differences.append(float(np.abs(of_bytes - of_floats).max()))
    print(f"bins={bins}: largest difference {differences[-1]:.3f} (range 0 to 1)")
assert differences[0] > 0.3 and differences[1] > 0.01, "the behaviour has changed"
PY
