#!/usr/bin/env bash
# aggdraw 1.4.1 (Draw on an RGBA image), Pillow 13.0.0 (Image.alpha_composite) for comparison
# Input: RGBA sheets of transparent black and transparent red, with a rectangle of blue at half opacity, and one of white whose left edge
# crosses a pixel.
# Expected: blue at half opacity, whatever lies under transparent pixels; white with a partial alpha at the edge.
# Happens: the hidden colour is mixed in by half, so that masks and layers get dark or coloured fringes.
# Output seen on 2026-12-01:
#   on (0, 0, 0, 0): half opaque blue (0, 0, 127, 127), by Pillow (0, 0, 255, 128); edge of white (190, 190, 190, 191)
#   on (255, 0, 0, 0): half opaque blue (127, 0, 127, 127), by Pillow (0, 0, 255, 128); edge of white (255, 190, 190, 191)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile aggdraw==1.4.1 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import aggdraw
from PIL import Image

for hidden in ((0, 0, 0, 0), (255, 0, 0, 0)):
    sheet = Image.new("RGBA", (10, 10), hidden)
    drawing = aggdraw.Draw(sheet)
    drawing.rectangle((0, 0, 10, 5), None, aggdraw.Brush((0, 0, 255), 128))
    drawing.rectangle((2.5, 7, 8, 10), None, aggdraw.Brush("white"))
    drawing.flush()
    half, edge = sheet.getpixel((5, 2)), sheet.getpixel((2, 8))
    wanted = Image.alpha_composite(Image.new("RGBA", (1, 1), hidden), Image.new("RGBA", (1, 1), (0, 0, 255, 128))).getpixel((0, 0))
    print(f"on {hidden}: half opaque blue {half}, by Pillow {wanted}; edge of white {edge}")
    assert wanted == (0, 0, 255, 128) and half[2] == 127 and half[3] in (127, 128), "the behaviour has changed"
    assert half[0] == (127 if hidden[0] else 0) and edge[1] < 200, "the behaviour has changed"
PY
