#!/usr/bin/env bash
# sewar 0.4.10 (full_ref.uqi); scikit-image 0.26.0 for comparison
# Input: a smooth image of bytes, a noisy copy, and noise that has nothing to do with the image.
# Expected: the universal quality index of Wang and Bovik, which is SSIM without its two constants: low for noise, about 0 for
# images that have nothing in common but their mean.
# Happens: 0.96 and above for all of them. The formula for sums over N pixels is given means, which hides the variances: little is
# left but the comparison of means. Scores that are built on it (D_lambda, D_s, QNR) inherit that.
# Output seen on 2026-11-30:
#   itself: uqi 1.000, SSIM without constants 1.000
#   with noise of 20 levels: uqi 0.988, SSIM without constants 0.515
#   noise of the same mean: uqi 0.964, SSIM without constants -0.013
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile sewar==0.4.10 scikit-image==0.26.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from scipy.ndimage import gaussian_filter
from sewar.full_ref import uqi
from skimage.metrics import structural_similarity

rng = np.random.default_rng(0)
image = np.clip(gaussian_filter(rng.normal(0, 1, (128, 128)), 3) * 250 + 128, 0, 255).astype(np.uint8)
others = {
    "itself": image,
    "with noise of 20 levels": np.clip(image + rng.normal(0, 20, image.shape), 0, 255).astype(np.uint8),
    "noise of the same mean": np.clip(rng.normal(image.mean(), 20, image.shape), 0, 255).astype(np.uint8),
}
for name, other in others.items():
    given = float(uqi(image, other, ws=9))
    options = {"win_size": 9, "K1": 1e-9, "K2": 1e-9, "data_range": 255}
    wanted = float(structural_similarity(image, other, **options))
    print(f"{name}: uqi {given:.3f}, SSIM without constants {wanted:.3f}")
    assert (name == "itself") == (wanted > 0.9) and given > 0.9, "the behaviour has changed"
PY
