#!/usr/bin/env bash
# vtracer 0.6.15 (convert_raw_image_to_svg in its default mode of colours); Pillow 13.0.0
# Input: white paper with a black square and a scratch of 50 px, 1, 2 or 3 px wide, traced with filter_speckle of 1 and 0, and as "binary".
# Expected: three shapes, of white, black and black: the filter is for small patches, and a scratch has 50 px or more.
# Happens: with filter_speckle=1, as with the default of 4, scratches of 1 and 2 px are gone, and all the paper is #FAFAFA or #F5F5F5.
# With 0 and in "binary" they are kept, and so are scratches of 3 px.
# Output seen on 2026-12-01:
#   1 px, filter 1: ['#FAFAFA', '#000000']
#   1 px, filter 4: ['#FAFAFA', '#000000']
#   1 px, filter 0: ['#FFFFFF', '#000000', '#000000']
#   1 px, binary: ['#000000', '#000000']
#   2 px, filter 1: ['#F5F5F5', '#000000']
#   2 px, filter 4: ['#F5F5F5', '#000000']
#   2 px, filter 0: ['#FFFFFF', '#000000', '#000000']
#   2 px, binary: ['#000000', '#000000']
#   3 px, filter 1: ['#FFFFFF', '#000000', '#000000']
#   3 px, filter 4: ['#FFFFFF', '#000000', '#000000']
#   3 px, filter 0: ['#FFFFFF', '#000000', '#000000']
#   3 px, binary: ['#000000', '#000000']
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile vtracer==0.6.15 pillow==13.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io
import re

import vtracer
from PIL import Image

for width in (1, 2, 3):
    paper = Image.new("RGBA", (60, 60), "white")
    paper.paste("black", (10, 10, 40, 40))
    paper.paste("black", (5, 50, 55, 50 + width))
    png = io.BytesIO()
    paper.save(png, "PNG")
    for title, options in (
        ("filter 1", {"filter_speckle": 1}),
        ("filter 4", {"filter_speckle": 4}),
        ("filter 0", {"filter_speckle": 0}),
        ("binary", {"colormode": "binary", "filter_speckle": 1}),
    ):
        svg = vtracer.convert_raw_image_to_svg(png.getvalue(), img_format="png", mode="polygon", **options)
        colours = re.findall(r'fill="(#[0-9A-F]+)"', svg)
        print(f"{width} px, {title}: {colours}")
        lost = width < 3 and title in ("filter 1", "filter 4")
        assert (colours.count("#000000") == 1) == lost, "the behaviour has changed"
        assert ("#FFFFFF" in colours) == (not lost and title != "binary"), "the behaviour has changed"
PY
