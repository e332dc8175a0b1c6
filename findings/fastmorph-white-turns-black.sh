#!/usr/bin/env bash
# fastmorph 1.10.0 (dilate and closing with Mode.grey); scipy 1.17.1 (maximum_filter, grey_closing) for comparison
# Input: a grey of 100 with one white pixel, a black mask with one white pixel, and noise; as uint8, and as uint16.
# Expected: "grayscale image dilation (max value)": the white pixel becomes a square of 3 x 3.
# Happens: with bytes the square around a lone 255 is black, so that the spot of a mask vanishes. 254 is right, and so is
# 255 as uint16; a closing has it too. White is what masks are made of, and what a scan has most of.
# Output seen on 2026-11-30:
#   uint8, one pixel of 255 on 100: the 3 x 3 around it become [0]
#   uint8, one pixel of 255 on 0: the 3 x 3 around it become [0]
#   uint8, one pixel of 254 on 100: the 3 x 3 around it become [254]
#   uint16, one pixel of 255 on 100: the 3 x 3 around it become [255]
#   uint8, noise: 27 px are not the maximum; a closing darkens 41 px
#   uint16, noise: 0 px are not the maximum; a closing darkens 0 px
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile fastmorph==1.10.0 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import fastmorph
import numpy as np
from scipy import ndimage

noise = np.random.default_rng(0).integers(0, 256, (20, 24))
for ground, value, kind in ((100, 255, np.uint8), (0, 255, np.uint8), (100, 254, np.uint8), (100, 255, np.uint16)):
    image = np.full((8, 40), ground, kind)
    image[4, 20] = value
    dilated = fastmorph.dilate(image, mode=fastmorph.Mode.grey, parallel=1)
    around = np.unique(dilated[3:6, 19:22]).tolist()
    print(f"{np.dtype(kind)}, one pixel of {value} on {ground}: the 3 x 3 around it become {around}")
    assert around == ([0] if value == 255 and kind == np.uint8 else [value]), "the behaviour has changed"
for kind in (np.uint8, np.uint16):
    image = noise.astype(kind)
    dilated = fastmorph.dilate(image, mode=fastmorph.Mode.grey, parallel=1)
    closed = fastmorph.closing(image, mode=fastmorph.Mode.grey, parallel=1)
    wrong = int((dilated != ndimage.maximum_filter(image, 3)).sum())
    darkened = int((closed[2:-2, 2:-2] < image[2:-2, 2:-2]).sum())
    print(f"{np.dtype(kind)}, noise: {wrong} px are not the maximum; a closing darkens {darkened} px")
    assert (wrong > 0) == (kind == np.uint8), "the behaviour has changed"
PY
