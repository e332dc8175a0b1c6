#!/usr/bin/env bash
# layeredimage 2024.3 (saveLayer_WEBP, saveLayer_GIF, saveLayer_TIFF; saveLayer_ORA for comparison)
# Input: a layered image of 50 x 40 with one opaque layer, saved in each format.
# Expected: an image of 50 x 40 each time, as in OpenRaster.
# Happens: in WebP, GIF and TIFF width and height are exchanged. The right fifth of the image is cut off and transparent rows are added
# below. No error is raised, and square images are right.
# Output seen on 2026-12-01:
#   ora: (50, 40)
#   webp: (40, 50), 10 rows without a sample
#   gif: (40, 50), 10 rows without a sample
#   tiff: (40, 50), 10 rows without a sample
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile layeredimage==2024.3 pillow==10.4.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from layeredimage import io as formats
from layeredimage.layeredimage import LayeredImage
from layeredimage.layergroup import Layer
from PIL import Image

samples = np.full((40, 50, 4), 255, np.uint8)
samples[..., 0] = np.arange(50) * 5
document = LayeredImage([Layer("scan", Image.fromarray(samples), (50, 40))], (50, 40))
formats.saveLayer_ORA("a.ora", document)
print("ora:", formats.openLayer_ORA("a.ora").getFlattenLayers().size)
assert formats.openLayer_ORA("a.ora").getFlattenLayers().size == (50, 40)
for name, save in (("webp", formats.saveLayer_WEBP), ("gif", formats.saveLayer_GIF), ("tiff", formats.saveLayer_TIFF)):
    save(f"a.{name}", document)
    image = Image.open(f"a.{name}").convert("RGBA")
    alpha = np.asarray(image)[..., 3]
    print(f"{name}: {image.size}, {int((alpha == 0).all(axis=1).sum())} rows without a sample")
    assert image.size == (40, 50) and (alpha[:40] == 255).all() and not alpha[40:].any(), "the behaviour has changed"
PY
