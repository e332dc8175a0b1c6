#!/usr/bin/env bash
# image-similarity-measures 0.3.6, quality_metrics.psnr and sam
# Input: an image of 8 bits, 48 x 48 x 3, and a copy with noise of at most 9 levels.
# Expected: PSNR as the formula gives it for 255; a spectral angle of 0 between an image and itself.
# Happens: PSNR is 24 dB too high, as max_p is 4095 unless it is given; and the angle between any image of bytes and itself is
# near 90 degrees, since products wrap around at 256. The same values as floats have angle 0.
# Output seen on 2026-11-30:
#   PSNR: 57.5 dB, by the formula 33.4 dB
#   angle of an image to itself: 89.5 as bytes, 0.0 as floats
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile image-similarity-measures==0.3.6 numpy==1.26.4
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from image_similarity_measures.quality_metrics import psnr, sam

rng = np.random.default_rng(0)
image = rng.integers(0, 256, (48, 48, 3), dtype=np.uint8)
noisy = np.clip(image.astype(int) + rng.integers(-9, 10, image.shape), 0, 255).astype(np.uint8)
formula = 10 * np.log10(255**2 / ((image.astype(float) - noisy) ** 2).mean())
given = float(psnr(image, noisy))
print(f"PSNR: {given:.1f} dB, by the formula {formula:.1f} dB")
of_bytes, of_floats = float(sam(image, image)), float(sam(image.astype(float), image.astype(float)))
print(f"angle of an image to itself: {of_bytes:.1f} as bytes, {of_floats:.1f} as floats")
assert given - formula > 23 and of_bytes > 80 and of_floats < 1e-3, "the behaviour has changed"
PY
