#!/usr/bin/env bash
# resvg-py 0.5.0 (svg_to_bytes); CairoSVG 2.9.1 for comparison (needs the system's libcairo)
# Input: a mask of 40 x 40 px with one rectangle of 2 x 2, in px, pt, pc, mm, cm and in.
# Expected: lengths at 96 px to the inch, as SVG has it: 2 mm are 7.6 px.
# Happens: shapes in pt, pc, mm, cm and in have a size of 0 and are not drawn, since dpi is 0 unless it is given ("0 = SVG
# default", says its documentation). With dpi=96 all is well. Drawing programs write in mm; such masks come out empty.
# Output seen on 2026-11-30:
#   2 px: 4.0 px by default, 4.0 with dpi=96, 4.0 by CairoSVG
#   2 pt: 0.0 px by default, 7.6 with dpi=96, 7.1 by CairoSVG
#   2 pc: 0.0 px by default, 1024.0 with dpi=96, 1024.0 by CairoSVG
#   2 mm: 0.0 px by default, 56.3 with dpi=96, 57.2 by CairoSVG
#   2 cm: 0.0 px by default, 1600.0 with dpi=96, 1600.0 by CairoSVG
#   2 in: 0.0 px by default, 1600.0 with dpi=96, 1600.0 by CairoSVG
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile resvg-py==0.5.0 cairosvg==2.9.1 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import cairosvg
import numpy as np
import resvg_py
from PIL import Image


def area(png: bytes) -> float:
    return float(np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., 3].sum()) / 255


for unit, pixels in (("px", 1), ("pt", 96 / 72), ("pc", 16), ("mm", 96 / 25.4), ("cm", 96 / 2.54), ("in", 96)):
    rectangle = f'<rect width="2{unit}" height="2{unit}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{rectangle}</svg>'
    by_default = area(bytes(resvg_py.svg_to_bytes(svg_string=svg)))
    with_dpi = area(bytes(resvg_py.svg_to_bytes(svg_string=svg, dpi=96)))
    by_cairo, wanted = area(cairosvg.svg2png(svg.encode())), min(2 * pixels, 40) ** 2
    print(f"2 {unit}: {by_default:.1f} px by default, {with_dpi:.1f} with dpi=96, {by_cairo:.1f} by CairoSVG")
    assert (by_default == 0) == (unit != "px") and abs(with_dpi - wanted) < 1, "the behaviour has changed"
PY
