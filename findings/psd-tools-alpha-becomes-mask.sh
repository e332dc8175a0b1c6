#!/usr/bin/env bash
# psd-tools 1.26.0 with Pillow 13.0.0
# Input: an RGBA image with a ramp of alpha, added to a document by PSDImage.create_pixel_layer, saved and read again.
# Expected: the ramp is the layer's transparency, so that layer.topil() gives the RGBA image back.
# Happens: alpha is stored as the layer's user mask and its transparency is opaque throughout. layer.topil() has alpha 255
# everywhere; only layer.mask or layer.composite() know the ramp.
# Output seen on 2026-11-29:
#   alpha of topil(): [255]
#   layer has a mask: True equal to the ramp: True
#   alpha of composite() is the ramp: True
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

ramp = (np.arange(20) * 12).astype(np.uint8)
pixels = np.zeros((20, 20, 4), np.uint8)
pixels[..., 0], pixels[..., 3] = 200, ramp
document, file = PSDImage.new("RGB", (20, 20)), io.BytesIO()
document.create_pixel_layer(Image.fromarray(pixels), name="layer")
document.save(file)
layer = PSDImage.open(io.BytesIO(file.getvalue()))[0]
alpha = np.asarray(layer.topil())[..., 3]
print("alpha of topil():", np.unique(alpha).tolist())
print("layer has a mask:", layer.has_mask(), "equal to the ramp:", bool((np.asarray(layer.mask.topil()) == ramp).all()))
print("alpha of composite() is the ramp:", bool((np.asarray(layer.composite())[..., 3] == ramp).all()))
assert (alpha == 255).all() and layer.has_mask(), "the behaviour has changed"
assert (np.asarray(layer.mask.topil()) == ramp).all(), "the behaviour has changed"
PY
