#!/usr/bin/env bash
# PyMuPDF 2.0 (Page.insert_image, Document.extract_image)
# Input: a PNG with alpha, RGB of 200, 120, 40 throughout and alpha from 0 to 255, set on a page and taken out again.
# Expected: the colours and the alpha back exactly: a PDF stores both losslessly, as an image and its soft mask, and neither touches the other.
# Happens: alpha is exact, but the colours have been multiplied by it and divided again in bytes: at alpha 1 they are off by up to 120
# levels, at alpha 16 by 7, and under alpha 0 they are black. Half transparent retouching is off by a level.
# Output seen on 2026-12-01:
#   alpha 0: [0, 0, 0]
#   alpha 1: [255, 0, 0]
#   alpha 2: [255, 127, 0]
#   alpha 4: [191, 127, 63]
#   alpha 8: [191, 127, 31]
#   alpha 16: [207, 127, 47]
#   alpha 64: [199, 119, 39]
#   alpha 128: [199, 119, 39]
#   alpha 255: [200, 120, 40]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pymupdf==2.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import numpy as np
import pymupdf
from PIL import Image

alpha = np.array([[0, 1, 2, 4, 8, 16, 64, 128, 255]], np.uint8)
image = np.dstack([np.full_like(alpha, value) for value in (200, 120, 40)] + [alpha])
file = io.BytesIO()
Image.fromarray(image).save(file, "PNG")
document = pymupdf.open()
page = document.new_page(width=9, height=1)
page.insert_image(page.rect, stream=file.getvalue())
taken = document.extract_image(page.get_images()[0][0])
colours = np.asarray(Image.open(io.BytesIO(taken["image"])))
mask = np.asarray(Image.open(io.BytesIO(document.extract_image(taken["smask"])["image"])))
for a, colour in zip(alpha[0], colours[0]):
    print(f"alpha {a}: {colour.tolist()}")
off = np.abs(colours.astype(int) - image[..., :3]).max(axis=2)[0]
assert np.array_equal(mask, alpha) and off[-1] == 0, "the behaviour has changed"
assert off[0] == 200 and off[1] > 50 and off[5] > 2 and not colours[0, 0].any(), "the behaviour has changed"
PY
