#!/usr/bin/env bash
# blendmodes 2025 (blendLayers; BlendType.ADDITIVE, GLOW and NEGATION beside others)
# Input: a flat background of 100 and a flat layer of 60, both opaque, blended by each mode.
# Expected: the formula of the mode: 160 for ADDITIVE, min(1, b^2 / (1 - f)) or its mirror image for GLOW, 1 - |1 - b - f| = 160 for NEGATION.
# Happens: ADDITIVE and GLOW, which are listed and have functions of their own, are missing from the table of modes and are blended as
# NORMAL: the layer hides the background. NEGATION subtracts. OpenRaster layers of "svg:plus" that layeredimage opens are drawn this way.
# Output seen on 2026-12-01:
#   NORMAL: 60, wanted 60
#   MULTIPLY: 24, wanted 24
#   SCREEN: 136, wanted 136
#   DIFFERENCE: 40, wanted 40
#   ADDITIVE: 60, wanted 160
#   GLOW: 60, wanted 23
#   NEGATION: 40, wanted 160
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile blendmodes==2025 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from blendmodes import blend
from PIL import Image

background, layer = (Image.new("RGBA", (1, 1), (value,) * 3 + (255,)) for value in (100, 60))
b, f = np.full((1, 1, 3), 100 / 255), np.full((1, 1, 3), 60 / 255)
wanted = {
    "NORMAL": 60,
    "MULTIPLY": round(100 * 60 / 255),
    "SCREEN": round(255 - 155 * 195 / 255),
    "DIFFERENCE": 40,
    "ADDITIVE": round(float(blend.additive(b, f)[0, 0, 0]) * 255),
    "GLOW": round(float(blend.glow(b, f)[0, 0, 0]) * 255),
    "NEGATION": 255 - abs(255 - 100 - 60),
}
for name, value in wanted.items():
    seen = int(np.asarray(blend.blendLayers(background, layer, blend.BlendType[name]))[0, 0, 0])
    print(f"{name}: {seen}, wanted {value}")
    if name in ("ADDITIVE", "GLOW"):
        assert seen == 60 != value, "the behaviour has changed"
    elif name == "NEGATION":
        assert seen == 40, "the behaviour has changed"
    else:
        assert abs(seen - value) <= 1, "the behaviour has changed"
PY
