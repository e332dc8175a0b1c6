#!/usr/bin/env bash
# colour-science 0.4.7 (write_image and convert_bit_depth) with Pillow 13.0.0
# Input: floats of -0.1, 0, 0.5, 1 and 1.2, written as PNG of 8 bits.
# Expected: 0, 0, 128, 255 and 255: what lies beyond the range of a file is cut off, as imageio and OpenImageIO do.
# Happens: it wraps around: 1.2 becomes 50 and -0.1 becomes 230. Highlights that a sharpening or a change of colour space lifts a little
# above white are nearly black in the file, and shadows white. Nothing is said.
# Output seen on 2026-12-01:
#   in the file: -0.1 is 230, 0 is 0, 0.5 is 128, 1 is 255, 1.2 is 50
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile colour-science==0.4.7 imageio==2.38.2 pillow==13.0.0 numpy==2.4.6 scipy==1.17.1
venv/bin/python -W ignore - <<'PY'
import colour
import numpy as np
from PIL import Image

values = [-0.1, 0, 0.5, 1, 1.2]
colour.write_image(np.array([values] * 3).T[None], "a.png", bit_depth="uint8", method="Imageio")
seen = np.asarray(Image.open("a.png"))[0, :, 0].tolist()
print("in the file:", ", ".join(f"{value} is {sample}" for value, sample in zip(values, seen, strict=True)))
assert seen == [230, 0, 128, 255, 50], "the behaviour has changed"
PY
