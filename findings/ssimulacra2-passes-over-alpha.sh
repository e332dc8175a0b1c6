#!/usr/bin/env bash
# ssimulacra2 0.3.0 (compute_ssimulacra2_with_alpha)
# Input: PNG with alpha, 128 x 160 px: a pair that differs only in alpha, opaque and wholly transparent; and a pair that differs only in the colours
# under pixels that are wholly transparent.
# Expected: far below 100 for the first pair, 100 for the second: "For images with alpha, compute SSIMULACRA2 with dark/light backgrounds", says
# the docstring, and the worse score is given.
# Happens: the other way round: 100 for the first pair, about -3081 for the second. The alpha is dropped as the files are read, and no background is
# ever put in.
# Output seen on 2026-12-01:
#   opaque and transparent: 100.0
#   transparent, other colours beneath: -3080.9
#   opaque, other colours: -3080.9
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile ssimulacra2==0.3.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from PIL import Image
from ssimulacra2 import compute_ssimulacra2_with_alpha

y, x = np.mgrid[:128, :160]
colours = np.stack([128 + 60 * np.sin(x / 9) + 40 * np.cos(y / part) for part in (7, 11, 15)], 2).astype(np.uint8)


def score(first: tuple[np.ndarray, int], second: tuple[np.ndarray, int]) -> float:
    for name, (image, alpha) in (("a.png", first), ("b.png", second)):
        Image.fromarray(np.dstack([image, np.full(image.shape[:2], alpha, np.uint8)])).save(name)
    return float(compute_ssimulacra2_with_alpha("a.png", "b.png"))


by_alpha = score((colours, 255), (colours, 0))
beneath = score((colours, 0), (255 - colours, 0))
opaque = score((colours, 255), (255 - colours, 255))
print(f"opaque and transparent: {by_alpha:.1f}")
print(f"transparent, other colours beneath: {beneath:.1f}")
print(f"opaque, other colours: {opaque:.1f}")
assert by_alpha == 100 and beneath == opaque < 0, "the behaviour has changed"
PY
