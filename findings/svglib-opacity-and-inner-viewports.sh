#!/usr/bin/env bash
# svglib 2.3.2 with ReportLab 5.1.0, drawn by pypdfium2 5.15.2; resvg-py 0.5.0 for comparison
# Input: SVG of 40 x 40: a square of opacity 0.5, as attribute, as fill-opacity and on its group; and one in an inner <svg> and in a <symbol>,
# each of 20 x 20 with a viewBox of 10 x 10.
# Expected: half of the colour by each opacity, and 400 px in each viewport, as by resvg.
# Happens: only fill-opacity is heeded: overlays of damage that should be half transparent hide what is below. A viewport's size is passed over or
# wrong: 225 px in an inner <svg>, 100 px in a <symbol>. Neither is among the limitations that its text lists.
# Output seen on 2026-12-01:
#   fill-opacity: red of 797 px by svglib, 803 px by resvg
#   opacity: red of 1600 px by svglib, 797 px by resvg
#   opacity of the group: red of 1600 px by svglib, 797 px by resvg
#   inner svg: red of 225 px by svglib, 400 px by resvg
#   symbol: red of 100 px by svglib, 400 px by resvg
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile svglib==2.3.2 reportlab==5.1.0 pypdfium2==5.15.2 resvg-py==0.5.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import numpy as np
import pypdfium2
import resvg_py
from PIL import Image
from reportlab.graphics import renderPDF
from svglib.svglib import svg2rlg

square = '<rect width="40" height="40" fill="red" {}/>'
inner = 'width="20" height="20"'
drawings = {
    "fill-opacity": square.format('fill-opacity="0.5"'),
    "opacity": square.format('opacity="0.5"'),
    "opacity of the group": f'<g opacity="0.5">{square.format("")}</g>',
    "inner svg": f'<svg x="10" y="10" {inner} viewBox="0 0 10 10"><rect width="10" height="10" fill="red"/></svg>',
    "symbol": f'<symbol id="s" viewBox="0 0 10 10"><rect width="10" height="10" fill="red"/></symbol><use href="#s" {inner}/>',
}
seen = {}
for name, drawing in drawings.items():
    text = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{drawing}</svg>'
    page = pypdfium2.PdfDocument(renderPDF.drawToString(svg2rlg(io.BytesIO(text.encode()))))[0]
    by_svglib = page.render(scale=40 / page.get_width()).to_pil().convert("RGB")
    by_resvg = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=text, dpi=96, background="white")))).convert("RGB")
    green = [np.asarray(image).astype(int)[..., 1] for image in (by_svglib, by_resvg)]
    seen[name] = [round(float((255 - one).sum()) / 255) for one in green]
    print(f"{name}: red of {seen[name][0]} px by svglib, {seen[name][1]} px by resvg")
assert seen["fill-opacity"][0] < 820 and seen["opacity"][0] == seen["opacity of the group"][0] == 1600, "the behaviour has changed"
assert seen["inner svg"][0] < 300 and seen["symbol"][0] < 150, "the behaviour has changed"
assert all(780 < seen[name][1] < 820 for name in ("fill-opacity", "opacity", "opacity of the group")) and seen["symbol"][1] == seen["inner svg"][1] == 400
PY
