#!/usr/bin/env bash
# pillow-heif 1.8.1 with Pillow 13.0.0
# Input: RGB noise of 8 bits, saved as HEIF with quality=-1, which the manual calls lossless.
# Expected: off by chroma subsampling as it stands, and exact with chroma=444.
# Happens: chroma=444 is still off by 1 in a third of the samples, since RGB passes through YCbCr. Only
# matrix_coefficients=0 (no colour transform) together with chroma=444 is exact.
# Output seen on 2026-11-29:
#   quality=-1 {}: largest error 216, exact samples 0.01
#   quality=-1 {'chroma': 444}: largest error 1, exact samples 0.67
#   quality=-1 {'chroma': 444, 'matrix_coefficients': 0}: largest error 0, exact samples 1.00
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pillow-heif==1.8.1 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import numpy as np
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
largest = []
for options in ({}, {"chroma": 444}, {"chroma": 444, "matrix_coefficients": 0}):
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "HEIF", quality=-1, **options)
    error = np.abs(np.asarray(Image.open(io.BytesIO(file.getvalue()))).astype(int) - rgb)
    largest.append(int(error.max()))
    print(f"quality=-1 {options}: largest error {error.max()}, exact samples {(error == 0).mean():.2f}")
assert largest[0] > 50 and largest[1] == 1 and largest[2] == 0, "the behaviour has changed"
PY
