#!/usr/bin/env bash
# kornia 0.9.0 (filters.blur_pool2d, max_blur_pool2d; gaussian_blur2d and box_blur beside them) with torch 2.13.0
# Input: a flat image of 0.6, blurred.
# Expected: 0.6 everywhere, as by the library's other blurs, whose border is a reflection; the work that is cited reflects too.
# Happens: blur_pool2d and max_blur_pool2d reckon with 0 beyond the border: the outer row and column are 0.45, the corner 0.3375, and with a
# kernel of 7 the corner is 0.26. The border has no parameter.
# Output seen on 2026-12-01:
#   gaussian_blur2d: 0.6000 in the middle, 0.6000 at the edge, 0.6000 in the corner
#   box_blur: 0.6000 in the middle, 0.6000 at the edge, 0.6000 in the corner
#   blur_pool2d: 0.6000 in the middle, 0.4500 at the edge, 0.3375 in the corner
#   blur_pool2d of 7: 0.6000 in the middle, 0.3937 at the edge, 0.2584 in the corner
#   max_blur_pool2d: 0.6000 in the middle, 0.4500 at the edge, 0.3375 in the corner
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile kornia==0.9.0 torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import torch
from kornia import filters

flat = torch.full((1, 1, 16, 20), 0.6)
blurs = {
    "gaussian_blur2d": lambda image: filters.gaussian_blur2d(image, (3, 3), (1.0, 1.0)),
    "box_blur": lambda image: filters.box_blur(image, (3, 3)),
    "blur_pool2d": lambda image: filters.blur_pool2d(image, 3, stride=1),
    "blur_pool2d of 7": lambda image: filters.blur_pool2d(image, 7, stride=1),
    "max_blur_pool2d": lambda image: filters.max_blur_pool2d(image, 3),
}
for name, blur in blurs.items():
    result = blur(flat)[0, 0]
    middle, edge, corner = float(result[5, 5]), float(result[0, 5]), float(result[0, 0])
    print(f"{name}: {middle:.4f} in the middle, {edge:.4f} at the edge, {corner:.4f} in the corner")
    assert abs(middle - 0.6) < 1e-5 and (corner < 0.4) == ("pool" in name) and (abs(edge - 0.6) < 1e-5) != ("pool" in name), "the behaviour has changed"
PY
