#!/usr/bin/env bash
# skia-python 144.1 (SVGDOM); resvg-py 0.5.0 for comparison
# Input: SVG of 100 x 100 with a white square on black: 25.4 mm or 1 in wide; filled by a class of <style>; drawn by <use href="...">.
# Expected: 96 px for 25.4 mm and 1 in, as CSS has it; the class and the reference heeded; as by resvg.
# Happens: an inch has 90 px, so that masks drawn in millimetres are too small by 6 %. <style> is passed over, so that the square is black; href is
# known as xlink:href alone, so that what it refers to is missing. Nothing is raised.
# Output seen on 2026-12-01:
#   25.4 mm: 90 px wide by Skia, 96 px by resvg
#   1 in: 90 px wide by Skia, 96 px by resvg
#   96 px: 96 px wide by Skia, 96 px by resvg
#   class: 0 px wide by Skia, 96 px by resvg
#   href: 0 px wide by Skia, 96 px by resvg
#   xlink:href: 96 px wide by Skia, 96 px by resvg
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile skia-python==144.1 resvg-py==0.5.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import numpy as np
import resvg_py
import skia
from PIL import Image

white = 'fill="white"'
drawings = {
    "25.4 mm": f'<rect width="25.4mm" height="25.4mm" {white}/>',
    "1 in": f'<rect width="1in" height="1in" {white}/>',
    "96 px": f'<rect width="96px" height="96px" {white}/>',
    "class": '<style>.loss {fill: white}</style><rect class="loss" width="96" height="96"/>',
    "href": f'<defs><rect id="loss" width="96" height="96" {white}/></defs><use href="#loss"/>',
    "xlink:href": f'<defs><rect id="loss" width="96" height="96" {white}/></defs><use xlink:href="#loss"/>',
}
seen = {}
for name, drawing in drawings.items():
    text = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100">{drawing}</svg>'
    document, surface = skia.SVGDOM.MakeFromStream(skia.MemoryStream(text.encode())), skia.Surface(100, 100)
    with surface as canvas:
        canvas.clear(skia.ColorBLACK)
        document.render(canvas)
    by_skia = surface.toarray(colorType=skia.kRGBA_8888_ColorType)[..., 1]
    by_resvg = np.asarray(Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=text, dpi=96, background="black")))).convert("L"))
    seen[name] = [int((np.asarray(image)[10] > 127).sum()) for image in (by_skia, by_resvg)]
    print(f"{name}: {seen[name][0]} px wide by Skia, {seen[name][1]} px by resvg")
assert [pair[1] for pair in seen.values()] == [96] * 6, "the comparison has changed"
assert [pair[0] for pair in seen.values()] == [90, 90, 96, 0, 0, 96], "the behaviour has changed"
PY
