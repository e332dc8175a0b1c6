#!/usr/bin/env bash
# torchmetrics 1.9.0 with torch 2.13.0; scikit-image 0.26.0 for comparison
# Input: a smooth image of 64 x 64 and a noisy copy; SSIM with data_range=1 and a Gaussian window of sigma 1.5.
# Expected: kernel_size=3 and kernel_size=11 differ; 11 agrees with scikit-image at the same settings to three digits.
# Happens: kernel_size changes nothing (sigma alone sets the window), and the value is above scikit-image's by 0.01 or so,
# since torchmetrics also averages windows over reflected borders. The gap shrinks as images grow, so scores of patches
# and of whole images from the two libraries do not compare.
# Output seen on 2026-11-29:
#   torchmetrics, kernel_size 3, 7, 11: [0.4646, 0.4646, 0.4646]
#   scikit-image, 11 x 11: 0.4524
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0 scikit-image==0.26.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import structural_similarity_index_measure

rng = np.random.default_rng(0)
image = np.clip(gaussian_filter(rng.random((64, 64)), 3) * 6 - 2.5, 0, 1)
noisy = np.clip(image + rng.normal(0, 0.1, image.shape), 0, 1)
pair = [torch.from_numpy(one)[None, None] for one in (noisy, image)]
by_size = [float(structural_similarity_index_measure(*pair, data_range=1.0, kernel_size=n)) for n in (3, 7, 11)]
settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
by_skimage = float(structural_similarity(noisy, image, data_range=1.0, **settings))
print("torchmetrics, kernel_size 3, 7, 11:", [round(value, 4) for value in by_size])
print("scikit-image, 11 x 11:", round(by_skimage, 4))
assert by_size[0] == by_size[1] == by_size[2], "the behaviour has changed"
assert by_size[2] - by_skimage > 0.003, "the behaviour has changed"
PY
