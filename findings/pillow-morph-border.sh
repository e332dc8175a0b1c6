#!/usr/bin/env bash
# Pillow 13.0.0, ImageMorph.MorphOp with the built-in operations dilation8 and erosion8
# Input: a mask of 10 x 10 whose left half is white, touching three borders; and a white mask of 6 x 6.
# Expected: the dilation holds the mask that it was given, and grows it by one column.
# Happens: the outermost row and column of a result are always black, so that a dilation takes pixels away from a mask that
# touches the border, and no operation can ever set one there.
# Output seen on 2026-11-30:
#   dilation8: 50 px before, 40 after; 18 px of the mask lost, all at the border
#   dilation8 of a white mask of 6 x 6: 16 of 36 px are white
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from PIL import Image, ImageMorph

operation = ImageMorph.MorphOp(op_name="dilation8")
mask = np.zeros((10, 10), np.uint8)
mask[:, :5] = 255
grown = np.asarray(operation.apply(Image.fromarray(mask))[1])
lost = (mask > 0) & (grown == 0)
print(f"dilation8: {(mask > 0).sum()} px before, {(grown > 0).sum()} after; {lost.sum()} px of the mask lost, all at the border")
white = np.asarray(operation.apply(Image.fromarray(np.full((6, 6), 255, np.uint8)))[1])
print(f"dilation8 of a white mask of 6 x 6: {(white > 0).sum()} of 36 px are white")
assert lost.sum() == 18 and not lost[1:-1, 1:-1].any() and (white > 0).sum() == 16, "the behaviour has changed"
PY
