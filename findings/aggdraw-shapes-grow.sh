#!/usr/bin/env bash
# aggdraw 1.4.1 (Draw.rectangle, polygon, ellipse and path with a brush and no pen), Pillow 13.0.0
# Input: squares and discs whose corners lie on pixel edges, filled white on black.
# Expected: the sum of all coverages is the area of the shape, as antialiased drawing has it; whole pixels at whole coordinates.
# Happens: every shape has a rim of a quarter of coverage, a pixel wide: the smaller a mask, the more it grows. Holes shrink by that rim.
# Output seen on 2026-12-01:
#   rectangle: 110.1 px instead of 100.0; down its left edge [0, 63, 255, 255]
#   polygon: 420.0 px instead of 400.0; down its left edge [0, 63, 255, 255]
#   disc: 326.8 px instead of 314.2; down its left edge [0, 49, 255, 255]
#   square with a hole: 309.5 px instead of 300.0; down its left edge [0, 63, 255, 255]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile aggdraw==1.4.1 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import math

import aggdraw
import numpy as np
from PIL import Image

white = aggdraw.Brush("white")
square, hole = (5, 5, 25, 5, 25, 25, 5, 25), (10, 10, 10, 20, 20, 20, 20, 10)
path = aggdraw.Path()
for ring in (square, hole):
    path.moveto(*ring[:2])
    for corner in range(2, 8, 2):
        path.lineto(*ring[corner : corner + 2])
    path.close()
for title, area, draw in (
    ("rectangle", 100, lambda sheet: sheet.rectangle((5, 5, 15, 15), None, white)),
    ("polygon", 400, lambda sheet: sheet.polygon(square, None, white)),
    ("disc", 100 * math.pi, lambda sheet: sheet.ellipse((5, 5, 25, 25), None, white)),
    ("square with a hole", 300, lambda sheet: sheet.path(path, white)),
):
    image = Image.new("L", (40, 40))
    sheet = aggdraw.Draw(image)
    draw(sheet)
    sheet.flush()
    drawn = float(np.asarray(image).sum()) / 255
    print(f"{title}: {drawn:.1f} px instead of {area:.1f}; down its left edge {np.asarray(image)[15 if area > 100 else 10, 3:7].tolist()}")
    assert 1.03 < drawn / area < 1.15, "the behaviour has changed"
PY
