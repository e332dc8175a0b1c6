#!/usr/bin/env bash
# Pillow 13.0.0; imagecodecs 2026.3.6 makes the file
# Input: a lossless JPEG (SOF3) of RGB, 8 bits.
# Expected: Pillow refuses the file, as its older releases do; or, once it is opened as JPEG, quality="keep" saves it.
# Happens: it opens bit for bit, with an empty `quantization`, and quality="keep" fails at the save with "None or too many
# quantization tables". A batch that keeps the quality of its input fails long after the read went well.
# Output seen on 2026-11-29:
#   opened as JPEG, exact True, quantization {}
#   saving with quality='keep': None or too many quantization tables
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 imagecodecs==2026.3.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import imagecodecs
import numpy as np
from PIL import Image

rgb = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
image = Image.open(io.BytesIO(imagecodecs.jpeg8_encode(rgb, lossless=True)))
exact = bool((np.asarray(image) == rgb).all())
print(f"opened as {image.format}, exact {exact}, quantization {image.quantization}")
try:
    image.save(io.BytesIO(), "JPEG", quality="keep")
    failure = None
except ValueError as error:
    failure = str(error)
print("saving with quality='keep':", failure)
assert exact and not image.quantization, "the behaviour has changed"
assert failure is not None and "quantization tables" in failure, "the behaviour has changed"
PY
