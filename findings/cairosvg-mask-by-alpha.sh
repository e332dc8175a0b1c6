#!/usr/bin/env bash
# CairoSVG 2.9.1 (<mask>; needs the system's libcairo); resvg-py 0.5.0 for comparison
# Input: a white sheet of 20 x 20 behind a <mask>: a white square of 8 x 8 on black, one on nothing, a grey one on nothing.
# Expected: 64 px, 64 px, and 64 px at half: the luminance of the mask counts (the default of SVG).
# Happens: 400, 64 and 64 px at full strength: opacity alone counts. Black, which should hide, shows all; grey hides nothing.
# Output seen on 2026-11-30:
#   white on black: 400.0 px shown, by resvg 64.0
#   white on nothing: 64.0 px shown, by resvg 64.0
#   grey on nothing: 64.0 px shown, by resvg 32.1
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile cairosvg==2.9.1 resvg-py==0.5.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import cairosvg
import numpy as np
import resvg_py
from PIL import Image


def shown(png: bytes) -> float:
    return float(np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., 3].sum()) / 255


square = '<rect x="4" y="4" width="8" height="8" fill="{}"/>'
for name, mask in (
    ("white on black", '<rect width="20" height="20" fill="black"/>' + square.format("white")),
    ("white on nothing", square.format("white")),
    ("grey on nothing", square.format("#808080")),
):
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><mask id="m">{mask}</mask>'
        '<rect width="20" height="20" fill="white" mask="url(#m)"/></svg>'
    )
    by_cairo, by_resvg = shown(cairosvg.svg2png(svg.encode())), shown(bytes(resvg_py.svg_to_bytes(svg_string=svg)))
    print(f"{name}: {by_cairo:.1f} px shown, by resvg {by_resvg:.1f}")
    assert (abs(by_cairo - by_resvg) < 1) == (name == "white on nothing"), "the behaviour has changed"
PY
