#!/usr/bin/env bash
# CairoSVG 2.9.1 (<clipPath>; needs the system's libcairo); resvg-py 0.5.0 for comparison
# Input: a path of a square of 14 x 14 with a square hole of 5 x 5, both drawn in the same sense: filled with fill-rule="evenodd",
# and as a <clipPath> with clip-rule="evenodd".
# Expected: 171 px both times: the hole stays a hole.
# Happens: 171 px filled, 196 px clipped: clip-rule is passed over, and islands of sound paint in a damaged area are lost.
# Output seen on 2026-11-30:
#   filled: 171 px, by resvg 171
#   clipped: 196 px, by resvg 171
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


ring, sheet = 'd="M2 2H16V16H2Z M5 5H10V10H5Z"', '<rect width="20" height="20" clip-path="url(#c)"/>'
for name, content in (
    ("filled", f'<path fill-rule="evenodd" {ring}/>'),
    ("clipped", f'<clipPath id="c"><path clip-rule="evenodd" {ring}/></clipPath>{sheet}'),
):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">{content}</svg>'
    by_cairo, by_resvg = shown(cairosvg.svg2png(svg.encode())), shown(bytes(resvg_py.svg_to_bytes(svg_string=svg)))
    print(f"{name}: {by_cairo:.0f} px, by resvg {by_resvg:.0f}")
    assert by_resvg == 171 and by_cairo == (171 if name == "filled" else 196), "the behaviour has changed"
PY
