#!/usr/bin/env bash
# colour-demosaicing 0.2.7, demosaicing_CFA_Bayer_bilinear, beside _Malvar2004 and _Menon2007
# Input: a mosaic of 12 x 12 that is 0.5 everywhere.
# Expected: an image that is 0.5 everywhere, as the other two methods give.
# Happens: the outermost pixels range from 0.125 to 1.125, beyond any sample, so that a frame of coloured pixels stands round
# every image: the pattern is mirrored with its last sample repeated, which puts colours out of step.
# Output seen on 2026-11-30:
#   bilinear: 0.125 to 1.125, without the border 0.500 to 0.500
#   Malvar2004: 0.500 to 0.500, without the border 0.500 to 0.500
#   Menon2007: 0.500 to 0.500, without the border 0.500 to 0.500
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile colour-demosaicing==0.2.7 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import colour_demosaicing
import numpy as np

ranges = []
for name in ("bilinear", "Malvar2004", "Menon2007"):
    image = getattr(colour_demosaicing, f"demosaicing_CFA_Bayer_{name}")(np.full((12, 12), 0.5))
    inner = image[1:-1, 1:-1]
    ranges.append((float(image.min()), float(image.max())))
    print(f"{name}: {image.min():.3f} to {image.max():.3f}, without the border {inner.min():.3f} to {inner.max():.3f}")
assert ranges[0][0] < 0.2 and ranges[0][1] > 1.1, "the behaviour has changed"
assert max(abs(value - 0.5) for pair in ranges[1:] for value in pair) < 1e-9, "the behaviour has changed"
PY
