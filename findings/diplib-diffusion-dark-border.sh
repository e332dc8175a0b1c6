#!/usr/bin/env bash
# DIPlib 3.6.1 (PeronaMalikDiffusion, RobustAnisotropicDiffusion, GaussianAnisotropicDiffusion with their defaults)
# Input: flat images of 40 x 50 px: of 0.6, and of bytes of 6 and 200.
# Expected: nothing to diffuse: flat stays flat, up to the edge.
# Happens: two of the three filters take 0 for what lies beyond the image. Where the image's own value is small beside K, which is 10 by
# default and so for every image of 0 to 1, the outermost 5 px darken, the edge to a half and the corner to a fifth. Light bytes are safe,
# since the step to 0 counts as an edge; so a dark border shows in shadows alone.
# Output seen on 2026-12-01:
#   PeronaMalikDiffusion of 0.6: 1.00 of it in the middle, 0.45 at the edge, 0.20 in the corner
#   PeronaMalikDiffusion of 6.0: 1.00 of it in the middle, 0.50 at the edge, 0.23 in the corner
#   PeronaMalikDiffusion of 200.0: 1.00 of it in the middle, 1.00 at the edge, 1.00 in the corner
#   RobustAnisotropicDiffusion of 0.6: 1.00 of it in the middle, 0.45 at the edge, 0.20 in the corner
#   RobustAnisotropicDiffusion of 6.0: 1.00 of it in the middle, 0.60 at the edge, 0.30 in the corner
#   RobustAnisotropicDiffusion of 200.0: 1.00 of it in the middle, 1.00 at the edge, 1.00 in the corner
#   GaussianAnisotropicDiffusion of 0.6: 1.00 of it in the middle, 1.00 at the edge, 1.00 in the corner
#   GaussianAnisotropicDiffusion of 6.0: 1.00 of it in the middle, 1.00 at the edge, 1.00 in the corner
#   GaussianAnisotropicDiffusion of 200.0: 1.00 of it in the middle, 1.00 at the edge, 1.00 in the corner
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile diplib==3.6.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import diplib
import numpy as np

for name in ("PeronaMalikDiffusion", "RobustAnisotropicDiffusion", "GaussianAnisotropicDiffusion"):
    for flat in (np.full((40, 50), 0.6, np.float32), np.full((40, 50), 6, np.uint8), np.full((40, 50), 200, np.uint8)):
        value = float(flat[0, 0])
        smooth = np.asarray(getattr(diplib, name)(diplib.Image(flat)))
        share = [float(smooth[place]) / value for place in ((20, 25), (20, 0), (0, 0))]
        print(f"{name} of {value:.1f}: {share[0]:.2f} of it in the middle, {share[1]:.2f} at the edge, {share[2]:.2f} in the corner")
        dark = name != "GaussianAnisotropicDiffusion" and value < 10
        assert abs(share[0] - 1) < 0.001 and (share[1] < 0.7 and share[2] < 0.4) == dark, "the behaviour has changed"
        assert dark or np.allclose(smooth, value), "the behaviour has changed"
PY
