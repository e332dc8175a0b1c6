#!/usr/bin/env bash
# pyssim 0.7.1 (compute_ssim); scikit-image 0.26.0 for comparison
# Input: two images of unrelated noise, of 16 bits between 3000 and 63000, and the same values divided by 257 as bytes.
# Expected: an SSIM near 0 each time.
# Happens: 1.0 at 16 bits: the images are made grey of 8 bits by Pillow, which cuts off at 255, and so both are white.
# Output seen on 2026-12-01:
#   16 bits: 1.00, by scikit-image -0.00
#   8 bits: 0.00, by scikit-image -0.00
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pyssim==0.7.1 scikit-image==0.26.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity
from ssim import compute_ssim

rng = np.random.default_rng(0)
deep = [rng.integers(3000, 63000, (64, 64)).astype(np.uint16) for _ in range(2)]
for title, pair in (("16 bits", deep), ("8 bits", [(one // 257).astype(np.uint8) for one in deep])):
    seen = float(compute_ssim(*(Image.fromarray(one) for one in pair)))
    compared = structural_similarity(*pair, data_range=np.iinfo(pair[0].dtype).max)
    print(f"{title}: {seen:.2f}, by scikit-image {compared:.2f}")
    assert abs(compared) < 0.1 and (seen == 1 if title == "16 bits" else abs(seen) < 0.1), "the behaviour has changed"
PY
