#!/usr/bin/env bash
# pyspng 0.1.4 (load) with Pillow 13.0.0 as writer
# Input: grey PNG of 8 and of 16 bits without alpha, and grey PNG of 8 bits with alpha.
# Expected: arrays of height x width for grey images, as the docstring of load says, and height x width x 2 with alpha.
# Happens: 16 bits of grey come with a second channel of 65535, an alpha that the file has not, so that code which tells masks by their
# two dimensions fails. The file that has an alpha is refused: "invalid format".
# Output seen on 2026-12-01:
#   8 bits: uint8 (3, 4)
#   16 bits: uint16 (3, 4, 2) first channel as stored: True second: [65535]
#   8 bits with alpha: pyspng: could not decode image size: invalid format
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pyspng==0.1.4 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import numpy as np
import pyspng
from PIL import Image


def stored(samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(samples).save(file, "PNG")
    return file.getvalue()


grey = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
deep = grey.astype(np.uint16) * 257
first, second = pyspng.load(stored(grey)), pyspng.load(stored(deep))
print("8 bits:", first.dtype, first.shape)
print("16 bits:", second.dtype, second.shape, "first channel as stored:", np.array_equal(second[..., 0], deep), "second:", np.unique(second[..., 1]).tolist())
try:
    pyspng.load(stored(np.dstack([grey, grey])))
    refused = ""
except RuntimeError as error:
    refused = str(error)
print("8 bits with alpha:", refused)
assert first.shape == (3, 4) and second.shape == (3, 4, 2) and (second[..., 1] == 65535).all() and refused, "the behaviour has changed"
PY
