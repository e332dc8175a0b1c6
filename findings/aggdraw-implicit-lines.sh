#!/usr/bin/env bash
# aggdraw 1.4.1 (Symbol, for SVG path data), Pillow 13.0.0
# Input: one square as path data in four spellings that SVG holds to be the same.
# Expected: the same square four times: points after the first of an M are lines, as of an L after M and of an l after m.
# Happens: further points of an M move on without a line, and nothing is drawn; no error is raised.
# Output seen on 2026-12-01:
#   M5 5 L25 5 L25 25 L5 25 Z: 400 px
#   M5 5 H25 V25 H5 Z: 400 px
#   M5 5 25 5 25 25 5 25 Z: 0 px
#   m5 5 20 0 0 20 -20 0 z: 0 px
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile aggdraw==1.4.1 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import aggdraw
import numpy as np
from PIL import Image

for data in ("M5 5 L25 5 L25 25 L5 25 Z", "M5 5 H25 V25 H5 Z", "M5 5 25 5 25 25 5 25 Z", "m5 5 20 0 0 20 -20 0 z"):
    image = Image.new("L", (40, 40))
    sheet = aggdraw.Draw(image)
    sheet.symbol((0, 0), aggdraw.Symbol(data), None, aggdraw.Brush("white"))
    sheet.flush()
    count = int((np.asarray(image) > 127).sum())
    print(f"{data}: {count} px")
    assert count == (400 if "L" in data or "H" in data else 0), "the behaviour has changed"
PY
