#!/usr/bin/env bash
# blend-modes 2.2.0 (subtract, beside difference and darken_only)
# Input: an opaque background of 100, 150, 200 and opaque layers of 0, 50 and 255, as floats of 0 to 255.
# Expected: the background minus the layer, cut off at 0: the background itself under a black layer.
# Happens: white under every layer, since a layer of 0 to 1 is subtracted from a background of 0 to 255 before the cut at 1. The
# other modes take and give 0 to 255 rightly. The mode is of use to show what a restoration took away; it shows a white sheet.
# Output seen on 2026-11-30:
#   minus 0: [255, 255, 255]; difference to 0: [100, 150, 200]
#   minus 50: [255, 255, 255]; difference to 50: [50, 100, 150]
#   minus 255: [255, 255, 255]; difference to 255: [155, 105, 55]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile blend-modes==2.2.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import blend_modes
import numpy as np

background = np.full((4, 4, 4), 255.0)
background[..., :3] = 100, 150, 200
for level in (0, 50, 255):
    layer = np.full((4, 4, 4), 255.0)
    layer[..., :3] = level
    subtracted = blend_modes.subtract(background, layer, 1.0)[0, 0, :3].round().astype(int).tolist()
    difference = blend_modes.difference(background, layer, 1.0)[0, 0, :3].round().astype(int).tolist()
    print(f"minus {level}: {subtracted}; difference to {level}: {difference}")
    assert subtracted == [255, 255, 255], "the behaviour has changed"
    assert difference == [abs(one - level) for one in (100, 150, 200)], "the behaviour has changed"
PY
