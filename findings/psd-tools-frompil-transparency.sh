#!/usr/bin/env bash
# psd-tools 1.26.0 with Pillow 13.0.0
# Input: an RGBA image of one red with a ramp of alpha, turned into a document by PSDImage.frompil, saved and read again.
# Expected: topil() gives the image back, and numpy() the same values divided by 255.
# Happens: the reader removes a white background that frompil() never blended in. topil() darkens the red,
# to 0 where alpha is low; numpy(), which does not clip, has colours down to -20.
# Output seen on 2026-11-29:
#   alpha: [12, 51, 102, 204, 255]
#   red, 200 everywhere at first: [0, 0, 117, 186, 200]
#   numpy(): -20.25 to 0.78
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile psd-tools==1.26.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import numpy as np
from PIL import Image
from psd_tools import PSDImage

pixels = np.zeros((1, 5, 4), np.uint8)
pixels[..., 0], pixels[..., 3] = 200, (12, 51, 102, 204, 255)
file = io.BytesIO()
PSDImage.frompil(Image.fromarray(pixels)).save(file)
document = PSDImage.open(io.BytesIO(file.getvalue()))
read, values = np.asarray(document.topil()), document.numpy()[..., :3]
print("alpha:", read[0, :, 3].tolist())
print("red, 200 everywhere at first:", read[0, :, 0].tolist())
print(f"numpy(): {values.min():.2f} to {values.max():.2f}")
assert (read[..., 3] == pixels[..., 3]).all() and read[0, -1, 0] == 200, "the behaviour has changed"
assert read[0, 0, 0] == 0 and read[0, 3, 0] < 200 and values.min() < -10, "the behaviour has changed"
PY
