#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93 (cv2.quality.QualitySSIM, QualityGMSD); scikit-image 0.26.0 for comparison
# Input: one pair of images, a smooth one and its noisy copy, as bytes, as floats of 0 to 1 and as 16 bits, which are taken without a word.
# Expected: one SSIM and one GMSD for the pair, whatever the range, or a parameter for the range, as QualityPSNR has one.
# Happens: the constants of both measures are those for 0 to 255. A pair of floats scores 0.99998, almost perfect, and a pair of
# 16 bits lower than its bytes. Neither has a parameter for the range, so only bytes can be compared.
# Output seen on 2026-12-01:
#   bytes: SSIM 0.65948, by scikit-image 0.65811; GMSD 0.033185
#   floats of 0 to 1: SSIM 0.99998, by scikit-image 0.65811; GMSD 0.000001
#   16 bits: SSIM 0.47806, by scikit-image 0.65811; GMSD 0.110088
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-contrib-python-headless==5.0.0.93 scikit-image==0.26.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
from skimage.metrics import structural_similarity

rng = np.random.default_rng(0)
first = cv2.GaussianBlur(rng.integers(0, 256, (80, 90), dtype=np.uint8), (0, 0), 2)
second = np.clip(first + rng.normal(0, 8, first.shape), 0, 255).astype(np.uint8)
pairs = {
    "bytes": (first, second, 255),
    "floats of 0 to 1": ((first / 255).astype(np.float32), (second / 255).astype(np.float32), 1),
    "16 bits": (first.astype(np.uint16) * 257, second.astype(np.uint16) * 257, 65535),
}
seen = {}
for name, (a, b, white) in pairs.items():
    wanted = structural_similarity(a, b, data_range=white, gaussian_weights=True, use_sample_covariance=False)
    seen[name] = cv2.quality.QualitySSIM_compute(a, b)[0][0]
    gmsd = cv2.quality.QualityGMSD_compute(a, b)[0][0]
    print(f"{name}: SSIM {seen[name]:.5f}, by scikit-image {wanted:.5f}; GMSD {gmsd:.6f}")
    assert abs(wanted - 0.658) < 0.001, "the comparison has changed"
assert abs(seen["bytes"] - 0.659) < 0.002 and seen["floats of 0 to 1"] > 0.999 and seen["16 bits"] < 0.5, "the behaviour has changed"
PY
